"""Where lines end: the kernel of large or faint type may lack the first or the last letter or a part of their height,
and that of a word may reach the next one.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["to_the_ends"]

NEAR, CUT = 0.25, 0.07
"""A letter is part of a line if it is closer to its end than this, in line heights (words are further apart); or if the
end cuts at least so much of it off."""
WIDEST = 1.8
"""Greatest width of a letter in line heights."""
SIZES = (0.35, 1.4)
"""Least and greatest height of a letter in line heights."""
LEVEL = 0.3
"""Greatest distance of the middle of a letter from that of its line, in line heights."""
FLAT = 0.05
"""Greatest slope of lines that are drawn out."""
STEPS = 2
"""Letters that are added at an end at most."""
SAME_ROW = 0.6
"""Least share of the height of the lower of two lines that both have, if they are in a row."""
MARGIN = 1 / 16
"""What is left of the blank at an end, in line heights."""
TALLER, LARGE = 0.12, 1.6
"""Letters that reach so far out of their line, in line heights, are cut off by it, if it is so many times as high as
most lines.
"""

Box = tuple[NDArray[np.float64], float]


def to_the_ends(boxes: Sequence[Box], words: NDArray[np.float64]) -> list[Box]:
    """The boxes, drawn out to letters directly before or after them, as tall as these, and cut before the next line.

    Args:
        boxes: lines, (4, 2) each, with their scores.
        words: marks of ink that may be words or letters, (N, 4): left, top, right, bottom.
    """
    whole = np.array([corners for corners, _ in boxes]).reshape(-1, 4, 2)
    if len(words) and len(whole):
        whole = _as_tall(_drawn_out(_cut_before_others(whole, words), words), words)
        if _are_steep(whole).any():
            on_side = _drawn_out(whole[..., ::-1] * (-1, 1), words[:, [3, 0, 1, 2]] * (-1, 1, -1, 1))
            whole = on_side[..., ::-1] * (1, -1)
    return [(corners, score) for corners, (_, score) in zip(whole, boxes, strict=True)]


def _are_steep(corners: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which boxes (N, 4, 2) run upwards."""
    along = corners[:, 1] - corners[:, 0]
    return np.asarray(np.abs(along[:, 0]) < -FLAT * along[:, 1])


def _are_flat(corners: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which boxes (N, 4, 2) are level."""
    along = corners[:, 1] - corners[:, 0]
    return np.asarray(np.abs(along[:, 1]) < FLAT * along[:, 0])


def _drawn_out(corners: NDArray[np.float64], words: NDArray[np.float64]) -> NDArray[np.float64]:
    """The boxes (N, 4, 2), those that are level drawn out by some letters."""
    for _ in range(STEPS):
        longer = _longer(corners, words)
        if longer is None:
            break
        corners = longer
    return corners


def _longer(corners: NDArray[np.float64], words: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """The boxes (N, 4, 2) with a letter more at their ends; None where there is none."""
    low, high = corners.min(1), corners.max(1)
    height = np.linalg.norm(corners[:, 3] - corners[:, 0], axis=1)
    slope = np.abs(corners[:, 1, 1] - corners[:, 0, 1]) / (corners[:, 1, 0] - corners[:, 0, 0]).clip(1e-6)
    middle = (words[:, :2] + words[:, 2:]) / 2
    inside = ((middle[:, None] > low) & (middle[:, None] < high)).all(2)
    wide, tall = (words[:, 2:] - words[:, :2]).T
    fits = (tall[:, None] > SIZES[0] * height) & (tall[:, None] < SIZES[1] * height)
    fits &= (wide[:, None] < WIDEST * height) & (slope < FLAT)
    free = ~inside.any(1, keepdims=True)
    found, result = False, corners.copy()
    for before, after, side in ((0, 3, -1), (1, 2, 1)):
        end, level = corners[:, [before, after]].mean(1).T
        near, far = (words[:, 2], words[:, 0]) if side < 0 else (words[:, 0], words[:, 2])
        beyond = side * (far[:, None] - end)
        beside = free & (np.abs(near[:, None] - end) < NEAR * height) & (beyond > 0)
        cut = inside & (beyond > CUT * height)
        there = fits & (beside | cut) & (np.abs(middle[:, 1:] - level) < LEVEL * height)
        for word, line in np.argwhere(there & (there.sum(1, keepdims=True) == 1)):
            box = result[line]
            box[[before, after], 0] = (np.minimum if side < 0 else np.maximum)(box[before, 0], far[word])
            box[:2, 1] += min(0.0, float(words[word, 1] - box[before, 1]))
            box[2:, 1] += max(0.0, float(words[word, 3] - box[after, 1]))
            found = True
    return result if found else None


def _cut_before_others(corners: NDArray[np.float64], words: NDArray[np.float64]) -> NDArray[np.float64]:
    """The boxes (N, 4, 2), without the piece of the next line in a row that some end with."""
    low, high = corners.min(1), corners.max(1)
    common = np.minimum(high[:, None, 1], high[:, 1]) - np.maximum(low[:, None, 1], low[:, 1])
    lower = np.minimum(high[:, None, 1] - low[:, None, 1], high[:, 1] - low[:, 1])
    overlap = (common > SAME_ROW * lower) & (low[:, None, 0] < low[:, 0])
    overlap &= (high[:, None, 0] > low[:, 0]) & (high[:, None, 0] < high[:, 0]) & _are_flat(corners)[:, None]
    result = corners.copy()
    for first, second in np.argwhere(overlap):
        height, start = high[first, 1] - low[first, 1], low[second, 0]
        middle = (words[:, 1] + words[:, 3]) / 2
        row = words[(middle > low[first, 1]) & (middle < high[first, 1]) & (words[:, 2] > low[first, 0])]
        before = row[row[:, 0] < start - MARGIN * height]
        if len(before) and (end := before[:, 2].max() + MARGIN * height) < start:
            result[first, 1:3, 0] = np.minimum(result[first, 1:3, 0], end)
    return result


def _as_tall(corners: NDArray[np.float64], words: NDArray[np.float64]) -> NDArray[np.float64]:
    """The boxes (N, 4, 2), those that cut off the upper or the lower part of their letters as tall as these."""
    low, high = corners.min(1), corners.max(1)
    height = (high - low)[:, 1]
    flat = _are_flat(corners)
    middle, tall = (words[:, :2] + words[:, 2:]) / 2, words[:, 3] - words[:, 1]
    result = corners.copy()
    for k in np.flatnonzero(flat & (height > LARGE * np.median(height))).tolist():
        inside = ((middle > low[k]) & (middle < high[k])).all(1)
        letters = words[inside & (tall > SIZES[0] * height[k]) & (tall < SIZES[1] * height[k])]
        if len(letters):
            above, below = np.median(low[k, 1] - letters[:, 1]), np.median(letters[:, 3] - high[k, 1])
            least = TALLER * height[k]
            if max(above, below) > least and (len(letters) > 1 or min(above, below) < least / 2):
                result[k, :2, 1] -= above + MARGIN * height[k] if above > least else 0.0
                result[k, 2:, 1] += below + MARGIN * height[k] if below > least else 0.0
    return result
