"""A drawn page of prose for the tests of this folder."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

__all__ = ["LINES", "prose"]

LINES = (
    "The quick brown fox jumps over the lazy dog,",
    "and whoever reads this page the right way up",
    "will know what happened to both of them later.",
    "A second paragraph tells of the dog's revenge.",
    "It is shorter than the first, but it is honest.",
)


def prose(width: int = 760, height: int = 420) -> NDArray[np.uint8]:
    """Five lines of black print, (H, W) grey."""
    page = Image.new("L", (width, height), 255)
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(28)
    for k, line in enumerate(LINES):
        draw.text((50, 60 + 56 * k), line, fill=0, font=font)
    return np.asarray(page, np.uint8)
