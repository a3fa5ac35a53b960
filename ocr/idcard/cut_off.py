"""Cards that an edge of the picture cuts off: where their corners beyond it are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ocr.document import Quad
from ocr.idcard.layout import HEIGHT, WIDTH

__all__ = ["completed"]

AT_EDGE = 0.01
"""Distance from an edge of the picture, as a share of its longer side, at which a corner lies on it."""
TILTS = (1.0, 1.07, 0.94)
"""How much longer a side looks because its far end is nearer to the camera, or farther."""
LONGER = 1.03
"""Least growth of the shorter one of the sides: what is cut off is a part of the card."""


def completed(quad: Quad, size: tuple[int, int]) -> list[Quad]:
    """The quads of a card of which an edge of the picture takes one end.

    What is left of such a card has two corners on that edge. The opposite side is whole, so its length and the
    directions of the sides beside it give the corners that are missing, for either side of a card and several tilts.

    Args:
        quad: what is left of it, in pixels.
        size: width and height of the picture.

    Returns:
        Nothing where no two neighbouring corners lie on one edge.
    """
    points = np.array(quad.points)
    found = []
    for k in range(4):
        a, b, c, d = np.roll(points, -k, axis=0)
        if not _on_one_edge(np.stack([a, b]), size):
            continue
        whole = float(np.hypot(*(d - c)))
        for length in (whole * ratio * tilt for tilt in TILTS for ratio in (WIDTH / HEIGHT, HEIGHT / WIDTH)):
            sides = (a - d, b - c)
            seen = [float(np.hypot(*side)) for side in sides]
            if 0 < LONGER * min(seen) < length:
                ends = [start + side * (length / one) for start, side, one in zip((d, c), sides, seen, strict=True)]
                found.append(Quad.of([*(end.tolist() for end in ends), c.tolist(), d.tolist()]))
    return found


def _on_one_edge(corners: NDArray[np.float64], size: tuple[int, int]) -> bool:
    far = np.array(size, np.float64) - 1
    near = AT_EDGE * max(size)
    return bool((corners < near).all(0).any() or (corners > far - near).all(0).any())
