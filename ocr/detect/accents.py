"""Accents of capitals, which reach above the box of a line: a crop without them shows E where È is printed."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.document import Quad
from ocr.geometry import crop_line
from ocr.percentiles import percentiles

__all__ = ["with_accents"]

ABOVE = 0.34
"""How far above a crop marks are looked for, in heights of the crop."""
CUT = 0.08
"""How far a mark reaches above the crop at least."""
NEAR = 0.06
"""Greatest distance of a mark's lower end from the crop."""
LEAST, MOST = 0.045, 0.6
"""Width of a mark."""
FAINT = 0.35
"""Darkness from which on a point is ink, as a share of that of the letters: accents are thin."""
OWN = 0.15
"""Marks higher than this above the lower edge of another line's box are that line's."""
SMALLEST = 8
"""Least height of a crop, in pixels."""
ROOM = 0.02
"""Left free above the marks."""
CONTRAST = 40
"""Least difference of grey between ink and paper."""


def with_accents(pixels: NDArray[np.uint8], shown: Sequence[Quad], lines: Sequence[Quad]) -> list[Quad]:
    """The crops of lines, those with accents that stand above them made higher.

    Args:
        pixels: of the page, (H, W) grey or (H, W, 3) RGB.
        shown: the crops.
        lines: the boxes of the same lines, in the same order.
    """
    boxes = np.array([line.hull for line in lines]).reshape(-1, 4)
    return [_with_accents(pixels, quad, np.delete(boxes, i, 0)) for i, quad in enumerate(shown)]


def _with_accents(pixels: NDArray[np.uint8], quad: Quad, others: NDArray[np.float64]) -> Quad:
    high, width = quad.height, quad.width
    if high < SMALLEST or width < 2:
        return quad
    a, b, c, d = (np.array(point) for point in quad.points)
    down, along = (d - a) / high, (b - a) / width
    rise = ABOVE * high
    taller = Quad.of([(a - rise * down).tolist(), (b - rise * down).tolist(), c.tolist(), d.tolist()])
    part = crop_line(pixels, taller, round(high + rise))
    edge = round(rise)
    dark, paper, light = percentiles(part[edge::2, ::2], 2, 50, 98)
    if light - dark < CONTRAST:
        return quad
    least = FAINT * (light - dark)
    ink = part[:edge] < light - least if 2 * paper > dark + light else part[:edge] > dark + least
    if not ink.any():
        return quad
    _, _, found, centers = cv2.connectedComponentsWithStats(ink.astype(np.uint8), connectivity=8)
    y, wide, tall = found[1:, 1:4].T
    mark = (y > 0) & (y < edge - CUT * high) & (y + tall > edge - NEAR * high)
    mark &= (wide > LEAST * high) & (wide < MOST * high)
    own = [
        y[k]
        for k in np.flatnonzero(mark)
        if not _of_another(a + along * centers[k + 1][0] + down * (centers[k + 1][1] - rise), others)
    ]
    if not own:
        return quad
    grown = (edge - min(own) + ROOM * high) * down
    return Quad.of([(a - grown).tolist(), (b - grown).tolist(), c.tolist(), d.tolist()])


def _of_another(center: NDArray[np.float64], boxes: NDArray[np.float64]) -> bool:
    """Whether a mark stands among the letters of another line."""
    x, y = center
    left, top, right, bottom = boxes.T
    return bool(((left < x) & (x < right) & (top < y) & (y < bottom - OWN * (bottom - top))).any())
