"""Tick boxes: their state is kept, and letters are none."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from ocr.detect import Region
from ocr.detect.grid import ruled_page
from ocr.detect.tick_boxes import tick_boxes
from ocr.document import Quad
from ocr.pipeline import Reader
from tests.installed import dejavu

STATES = {"": "☐", "cross": "☑", "tick": "☑", "dot": "☑"}


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader(fallback="never")


def box(pen: ImageDraw.ImageDraw, x: int, y: int, side: int, state: str) -> None:
    """A tick box."""
    pen.rectangle((x, y, x + side - 1, y + side - 1), outline=0, width=2)
    if state == "cross":
        for first, last in (((0.2, 0.2), (0.8, 0.8)), ((0.2, 0.8), (0.8, 0.2))):
            pen.line([(x + side * a, y + side * b) for a, b in (first, last)], 0, 4)
    elif state == "tick":
        pen.line([(x + side * a, y + side * b) for a, b in ((0.15, 0.5), (0.4, 0.85), (1.15, -0.2))], 0, 4)
    elif state == "dot":
        pen.rectangle([(x + side * 0.25, y + side * 0.25), (x + side * 0.75, y + side * 0.75)], 0)
    elif state:
        pen.text((x + side * 0.2, y - side * 0.05), state, 0, ImageFont.truetype(str(dejavu()), round(side * 0.9)))


def form(side: int, states: Iterable[str] = STATES) -> tuple[Image.Image, list[str]]:
    """A form at 300 dpi, and its lines."""
    page = Image.new("L", (1500, 900), 255)
    pen, font = ImageDraw.Draw(page), ImageFont.truetype(str(dejavu()), 46)
    lines = []
    for row, state in enumerate(states):
        top = 60 + 100 * row
        pen.text((80, top), "Delivery:", 0, font)
        for x, word, inside in ((420, "by post", state), (860, "at the desk", "")):
            box(pen, x, top + 28 - side // 2, side, inside)
            pen.text((x + side + 24, top), word, 0, font)
        lines.append(f"Delivery: {STATES.get(state, state)} by post ☐ at the desk")
    return page, lines


@pytest.mark.parametrize("side", [24, 41, 59])
def test_boxes_of_two_to_five_millimetres_are_read_with_their_state(reader: Reader, side: int) -> None:
    page, lines = form(side)
    assert [line.replace("\t", " ") for line in reader.read(page).text.splitlines() if line] == lines


def test_a_digit_in_a_box_stays_a_digit(reader: Reader) -> None:
    page, lines = form(59, ["7", "4"])
    text = reader.read(page).text
    assert "☑" not in text
    assert "7" in text and "4" in text
    assert text.count("☐") == 2 == len(lines)


def test_boxes_in_a_table_are_cells(reader: Reader) -> None:
    page = Image.new("L", (1500, 700), 255)
    pen, font = ImageDraw.Draw(page), ImageFont.truetype(str(dejavu()), 46)
    columns, rows = (60, 900, 1160, 1420), (60, 180, 300, 420)
    for y in rows:
        pen.line((columns[0], y, columns[-1], y), 0, 3)
    for x in columns:
        pen.line((x, rows[0], x, rows[-1]), 0, 3)
    for row, cells in enumerate((("Question", "Yes", "No"), ("Over eighteen", "cross", ""), ("Member", "", "tick"))):
        for column, text in enumerate(cells):
            if row and column:
                box(pen, columns[column] + 100, rows[row] + 40, 41, text)
            else:
                pen.text((columns[column] + 24, rows[row] + 30), text, 0, font)
    document = reader.read(page)
    [table] = [block.table for block in document[0].blocks if block.table]
    assert table.grid() == [["Question", "Yes", "No"], ["Over eighteen", "☑", "☐"], ["Member", "☐", "☑"]]
    assert not document[0].warnings


def found(page: NDArray[np.uint8], lines: int) -> list[bool]:
    """The states of the boxes that are found on a page with lines of 60 pixels."""
    regions = [Region(Quad.rect(40, 40 + 100 * k, page.shape[1] - 40, 100 + 100 * k), 1.0) for k in range(lines)]
    return [box.marked for box in tick_boxes(ruled_page(page, regions), regions)]


def test_letters_are_no_boxes() -> None:
    page = Image.new("L", (1500, 700), 255)
    pen = ImageDraw.Draw(page)
    texts = ("O D 0 8 B Q o e a 6 9 U", "II O II D 0 : . #", "P O R T L A N D", "Part II. World War II")
    for row, text in enumerate(texts):
        pen.text((60, 40 + 100 * row), text, 0, ImageFont.truetype(str(dejavu()), 50))
    assert found(np.asarray(page), len(texts)) == []


def test_rows_of_squares_and_what_stands_alone_are_no_boxes() -> None:
    page = Image.new("L", (1500, 700), 255)
    pen = ImageDraw.Draw(page)
    for k in range(8):
        box(pen, 400 + 45 * k, 50, 45, "")  # for one letter each
    assert found(np.asarray(page), 1) == []
    far = Image.new("L", (1500, 700), 255)
    box(ImageDraw.Draw(far), 700, 600, 45, "")
    assert found(np.asarray(far), 1) == []


def test_specks_do_not_matter() -> None:
    noise = np.random.default_rng(3)
    page = np.asarray(form(50)[0]).astype(float)
    grey = np.clip(40 + 0.8 * page + noise.normal(0, 5, page.shape), 0, 255).astype(np.uint8)
    assert sorted(found(grey, 4)) == [False] * 5 + [True] * 3


@pytest.mark.parametrize(("room", "boxes"), [(10, 0), (24, 1)])
def test_a_letter_of_a_typewriter_is_no_box_though_it_touches_none(room: int, boxes: int) -> None:
    page = Image.new("L", (900, 120), 255)
    pen, font = ImageDraw.Draw(page), ImageFont.truetype(str(dejavu()), 40)
    pen.text((300 - room - pen.textlength("Re", font), 30), "Re", 0, font)
    pen.rectangle((300, 42, 321, 63), outline=0, width=2)
    pen.text((322 + room, 30), "ulations", 0, font)
    pixels = np.asarray(page, np.uint8)
    lines = [Region(Quad.rect(200, 30, 560, 76), 0.9)]
    assert len(tick_boxes(ruled_page(pixels, lines), lines)) == boxes
