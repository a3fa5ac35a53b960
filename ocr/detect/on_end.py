"""Short words that stand on end, as heads of narrow columns do: their kernels are too short to tell their direction.

The detector takes them for something as tall as they are long. Their ink shows what they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ocr.detect import Region
from ocr.detect.marks import binarized, grey_of, marks
from ocr.document import Quad

__all__ = ["on_end", "on_others"]

TALLER = 1.8
"""Least height of what may stand on end, in heights of a typical line."""
SLIM = 1.6
"""Least height of its ink in widths of it."""
SIZES = (0.5, 1.6)
"""Least and greatest width of its ink in heights of a typical line."""
LETTERS = 3
"""Least number of its marks: a stroke is one."""
BEYOND = 0.6
"""How far beyond a region its first and last letter may reach, in heights of a typical line."""
MARGIN = 0.15
"""Margin around its ink in widths of it."""


def on_end(pixels: NDArray[np.uint8], region: Region, usual: float) -> Region | None:
    """A region as a line that runs upwards; None if its ink is not that of a word on end.

    Args:
        pixels: of the page, (H, W) grey or (H, W, 3) RGB.
        region: upright, as detected.
        usual: height of a typical line, in pixels.
    """
    left, top, right, bottom = (round(edge) for edge in region.quad.hull)
    if bottom - top < TALLER * usual:
        return None
    left, top, bottom = max(0, left), max(0, round(top - BEYOND * usual)), round(bottom + BEYOND * usual)
    part = pixels[top:bottom, left:right]
    if min(part.shape[:2], default=0) < 8:
        return None
    found = marks(binarized(grey_of(part)))
    height, width = part.shape[:2]
    whole = (found[:, 0] > 0) & (found[:, 1] > 0) & (found[:, 2] < width) & (found[:, 3] < height)
    found = found[whole & (found[:, 4] > 2)]
    if len(found) < LETTERS:
        return None
    (x0, y0), (x1, y1) = found[:, :2].min(0), found[:, 2:4].max(0)
    wide, tall = float(x1 - x0), float(y1 - y0)
    if tall < SLIM * wide or not SIZES[0] * usual <= wide <= SIZES[1] * usual:
        return None
    room = MARGIN * wide
    return replace(region, quad=_upwards(left + x0 - room, top + y0 - room, left + x1 + room, top + y1 + room))


def _upwards(left: float, top: float, right: float, bottom: float) -> Quad:
    """The box of a line that is read from the bottom to the top."""
    corners: Sequence[Sequence[float]] = ((left, bottom), (left, top), (right, top), (right, bottom))
    return Quad.of(corners)


def on_others(hulls: NDArray[np.float64], region: Region) -> bool:
    """Whether a tenth of a region lies on others, (N, 4)."""
    box = np.array(region.quad.hull)
    common = (np.minimum(hulls[:, 2:], box[2:]) - np.maximum(hulls[:, :2], box[:2])).clip(0).prod(1)
    return bool((common > 0.1 * (box[2:] - box[:2]).prod()).any())
