"""Accents of capitals, which reach above the box of a line: a crop without them shows E where È is printed.

Such lines are read once more with what stands above them.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.document import Quad
from ocr.geometry import crop_line
from ocr.percentiles import percentiles

__all__ = ["taller_crops"]

ABOVE = 0.27
"""How far above a crop marks are looked for, in heights of the crop."""
CUT = 0.04
"""How far a mark reaches above the crop at least."""
SAMPLES = 16
"""Points in a height of the crop that are looked at first."""
ROWS = 10
"""Height in pixels in which that is looked at."""
NEAR = 0.06
"""Greatest distance of a mark's lower end from the crop."""
LEAST, MOST = 0.045, 0.6
"""Width of a mark."""
FAINT = 0.35
"""Darkness from which on a point is ink, as a share of that of the letters: accents are thin, ..."""
SURE = 0.6
"""... but some point of a mark is darker than the grain of paper."""
OWN = 0.15
"""Marks higher than this above the lower edge of another line's box are that line's."""
SMALLEST = 8
"""Least height of a crop, in pixels."""
ROOM = 0.02
"""Left free above the marks."""
CONTRAST = 40
"""Least difference of grey between ink and paper."""


def taller_crops(
    pixels: NDArray[np.uint8],
    shown: Sequence[Quad],
    pictures: Sequence[NDArray[np.uint8]],
    lines: Sequence[Quad],
) -> list[tuple[int, Quad]]:
    """The crops of lines that accents stand above, made higher, with their index.

    Args:
        pixels: of the page, (H, W) grey or (H, W, 3) RGB.
        shown: the crops.
        pictures: what they show, (H, W) grey.
        lines: the boxes of the same lines, in the same order.
    """
    boxes = np.array([line.hull for line in lines]).reshape(-1, 4)
    rises = [
        _rise(pixels, quad, picture, boxes, i) for i, (quad, picture) in enumerate(zip(shown, pictures, strict=True))
    ]
    return [(i, _taller(quad, rise)) for i, (quad, rise) in enumerate(zip(shown, rises, strict=True)) if rise > 0]


def _taller(quad: Quad, rise: float) -> Quad:
    """A quad with so many heights of it more above."""
    a, b, c, d = (np.array(point) for point in quad.points)
    up = rise * (a - d)
    return Quad.of([(a + up).tolist(), (b + up).tolist(), c.tolist(), d.tolist()])


def _rise(
    pixels: NDArray[np.uint8], quad: Quad, picture: NDArray[np.uint8], boxes: NDArray[np.float64], own: int
) -> float:
    """How far marks reach above a crop, in heights of it; 0 where there are none."""
    if quad.height < SMALLEST or quad.width < 2:
        return 0.0
    dark, paper, light = percentiles(picture[::2, ::2], 2, 50, 98)
    ground, reach = (light, light - dark) if 2 * paper > dark + light else (dark, dark - light)
    if abs(reach) < CONTRAST or ((ground - _row_above(pixels, quad)) / reach).max() < FAINT:
        return 0.0
    top = _taller(quad, ABOVE).points
    depth = (ground - crop_line(pixels, Quad((*top[:2], *quad.points[1::-1])), ROWS)) / reach
    ink = (depth > FAINT).astype(np.uint8)
    _, labels, found, centers = cv2.connectedComponentsWithStats(ink, connectivity=8)
    high = ROWS / ABOVE
    y, wide, tall = found[1:, 1:4].T
    mark = (y > 0) & (y < ROWS - CUT * high) & (y + tall > ROWS - NEAR * high)
    mark &= (wide > LEAST * high) & (wide < MOST * high)
    mark &= np.isin(np.arange(1, len(found)), labels[depth > SURE])
    corner, end = np.array(top[0]), np.array(top[1])
    along, down = (end - corner) / depth.shape[1], (np.array(quad.points[0]) - corner) / ROWS
    others = np.delete(boxes, own, 0)
    tops = [
        y[k]
        for k in np.flatnonzero(mark)
        if not _of_another(corner + along * centers[k + 1][0] + down * centers[k + 1][1], others)
    ]
    return float(ABOVE - min(tops) / high + ROOM) if tops else 0.0


def _row_above(pixels: NDArray[np.uint8], quad: Quad) -> NDArray[np.float64]:
    """Grey levels close above a crop, where each mark that is cut off has ink."""
    start, end = (np.array(point) for point in _taller(quad, (CUT + NEAR) / 2).points[:2])
    steps = np.linspace(0, 1, max(2, round(SAMPLES * quad.width / quad.height)))[:, None]
    x, y = (start + steps * (end - start)).T.astype(np.int64)
    found = pixels[y.clip(0, pixels.shape[0] - 1), x.clip(0, pixels.shape[1] - 1)]
    return np.asarray(found if found.ndim == 1 else found.mean(1), np.float64)


def _of_another(center: NDArray[np.float64], boxes: NDArray[np.float64]) -> bool:
    """Whether a mark stands among the letters of another line."""
    x, y = center
    left, top, right, bottom = boxes.T
    return bool(((left < x) & (x < right) & (top < y) & (y < bottom - OWN * (bottom - top))).any())
