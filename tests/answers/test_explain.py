"""Pictures of what was looked at."""

from __future__ import annotations

import numpy as np

from ocr.answers.answer import Answer
from ocr.answers.explain import BAND, explained, heaviest
from tests.answers.receipts import page_of

PAGE = page_of(("Total", "12.50", "Thank you"))
ANSWER = Answer("12.50", 0.9, (PAGE.lines[1],), 1, None, ((0.0, 1.0, 0.0), (0.7, 0.295, 0.005)), 1)


def test_the_heaviest_lines_of_each_pass() -> None:
    assert [[line.text for _, line in row] for row in heaviest(PAGE, ANSWER)] == [["12.50"], ["Total", "12.50"]]


def test_passes_stand_side_by_side_and_weights_are_colours() -> None:
    white = np.full((PAGE.height, PAGE.width), 255, np.uint8)
    picture = explained(white, PAGE, ANSWER)
    assert picture.shape == (PAGE.height, 2 * PAGE.width + BAND, 3)

    def blue(line: int, left: int) -> int:
        x, y = PAGE.lines[line].box.center
        return int(picture[int(y), left + int(x), 2])

    second = PAGE.width + BAND
    assert blue(1, 0) < 100 and blue(0, 0) == 255
    assert blue(0, second) < blue(1, second) < blue(2, second)


def test_a_large_page_is_shown_smaller() -> None:
    picture = explained(np.zeros((4000, 1000, 3), np.uint8), PAGE, ANSWER)
    assert picture.shape[0] == 1400
