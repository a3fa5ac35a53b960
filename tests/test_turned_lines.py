"""Lines that run another way than their page."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

import ocr
from ocr.detect import Region
from ocr.document import Quad
from ocr.page.orient import Orienter
from ocr.read_page import FoundLine
from ocr.recognize import Glyph, Reading
from ocr.turned_lines import is_surer, turned_about

PICTURE = np.full((32, 40), 255, np.uint8)


def line(confidence: float) -> FoundLine:
    quad = Quad.rect(0, 0, 40, 32)
    return FoundLine(Region(quad, 0.9), quad, PICTURE, Reading((Glyph("a", 0, 1, confidence),), confidence, "test"))


@pytest.mark.parametrize(
    ("before", "after", "expected"), [(0.5, 0.75, True), (0.86, 0.98, True), (0.86, 0.93, False), (0.9, 0.8, False)]
)
def test_a_line_is_turned_where_errors_are_much_less_likely(before: float, after: float, expected: bool) -> None:
    assert is_surer(line(after), line(before)) == expected


def test_what_is_text_either_way_up_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ocr.turned_lines.to_turn_about", lambda *_: [0])

    def turned(text: str) -> list[int]:
        glyphs = tuple(Glyph(sign, 0, 1, 0.9) for sign in text)
        again = replace(line(0.9), reading=Reading(glyphs, 0.9, "test"))
        found = turned_about(PICTURE, [line(0.5)], cast(Orienter, None), lambda _: [again])
        return [i for i, _ in found]

    assert turned("99") == turned("NOX 8") == [] and turned("49") == [0]


def test_labels_upside_down_and_on_end_are_read_beside_upright_ones() -> None:
    """EXP 07/28 upside down looks like 8Z/ZO dX3: what is beside a line that is turned is suspected, too."""
    font = ImageFont.load_default(24)
    sheet = Image.new("L", (1100, 560), 255)
    said = []
    for k, degrees in enumerate((0, 180, 90, 270, 0, 180, 90, 0)):
        name = ("Marble", "Winter", "Harbour", "Copper")[k % 4]
        rows = [f"{name} Timber", f"LOT {9380 + 7 * k}-A", f"EXP 0{k + 1}/28",
                f"{103 + 11 * k} mg"]  # fmt: skip
        label = Image.new("L", (240, 240), 255)
        for row, text in enumerate(rows):
            ImageDraw.Draw(label).text((14, 14 + 32 * row), text, 0, font)
        sheet.paste(label.rotate(degrees), (20 + 270 * (k % 4), 20 + 270 * (k // 4)))
        said += rows
    lines = {line.text for line in ocr.read(np.asarray(sheet, np.uint8), fallback="never").pages[0].lines}
    assert not [row for row in said if row not in lines], lines


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
