"""The ink of a line image, and how high it reaches."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["extent", "ink_of", "tallest"]

LIGHT_ON_DARK = 96
"""Mean grey level below which a line is light on dark."""
INNER = 0.15
"""Share of a letter's width at both ends that may belong to its neighbours."""


def ink_of(line: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """The ink of a grey line (H, W), dark on light or light on dark."""
    level = (int(line.min()) + int(line.max())) / 2
    return line > level if line.mean() < LIGHT_ON_DARK else line < level


def tallest(ink: NDArray[np.bool_]) -> tuple[int, int]:
    """First row and the row after the last of the tallest piece of ink in some columns; zeros where there is none."""
    edges = np.flatnonzero(np.diff(ink.any(1).astype(np.int8), prepend=0, append=0))
    if not len(edges):
        return 0, 0
    starts, ends = edges[::2], edges[1::2]
    at = int((ends - starts).argmax())
    return int(starts[at]), int(ends[at])


def extent(ink: NDArray[np.bool_], start: float, end: float) -> tuple[int, int]:
    """First and last row + 1 of the tallest piece of ink between two shares of a line's width."""
    width, inner = ink.shape[1], INNER * (end - start)
    first = int((start + inner) * width)
    return tallest(ink[:, first : max(first + 1, round((end - inner) * width))])
