"""What a page says for an answer."""

from __future__ import annotations

import pytest

from ocr.answers.evidence import content, evidence
from ocr.answers.facts import facts
from ocr.answers.spans import Span

TEXTS = ("Policy number", "AB-1", "Start date: 3 May  End date: 9 May", "Nothing else")
BOXES = ((0.0, 0.0, 13.0, 2.0), (20.0, 0.0, 24.0, 2.0), (40.0, 4.0, 74.0, 6.0), (40.0, 40.0, 52.0, 42.0))
CODE = Span("AB-1", 0.9, (1,), 0, 4)
START, END = Span("3 May", 0.9, (2,), 12, 17), Span("9 May", 0.9, (2,), 29, 34)


@pytest.mark.parametrize(
    ("question", "span", "expected"),
    [
        ("What is the policy number?", CODE, (1, 1, 0)),
        ("policy numbcr", CODE, (1, 1, 0)),  # as misread
        ("What is the passport number?", CODE, (0.5, 0.5, 0)),
        ("start date", START, (1, 1, 0)),
        ("start date", END, (0.5, 1, 0)),
        ("start date", CODE, (0, 1, 1)),
        ("blood group", CODE, (0, 0, 0)),
    ],
)
def test_words_of_the_question_beside_the_answer(
    question: str, span: Span, expected: tuple[float, float, float]
) -> None:
    assert evidence(question, span, facts(TEXTS, BOXES), TEXTS) == expected


def test_words_that_say_what_is_wanted() -> None:
    assert content("How much do I have to pay?") == ("pay",)
    assert content("What is it?") == ("what", "is", "it")
    assert content("12?") == ()
