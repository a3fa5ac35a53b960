"""Open books: where the fold between two pages is, and the corners of each page.

Towards the fold the paper turns away from the light, so the ground is darkest along a line from the top to the foot of
the book. Print cannot show that: its strokes are taken out of the ground first, and a picture across both pages is
darker in some rows alone. The lines of a book run across its fold, those of a letter along it.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.detect.marks import grey_of
from ocr.document import Quad
from ocr.page.rectify import aspect_ratio

__all__ = ["halves"]

LOOK = 420
"""Longer side, in pixels, of the copy of the book in which the fold is looked for."""
STROKE = 13
"""Strokes of print are thinner than this, in these pixels."""
MIDDLE, LEAN = (0.36, 0.64), 0.05
"""Where a fold crosses the middle of the book, as a share of its width; and how far its ends are from there at most."""
BESIDE = (0.035, 0.06, 0.09)
"""Distances from the fold at which the ground is lighter on both sides."""
NEAR = 0.025
"""So far from where the ground is darkest in a rough look, in widths of the book, the fold is looked for exactly."""
DEEP, ROWS, ENDS = 0.035, 0.9, 0.08
"""Least darkness of a fold, as a share of the light beside it; least share of the rows that show a half of it; and the
share of the rows at the top and at the foot that do not count: the table is seen there."""
PITCH, ACROSS = 31, 1.4
"""More than the distance of two lines, in these pixels; and least ratio of the unevenness of sums of ink along the
fold, where lines alternate with gaps, to that across it."""
PAGE = (0.45, 1.1)
"""Least and greatest width of a page in its heights."""

Array = NDArray[np.float64]


def halves(photo: NDArray[np.uint8], quad: Quad) -> list[Quad]:
    """The two pages of an open book, in the order from left to right or from the top down; none if it is no book.

    Args:
        photo: (H, W) grey or (H, W, 3) RGB.
        quad: corners of the book in it.
    """
    ratio = aspect_ratio(quad, photo.shape[1], photo.shape[0])
    a, b, c, d = np.array(quad.points, np.float64)
    if PAGE[0] <= ratio / 2 <= PAGE[1] and (ends := _fold(photo, (a, b, c, d), ratio)):
        top, foot = a + ends[0] * (b - a), d + ends[1] * (c - d)
        return [_quad(a, top, foot, d), _quad(top, b, c, foot)]
    if PAGE[0] <= 1 / (2 * ratio) <= PAGE[1] and (ends := _fold(photo, (b, c, d, a), 1 / ratio)):
        right, left = b + ends[0] * (c - b), a + ends[1] * (d - a)
        return [_quad(a, b, right, left), _quad(left, right, c, d)]
    return []


def _quad(*corners: Array) -> Quad:
    return Quad.of([corner.tolist() for corner in corners])


def _fold(photo: NDArray[np.uint8], corners: tuple[Array, ...], ratio: float) -> tuple[float, float] | None:
    """Where the fold meets the first side of a book and the one across from it, as shares of them."""
    size = (LOOK, round(LOOK / ratio)) if ratio > 1 else (round(LOOK * ratio), LOOK)
    square = np.array([(0, 0), (size[0], 0), size, (0, size[1])], np.float32)
    matrix = cv2.getPerspectiveTransform(np.array(corners, np.float32), square)
    seen = cv2.warpPerspective(grey_of(photo), matrix, size, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE)
    flat = np.asarray(seen, np.uint8)
    ground = _ground(flat, STROKE)
    rough = _darkest(_darker(ground), MIDDLE, LEAN, least=DEEP)
    if rough is None or not _lines_across(np.asarray(ground - flat, np.float32)):
        return None
    middle, lean = rough
    # Exactly: nothing but the lines of print is taken out of the ground, so that what is narrow stays where it is.
    around = (middle - NEAR, middle + NEAR)
    middle, lean = _darkest(-_ground(flat, 1).astype(np.float64), around, LEAN) or rough
    return middle - lean, middle + lean


def _ground(flat: NDArray[np.uint8], wide: int) -> NDArray[np.float32]:
    """The ground of a book (H, W) without what is narrower than so many pixels or lower than a line of print."""
    closed = cv2.morphologyEx(flat, cv2.MORPH_CLOSE, np.ones((STROKE, wide), np.uint8))
    return np.asarray(cv2.blur(closed.astype(np.float32), (3, STROKE)), np.float32)


def _darkest(
    dark: Array, between: tuple[float, float], most: float, least: float | None = None
) -> tuple[float, float] | None:
    """The darkest line from the top to the foot: where it crosses the middle, and how far it leans, in widths.

    Args:
        dark: (H, W).
        between: shares of the width between which it crosses the middle.
        most: how far it leans to either side.
        least: mean darkness; half of that shows in most rows. None for any.
    """
    height, width = dark.shape
    first, last = round(ENDS * height), round((1 - ENDS) * height)
    down = (np.arange(first, last) / height * 2 - 1)[:, None]
    middles = np.arange(between[0] * width, between[1] * width, 0.5)
    best, place = least if least is not None else -np.inf, None
    for lean in np.linspace(-most, most, 21):
        columns = (middles + lean * width * down).round().astype(np.int64).clip(0, width - 1)
        at = np.take_along_axis(dark[first:last], columns, axis=1)
        depth = at.mean(0)
        if least is not None:
            depth[(at > least / 2).mean(0) < ROWS] = -np.inf
        k = int(depth.argmax())
        if depth[k] > best:
            best, place = float(depth[k]), (float(middles[k] / width), float(lean))
    return place


def _darker(ground: NDArray[np.float32]) -> Array:
    """How much darker each place of a ground (H, W) is than left and right of it, as a share of the light there."""
    width = ground.shape[1]
    beside = []
    for reach in (round(far * width) for far in BESIDE):
        padded = np.pad(ground, ((0, 0), (reach, reach)), mode="edge")
        beside.append(np.minimum(padded[:, :width], padded[:, 2 * reach :]))
    return np.asarray(1 - ground / np.maximum(np.mean(beside, axis=0), 1), np.float64)


def _lines_across(ink: NDArray[np.float32]) -> bool:
    """Whether lines of print on two pages, (H, W) with the fold from the top to the foot, run from side to side."""
    height, width = ink.shape
    uneven = np.zeros(2)
    for left in (0.08, 0.56):  # of each page, the middle
        part = ink[height // 6 : -height // 6, round(left * width) : round((left + 0.36) * width)]
        for axis in (0, 1):
            sums = part.mean(1 - axis).reshape(-1, 1)
            uneven[axis] += float((sums - cv2.blur(sums, (1, PITCH))).std())
    return bool(uneven[0] > ACROSS * uneven[1])
