"""The number read from a drawn line."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from ocr.errors import DependencyError
from ocr.idcard.number_line import NumberReader

TODAY = date(2026, 7, 1)


@pytest.fixture(scope="module")
def number_reader() -> NumberReader:
    try:
        return NumberReader()
    except DependencyError as error:
        pytest.skip(f"the models are not in the checkout: {error}")


def line(text: str) -> NDArray[np.uint8]:
    """The characters set apart, as cards have them."""
    try:
        font = ImageFont.truetype("DejaVuSansMono.ttf", 30)
    except OSError:
        pytest.skip("DejaVu Sans Mono is not installed; run: apt-get install fonts-dejavu-core")
    image = Image.new("L", (24 * len(text) + 24, 38), 228)
    for i, character in enumerate(text):
        ImageDraw.Draw(image).text((12 + 24 * i, 19), character, font=font, fill=30, anchor="lm")
    return np.asarray(image)


@pytest.mark.parametrize(
    ("printed", "valid"),
    [("11010519491231002X", True), ("110105194912310021", False), ("11010519491231002", False)],
)
def test_numbers_are_read_as_printed(number_reader: NumberReader, printed: str, valid: bool) -> None:
    found = number_reader(line(printed), TODAY)
    assert (found.text, found.valid) == (printed, valid)


def test_no_number(number_reader: NumberReader) -> None:
    assert number_reader(np.full((32, 8), 255, np.uint8), TODAY).text == ""
    assert not number_reader(np.full((32, 400), 255, np.uint8), TODAY).valid
