"""The best answer from logits."""

from __future__ import annotations

import numpy as np
import pytest

from ocr.answers.facts import facts
from ocr.answers.spans import best_span

TEXTS = ["Total 5.00", "12 High Street,", "Leeds,", "5.00"]
PAGE = facts(TEXTS, [(0.0, 20.0 * k, 100.0, 20.0 * k + 10) for k in range(4)])


def logits(*places: tuple[int, int]) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """High at words of facts."""
    values = np.full(1 + PAGE.words.shape[0] * PAGE.across, -20, np.float32)
    for fact, word in places:
        values[1 + fact * PAGE.across + word] = 0
    return values


def test_an_answer_may_go_on_over_lines() -> None:
    span = best_span(logits((1, 0)), logits((2, 1)), PAGE, TEXTS)
    assert span is not None
    assert (span.text, span.lines) == ("12 High Street, Leeds", (1, 2))
    assert span.probability == pytest.approx(1, abs=1e-4)


def test_the_same_text_elsewhere_counts() -> None:
    span = best_span(logits((0, 1), (3, 0)), logits((0, 1), (3, 0)), PAGE, TEXTS)
    assert span is not None
    assert span.text == "5.00"
    assert span.probability == pytest.approx(0.5, abs=1e-3)  # a half and a half, each as first and as last


def test_no_words_no_answer() -> None:
    nothing = facts([], [])
    assert best_span(np.zeros(1, np.float32), np.zeros(1, np.float32), nothing, []) is None


def test_the_end_is_not_before_the_beginning() -> None:
    span = best_span(logits((2, 0)), logits((0, 1)), PAGE, TEXTS)
    assert span is None or span.probability < 1e-6
