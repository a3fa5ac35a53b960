"""Minus signs: flat ink directly before a number, which is no text to a detector; without it the number is another."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ocr.detect.marks import marks
from ocr.document import Quad
from ocr.geometry import crop_line

__all__ = ["with_minus"]

BEFORE = 1.4
"""Length of the strip before a number that is looked at, in line heights."""
SEEN = 32
"""Height in which it is looked at, in pixels."""
LENGTH, THICKEST = (0.25, 1.0), 0.27
"""Least and greatest length of a minus sign, and its greatest thickness, in line heights."""
GAP = 0.4
"""Greatest distance from the number, in line heights."""
LEVEL = (0.35, 0.75)
"""Between which parts of the line's height it stands."""
INK, PALE = 2.0, 0.35
"""Percentile of the grey levels that is ink, and the least contrast of a thin stroke as a share of that of ink."""
ROOM = 0.1
"""Room before it, in line heights."""
SOLID = 0.7
"""Least share of its box that is ink."""


def with_minus(pixels: NDArray[np.uint8], number: Quad) -> Quad | None:
    """The line of a number with the minus sign before it; None where there is none.

    Args:
        pixels: the page, (H, W) grey or (H, W, 3) RGB.
        number: the line as detected; it begins with a digit.
    """
    seen = crop_line(pixels, _longer(number, BEFORE), SEEN)
    strip = BEFORE * SEEN
    ground, ink = float(np.median(seen)), float(np.percentile(seen, INK))
    found = marks((np.abs(seen - ground) > PALE * abs(ink - ground)).astype(np.uint8))
    left, top, right, bottom, area = found[np.argsort(found[:, 0], kind="stable")].T
    if len(left) < 2:
        return None
    wide, tall, middle = right - left, bottom - top, (top + bottom) / 2
    flat = (left > 0) & (wide > LENGTH[0] * SEEN) & (wide < LENGTH[1] * SEEN) & (tall <= THICKEST * SEEN)
    flat &= (middle > LEVEL[0] * SEEN) & (middle < LEVEL[1] * SEEN) & (area >= SOLID * wide * tall)
    first = flat[0] and left[0] < strip + GAP * SEEN  # a part of it may be in the line, too short to be read
    begins = -GAP * SEEN < left[1] - strip < (LENGTH[1] + GAP) * SEEN
    if not first or not begins or not 0 < left[1] - right[0] < GAP * SEEN:
        return None
    return _longer(number, BEFORE - float(left[0]) / SEEN + ROOM)


def _longer(line: Quad, before: float) -> Quad:
    """A line that begins so many heights earlier."""
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = line.points
    share = before * line.height / max(line.width, 1e-6)
    start = (ax - share * (bx - ax), ay - share * (by - ay))
    return Quad.of((start, (bx, by), (cx, cy), (dx - share * (cx - dx), dy - share * (cy - dy))))
