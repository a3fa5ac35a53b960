"""Accents of capitals, which reach above the box of a line: a crop without them shows E where È is printed."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.detect.marks import grey_of
from ocr.document import Quad
from ocr.percentiles import percentiles

__all__ = ["with_accents"]

ABOVE, WITHIN = 0.34, 0.22
"""Where marks are looked for: above the upper edge of a crop and below it, in heights of the crop."""
CUT = 0.05
"""How far a mark reaches above the edge at least."""
NEAR = 0.06
"""Greatest distance of a mark's lower end above the edge."""
LEAST, MOST_HIGH, MOST_WIDE = 0.045, 0.34, 0.6
"""Size of a mark."""
OWN = 0.15
"""Marks higher than this above the lower edge of another line's box are that line's."""
LEVEL = 3.0
"""Greatest slope of a line, in degrees."""
ROOM = 0.03
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
    edges = np.array([line.hull for line in lines]).reshape(-1, 4)
    return [_with_accents(pixels, quad, np.delete(edges, i, 0)) for i, quad in enumerate(shown)]


def _with_accents(pixels: NDArray[np.uint8], quad: Quad, others: NDArray[np.float64]) -> Quad:
    left, top, right, bottom = quad.hull
    high = bottom - top
    y0, edge, x0 = max(0, round(top - ABOVE * high)), round(top), max(0, round(left))
    if abs(quad.angle) > LEVEL or edge - y0 < 2 or right - left < 2:
        return quad
    part = grey_of(pixels[y0 : round(bottom), x0 : round(right)])
    dark, paper, light = percentiles(part[edge - y0 :: 2, ::2], 2, 50, 98)
    if light - dark < CONTRAST:
        return quad
    strip = part[: edge - y0 + round(WITHIN * high)]
    ink = (strip < (dark + light) / 2) == (2 * paper > dark + light)
    if not ink[: edge - y0].any():
        return quad
    _, _, found, centers = cv2.connectedComponentsWithStats(ink.astype(np.uint8), connectivity=8)
    y, wide, tall = found[1:, 1:4].T
    mark = (y > 0) & (y + tall < len(ink)) & (y < edge - y0 - CUT * high) & (y + tall > edge - y0 - NEAR * high)
    mark &= (tall > LEAST * high) & (tall < MOST_HIGH * high) & (wide > LEAST * high) & (wide < MOST_WIDE * high)
    own = [y[k] + y0 for k in np.flatnonzero(mark) if not _of_another(centers[k + 1] + (x0, y0), others)]
    if not own:
        return quad
    rise = float(top - min(own) + ROOM * high)
    a, b, c, d = quad.points
    return Quad(((a[0], a[1] - rise), (b[0], b[1] - rise), c, d))


def _of_another(center: NDArray[np.float64], others: NDArray[np.float64]) -> bool:
    """Whether a mark stands among the letters of another line."""
    x, y = center
    left, top, right, bottom = others.T
    return bool(((left < x) & (x < right) & (top < y) & (y < bottom - OWN * (bottom - top))).any())
