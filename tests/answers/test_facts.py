"""Lines and questions as numbers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from ocr.answers.facts import ACROSS, BUCKETS, GRAMS, PLACES, SIDES, asked, facts, tokens


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("DATE:11/02/18 (RM23.00)", ["DATE:", "11/02/18", "(", "RM", "23.00", ")"]),
        ("39.42RM", ["39.42", "RM"]),
        ("TOTAL AMOUNT : $8.20", ["TOTAL", "AMOUNT", ":", "$", "8.20"]),
        ("NO 8, JALAN 7/118B", ["NO", "8", ",", "JALAN", "7/118B"]),
        ("", []),
    ],
)
def test_words(text: str, words: list[str]) -> None:
    assert [text[a:b] for a, b in tokens(text)] == words


@given(some.text())
def test_words_lose_nothing(text: str) -> None:
    assert "".join(text[a:b] for a, b in tokens(text)) == "".join(text.split())


def test_digits_are_any_digits_and_questions_ignore_case() -> None:
    one, other = (facts([text], [(0, 0, 1, 1)]).words for text in ("11/02/18", "29/07/99"))
    assert (one == other).all() and one.shape == (1, 1, GRAMS) and 0 < one[0, 0, 0] < BUCKETS
    assert (asked("TOTAL") == asked("total?")).all()
    assert asked("?!").shape == (1, GRAMS)


def test_neighbours_are_those_to_the_left_and_above() -> None:
    boxes = [(0.0, 0.0, 30.0, 10.0), (100.0, 0.0, 130.0, 10.0), (100.0, 20.0, 130.0, 30.0)]
    page = facts(["Total", "1.00", "2.00"], boxes)
    assert page.near.tolist() == [[0, 0, 2, 0], [1, 0, 0, 3], [0, 2, 0, 0]]
    assert page.place.shape == (3, PLACES) and page.place.min() >= 0 and page.place.max() <= 1
    assert page.place[1, 0] == pytest.approx(100 / 130)


def test_long_lines_become_several_facts() -> None:
    page = facts([" ".join(["word"] * (2 * ACROSS + 1))], [(0.0, 0.0, 100.0, 10.0)])
    assert [len(piece.words) for piece in page.pieces] == [ACROSS, ACROSS, 1]
    assert {piece.line for piece in page.pieces} == {0}
    assert (np.diff(page.place[:, 0]) > 0).all()
    assert len(facts(["a"] * 9, [(0.0, 0.0, 1.0, 1.0)] * 9, 4).pieces) == 4


def test_a_page_without_words_has_no_facts() -> None:
    page = facts([" ", ""], [(0.0, 0.0, 1.0, 1.0)] * 2)
    assert (page.words.shape[0], page.near.shape, page.place.shape) == (0, (0, SIDES), (0, PLACES))
