"""Dashes that are all of a table cell, as they stand for nothing: flat ink, which is no line of text to a detector."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Dash", "dash_in"]

THICKEST, LEAST, LONGEST = 0.2, 0.16, 1.3
"""Greatest thickness of a dash, and its least and greatest length, in line heights."""
FLAT, SOLID = 1.7, 0.7
"""Least length in its thicknesses, and least share of its box that is ink."""
CLEAR = 0.25
"""Least distance from the sides of its cell, in line heights."""
LEVEL = (0.25, 0.8)
"""Between which parts of the cell's height it stands."""
LENGTHS = ((0.34, "-"), (0.66, "–"), (LONGEST, "—"))
"""Greatest length of a hyphen, an en dash and an em dash, in line heights."""


@dataclass(frozen=True, slots=True)
class Dash:
    """A dash: left, top, right and bottom in its cell, in pixels; and its character."""

    box: tuple[int, int, int, int]
    text: str


def dash_in(ink: NDArray[np.uint8], size: float) -> Dash | None:
    """The dash that is all of the ink (H, W) of a cell; None if there is anything else.

    Args:
        ink: not 0 where the cell is dark.
        size: height of a typical line of the page, in pixels.
    """
    rows, columns = np.flatnonzero(ink.any(1)), np.flatnonzero(ink.any(0))
    if not len(rows):
        return None
    top, bottom, left, right = int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1
    high, wide = bottom - top, right - left
    if not (high <= max(2.0, THICKEST * size) and max(FLAT * high, LEAST * size) <= wide <= LONGEST * size):
        return None
    tall, broad = ink.shape
    inside = min(left, broad - right) >= CLEAR * size and LEVEL[0] * tall <= (top + bottom) / 2 <= LEVEL[1] * tall
    if not inside or np.count_nonzero(ink[top:bottom, left:right]) < SOLID * high * wide:
        return None
    return Dash((left, top, right, bottom), next(text for longest, text in LENGTHS if wide <= longest * size))
