"""Rings and strokes among numbers."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

import ocr
from ocr.document import Quad
from ocr.recognize import Glyph, Reading
from ocr.transcribe.lone_digits import kept_among_numbers, lone_digits


def reading(text: str, confidence: float) -> Reading:
    return Reading((*(Glyph(sign, 0.0, 1.0, confidence) for sign in text),), confidence, "test")


def ring(wide: int, tall: int) -> NDArray[np.uint8]:
    """A picture of an ellipse, (32, 40)."""
    picture = Image.new("L", (40, 32), 255)
    ImageDraw.Draw(picture).ellipse(
        (20 - wide // 2, 16 - tall // 2, 20 + wide // 2, 16 + tall // 2), outline=0, width=2
    )
    return np.asarray(picture, np.uint8)


def column(*others: str) -> tuple[list[Quad], list[Reading]]:
    """A doubtful ring above some readings, right-aligned."""
    quads = [Quad.rect(90 - 8 * len(text), 30 * k, 90, 30 * k + 16) for k, text in enumerate(("O", *others))]
    return quads, [reading("O", 0.2), *(reading(text, 0.95) for text in others)]


@pytest.mark.parametrize(
    ("others", "wide", "tall", "expected"),
    [
        (("500", "1,000"), 12, 18, {0: "0"}),
        (("-500", "$3.50", "12%"), 12, 18, {0: "0"}),
        (("500", "1,000"), 18, 18, {}),  # a ring to be ticked
        (("500",), 12, 18, {}),
        (("500", "1,000", "Oslo", "Bern"), 12, 18, {}),
        ((), 12, 18, {}),
    ],
)
def test_a_ring_above_numbers_is_zero(others: tuple[str, ...], wide: int, tall: int, expected: dict[int, str]) -> None:
    quads, readings = column(*others)
    assert lone_digits(quads, readings, [ring(wide, tall)] * len(quads)) == expected


def grid(*rows: str) -> tuple[list[Quad], list[Reading]]:
    """Readings in rows and right-aligned columns."""
    cells = [(text, x, y) for y, row in enumerate(rows) for x, text in enumerate(row.split())]
    quads = [Quad.rect(90 + 90 * x - 8 * len(text), 30 * y, 90 + 90 * x, 30 * y + 16) for text, x, y in cells]
    return quads, [reading(text, 0.8) for text, _, _ in cells]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (("12 -7 3.5", "8 0 22"), [True] * 6),
        (("1 1 1", "0 1 I", "1 0 1"), [False] * 9),  # hatching, holes
        (("12 12 12", "12 12 12"), [False] * 6),  # a pattern
        (("12 ab c", "de 7 f", "8 gh i"), [False] * 9),
    ],
)
def test_numbers_in_rows_and_columns_are_kept_without_other_text(rows: tuple[str, ...], expected: list[bool]) -> None:
    quads, readings = grid(*rows)
    assert kept_among_numbers(quads, readings, [False] * len(quads)) == expected
    assert kept_among_numbers(quads, readings, [True] * len(quads)) == [True] * len(quads)


def test_a_page_that_is_a_table_of_short_numbers_is_read() -> None:
    """Short readings without a word beside them were taken for noise, all but the zeros."""
    font = ImageFont.load_default(22)
    page = Image.new("L", (520, 300), 250)
    rows = ("12 -7 3.5 0", "-14 0 22 61", "31 5 0 4.4", "8 16 -93 7")
    for y, row in enumerate(rows):
        for x, text in enumerate(row.split()):
            ImageDraw.Draw(page).text((120 + 110 * x, 30 + 60 * y), text, 20, font, "ra")
    read = ocr.read(np.asarray(page)).pages[0].text
    assert [row.split() for row in read.split("\n")] == [row.split() for row in rows]


@pytest.mark.parametrize("size", [12, 16])
def test_a_zero_at_an_axis_is_read(size: int) -> None:
    """The detector passes over it, as over most lone digits; read by its ink, it was too doubtful."""
    font = ImageFont.load_default(size)
    page = Image.new("L", (520, 420), 255)
    draw = ImageDraw.Draw(page)
    for k, text in enumerate(["40", "30", "20", "10", "0"]):
        draw.text((44 - draw.textlength(text, font), 40 + 80 * k), text, 0, font)
        draw.line((56, 49 + 80 * k, 60, 49 + 80 * k), 0)
    draw.line((60, 30, 60, 370, 500, 370), 0)
    draw.text((150, 8), "Rainfall of the northern area in days", 0, font)
    words = ocr.read(np.asarray(page, np.uint8), fallback="never").text.split()
    assert {"40", "30", "20", "10", "0"} <= set(words)


def test_zeros_of_a_table_are_read() -> None:
    font = ImageFont.load_default(20)
    page = Image.new("L", (500, 300), 255)
    draw = ImageDraw.Draw(page)
    rows = [("North", "12", "0", "7"), ("South", "0", "31", "0"), ("East", "9", "0", "15"), ("West", "1", "22", "0")]
    for k, row in enumerate(rows):
        for column, cell in enumerate(row):
            draw.text((40 + 110 * column, 40 + 50 * k), cell, 0, font)
    words = ocr.read(np.asarray(page, np.uint8), fallback="never").text.split()
    assert sorted(words) == sorted(cell for row in rows for cell in row)
