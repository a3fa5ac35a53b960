"""Vertical rules, which separate the cells of a table however close their text is."""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.document import Quad
from ocr.percentiles import percentiles

__all__ = ["rules_among", "rules_between", "straightened"]

Grey = NDArray[np.uint8]

BEYOND, LEAST_BEYOND, THICKEST = 0.35, 0.3, 0.15
"""How far a rule between cells extends above or below a line, in line heights; the share of that on the other side; and
its greatest width."""
NEAR, INTO = 1.0, 0.2
"""Rules are searched between lines of a row closer than this, and this far into their ends, in line heights."""
SIDEWAYS = 30.0
"""Lines at a larger angle than this, in degrees, count as sideways."""
CONTRAST = 24
"""Grey levels by which a rule is darker than the background."""


def straightened(corners: NDArray[np.float64], page: Grey, step: int = 1) -> tuple[Grey, int]:
    """The grey upright image of a box (4, 2) of ``page`` with a margin above and below, and the rows of that margin.

    Of its columns, one in ``step`` is shown.
    """
    along, across = corners[1] - corners[0], corners[3] - corners[0]
    width, height = float(np.linalg.norm(along)), float(np.linalg.norm(across))
    along, across = along / width, across / height
    beyond = math.ceil(BEYOND * height)
    corner = corners[0] - across * beyond
    straight = np.array([[step * along[0], across[0], corner[0]], [step * along[1], across[1], corner[1]]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    size = (math.ceil(width / step), math.ceil(height) + 2 * beyond)
    around = cv2.warpAffine(page, straight, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    if around.ndim == 3:
        around = cv2.cvtColor(around, cv2.COLOR_RGB2GRAY)
    return np.asarray(around, np.uint8), beyond


def rules_among(around: Grey, beyond: int, ink: NDArray[np.bool_], limit: float) -> NDArray[np.int64]:
    """Columns of the rules between a line's cells, which are removed from ``ink``.

    Args:
        around: image of the line with a margin above and below.
        beyond: rows of that margin.
        ink: whether a column of the line has ink.
        limit: grey level that a rule is darker than over its whole length.
    """
    rule = _upright(around < limit, beyond)
    if not rule.any():
        return np.zeros(0, np.int64)
    columns = []
    for first, last in _runs(rule):
        left, right = max(0, first - 1), last + 1  # the soft edges of a rule count as ink, too
        apart = not ink[max(0, left - 1) : left].any() and not ink[right : right + 1].any()
        if apart and last - first <= THICKEST * len(around):
            ink[left:right] = False
            columns.append(first)
    return np.array(columns, np.int64)


def rules_between(quads: Sequence[Quad], page: Grey) -> list[Quad]:
    """The gaps between neighbouring lines of a row in which there is a vertical rule.

    Args:
        quads: lines, or pieces of lines; sideways ones are left out.
        page: (H, W) grey or (H, W, 3) RGB.
    """
    if len(quads) < 2:
        return []
    left, top, right, bottom = np.array([quad.hull for quad in quads]).T
    height = bottom - top
    flat = np.array([abs(quad.angle) <= SIDEWAYS for quad in quads])
    level = np.abs(np.subtract.outer(top + bottom, top + bottom)) < np.minimum.outer(height, height)
    gap = left[None] - right[:, None]
    reach = np.minimum.outer(height, height)
    beside = level & (gap < NEAR * reach) & (gap > -INTO * reach)
    beside &= np.logical_and.outer(flat, flat)
    np.fill_diagonal(beside, False)
    found = []
    for k, n in np.argwhere(beside):
        a, b = quads[k].points, quads[n].points
        x0, x1 = right[k] - INTO * reach[k, n], left[n] + INTO * reach[k, n]
        y0, y1 = min(top[k], top[n]), max(bottom[k], bottom[n])
        if x1 - x0 < 2 or y1 - y0 < 4:
            continue
        slope = (a[1][1] - a[0][1] + b[1][1] - b[0][1]) / max(1.0, a[1][0] - a[0][0] + b[1][0] - b[0][0])
        lift = slope * (x1 - x0) / 2
        corners = np.array([(x0, y0 - lift), (x1, y0 + lift), (x1, y1 + lift), (x0, y1 - lift)], float)
        around, beyond = straightened(corners, page)
        paper = percentiles(around, 75)[0]
        runs = _runs(_upright(around < paper - CONTRAST, beyond))
        if any(last - first <= THICKEST * len(around) for first, last in runs):
            found.append(Quad.of(corners.tolist()))
    return found


def _upright(dark: NDArray[np.bool_], beyond: int) -> NDArray[np.bool_]:
    """Columns that are dark over the whole line and beyond: far beyond on one side, a little on the other."""
    least = max(1, round(beyond * LEAST_BEYOND))
    through = dark[beyond - least : len(dark) - beyond + least].all(0)
    return np.asarray(through & (dark[:beyond].all(0) | dark[-beyond:].all(0)), np.bool_)


def _runs(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Start and end of each run of true values."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))
