"""Candidates for machine-readable zones: two or three long lines of equal length, one below the other."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ocr.detect import Region
from ocr.document import Matrix, Quad

__all__ = ["Zone", "zones"]

LEAST_ASPECT = 7.0
"""Least length of a line of a zone, or of a piece of one, in heights."""
SKEW = 6.0
"""Greatest angle between lines of a zone, in degrees."""
PITCH = (0.9, 2.7)
"""Least and greatest distance of two lines of a zone, in heights."""
COMMON = 0.85
"""Least share of the shorter of two lines that overlaps the longer one, along the text."""
MOST_LINES = 8
"""A stack of more lines is a block of prose."""
ZONE_REACH = 3.0
"""Greatest gap between pieces of one line, in heights."""
END, RIM = 0.35, 0.06
"""Margins with which lines are cut out: at their ends, and above and below, in heights."""


@dataclass(frozen=True, slots=True)
class Zone:
    """Candidate lines from top to bottom, all with the same extent along the text."""

    rows: tuple[Quad, ...]

    @property
    def box(self) -> Quad:
        """The quad around all lines."""
        first, last = self.rows[0].points, self.rows[-1].points
        return Quad((first[0], first[1], last[2], last[3]))

    def flipped(self) -> Zone:
        """The same zone, read upside down."""
        return Zone(tuple(Quad((c, d, a, b)) for a, b, c, d in (row.points for row in reversed(self.rows))))

    def transformed(self, matrix: Matrix) -> Zone:
        """The same zone in the coordinates that an affine map leads to."""
        return Zone(tuple(row.transformed(matrix) for row in self.rows))

    def overlaps(self, other: Zone) -> bool:
        """Whether the two zones overlap."""
        left, top, right, bottom = self.box.hull
        a, b, c, d = other.box.hull
        return min(right, c) > max(left, a) and min(bottom, d) > max(top, b)


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """A line: its centre, direction in radians, length and height."""

    center: NDArray[np.float64]
    angle: float
    length: float
    height: float

    def at(self, other: Row) -> tuple[float, float]:
        """Position of the centre of another line: along this line, and across it."""
        along = np.array([math.cos(self.angle), math.sin(self.angle)])
        step = other.center - self.center
        return float(step @ along), float(along[0] * step[1] - along[1] * step[0])


def zones(regions: Sequence[Region], sizes: Sequence[int] = (3, 2)) -> list[Zone]:
    """Every run of as many lines as ``sizes`` says that may be a zone, those with the longest lines first."""
    rows = _joined([_row(region.quad) for region in regions if region.quad.width > LEAST_ASPECT * region.quad.height])
    below = {i: [j for j in range(len(rows)) if _stacked(rows[i], rows[j])] for i in range(len(rows))}
    stacks = _stack_sizes(below)
    twos = [(i, j) for i, after in below.items() for j in after if stacks[i] <= MOST_LINES]
    runs: dict[int, list[tuple[int, ...]]] = {
        1: [(i,) for i in below],
        2: [*twos],
        3: [(i, j, k) for i, j in twos for k in below[j]],
    }
    runs_of = [[rows[i] for i in run] for size in sizes for run in runs[size]]
    runs_of.sort(key=lambda run: -max(row.length for row in run))
    return [_zone(run) for run in runs_of]


def _stack_sizes(below: Mapping[int, Sequence[int]]) -> dict[int, int]:
    """For each line, the number of lines in the stack that contains it."""
    stacks = {i: {i} for i in below}
    for i, after in below.items():
        for j in after:
            joined = stacks[i] | stacks[j]
            stacks |= dict.fromkeys(joined, joined)
    return {i: len(stack) for i, stack in stacks.items()}


def _row(quad: Quad) -> Row:
    return Row(np.array(quad.center), math.radians(quad.angle), quad.width, quad.height)


def _parallel(a: Row, b: Row) -> bool:
    turn = abs(math.degrees(a.angle - b.angle)) % 360
    return min(turn, 360 - turn) < SKEW and 0.6 < a.height / b.height < 1.67


def _joined(rows: Sequence[Row]) -> list[Row]:
    """Lines, with pieces of one line joined."""
    left = sorted(rows, key=lambda row: -row.length)
    done: list[Row] = []
    while left:
        row = left.pop(0)
        while (piece := next((other for other in left if _continues(row, other)), None)) is not None:
            left.remove(piece)
            row = _union(row, piece)
        done.append(row)
    return done


def _continues(row: Row, other: Row) -> bool:
    along, across = row.at(other)
    gap = abs(along) - (row.length + other.length) / 2
    return _parallel(row, other) and abs(across) < 0.4 * row.height and gap < ZONE_REACH * row.height


def _union(row: Row, piece: Row) -> Row:
    along, across = row.at(piece)
    low, high = min(-row.length, 2 * along - piece.length) / 2, max(row.length, 2 * along + piece.length) / 2
    share = piece.length / (row.length + piece.length)
    direction = np.array([math.cos(row.angle), math.sin(row.angle)])
    normal = np.array([-direction[1], direction[0]])
    center = row.center + direction * (low + high) / 2 + normal * across * share
    return Row(center, row.angle, high - low, max(row.height, piece.height))


def _stacked(upper: Row, lower: Row) -> bool:
    """Whether ``lower`` may be the next line of a zone."""
    along, across = upper.at(lower)
    height = (upper.height + lower.height) / 2
    common = (upper.length + lower.length) / 2 - abs(along)
    shorter, longer = sorted((upper.length, lower.length))
    beside = min(common, shorter) >= COMMON * shorter and longer < 2.2 * shorter
    return _parallel(upper, lower) and beside and PITCH[0] * height < across < PITCH[1] * height


def _zone(run: Sequence[Row]) -> Zone:
    """The lines with a common extent: what the detector missed of one line, it found of another."""
    longest = max(run, key=lambda row: row.length)
    ends = [(longest.at(row)[0] - row.length / 2, longest.at(row)[0] + row.length / 2) for row in run]
    height = float(np.median([row.height for row in run]))
    low, high = min(low for low, _ in ends) - END * height, max(high for _, high in ends) + END * height
    return Zone(tuple(_quad(row, longest, low, high, height * (1 + 2 * RIM)) for row in run))


def _quad(row: Row, longest: Row, low: float, high: float, height: float) -> Quad:
    """The part of a line between two positions that are measured along the longest line."""
    angle = row.angle if row.length > 0.7 * longest.length else longest.angle
    direction = np.array([math.cos(angle), math.sin(angle)])
    normal = np.array([-direction[1], direction[0]]) * height / 2
    at = longest.at(row)[0]
    start, end = row.center + direction * (low - at), row.center + direction * (high - at)
    return Quad.of([corner.tolist() for corner in (start - normal, end - normal, end + normal, start + normal)])
