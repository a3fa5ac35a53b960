"""Lines that run another way than their page."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

import ocr
from ocr.detect import Region
from ocr.document import Quad
from ocr.read_page import FoundLine
from ocr.recognize import Glyph, Reading
from ocr.turned_lines import is_surer

PICTURE = np.full((32, 40), 255, np.uint8)


def line(confidence: float) -> FoundLine:
    quad = Quad.rect(0, 0, 40, 32)
    return FoundLine(Region(quad, 0.9), quad, PICTURE, Reading((Glyph("a", 0, 1, confidence),), confidence, "test"))


@pytest.mark.parametrize(
    ("before", "after", "expected"), [(0.5, 0.75, True), (0.86, 0.98, True), (0.86, 0.93, False), (0.9, 0.8, False)]
)
def test_a_line_is_turned_where_errors_are_much_less_likely(before: float, after: float, expected: bool) -> None:
    assert is_surer(line(after), line(before)) == expected


def test_a_chart_with_labels_on_end_keeps_the_numbers_of_its_axis() -> None:
    """Most of its text runs upwards, so that it was laid on its side, and 20 was read as 8 there."""
    font = ImageFont.load_default(20)
    chart = Image.new("L", (740, 520), 255)
    draw = ImageDraw.Draw(chart)
    numbers = ["80", "60", "40", "20"]
    for k, text in enumerate(numbers):
        draw.text((52, 80 + 62 * k), text, 0, font)
        draw.line((88, 92 + 62 * k, 94, 92 + 62 * k), 0)
    draw.line((94, 50, 94, 345, 730, 345), 0, 2)
    draw.text((300, 15), "Export and profit", 0, font)
    draw.text((350, 480), "speed in tons", 0, font)
    labels = ["Friday", "summer", "volume", "December", "October", "total"]
    for k, text in enumerate([*labels, "voltage of area"]):
        label = Image.new("L", (round(draw.textlength(text, font)) + 4, 26), 255)
        ImageDraw.Draw(label).text((2, 0), text, 0, font)
        place = (150 + 100 * k, 355) if text in labels else (15, 120)
        chart.paste(label.rotate(90, expand=True), place)
    words = ocr.read(np.asarray(chart, np.uint8), fallback="never").text.split()
    assert {*numbers, *labels, "Export", "profit", "speed", "tons", "voltage"} <= set(words)
