"""Minus signs before numbers."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

import ocr
from ocr.detect.minus import with_minus
from ocr.document import Quad
from ocr.geometry import turned


def draw_number(draw: ImageDraw.ImageDraw, right: float, top: int, text: str, size: int) -> float:
    """Draws a number that ends at ``right``, with a stroke for its minus sign, and gives its left end without it."""
    font, digits = ImageFont.load_default(size), text.removeprefix("-")
    left = right - draw.textlength(digits, font)
    draw.text((left, top), digits, 0, font)
    if digits != text:
        level, thick = top + 0.72 * size, max(1, round(0.07 * size))
        draw.rectangle((left - 0.6 * size, level, left - 0.1 * size, level + thick - 1), fill=0)
    return left


def number(before: str, size: int = 22) -> tuple[NDArray[np.uint8], Quad]:
    """A picture (H, W) of a number with something before it, and the line of the number alone."""
    page = Image.new("L", (220, 60), 255)
    draw = ImageDraw.Draw(page)
    left = draw_number(draw, 150, 15, "-1500" if before == "-" else "1500", size)
    font = ImageFont.load_default(size)
    if before != "-":
        draw.text((left - draw.textlength(before, font), 15), before, 0, font)
    _, top, right, bottom = draw.textbbox((left, 15), "1500", font)
    return np.asarray(page, np.uint8), Quad.rect(left - 1, top - 3, right + 1, bottom + 4)


@pytest.mark.parametrize("size", [10, 22, 40])
def test_a_minus_sign_belongs_to_its_number(size: int) -> None:
    picture, line = number("-", size)
    longer = with_minus(picture, line)
    assert longer is not None
    ink = np.nonzero((picture < 128).any(0))[0]
    assert longer.hull[0] < ink.min() < line.hull[0] and longer.hull[2] == line.hull[2]


@pytest.mark.parametrize("before", ["", "x", "= ", ".", "_", "(", "I", "- - "])
def test_other_ink_is_no_minus_sign(before: str) -> None:
    assert with_minus(*number(before)) is None


@pytest.mark.parametrize("degrees", [0, 90])
def test_an_axis_keeps_its_signs(degrees: int) -> None:
    """Negative numbers of an axis were read as positive ones, surely; on a page on its side, too."""
    font = ImageFont.load_default(15)
    page = Image.new("L", (420, 330), 255)
    draw = ImageDraw.Draw(page)
    texts = ["0", "-500", "-1000", "-1500", "-2000"]
    for k, text in enumerate(texts):
        draw_number(draw, 100, 30 + 55 * k, text, 15)
    draw.text((150, 300), "supply of the northern area by months", 0, font)
    draw.text((150, 4), "The depth of all wells and springs", 0, font)
    draw.rectangle((120, 30, 400, 285), outline=0)
    read = ocr.read(turned(np.asarray(page, np.uint8), degrees), fallback="never").text.split()
    assert texts == [word for word in read if word[-1].isdigit()]
