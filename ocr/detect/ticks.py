"""Ticks at the axes of charts: a stroke after a number that a rule holds is no character of it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ocr.detect.marks import binarized, grey_of, marks
from ocr.document import Quad

__all__ = ["is_tick"]

AROUND, BESIDE = 1.0, 1.0
"""How far above, below and beside the end of a number is looked at, in line heights."""
RULE = 1.5
"""Least height of a rule in line heights."""
LEVEL = 2.0
"""Degrees of slope up to which a number is looked at."""


def is_tick(pixels: NDArray[np.uint8], number: Quad, start: float) -> bool:
    """Whether the last character of an upright number belongs to a rule beside it.

    Args:
        pixels: the page, (H, W) grey or (H, W, 3) RGB.
        number: its line.
        start: where the character begins, as a share of the line.
    """
    if abs(number.angle) > LEVEL:
        return False
    left, top, right, bottom = number.hull
    size = bottom - top
    x, y = left + start * (right - left), (top + bottom) / 2
    first, above = max(0, round(x)), max(0, round(top - AROUND * size))
    part = pixels[above : round(bottom + AROUND * size), first : round(right + BESIDE * size)]
    if min(part.shape[:2]) < 4:
        return False
    found = marks(binarized(grey_of(part)))
    rules = found[(found[:, 3] - found[:, 1] >= RULE * size) & (found[:, 0] < right - first)]
    return any(box[1] <= y - above <= box[3] for box in rules.tolist())
