"""Leader dots of contents pages: the title before them and the page number behind them become regions of their own.

Where dots fill most of a box, its height follows the dots, and the number at their end is cut.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.detect import Region
from ocr.detect.rules import straightened
from ocr.document import Quad
from ocr.percentiles import percentiles

__all__ = ["apart_from_leaders"]

LONG = 6.0
"""Least length of a line with leaders, in its heights."""
CLEAR = 3.0
"""Least length of the stretch whose upper half is empty, in line heights."""
DOT = 0.3
"""Greatest size of a dot, as a share of the height of the line's characters."""
PITCH = 1.3
"""Greatest distance from one dot to the next, in heights of the line's characters."""
LEAST_DOTS = 5
STEP = 4
"""One column in so many is enough to see that most lines have none."""
SPACED = 0.5
"""Distance from one dot to the next, in heights of the line's characters, from which there are spaces between them."""
ASCENT, DESCENT = 0.1, 0.3
"""Room above and below the characters of a part, as shares of their height."""
DEEPEST = 0.4
"""How far letters go below the line, in heights of a capital, at most."""
INK = 0.6
"""Ink is darker than this share of the paper; what shines through from the back of a page is not."""

Grey = NDArray[np.uint8]
Boxes = NDArray[np.float64]


def apart_from_leaders(regions: Sequence[Region], page: Grey) -> list[Region]:
    """The regions of a page (H, W), those with leader dots divided into title, dots and page number."""
    return [part for region in regions for part in _parts(region, page)]


def _parts(region: Region, page: Grey) -> Iterator[Region]:
    quad = region.quad
    if quad.width < LONG * quad.height or quad.height < 4:
        yield region
        return
    corners = np.array(quad.points)
    if not _has_low_stretch(*straightened(corners, page, STEP), STEP):
        yield region
        return
    around, beyond = straightened(corners, page)
    marks = _marks(around, beyond) if _has_low_stretch(around, beyond) else np.zeros((0, 4))
    runs = [run for run in _runs(marks) if _is_printed(run, around)] if len(marks) else []
    if not runs:
        yield region
        return
    along = (corners[1] - corners[0]) / quad.width
    across = (corners[3] - corners[0]) / quad.height
    origin = corners[0] - across * beyond

    def at(left: float, top: float, right: float, bottom: float) -> Region:
        points = [
            origin + along * x + across * y for x, y in ((left, top), (right, top), (right, bottom), (left, bottom))
        ]
        return replace(region, quad=Quad.of([point.tolist() for point in points]))

    edges = [0.0, *(edge for run in runs for edge in (run[0, 0], run[-1, 2])), float(around.shape[1])]
    for k, (start, end) in enumerate(pairwise(edges)):
        inside = marks[(marks[:, 0] >= start - 0.5) & (marks[:, 2] <= end + 0.5)]
        if not len(inside):
            continue
        top, bottom = marks[:, 1].min(), (inside if k % 2 else marks)[:, 3].max()
        if not k % 2:  # a letter that touches the next line goes on there
            base = float(np.median(inside[:, 3]))
            bottom = min(bottom, base + DEEPEST * (base - top))
        tall = bottom - top
        part = at(inside[:, 0].min(), top - ASCENT * tall, inside[:, 2].max(), bottom + DESCENT * tall)
        yield replace(part, text=_dots(inside, tall)) if k % 2 else part


def _dots(run: Boxes, tall: float) -> str:
    """A run of dots as text, with spaces between them where they stand that far apart."""
    pitch = float(np.median(np.diff(run[:, 0])))
    return (" ." if pitch > SPACED * tall else ".").join([""] * (len(run) + 1)).strip()


def _has_low_stretch(around: Grey, beyond: int, step: int = 1) -> bool:
    """Whether the upper half of the line is empty over some length, as it is over dots.

    Args:
        around: the line with a margin above and below; one in ``step`` of its columns.
        beyond: rows of that margin.
        step: with a larger one, marks between the columns are missed.
    """
    upper = around[beyond // 2 : len(around) // 2]
    lowest, [paper] = upper.min(0), percentiles(around[::2, :: STEP // step], 50)
    ink = np.flatnonzero(lowest < INK * paper)
    gaps = np.diff(np.concatenate([[-1], ink, [around.shape[1]]]))
    return bool(step * gaps.max() > CLEAR * (len(around) - 2 * beyond))


def _marks(around: Grey, beyond: int) -> Boxes:
    """The components of ink of a line, (N, 4): left, top, right, bottom; from left to right."""
    _, ink = cv2.threshold(around, 0, 1, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)
    stats = cv2.connectedComponentsWithStats(ink, connectivity=8)[2][1:].astype(float)
    height = len(around)
    middle = stats[:, 1] + stats[:, 3] / 2
    stats = stats[(stats[:, 3] < height - 1) & (middle > beyond / 2) & (middle < height - beyond / 2)]
    boxes = np.concatenate([stats[:, :2], stats[:, :2] + stats[:, 2:4]], axis=1)
    return np.asarray(boxes[np.argsort(boxes[:, 0])], np.float64)


def _is_printed(run: Boxes, around: Grey) -> bool:
    """Whether most dots of a run are as dark as ink."""
    [paper] = percentiles(around[::2, ::STEP], 50)
    darkest = [around[top:bottom, left:right].min() for left, top, right, bottom in run.astype(int)]
    return float(np.median(darkest)) < INK * paper


def _runs(marks: Boxes) -> Iterator[Boxes]:
    """Runs of dots among the marks of a line."""
    sizes = (marks[:, 2:] - marks[:, :2]).max(1)
    tall = float((marks[:, 3] - marks[:, 1]).max())
    base = float(np.median(marks[sizes <= DOT * tall][:, 3])) if (sizes <= DOT * tall).any() else 0.0
    dots = (sizes <= DOT * tall) & (np.abs(marks[:, 3] - base) < DOT * tall)
    # A small mark in the columns of another is a piece of that, as the foot of a thin s, or of a colon.
    shared = (marks[:, :1] < marks[:, 2]) & (marks[:, 2:3] > marks[:, 0])
    dots &= shared.sum(1) == 1
    start = 0
    for k in range(1, len(marks) + 1):
        if k < len(marks) and dots[k - 1] and dots[k] and marks[k, 0] - marks[k - 1, 0] < PITCH * tall:
            continue
        if k - start >= LEAST_DOTS and dots[start]:
            yield marks[start:k]
        start = k
