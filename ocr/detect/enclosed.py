"""Marks on a ground of their own: numbers in circles and discs, counts in badges, prices on panels.

The net joins a digit with a piece of the circle around it, or passes over both. Outlines show what encloses what.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.percentiles import percentiles

__all__ = ["Badge", "Enclosed", "enclosed"]

DARKER = (40, 100)
"""By how many grey levels rings and the ground of light marks are darker than the paper: thin light strokes on dark
ground hold together at the second."""
AROUND = 0.2
"""How far the ground has to go on around a light mark, in heights of it: less is a letter around its counter."""
COUNTER, AROUND_COUNTER = (0.42, 0.6), 0.5
"""Width and height of what may be the counter of a letter, as shares of those of the letter; with so much ground it is
none."""
PANEL, CONVEX = 4.0, 0.94
"""What is lower than so many marks is a disc or a letter: discs fill at least such a share of their convex hull."""
BADGE, LONG = (0.6, 4.0), 2.5
"""Least and greatest height of a badge in heights of a line, and its greatest length in heights of it."""
OPEN = 0.6
"""Least share of the box of a ring that is inside."""
MARK = (0.33, 0.85)
"""Least height of a mark in a badge in heights of a line, and its greatest in heights of the badge."""

Boxes = NDArray[np.float64]
Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Badge:
    """A small ring or disc with what stands in it.

    Attributes:
        box: of the ring (4): left, top, right, bottom.
        inside: of what it encloses (4).
        light: whether that is lighter than its ground.
    """

    box: NDArray[np.float64]
    inside: NDArray[np.float64]
    light: bool


@dataclass(frozen=True, slots=True, eq=False)
class Enclosed:
    """What is enclosed on a page.

    Attributes:
        light: (N, 4) light marks on darker ground of any size.
        badges: with what stands in them.
    """

    light: Boxes
    badges: tuple[Badge, ...]


def enclosed(grey: NDArray[np.uint8], size: float, largest: float) -> Enclosed:
    """What is enclosed on an (H, W) page that is mostly light.

    Args:
        grey: the page.
        size: height of its lines, in pixels.
        largest: greatest height of a mark in heights of a line.
    """
    [paper] = percentiles(grey[::4, ::4], 75)
    light, badges = np.zeros((0, 4)), list[Badge]()
    for darker in DARKER:
        _, dark = cv2.threshold(grey, paper - darker, 1, cv2.THRESH_BINARY_INV)
        outlines, nesting = cv2.findContours(dark, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
        if nesting is None:
            continue
        boxes = np.array([cv2.boundingRect(outline) for outline in outlines], np.float64)
        boxes[:, 2:] += boxes[:, :2]
        parents = nesting[0, :, 3].astype(np.int64)
        holes: Numbers = np.flatnonzero(parents >= 0)
        boxes[holes] += (1, 1, -1, -1)  # an outline of a hole is around it
        tall = boxes[holes, 3] - boxes[holes, 1]
        marks = holes[(tall >= MARK[0] * size) & (tall <= largest * size)]
        marks = _with_ground(outlines, boxes, marks, parents[marks])
        light = np.concatenate([light[~_alike(light, boxes[marks])], boxes[marks]])
        for badge in _badges(boxes, parents, marks, size):
            badges = [other for other in badges if not _alike(other.box[None], badge.box[None]).any()] + [badge]
        large = (boxes[:, 2:] - boxes[:, :2] >= size).all(1) & (parents < 0)
        if not any(_is_solid(outlines[k]) for k in np.flatnonzero(large).tolist()):
            break
    return Enclosed(light, tuple(badges))


def _is_solid(outline: Any) -> bool:
    """Whether an outline is that of a disc or a panel."""
    area, hull = cv2.contourArea(outline), cv2.contourArea(cv2.convexHull(outline))
    return bool(area > CONVEX * hull)


def _with_ground(outlines: Sequence[Any], boxes: Boxes, holes: Numbers, parents: Numbers) -> Numbers:
    """The holes that have ground around them: counters of letters have little, or stand in something that is bent."""
    inner, outer = boxes[holes], boxes[parents]
    room = np.concatenate([inner[:, :2] - outer[:, :2], outer[:, 2:] - inner[:, 2:]], 1).min(1)
    sides, around = inner[:, 2:] - inner[:, :2], outer[:, 2:] - outer[:, :2]
    counter = (sides > COUNTER * around).any(1)
    enough = room >= np.where(counter, AROUND_COUNTER, AROUND) * sides[:, 1]
    small = around[:, 1] < PANEL * sides[:, 1]
    for k in np.flatnonzero(enough & small).tolist():
        enough[k] = _is_solid(outlines[parents[k]])
    return np.asarray(holes[enough], np.int64)


def _alike(boxes: Boxes, others: Boxes) -> NDArray[np.bool_]:
    """Which boxes (N, 4) are nearly one of others (M, 4)."""
    if not len(boxes) or not len(others):
        return np.zeros(len(boxes), np.bool_)
    apart = np.abs(boxes[:, None] - others).max(2)
    return np.asarray((apart < 0.25 * (others[:, 3] - others[:, 1])).any(1))


def _badges(boxes: Boxes, parents: Numbers, light: Numbers, size: float) -> list[Badge]:
    """The rings and discs among outlines, of which some enclose marks.

    Args:
        boxes: of all outlines, (N, 4).
        parents: N, what a hole is in; negative for outer outlines.
        light: the holes that are light marks.
        size: height of a line.
    """
    wide, tall = (boxes[:, 2:] - boxes[:, :2]).T
    sized = (tall >= BADGE[0] * size) & (tall <= BADGE[1] * size) & (wide >= 0.7 * tall) & (wide <= LONG * tall)
    holes = np.flatnonzero(parents >= 0)
    outer = np.flatnonzero((parents < 0) & (tall >= MARK[0] * size))
    found = []
    for k in np.flatnonzero(sized & (parents < 0)).tolist():
        own = light[parents[light] == k]
        inner = [
            hole for hole in holes[parents[holes] == k].tolist() if wide[hole] * tall[hole] > OPEN * wide[k] * tall[k]
        ]
        dark = not len(own)
        if dark and inner:
            room = boxes[inner[0]]
            own = outer[((boxes[outer, :2] > room[:2]) & (boxes[outer, 2:] < room[2:])).all(1)]
        if not len(own) or tall[own].max() > MARK[1] * tall[k]:
            continue
        low, high = boxes[own, :2].min(0), boxes[own, 2:].max(0)
        found.append(Badge(boxes[k], np.concatenate([low, high]), not dark))
    return found
