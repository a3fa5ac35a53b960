"""Lines at an angle on an upright page: rows of marks that no line covers."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

import ocr
from ocr.detect.slanted import rows_of_marks


def row(degrees: float, count: int = 7, pitch: float = 24.0, size: float = 28.0) -> NDArray[np.float64]:
    """Marks in a row, (N, 4)."""
    middles = [(400 + k * pitch * math.cos(math.radians(degrees)), 400 + k * pitch * math.sin(math.radians(degrees)))
               for k in range(count)]  # fmt: skip
    return np.array([(x - size / 2, y - size / 2, x + size / 2, y + size / 2) for x, y in middles])


@pytest.mark.parametrize("degrees", [-60, -25, 12, 40, 75])
def test_a_row_of_marks_has_its_slope(degrees: float) -> None:
    far = np.array([(20.0, 20.0, 40.0, 48.0), (900.0, 30.0, 930.0, 60.0)])
    [found] = rows_of_marks(np.concatenate([far, row(degrees)]))
    assert len(found.marks) == 7
    assert found.degrees == pytest.approx(degrees, abs=1)


def test_rows_along_the_page_and_cells_far_apart_are_none() -> None:
    assert rows_of_marks(row(0)) == []
    assert rows_of_marks(row(90)) == []
    assert rows_of_marks(row(30, pitch=80)) == []
    assert rows_of_marks(row(30, count=3)) == []
    assert rows_of_marks(np.zeros((0, 4))) == []


@pytest.mark.parametrize("degrees", [-32, -18, 27])
def test_a_stamp_is_read_after_the_letter(degrees: float) -> None:
    font = ImageFont.load_default(28)
    page = Image.new("RGB", (1000, 900), "white")
    lines = [f"The {word} of the harbour office was closed" for word in ("door", "gate", "desk", "room", "hall")]
    for k, line in enumerate(lines):
        ImageDraw.Draw(page).text((90, 70 + 50 * k), line, "black", font)
    stamp = Image.new("RGB", (420, 110), "white")
    ImageDraw.Draw(stamp).rectangle((4, 4, 414, 104), outline=(180, 30, 30), width=6)
    ImageDraw.Draw(stamp).text((210, 54), "RECEIVED", (180, 30, 30), ImageFont.load_default(70), anchor="mm")
    page.paste(stamp.rotate(degrees, expand=True, fillcolor="white", resample=Image.Resampling.BICUBIC), (300, 440))
    [read] = ocr.read(np.asarray(page), fallback="never").pages
    assert read.text.split("\n\n")[-1] == "RECEIVED"
    assert read.text.split("\n")[:5] == lines
    assert next(line for line in read.lines if line.text == "RECEIVED").box.angle == pytest.approx(-degrees, abs=3)
