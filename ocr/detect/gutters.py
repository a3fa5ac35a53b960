"""Cells that the net has run together, told apart by the rows around them.

A gap between two words of prose and one between two cells can be equally wide. What differs is the company: above or
below a gap between cells, another row has its own cells end and begin at about the same place.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["joined"]

Corners = NDArray[np.float64]

APART = 2.0
"""A gap of more line heights than this parts words whatever the rows around say."""
REACH = 4.0
"""How far up and down, in line heights, rows are asked."""
ALIGNED = 1.5
"""How far off, in line heights, the edge of another row's cell may be."""


def joined(rows: Sequence[Sequence[Corners]]) -> list[list[Corners]]:
    """Each region's pieces (4, 2), parted at every gap worth a look, put together where nothing speaks for the gap.

    Args:
        rows: per region its pieces from left to right; most have one.
    """
    whole = [_span(pieces[0], pieces[-1]) for pieces in rows if pieces]
    if not whole:
        return [list(pieces) for pieces in rows]
    along = np.array([corners[1] - corners[0] for corners in whole])
    angle = float(np.median(np.arctan2(along[:, 1], along[:, 0])))
    frame = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    cells = np.array([_extent(corners @ frame) for corners in whole])
    result = []
    for pieces in rows:
        groups: list[list[Corners]] = []
        for piece in pieces:
            if groups and not _gutter(groups[-1][-1] @ frame, piece @ frame, cells):
                groups[-1].append(piece)
            else:
                groups.append([piece])
        result.append([_span(group[0], group[-1]) for group in groups])
    return result


def _gutter(left: Corners, right: Corners, cells: Corners) -> bool:
    """Whether the gap between two pieces of a row is one between cells (N, 4) of left, right, middle and height."""
    start, end = float(left[:, 0].max()), float(right[:, 0].min())
    middle, height = _extent(left)[2:]
    if end - start > APART * height:
        return True
    away = np.abs(cells[:, 2] - middle)
    near = cells[(away > 0.6 * height) & (away < REACH * height) & (np.abs(np.log(cells[:, 3] / height)) < 0.7)]
    centre = (start + end) / 2
    before, after = near[near[:, 1] <= centre + 0.3 * height], near[near[:, 0] >= centre - 0.3 * height]
    across = (near[:, 0] < centre - 0.3 * height) & (near[:, 1] > centre + 0.3 * height)
    level = np.abs(before[:, None, 2] - after[None, :, 2]) < 0.5 * height
    close = (np.abs(before[:, None, 1] - start) < ALIGNED * height) | (
        np.abs(after[None, :, 0] - end) < ALIGNED * height
    )
    witnesses = np.unique(np.round(before[(level & close).any(1), 2] / (0.5 * height)))
    return len(witnesses) > int(across.sum())


def _extent(corners: Corners) -> tuple[float, float, float, float]:
    """Left, right, middle height and line height of an upright piece."""
    x, y = corners[:, 0], corners[:, 1]
    return float(x.min()), float(x.max()), float(y.mean()), float(np.linalg.norm(corners[3] - corners[0]))


def _span(first: Corners, last: Corners) -> Corners:
    """One box from the start of ``first`` to the end of ``last``."""
    return np.array([first[0], last[1], last[2], first[3]])
