"""Lines whose box cuts letters off above and below: the kernel of large type, light on dark, comes out too thin."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ocr.detect import Region
from ocr.detect.marks import binarized, grey_of, marks
from ocr.document import Quad

__all__ = ["with_whole_letters"]

BEYOND = 0.8
"""How far above and below a box its letters are looked for, in its heights."""
CUT = 0.06
"""Least height of what is cut off, in heights of the box."""
LETTERS = 4
"""Least number of letters."""
LEVEL = 3.0
"""Greatest slope of the line, in degrees."""
TALL = 0.4
"""Least height of a letter in heights of the box."""
MARGIN = 0.1
"""Margin above and below the letters, in heights of them."""


def with_whole_letters(pixels: NDArray[np.uint8], region: Region) -> Region | None:
    """A region as high as its letters; None where it does not cut them off.

    Args:
        pixels: of the page, (H, W) grey or (H, W, 3) RGB.
        region: a line along the rows of the page.
    """
    left, top, right, bottom = region.quad.hull
    high = bottom - top
    x0, y0 = max(0, round(left)), max(0, round(top - BEYOND * high))
    part = pixels[y0 : round(bottom + BEYOND * high), x0 : round(right)]
    if abs(region.quad.angle) > LEVEL or min(part.shape[:2], default=0) < 8:
        return None
    ink = binarized(grey_of(part))
    if ink[round(top) - y0 : round(bottom) - y0].mean() > 0.5:
        ink = np.asarray(1 - ink, np.uint8)
    found = marks(ink)
    middle, tall = (found[:, 1] + found[:, 3]) / 2 + y0, found[:, 3] - found[:, 1]
    inside = (middle > top) & (middle < bottom) & (tall > TALL * high) & (found[:, 1] > 0) & (found[:, 3] < len(ink))
    letters = found[inside]
    if len(letters) < LETTERS:
        return None
    low, end = float(np.percentile(letters[:, 1], 10)) + y0, float(np.percentile(letters[:, 3], 90)) + y0
    if max(top - low, end - bottom) < CUT * high:
        return None
    room = MARGIN * (end - low)
    return replace(region, quad=Quad.rect(left, low - room, right, max(end + room, min(bottom, end + 3 * room))))
