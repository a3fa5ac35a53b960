"""Ink that no box covers: the places where the detector looks a second time, at the scale of that ink.

The net sees a page at one scale, that of its typical type. Type of another size, four times as large or as small, and
single words on an empty page may be missed. Their ink is still there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.detect import Region
from ocr.document import Quad

__all__ = ["Least", "Place", "covered", "largest", "left_over", "mostly_covered", "pieces", "second_look", "settled"]

ALIKE = 2.7
"""Greatest ratio of the heights of words that are looked at together: with ascenders and descenders, or without."""
ROOM = 0.3
"""A word belongs to a line from which its middle is this far away, in heights of the line, or of two such words."""
TALLER = 1.25
"""Ink so much taller than a line is not covered by it."""
MOSTLY = 0.5
"""Share of a line beyond which it is covered by others together."""
TEXTURE = 1500
"""More marks than this are a texture or a halftone."""
MARKS_INSIDE = 3
"""Marks inside a word at most, itself among them; more are what a frame surrounds."""
NEAR_WORDS = (4.0, 1.2)
"""Words that are no further apart than this are looked at together: beside and above each other, in heights."""
SURROUNDINGS = 1.5
"""Surroundings of a place, in heights of its words."""
GROWN = 4
"""So often a place grows at most: its words may be a part of theirs, where the others are faint."""
SECOND_PIXELS = 500_000
"""Largest total of the working images of second looks."""
LINE_TO_WORD = 1.28
"""Height of a line in heights of its words."""
SPECKS = 100
"""More marks on a page without lines are specks."""
SURER = 0.1
"""By how much larger type has to be read more surely than the lines that it would take the place of."""
A_PIECE = 3.5
"""Greatest length of what may be a piece of a line at an angle, in its heights."""
MAP = 512
"""Side of the map in which words are brought together."""

Boxes = NDArray[np.float64]
Corners = NDArray[np.float64]
Box = tuple[NDArray[np.float64], float]
Grey = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Place:
    """Part of a page with words of one size.

    Attributes:
        box: left, top, right, bottom in pixels.
        height: of its words, in pixels.
        words: (N, 4): left, top, right, bottom.
    """

    box: tuple[int, int, int, int]
    height: float
    words: NDArray[np.float64]


def covered(words: Boxes, lines: Sequence[NDArray[np.float64]]) -> NDArray[np.bool_]:
    """Which words (N, 4: left, top, right, bottom) have their centre in one of the lines (4, 2 each) of their size."""
    if not len(words) or not len(lines):
        return np.zeros(len(words), np.bool_)
    corners = np.array(lines)
    low, high = corners.min(1), corners.max(1)
    height = np.linalg.norm(corners[:, 3] - corners[:, 0], axis=1)
    center, tall = (words[:, :2] + words[:, 2:]) / 2, (words[:, 2:] - words[:, :2]).min(1)
    room = ROOM * np.minimum(height, 2 * tall[:, None])[..., None]
    inside = ((center[:, None] >= low - room) & (center[:, None] <= high + room)).all(2)
    return np.asarray((inside & (tall[:, None] < TALLER * height)).any(1), np.bool_)


def mostly_covered(quad: Quad, lines: Sequence[NDArray[np.float64]]) -> bool:
    """Whether most of a line lies on others (4, 2 each), as a row of numbers does that were found one by one."""
    box = np.array(quad.hull)
    hulls = np.array([[*points.min(0), *points.max(0)] for points in lines]).reshape(-1, 4)
    common = (np.minimum(hulls[:, 2:], box[2:]) - np.maximum(hulls[:, :2], box[:2])).clip(0).prod(1)
    return bool(common.sum() > MOSTLY * (box[2:] - box[:2]).prod())


def left_over(words: Boxes, lines: Sequence[NDArray[np.float64]]) -> Boxes:
    """The words (N, 4) that no line covers; without frames, which surround other words, and textures."""
    left = words[~covered(words, lines)]
    if not 0 < len(left) <= TEXTURE:
        return left[:0]
    center = (words[:, :2] + words[:, 2:]) / 2
    inside = ((center > left[:, None, :2]) & (center < left[:, None, 2:])).all(2)
    return np.asarray(left[inside.sum(1) <= MARKS_INSIDE])


def largest(words: Boxes, shape: tuple[int, ...]) -> tuple[list[Place], Boxes]:
    """Where the largest words (N, 4) stand near each other, and the other words.

    Args:
        words: that no line covers.
        shape: of the page, (H, W).
    """
    heights = words[:, 3] - words[:, 1]
    alike = heights > heights.max() / ALIKE
    return _together(words[alike], float(np.median(heights[alike])), shape), words[~alike]


def _together(words: Boxes, height: float, shape: tuple[int, ...]) -> list[Place]:
    """The places of words of one size."""
    shrink = MAP / max(shape)
    mask = np.zeros((round(shape[0] * shrink) + 2, round(shape[1] * shrink) + 2), np.uint8)
    near = np.array([NEAR_WORDS[0], NEAR_WORDS[1], NEAR_WORDS[0], NEAR_WORDS[1]]) / 2 * height * [-1, -1, 1, 1]
    for left, top, right, bottom in ((words + near) * shrink).clip(0).astype(int).tolist():
        mask[top : bottom + 1, left : right + 1] = 1
    _, labels = cv2.connectedComponents(mask)
    center = ((words[:, :2] + words[:, 2:]) / 2 * shrink).astype(int)
    owner = labels[center[:, 1], center[:, 0]]
    found = []
    for label in np.unique(owner):
        group = words[owner == label]
        low, high = group[:, :2].min(0) - SURROUNDINGS * height, group[:, 2:].max(0) + SURROUNDINGS * height
        (left, top), (right, bottom) = low.clip(0).astype(int).tolist(), np.ceil(high).astype(int).tolist()
        found.append(Place((left, top, min(right, shape[1]), min(bottom, shape[0])), height, group))
    return found


@dataclass(frozen=True, slots=True)
class Least:
    """What a box of a second look has to reach.

    Attributes:
        line_height: of a typical line in the detector's working image, in pixels.
        certain: least score of a line.
        certain_alone: the same for boxes that are no wider than tall.
    """

    line_height: float
    certain: float
    certain_alone: float


def second_look(
    grey: Grey, words: Boxes, found: Sequence[Box], detect: Callable[[Grey, float], list[Box]], least: Least
) -> list[Box]:
    """Boxes where ink is left that none of those found covers, detected at the scale of that ink.

    What was found there may be a piece of larger type: it stays, and readings decide (:func:`settled`).

    Args:
        grey: the page, (H, W).
        words: its ink, (N, 4).
        found: boxes (4, 2) with their scores.
        detect: finds boxes in an image at a scale.
        least: what boxes have to reach.
    """
    budget, more = float(SECOND_PIXELS), list[Box]()
    words = left_over(words, [corners for corners, _ in found])
    if not found and len(words) > SPECKS:
        return []
    while len(words):
        near, words = largest(words, grey.shape)
        for place in near:
            scale = min(2.0, least.line_height / (LINE_TO_WORD * place.height))
            budget -= (place.box[2] - place.box[0]) * (place.box[3] - place.box[1]) * scale**2
            if budget < 0:
                return more
            for box in _in_place(grey, place, scale, detect, least):
                others = np.array([other for other, _ in (*found, *more)]).reshape(-1, 4, 2)
                if not _crowded(box[0], others[~pieces(others, box[0])]):
                    more.append(box)
        words = words[~covered(words, [corners for corners, _ in more])]
    return more


def _in_place(
    grey: Grey, place: Place, scale: float, detect: Callable[[Grey, float], list[Box]], least: Least
) -> list[Box]:
    """Boxes of a place that have its size of type; it grows where it cuts one of them off."""
    boxes = _of_size(grey, place, scale, detect, least)
    for _ in range(GROWN):
        left, top, right, bottom = place.box
        ends = np.array([corners[:, 0] for corners, _ in boxes]).reshape(-1, 4)
        before = left > 0 and bool((ends.min(1) < left + 1).any())
        after = right < grey.shape[1] and bool((ends.max(1) > right - 1).any())
        if not before and not after:
            break
        more = round(NEAR_WORDS[0] * place.height)
        left, right = max(0, left - before * more), min(grey.shape[1], right + after * more)
        place = replace(place, box=(left, top, right, bottom))
        boxes = _of_size(grey, place, scale, detect, least)
    return boxes


def _of_size(
    grey: Grey, place: Place, scale: float, detect: Callable[[Grey, float], list[Box]], least: Least
) -> list[Box]:
    """Boxes within a place that have its size of type."""
    x0, y0, x1, y1 = place.box
    boxes = []
    for corners, score in detect(grey[y0:y1, x0:x1], scale):
        wide, high = np.linalg.norm(corners[1] - corners[0]), np.linalg.norm(corners[3] - corners[0])
        box = corners + np.array([x0, y0])
        tall = place.words[covered(place.words, [box])]
        enough = score > (least.certain if wide > 1.3 * high else least.certain_alone)
        if enough and len(tall) and (tall[:, 3] - tall[:, 1]).max() > 0.4 * high > 0.24 * place.height:
            boxes.append((box, score))
    return boxes


def _crowded(box: NDArray[np.float64], others: Corners) -> bool:
    """Whether a tenth of a box (4, 2) is covered by one of others (N, 4, 2), or covers a tenth of it, all upright."""
    low, high = box.min(0), box.max(0)
    lows, highs = others.min(1), others.max(1)
    common = (np.minimum(high, highs) - np.maximum(low, lows)).clip(0).prod(1)
    return bool((common > 0.1 * np.minimum((highs - lows).prod(1), (high - low).prod())).any())


def pieces(small: Corners, large: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which boxes (N, 4, 2) may be parts of the strokes of larger type: in its box (4, 2), and much lower."""
    middle, heights = small.mean(1), np.linalg.norm(small[:, 3] - small[:, 0], axis=1)
    inside = ((middle > large.min(0)) & (middle < large.max(0))).all(1)
    return np.asarray(inside & (1.4 * heights < np.linalg.norm(large[3] - large[0])), np.bool_)


def settled(regions: Sequence[Region], confidences: Sequence[float]) -> list[bool]:
    """Which regions to keep where one of a second look covers others: it, if it was read clearly more surely, or these.

    Args:
        regions: of a page.
        confidences: of their readings; 0 where a reading was dropped.
    """
    kept = [True] * len(regions)
    boxes = np.array([region.quad.points for region in regions]).reshape(-1, 4, 2)
    for k, region in enumerate(regions):
        rivals = np.flatnonzero(pieces(boxes, boxes[k])).tolist() if region.leftover else []
        if region.slanted:  # lines along the page that it runs across are none of its pieces
            rivals = [i for i, other in enumerate(regions) if _may_be_a_piece(other, region)]
        if rivals:
            surer = confidences[k] > max(confidences[i] for i in rivals) + SURER
            for loser in rivals if surer else [k]:
                kept[loser] = False
    return kept


def _may_be_a_piece(small: Region, slanted: Region) -> bool:
    """Whether a short region along the page stands on a line at an angle."""
    left, top, right, bottom = slanted.quad.hull
    x, y = small.quad.center
    short = small.quad.width < A_PIECE * small.quad.height and not small.slanted
    return short and left < x < right and top < y < bottom
