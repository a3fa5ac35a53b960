"""Full stops directly before a number or a word, which recognisers take for specks."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

import ocr
from ocr.detect.leading_dot import dot_before


def line(text: str, speck: tuple[int, int] | None = None) -> NDArray[np.uint8]:
    """A line of 32 pixels, perhaps with a speck at (x, y)."""
    picture = Image.new("L", (240, 32), 250)
    ImageDraw.Draw(picture).text((14, 1), text, 10, ImageFont.load_default(22))
    if speck:
        x, y = speck
        ImageDraw.Draw(picture).rectangle((x, y, x + 2, y + 2), 10)
    return np.asarray(picture)


@pytest.mark.parametrize("text", [".75", ".name", ".gitignore", ".9"])
def test_a_dot_before_a_line_is_seen(text: str) -> None:
    assert dot_before(line(text))


@pytest.mark.parametrize("text", ["75", "name", "'tis", "-5", ":id", ",5", "i.e.", "!x", "x", ""])
def test_other_lines_have_none(text: str) -> None:
    assert not dot_before(line(text))


@pytest.mark.parametrize("speck", [(10, 8), (10, 28), (2, 20), (0, 21)])
def test_specks_elsewhere_are_none(speck: tuple[int, int]) -> None:
    assert not dot_before(line("75", speck))


def test_lines_begin_with_the_dot_that_is_printed() -> None:
    rows = [".375", ".local", "375", "local", ".5", ".bashrc"]
    page = Image.new("L", (500, 420), 255)
    for k, text in enumerate(rows):
        ImageDraw.Draw(page).text((60, 30 + 60 * k), text, 0, ImageFont.load_default(30))
    [read] = ocr.read(np.asarray(page), fallback="never").pages
    assert read.text.split() == rows
