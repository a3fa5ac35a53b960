"""Lines of coloured ink beside those of the page."""

from __future__ import annotations

import numpy as np

from ocr.detect import Region
from ocr.document import Quad
from ocr.read_page import FoundLine
from ocr.recognize import Glyph, Reading
from ocr.stamped_lines import not_yet_read


def line(text: str, left: float, right: float, confidence: float = 0.95, top: float = 10) -> FoundLine:
    quad = Quad.rect(left, top, right, top + 20)
    reading = Reading(tuple(Glyph(c, k, k + 1, confidence) for k, c in enumerate(text)), confidence, "test")
    return FoundLine(Region(quad, 0.9), quad, np.full((32, 40), 255, np.uint8), reading)


def test_a_stamp_is_a_line_of_its_own() -> None:
    found = [line("Total", 10, 80)]
    stamp = line("PAID", 200, 280)
    assert not_yet_read(found, [stamp]) == [stamp] and len(found) == 1


def test_numbers_that_were_read_one_by_one_are_not_read_again_as_a_row() -> None:
    found = [line(str(k), 10 + 22 * k, 28 + 22 * k) for k in range(1, 5)]
    assert not_yet_read(found, [line("1 2 3 4", 30, 118)]) == []


def test_a_line_that_lacks_a_stroke_in_its_ink_alone_stays() -> None:
    found = [line("30~300", 10, 80, 0.55)]
    assert not_yet_read(found, [line("30300", 11, 81, 0.86)]) == []
    assert found[0].reading.text == "30~300"


def test_what_was_hardly_read_is_read_in_its_ink_alone() -> None:
    found = [line("8O~", 10, 80, 0.2)]
    assert not_yet_read(found, [line("PAID", 11, 81, 0.9)]) == []
    assert found[0].reading.text == "PAID"
