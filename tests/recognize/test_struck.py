"""Rules through words are taken out, and make a line doubtful."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

import ocr
from ocr.recognize.struck import unstruck


def page(*rules: tuple[int, int], text: str = "Delivery of timber", size: int = 40) -> NDArray[np.uint8]:
    """Text with rules: their distance from the top of the text in pixels, and their thickness."""
    font = ImageFont.load_default(size)
    image = Image.new("L", (700, 200), 255)
    draw = ImageDraw.Draw(image)
    left, top, right, _ = draw.textbbox((60, 70), text, font)
    draw.text((60, 70), text, 0, font)
    for y, thick in rules:
        draw.rectangle((left - 3, top + y, right + 3, top + y + thick - 1), fill=0)
    return np.asarray(image, np.uint8)


def line(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.ascontiguousarray(picture[72:120, 50:520])


@pytest.mark.parametrize("thick", [2, 3, 4])
def test_a_rule_through_a_word_is_taken_out(thick: int) -> None:
    struck, plain = line(page((17, thick))), line(page())
    cleared = unstruck(struck)
    assert cleared is not struck
    wrong = np.abs(cleared.astype(int) - plain) > 128
    assert wrong.mean() < 0.6 * (np.abs(struck.astype(int) - plain) > 128).mean()


def test_light_words_on_dark_ground_are_the_same() -> None:
    struck, plain = line(page((17, 3))), line(page())
    assert (255 - unstruck(255 - struck) == unstruck(struck)).all()
    light = 255 - plain
    assert unstruck(light) is light


def test_plain_and_underlined_words_dashes_and_blank_lines_stay() -> None:
    dash = line(page(text=""))
    dash = dash.copy()
    dash[22:25, 20:400] = 0
    for picture in (line(page()), line(page((40, 3))), dash, np.full((32, 200), 255, np.uint8), dash[:, :30]):
        assert unstruck(picture) is picture


def test_a_struck_out_line_is_doubtful_and_said() -> None:
    read = ocr.read(page((17, 3)), fallback="never").pages[0]
    assert [line.confidence <= 0.5 for line in read.lines] == [True]
    assert any("1 line is struck out" in warning for warning in read.warnings)
    assert not ocr.read(page((44, 3)), fallback="never").pages[0].warnings
