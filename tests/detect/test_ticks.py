"""Ticks at the axes of charts."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

import ocr
from ocr.detect.ticks import is_tick
from ocr.document import Quad


def axis(size: int, tick: int = 4, rule: bool = True) -> NDArray[np.uint8]:
    """Numbers beside the ticks of an axis under a title, (H, W)."""
    font = ImageFont.load_default(size)
    page = Image.new("L", (520, 420), 255)
    draw = ImageDraw.Draw(page)
    for k, text in enumerate(["40", "30", "20", "10", "0"]):
        draw.text((52 - draw.textlength(text, font), 40 + 80 * k), text, 0, font)
        draw.line((60 - tick, 40 + 80 * k + 0.65 * size, 60, 40 + 80 * k + 0.65 * size), 0)
    if rule:
        draw.line((60, 30, 60, 395, 500, 395), 0)
    draw.text((150, 8), "Rainfall of the northern area in days", 0, font)
    return np.asarray(page, np.uint8)


@pytest.mark.parametrize("size", [12, 14, 16, 18, 20])
def test_ticks_are_no_signs(size: int) -> None:
    """They were read as full stops and dashes: 20 as 20- or 20."""
    words = ocr.read(axis(size), fallback="never").text.split()
    assert [word for word in words if not word.isalpha()] == ["40", "30", "20", "10", "0"][: len(words) - 7]
    assert len(words) >= 11


def test_a_dash_without_a_rule_is_no_tick() -> None:
    line = Quad.rect(30, 40, 61, 62)
    assert is_tick(axis(20), line, 0.8)
    assert not is_tick(axis(20, rule=False), line, 0.8)
