"""Boxes for one character each."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

import ocr
from ocr.detect import Region
from ocr.detect.combs import comb_picture, combs_of
from ocr.detect.grid import ruled_page
from ocr.document import Quad

LEFT, TOP, SIDE, TALL = 300, 60, 38, 42


def form(text: str, ink: int = 0, boxes: int = 12) -> NDArray[np.uint8]:
    """A label and a comb, (H, W) grey."""
    page = Image.new("L", (900, 180), 255)
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(28)
    draw.text((60, TOP + 4), "Number", 0, font)
    for k in range(boxes):
        x = LEFT + k * SIDE
        draw.rectangle((x, TOP, x + SIDE, TOP + TALL), outline=ink, width=2)
        draw.text((x + SIDE / 2, TOP + TALL / 2), text[k : k + 1], 0, font, anchor="mm")
    return np.asarray(page, np.uint8)


SEEN = [Region(Quad.rect(60, TOP + 4, 165, TOP + 38), 0.9)]


def test_a_comb_and_its_characters() -> None:
    page = form("40 7", boxes=8)
    [comb] = combs_of(ruled_page(page, SEEN).grids)
    assert len(comb.cells) == 8
    picture = comb_picture(comb, page)
    assert picture is not None and picture.filled == 3
    assert [first >= 0 for first, _ in picture.columns] == [True, True, False, True]
    assert picture.box_at(0) == 0 and picture.box_at(1) == 3
    assert picture.quad.hull[0] == pytest.approx(LEFT, abs=4)
    assert picture.quad.hull[2] == pytest.approx(LEFT + 4 * SIDE, abs=4)


def test_cells_of_tables_are_no_comb() -> None:
    page = Image.new("L", (900, 300), 255)
    for row in range(3):
        for column in range(6):
            box = (100 + 40 * column, 60 + 42 * row, 140 + 40 * column, 102 + 42 * row)
            ImageDraw.Draw(page).rectangle(box, outline=0, width=2)
    assert combs_of(ruled_page(np.asarray(page), SEEN).grids) == []
    empty = form("")
    [comb] = combs_of(ruled_page(empty, SEEN).grids)
    assert comb_picture(comb, empty) is None


@pytest.mark.parametrize("ink", [0, 140])
@pytest.mark.parametrize(("text", "read"), [("739205518442", "739205518442"), ("4407 22", "4407 22")])
def test_what_stands_in_boxes_is_one_line(text: str, read: str, ink: int) -> None:
    [page] = ocr.read(form(text, ink), fallback="never").pages
    [line] = [line for line in page.lines if line.text != "Number"]
    assert line.text == read
    for char, box in zip(text.replace(" ", ""), [c.box for word in line.words for c in word.chars], strict=True):
        assert (box.center[0] - LEFT) // SIDE < len(text), char
