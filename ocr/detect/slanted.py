"""Lines at an angle on an upright page, as stamps are set: marks in a row that no line along the page covers.

The detector gives short kernels the direction of the page and finds pieces of such a line, or nothing. Their letters
stand next to each other on a slope; the page is turned back by it there and looked at again.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.detect.leftover import Least, covered

__all__ = ["Row", "rows_of_marks", "slanted_look"]

STEEPNESS = (7.0, 83.0)
"""Least and greatest slope of a line, in degrees from the page's rows; flatter and steeper ones are found anyway."""
LONG = 3.5
"""Boxes shorter than this, in heights, may be pieces of a line at an angle."""
LINES = 2
"""Least number of lines along the page: without any, all of it may be turned."""
MOST_MARKS = 250
"""More marks that no line covers are a picture or a texture."""
LETTERS = 4
"""Least number of marks in a row."""
STEP = 1.5
"""Greatest distance of the middles of neighbouring letters, in heights of the larger one."""
ALIKE = 1.9
"""Greatest ratio of the sizes of letters of a row."""
LEVEL = 0.22
"""Greatest distance of a letter from the row, in heights."""
MARGIN = 1.0
"""Surroundings of a row that are looked at, in heights of its letters."""
MOST_ROWS = 6
PIXELS = 1_000_000
"""Largest picture of a row's surroundings at the scale of the look."""

Boxes = NDArray[np.float64]
Box = tuple[NDArray[np.float64], float]
Grey = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """Marks in a row.

    Attributes:
        marks: (N, 4): left, top, right, bottom, in pixels.
        degrees: slope of the row, clockwise from the page's rows.
        size: typical size of a mark, pixels.
    """

    marks: Boxes
    degrees: float
    size: float


def slanted_look(
    grey: Grey, words: Boxes, found: Sequence[Box], detect: Callable[[Grey, float], list[Box]], least: Least
) -> list[Box]:
    """Boxes (4, 2) of lines at an angle, with their scores.

    Args:
        grey: the page, (H, W).
        words: its ink, (N, 4): left, top, right, bottom.
        found: boxes of the page.
        detect: finds boxes in an image at a scale.
        least: what boxes have to reach.
    """
    long = [box for box, _ in found if np.linalg.norm(box[1] - box[0]) > LONG * np.linalg.norm(box[3] - box[0])]
    free = words[~covered(words, long)]
    boxes: list[Box] = []
    if len(long) >= LINES and LETTERS <= len(free) <= MOST_MARKS:
        for row in rows_of_marks(free):
            boxes += _in_row(grey, row, detect, least)
    return boxes


def rows_of_marks(marks: Boxes) -> list[Row]:
    """Rows at an angle among marks (N, 4), the longest first; no mark is in two of them."""
    rows: list[Row] = []
    while len(marks) >= LETTERS and len(rows) < MOST_ROWS:
        found = _longest(marks)
        if found is None:
            break
        inside, row = found
        rows.append(row)
        marks = marks[~inside]
    return rows


def _longest(marks: Boxes) -> tuple[NDArray[np.bool_], Row] | None:
    """Which marks are in the longest row at an angle, and the row."""
    middle, sides = (marks[:, :2] + marks[:, 2:]) / 2, marks[:, 2:] - marks[:, :2]
    size = sides.max(1)
    apart = middle[None] - middle[:, None]
    reach = np.maximum.outer(size, size)
    alike = reach < ALIKE * np.minimum.outer(size, size)
    slope = np.degrees(np.arctan2(np.abs(apart[..., 1]), np.abs(apart[..., 0])))
    tilted = (slope > STEEPNESS[0]) & (slope < STEEPNESS[1])
    near = alike & (np.hypot(apart[..., 0], apart[..., 1]) < STEP * reach)
    best: NDArray[np.bool_] | None = None
    for a, b in np.argwhere(np.triu(near & tilted, 1)):
        along = apart[a, b] / np.linalg.norm(apart[a, b])
        off = np.abs((middle - middle[a]) @ np.array([-along[1], along[0]]))
        level = (off < LEVEL * size[a] * (1 + np.abs((middle - middle[a]) @ along) / (8 * size[a]))) & alike[a]
        chain = _chain((middle - middle[a]) @ along, size, level, int(a))
        if chain.sum() >= LETTERS and (best is None or chain.sum() > best.sum()):
            best = chain
    if best is None:
        return None
    points = middle[best]
    _, _, axes = np.linalg.svd(points - points.mean(0), full_matrices=False)
    x, y = axes[0] if axes[0][0] >= 0 else -axes[0]
    degrees = math.degrees(math.atan2(y, x))
    if not STEEPNESS[0] < abs(degrees) < STEEPNESS[1]:
        return None
    return best, Row(marks[best], degrees, float(np.median(size[best])))


def _chain(
    at: NDArray[np.float64], size: NDArray[np.float64], level: NDArray[np.bool_], start: int
) -> NDArray[np.bool_]:
    """Which marks at some places along a row follow each other closely, from one of them on to both sides."""
    chain = np.zeros(len(at), np.bool_)
    order = np.flatnonzero(level)
    order = order[np.argsort(at[order])]
    where = int(np.flatnonzero(order == start)[0])
    for steps in (order[where:], order[where::-1]):
        last = int(steps[0])
        chain[last] = True
        for k in steps[1:]:
            if abs(at[k] - at[last]) > STEP * max(size[k], size[last]):
                break
            chain[k] = True
            last = int(k)
    return chain


def _in_row(grey: Grey, row: Row, detect: Callable[[Grey, float], list[Box]], least: Least) -> list[Box]:
    """Boxes of the page around a row, turned back by its slope."""
    corners = np.array([[(m[x], m[y]) for x, y in ((0, 1), (2, 1), (2, 3), (0, 3))] for m in row.marks]).reshape(-1, 2)
    turn = math.radians(row.degrees)
    axes = np.array([[math.cos(turn), math.sin(turn)], [-math.sin(turn), math.cos(turn)]])
    low, high = (corners @ axes.T).min(0) - MARGIN * row.size, (corners @ axes.T).max(0) + MARGIN * row.size
    width, height = np.ceil(high - low).astype(int).tolist()
    scale = min(2.0, least.line_height / row.size)
    if width * height * scale**2 > PIXELS:
        return []
    origin = axes.T @ low
    back = np.array([[axes[0, 0], axes[1, 0], origin[0]], [axes[0, 1], axes[1, 1], origin[1]]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    paper = int(np.median(grey[::16, ::16]))
    level = cv2.warpAffine(
        grey, back, (width, height), flags=flags, borderMode=cv2.BORDER_CONSTANT, borderValue=(paper,)
    )
    middles = ((row.marks[:, :2] + row.marks[:, 2:]) / 2) @ axes.T - low
    boxes = []
    for box, score in detect(np.asarray(level, np.uint8), scale):
        wide, high_ = np.linalg.norm(box[1] - box[0]), np.linalg.norm(box[3] - box[0])
        inside = ((middles > box.min(0)) & (middles < box.max(0))).all(1)
        if score > least.certain and wide > 1.3 * high_ and inside.sum() >= LETTERS - 1:
            boxes.append((np.asarray(box @ back[:, :2].T + back[:, 2]), score))
    return boxes
