"""Pages on a wrong side, words on end, and lone letters: what is decided after lines were read once."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw, ImageFont

import ocr

HEADS = ("Winter", "Chapel market", "Ferry", "Silver coin", "Guild", "Museum")
ROWS = (
    ("Harbour", "-", "no", "yes", "x", "12", "yes"),
    ("Invoice", "x", "-", "7", "8", "x", "no"),
    ("Village", "no", "4", "-", "3", "X", "58"),
    ("Security", "359", "47", "yes", "no", "6", "x"),
)


@pytest.fixture(scope="module")
def table() -> NDArray[np.uint8]:
    """A table of short cells under heads that run upwards."""
    font = ImageFont.load_default(24)
    page = Image.new("L", (1000, 560), 255)
    draw = ImageDraw.Draw(page)
    for column, head in enumerate(HEADS):
        label = Image.new("L", (190, 34), 255)
        ImageDraw.Draw(label).text((6, 2), head, 0, font)
        page.paste(label.rotate(90, expand=True), (250 + 110 * column, 40))
        draw.rectangle((220 + 110 * column, 30, 330 + 110 * column, 240), outline=0, width=2)
    for row, cells in enumerate(ROWS):
        for column, cell in enumerate(cells):
            left, right = (30, 220) if column == 0 else (110 + 110 * column, 220 + 110 * column)
            draw.rectangle((left, 240 + 60 * row, right, 300 + 60 * row), outline=0, width=2)
            draw.text(((left + right) / 2, 270 + 60 * row), cell, 0, font, anchor="mm")
    return np.asarray(page, np.uint8)


@pytest.mark.parametrize("turn", [0, 1, 3])
def test_a_table_under_heads_on_end_stands_upright(table: NDArray[np.uint8], turn: int) -> None:
    [page] = ocr.read(np.ascontiguousarray(np.rot90(table, turn)), fallback="never").pages
    assert page.rotation == 90 * turn
    cells = [cell for line in page.text.split("\n") for cell in line.split("\t")]
    assert [row for row in ROWS if "\t".join(row) not in page.text.split("\n")] == []
    assert [head for head in HEADS if head not in cells] == []


def test_a_short_word_upside_down() -> None:
    page = Image.new("L", (900, 1200), 255)
    ImageDraw.Draw(page).text((300, 500), "Number", 0, ImageFont.load_default(48))
    [read] = ocr.read(np.asarray(page.rotate(180)), fallback="never").pages
    assert read.text == "Number" and read.rotation == 180


def test_pages_keep_their_side_where_orient_is_off(table: NDArray[np.uint8]) -> None:
    [page] = ocr.read(np.ascontiguousarray(np.rot90(table)), orient=False, fallback="never").pages
    assert page.rotation == 0


def test_a_line_that_is_left_out_is_reported() -> None:
    page = Image.new("L", (900, 500), 255)
    font, draw = ImageFont.load_default(30), ImageDraw.Draw(page)
    for k in range(5):
        draw.text((60, 40 + 60 * k), "The ferry leaves the harbour at seven", 0, font)
    blurred = Image.new("L", page.size, 255)
    ImageDraw.Draw(blurred).text((60, 390), "Nothing of this can be read any more", 0, font)
    smeared = Image.fromarray(cv2.GaussianBlur(np.asarray(blurred), (0, 0), 4))
    [read] = ocr.read(np.asarray(ImageChops.darker(page, smeared)), fallback="never").pages
    assert len(read.lines) == 5
    [warning] = read.warnings
    assert warning.startswith("page 1: 1 line could not be read, at (")
    assert ocr.read(np.asarray(page), fallback="never").pages[0].warnings == ()


@pytest.mark.parametrize(("column", "lost"), [(True, 2), (False, 0)], ids=["in a column", "alone"])
def test_short_marks_that_are_left_out_are_reported_where_they_stand_in_a_column(column: bool, lost: int) -> None:
    page, smeared = Image.new("L", (900, 700), 255), Image.new("L", (900, 700), 255)
    font, draw = ImageFont.load_default(26), ImageDraw.Draw(page)
    for k in range(10):
        hidden = k in (4, 7)
        if column or hidden:
            ImageDraw.Draw(smeared if hidden else page).text((60, 40 + 60 * k), str(461 + k), 0, font)
        draw.text((300, 40 + 60 * k), "The ferry leaves the harbour at seven", 0, font)
    blurred = Image.fromarray(cv2.GaussianBlur(np.asarray(smeared), (0, 0), 3.4))
    [read] = ocr.read(np.asarray(ImageChops.darker(page, blurred)), fallback="never").pages
    assert sum("The ferry" in line.text for line in read.lines) == 10
    if lost:
        assert [str(461 + k) in read.text for k in range(10)] == [k not in (4, 7) for k in range(10)]
        [warning] = read.warnings
        assert warning.startswith(f"page 1: {lost} lines could not be read, the first at (")
    else:
        assert not any("could not be read" in warning for warning in read.warnings)
