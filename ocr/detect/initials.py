"""Drop capitals: an initial as tall as several lines, which these lines leave room for at the start of a paragraph."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ocr.detect import Region
from ocr.detect.look import resized
from ocr.detect.marks import binarized, grey_of, marks
from ocr.document import Quad

__all__ = ["initials"]

Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""

LOOK = 1400
"""Longer side, in pixels, that a page has at least after its reduction to look for tall marks."""
LEAST, SOLID = 1.6, 0.9
"""Least height of an initial in heights of a line, and greatest share of its box that is ink."""
LONG = 6.0
"""Least length of lines beside an initial, in heights."""
CLEAR = 0.08
"""Distance of a line from an initial, in heights of the line."""
LEVEL = 2.0
"""Degrees of slope up to which lines are compared."""
SAME_LEFT, INDENT = 0.7, 0.9
"""Lines beside an initial begin this close to each other, and this far to the right of the line below, in heights."""
SHIFTED = 1.0
"""Greatest distance of an initial to the right of where the line below begins, in heights: it may be indented."""
PITCH = 2.2
"""Greatest distance of a line from the next one, in heights."""
MOST_LINES = 8
TALL = 0.7
"""Least height of an initial as a share of that of the lines beside it."""
SLIM, WIDE = 0.2, 1.7
"""Least and greatest width of an initial in its heights."""
MARGIN = 0.12
"""Margin around an initial in its heights."""
LETTER, LETTERS = (0.35, 1.1), 2
"""Height of a letter in heights of its line; so many of them, in what lines would lose to an initial, are words: the
tall mark is a stain or a stroke of a pen."""


def initials(pixels: NDArray[np.uint8], regions: Sequence[Region]) -> list[Region]:
    """The lines of a page with its initials, which lines beside them do not reach into any more.

    Args:
        pixels: the page, (H, W) grey or (H, W, 3) RGB.
        regions: its lines.
    """
    level = [k for k, region in enumerate(regions) if abs(region.quad.angle) < LEVEL]
    boxes = np.array([regions[k].quad.hull for k in level]).reshape(-1, 4)
    if len(boxes) < 3:
        return list(regions)
    result, found = list(regions), list[Region]()
    ink = _marks(pixels)
    for mark in _tall_marks(ink, float(np.median(boxes[:, 3] - boxes[:, 1]))):
        beside = _beside(boxes, mark)
        if sum(_letters(ink, boxes[k], mark) for k in beside) >= LETTERS:
            continue
        for k in beside:
            height = boxes[k, 3] - boxes[k, 1]
            if boxes[k, 0] < mark[2] + CLEAR * height:
                boxes[k, 0] = mark[2] + CLEAR * height
                result[level[k]] = replace(regions[level[k]], quad=_from(regions[level[k]].quad, boxes[k, 0]))
        if beside:
            found.append(Region(_around(mark), 1.0, leftover=True))
    for k in range(len(boxes)):
        room = _room(boxes, k)
        if room and not any(_inside(region.quad.center, room) for region in found):
            quad = _letter(pixels, room, float(boxes[k, 3] - boxes[k, 1]))
            found += [Region(quad, 1.0, leftover=True)] if quad else []
    return [*result, *found]


def _marks(pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    """The marks of a page, as ``marks`` gives them, in its pixels."""
    share = 1 / max(1, max(pixels.shape[:2]) // LOOK)
    grey = grey_of(pixels)
    found = marks(binarized(resized(grey, int(grey.shape[1] * share), int(grey.shape[0] * share)))).astype(float)
    return np.asarray(found / (share, share, share, share, share**2), np.float64)


def _tall_marks(ink: NDArray[np.float64], height: float) -> list[Box]:
    """Those of some marks that are as tall as several lines of a height and shaped like a letter."""
    wide, tall = ink[:, 2] - ink[:, 0], ink[:, 3] - ink[:, 1]
    shaped = (tall > LEAST * height) & (tall < MOST_LINES * height) & (wide > SLIM * tall)
    shaped &= (wide < WIDE * tall) & (ink[:, 4] < SOLID * wide * tall)
    return [(left, top, right, bottom) for left, top, right, bottom in ink[shaped, :4].tolist()]


def _letters(ink: NDArray[np.float64], line: NDArray[np.float64], mark: Box) -> int:
    """How many marks as tall as letters a line has to the left of where a tall mark ends."""
    tall = (ink[:, 3] - ink[:, 1]) / (line[3] - line[1])
    x, y = (ink[:, 0] + ink[:, 2]) / 2, (ink[:, 1] + ink[:, 3]) / 2
    on_line = (y > line[1]) & (y < line[3]) & (x > line[0]) & (x < mark[2])
    return int((on_line & (tall > LETTER[0]) & (tall < LETTER[1])).sum())


def _beside(boxes: NDArray[np.float64], mark: Box) -> list[int]:
    """The lines to the right of an initial, from the top; none where a mark is something else."""
    left, top, right, bottom = mark
    heights = boxes[:, 3] - boxes[:, 1]
    middle = (boxes[:, 1] + boxes[:, 3]) / 2
    level = (middle > top) & (middle < bottom) & (boxes[:, 2] > left) & (heights * LEAST < bottom - top)
    beside = level & (boxes[:, 0] > left - 0.3 * heights) & (boxes[:, 0] < right + 1.5 * heights)
    beside &= boxes[:, 2] - boxes[:, 0] > LONG * heights
    if beside.sum() < 2 or (level & (boxes[:, 0] <= left - 0.3 * heights) & (boxes[:, 2] > right)).any():
        return []
    lines = sorted(np.flatnonzero(beside).tolist(), key=lambda k: float(boxes[k, 1]))
    height = float(np.median(heights[beside]))
    down = boxes[:, 1] - boxes[lines[-1], 1]
    below = (
        (down > 0.5 * height)
        & (down < PITCH * height)
        & (boxes[:, 0] - left < height)
        & (left - boxes[:, 0] < SHIFTED * height)
    )
    starts = abs(boxes[lines[0], 1] - top) < height
    return lines if starts and below.any() else []


def _from(quad: Quad, left: float) -> Quad:
    """A level box that begins at some place."""
    (_, y0), b, c, (_, y3) = quad.points
    return Quad(((left, y0), b, c, (left, y3)))


def _around(mark: Box) -> Quad:
    left, top, right, bottom = mark
    room = MARGIN * (bottom - top)
    return Quad.rect(max(0.0, left - room), max(0.0, top - room), right + room, bottom + room)


def _inside(point: tuple[float, float], box: Box) -> bool:
    return box[0] - 1 < point[0] < box[2] + 1 and box[1] - 1 < point[1] < box[3] + 1


def _room(boxes: NDArray[np.float64], first: int) -> Box | None:
    """The room to the left of a line (left, top, right, bottom), if it and lines below it leave some."""
    left, top, _, bottom = boxes[first]
    height = bottom - top
    below, last = first, bottom
    for count in range(1, MOST_LINES + 1):
        after = _below(boxes, below)
        if after is None:
            return None
        if left - boxes[after, 0] > INDENT * height:
            room = (float(boxes[after, 0]), float(top), float(left), float(last))
            return room if count >= 2 and _empty(boxes, room) else None
        if abs(boxes[after, 0] - left) > SAME_LEFT * height:
            return None
        below, last = after, boxes[after, 3]
    return None


def _below(boxes: NDArray[np.float64], line: int) -> int | None:
    """The next line below one, of its size."""
    left, top, right, bottom = boxes[line]
    height = bottom - top
    down = boxes[:, 1] - top
    beneath = (down > 0.5 * height) & (down < PITCH * height)
    across = np.minimum(boxes[:, 2], right) - np.maximum(boxes[:, 0], left) > 0.5 * (right - left)
    alike = np.abs(np.log(np.maximum(boxes[:, 3] - boxes[:, 1], 1) / max(height, 1))) < 0.4
    near = np.flatnonzero(beneath & across & alike)
    return int(near[down[near].argmin()]) if len(near) else None


def _empty(boxes: NDArray[np.float64], room: Box) -> bool:
    """Whether no line has its middle in some room."""
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2
    return not ((middle > np.array(room[:2])) & (middle < np.array(room[2:]))).all(1).any()


def _letter(pixels: NDArray[np.uint8], room: Box, height: float) -> Quad | None:
    """The box of a single tall mark in some room."""
    left, top, right, bottom = room
    x0, y0 = max(0, round(left - 0.5 * height)), max(0, round(top - 0.3 * height))
    x1, y1 = round(right), round(bottom + 0.2 * height)
    part = pixels[y0:y1, x0:x1]
    if min(part.shape[:2], default=0) < 8:
        return None
    ink = binarized(grey_of(part))
    if not 0.02 < ink.mean() < 0.6:
        return None
    x, y, x1, y1, area = (int(v) for v in max(marks(ink), key=lambda mark: float(mark[4])))
    wide, tall = x1 - x, y1 - y
    alone = area > 0.8 * int(ink.sum())
    shaped = SLIM * tall < wide < WIDE * tall and tall > TALL * (bottom - top) and area < SOLID * wide * tall
    if not (alone and shaped):
        return None
    return _around((x0 + x, y0 + y, x0 + x + wide, y0 + y + tall))
