"""Estimates the type sizes on a page from its ink, which determine the detector's working resolution."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.detect.marks import components
from ocr.detect.tiles import spans

__all__ = ["Look", "look", "resized"]

BLOCK = 4500
"""Side, in page pixels, of the blocks in which large sheets are analysed."""

HALVED = 1.9
"""Reduction from which on a page is halved first. Beyond a half, the little that is missing is interpolated again."""
LEADERS = 0.4
"""Share of solid dots among the marks of a page from which they are leader dots, whose size is no size of type."""
PANEL, AROUND, CONTRAST = 0.05, 21, 28
"""Where one mark covers such a share of a block, it is a dark panel, as in programs, or a border. Ink is then what
differs by so many grey levels from the median of a square of this side around it: print on the panel, too."""

LEAST_PANEL, SOLID = 0.002, 0.5
"""A mark that covers such a share of a block, and of its own box, is a panel with print on it, as a button is."""

Grey = NDArray[np.uint8]
Span = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Look:
    """What the ink of a page shows.

    Attributes:
        typical: estimated line height of typical print, in page pixels.
        small: of small print.
        large: of large print.
        words: components of ink that may be words or characters, (N, 4): left, top, right, bottom in page pixels.
    """

    typical: float
    small: float
    large: float
    words: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 4)), repr=False, compare=False)


def look(grey: Grey) -> Look:
    """Estimate line heights from the heights of words, weighted by their widths.

    The page is reduced to about 90 dpi first, which removes speckle and joins the dots of dot-matrix print, then
    binarized and closed. Large sheets are analysed in blocks, since their print would vanish. A page without words is
    assumed to have 70 lines.
    """
    rows, columns = (list(spans(length, BLOCK, 0)) for length in grey.shape)
    found = [_words(grey, row, column) for row in rows for column in columns]
    heights, weights, words = (np.concatenate(column) for column in zip(*found, strict=True))
    if len(heights) < 12:
        typical = min(max(grey.shape), BLOCK) / 70
        return Look(typical, typical, typical if len(heights) < 2 else 1.3 * float(heights.max()), words)
    order = np.argsort(heights)
    share = np.cumsum(weights[order])
    small, typical, large = heights[order][np.searchsorted(share, share[-1] * np.array([0.12, 0.5, 0.995]))]
    return Look(max(9.0, 1.28 * float(typical)), max(7.0, 1.44 * float(small)), 1.28 * float(large), words)


def resized(grey: Grey, width: int, height: int) -> Grey:
    """The page at another size, by area averaging if it shrinks: repeated halving first is twenty times as fast."""
    width, height = max(1, width), max(1, height)
    while grey.shape[1] >= HALVED * width and grey.shape[0] >= HALVED * height:
        size = (grey.shape[1] // 2, grey.shape[0] // 2)
        even = grey[: 2 * size[1], : 2 * size[0]]
        grey = cv2.resize(even, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
    if grey.shape == (height, width):
        return grey
    way = cv2.INTER_AREA if width < grey.shape[1] else cv2.INTER_LINEAR
    return cv2.resize(grey, (width, height), interpolation=way).astype(np.uint8, copy=False)


def _components(ink: NDArray[Any]) -> NDArray[np.float64]:
    """Left, top, width, height and area of components of ink, (N, 5), closed along rows."""
    closed = cv2.morphologyEx(ink.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((1, 3), np.uint8))
    return components(np.asarray(closed, np.uint8))[1][1:].astype(np.float64)


def _words(grey: Grey, rows: Span, columns: Span) -> tuple[NDArray[np.float64], ...]:
    """Components of ink in a block: heights in page pixels and weights of words, and boxes of all that may be text."""
    block = grey[rows[0] : rows[1], columns[0] : columns[1]]
    shrink = min(1.0, 1000 / max(block.shape))
    small = resized(block, round(block.shape[1] * shrink), round(block.shape[0] * shrink))
    _, ink = cv2.threshold(small, 0, 1, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)
    if ink.mean() > 0.5:
        ink = 1 - ink
    stats = _components(ink)
    if stats[:, 4].max(initial=0) > PANEL * small.size:
        stats = _components(cv2.absdiff(small, cv2.medianBlur(small, AROUND)) > CONTRAST)
    width, height, area = stats[:, 2], stats[:, 3], stats[:, 4]
    fill = area / (width * height)
    marked = np.concatenate([stats, *_on_panels(np.asarray(ink, np.uint8), stats)])
    marked = marked[_may_be_text(marked, small.shape)]
    boxes = np.concatenate([marked[:, :2], marked[:, :2] + marked[:, 2:4]], axis=1) / shrink
    boxes += np.array([columns[0], rows[0], columns[0], rows[0]])
    if area[height > 1.3 * width].sum() > 0.6 * area[(height > 1.3 * width) | (width > 1.3 * height)].sum():
        width, height = height, width  # words on end: the page is sideways
    words = (height >= 4) & (height < max(small.shape) / 6) & (width < 12 * height) & (width > height / 6)
    words &= (fill > 0.12) & (fill < 0.95)
    dots = words & (fill > 0.7) & (np.abs(np.log(width / height)) < 0.5)
    if dots.sum() > LEADERS * words.sum() and words.sum() > dots.sum():
        words &= ~dots
    width = np.minimum(width, 2 * height)
    return height[words].astype(np.float64) / shrink, width[words].astype(np.float64) / shrink, boxes


def _may_be_text(marks: NDArray[np.float64], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Which marks (N, 5: left, top, width, height, area) may be words or characters of an image of a shape (H, W)."""
    _, _, width, height, area = marks.T
    right = (height >= 4) & (width >= 2) & (width < 12 * height) & (height < 12 * width)
    right &= (height < 0.9 * shape[0]) & (width < 0.95 * shape[1])
    return np.asarray(right & (area > 0.12 * width * height))


def _on_panels(ink: Grey, stats: NDArray[np.float64]) -> Iterator[NDArray[np.float64]]:
    """Light marks, (N, 5), on each of the marks (M, 5) that is a panel."""
    _, _, width, height, area = stats.T
    panels = (area > LEAST_PANEL * ink.size) & (area > SOLID * width * height) & (height > 8)
    for left, top, wide, high, _ in stats[panels].astype(int).tolist():
        light = _components(1 - ink[top : top + high, left : left + wide])
        inside = (light[:, :2] > 0).all(1) & (light[:, :2] + light[:, 2:4] < (wide, high)).all(1)
        yield light[inside] + np.array([left, top, 0, 0, 0])
