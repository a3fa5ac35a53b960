"""Splits boxes that run over several cells, using the rows above and below.

A gap between two words of prose and one between two cells can be equally wide. What differs is the context: above or
below a gap between cells, another row has a gap at about the same place.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["joined"]

Corners = NDArray[np.float64]

GUTTER_WIDTHS_APART = 2.0
"""Gaps wider than this, in line heights, always separate."""
GUTTER_REACH = 4.0
"""How far up and down, in line heights, rows are compared."""
ALIGNED = 1.5
"""Tolerance, in line heights, for the edges of cells in other rows."""
NARROW, PROSE = 1.1, 6.0
"""Gaps of less than ``NARROW`` line heights separate only columns of prose, whose lines are at least ``PROSE`` times as
long as they are high."""


def joined(rows: Sequence[Sequence[Corners]]) -> list[list[Corners]]:
    """Join the pieces (4, 2) of each region again, except at gaps that other rows confirm.

    A row that stays split confirms gaps of the rows next to it in turn, so that a gutter is followed from row to row.

    Args:
        rows: for each region its pieces from left to right; most have one.
    """
    result = [[_span(pieces[0], pieces[-1])] if pieces else [] for pieces in rows]
    whole = [pieces[0] for pieces in result if pieces]
    if not whole:
        return result
    along = np.array([corners[1] - corners[0] for corners in whole])
    angle = float(np.median(np.arctan2(along[:, 1], along[:, 0])))
    frame = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    gaps = [
        _Gap(
            row,
            at,
            float((left @ frame)[:, 0].max()),
            float((right @ frame)[:, 0].min()),
            *_extent(left @ frame)[2:],
            float(min(np.linalg.norm(left[1] - pieces[0][0]), np.linalg.norm(pieces[-1][1] - right[0]))),
        )
        for row, pieces in enumerate(rows)
        for at, (left, right) in enumerate(pairwise(pieces), 1)
    ]
    parted: list[_Gap] = []
    while gaps:
        cells = np.array([_extent(corners @ frame) for pieces in result for corners in pieces])
        extents = np.array([(gap.start, gap.end, gap.middle) for gap in gaps])
        fresh = [gap for gap in gaps if _parts(gap, cells, extents)]
        if not fresh:
            break
        parted += fresh
        gaps = [gap for gap in gaps if gap not in fresh]
        for row in {gap.row for gap in fresh}:
            cuts = sorted(gap.at for gap in parted if gap.row == row)
            pieces = rows[row]
            result[row] = [_span(pieces[a], pieces[b - 1]) for a, b in pairwise([0, *cuts, len(pieces)])]
    return result


class _Gap(NamedTuple):
    """The gap before piece ``at`` of a row: its start and end, middle and height of the piece before it, and the length
    of the shorter side of the row.
    """

    row: int
    at: int
    start: float
    end: float
    middle: float
    height: float
    least: float


def _parts(gap: _Gap, cells: Corners, gaps: Corners) -> bool:
    """Whether a gap lies between cells (N, 4), given as left, right, middle and height.

    ``gaps`` (M, 3) are start, end and middle of all gaps.
    """
    _, _, start, end, middle, height, least = gap
    if end - start > GUTTER_WIDTHS_APART * height:
        return True
    if end - start < NARROW * height:
        if least < PROSE * height:
            return False
        cells = cells[cells[:, 1] - cells[:, 0] > PROSE * cells[:, 3]]
    away = np.abs(cells[:, 2] - middle)
    near = cells[(away > 0.6 * height) & (away < GUTTER_REACH * height) & (np.abs(np.log(cells[:, 3] / height)) < 0.7)]
    centre = (start + end) / 2
    before, after = near[near[:, 1] <= centre + 0.3 * height], near[near[:, 0] >= centre - 0.3 * height]
    across = (near[:, 0] < centre - 0.3 * height) & (near[:, 1] > centre + 0.3 * height)
    # Rows across the gap that may have to be split here themselves.
    off = np.abs(gaps[:, 2] - middle)
    alike = ((0.6 * height < off) & (off < GUTTER_REACH * height) & (gaps[:, 0] < centre) & (centre < gaps[:, 1])).sum()
    level = np.abs(before[:, None, 2] - after[None, :, 2]) < 0.5 * height
    close = (np.abs(before[:, None, 1] - start) < ALIGNED * height) | (
        np.abs(after[None, :, 0] - end) < ALIGNED * height
    )
    witnesses = np.unique(np.round(before[(level & close).any(1), 2] / (0.5 * height)))
    return len(witnesses) > max(0, int(across.sum()) - int(alike))


def _extent(corners: Corners) -> tuple[float, float, float, float]:
    """Left, right, vertical middle and line height of an upright piece."""
    x, y = corners[:, 0], corners[:, 1]
    return float(x.min()), float(x.max()), float(y.mean()), float(np.linalg.norm(corners[3] - corners[0]))


def _span(first: Corners, last: Corners) -> Corners:
    """The box from the start of ``first`` to the end of ``last``."""
    return np.array([first[0], last[1], last[2], first[3]])
