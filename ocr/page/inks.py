"""Coloured ink and black ink on one page, apart: a stamp or a seal over print, and the print under it."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.detect.look import resized
from ocr.detect.marks import marks
from ocr.document import Quad

__all__ = ["black_alone", "both_in", "colour_alone", "coloured_marks", "share_of_both"]

CHROMA = 60
"""Least difference of the channels of coloured ink."""
DARK = 110
"""Greatest grey level of black ink."""
LIGHT = 190
"""Greatest level of the lightest channel where black ink may cover coloured ink."""
STROKE, LEAST_STROKE = 0.006, 5
"""Width of the strokes of black letters over coloured ones, as a share of the page's longer side, and in pixels."""
SHARE = (0.0003, 0.12)
"""Least and greatest share of a page that is coloured ink: more is a ground or a picture."""
SIDE = 1000
"""Longer side of the reduction on which marks of coloured ink are looked for, in pixels."""
SIZES = (6, 0.35)
"""Least height of a mark in pixels of that reduction, and its greatest height as a share of the page."""

Colour = NDArray[np.uint8]
Grey = NDArray[np.uint8]


def black_alone(pixels: Colour) -> Grey:
    """(H, W) grey of (H, W, 3) RGB, in which coloured ink is paper; black under it stays."""
    high, chroma = _high_and_chroma(pixels)
    return np.asarray(cv2.add(high, chroma), np.uint8)


def colour_alone(pixels: Colour) -> Grey:
    """(H, W) grey of (H, W, 3) RGB, in which coloured ink is dark, and so are strokes of black ink over it."""
    high, chroma = _high_and_chroma(pixels)
    side = max(LEAST_STROKE, round(STROKE * max(pixels.shape)))
    closed = np.asarray(cv2.morphologyEx(chroma, cv2.MORPH_CLOSE, np.ones((side, side), np.uint8)), np.uint8)
    chroma = np.where(high < LIGHT, closed, chroma)
    return np.asarray(255 - cv2.add(chroma, chroma // 2), np.uint8)


def share_of_both(pixels: Colour) -> tuple[float, float]:
    """Which shares of (H, W, 3) RGB are coloured ink, and black ink."""
    high, chroma = _high_and_chroma(pixels)
    return float((chroma > CHROMA).mean()), float(((high < DARK) & (chroma <= CHROMA)).mean())


def coloured_marks(pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Marks of coloured ink on a page that may be letters, (N, 4): left, top, right, bottom; none on a grey page."""
    none = np.zeros((0, 4))
    if pixels.ndim == 2:
        return none
    step = max(1, max(pixels.shape) // SIDE)
    share, black = share_of_both(pixels[::step, ::step])
    if not (SHARE[0] < share < SHARE[1] and black > 0):
        return none
    shrink = min(1.0, SIDE / max(pixels.shape))
    height, width = pixels.shape[:2]
    _, chroma = _high_and_chroma(pixels)
    ink = np.asarray(resized(chroma, round(width * shrink), round(height * shrink)) > CHROMA, np.uint8)
    found = marks(ink)
    tall = found[:, 3] - found[:, 1]
    return np.asarray(found[(tall >= SIZES[0]) & (tall < SIZES[1] * len(ink)), :4] / shrink)


def both_in(pixels: Colour, quad: Quad) -> bool:
    """Whether there is coloured and black ink in the hull of a line."""
    left, top, right, bottom = (max(0, round(edge)) for edge in quad.hull)
    part = pixels[top:bottom, left:right]
    return bool(part.size) and min(share_of_both(part)) > SHARE[0]


def _high_and_chroma(pixels: Colour) -> tuple[Grey, Grey]:
    """The lightest channel, and by how much the darkest is darker."""
    red, green, blue = cv2.split(pixels[..., :3])
    high, low = cv2.max(cv2.max(red, green), blue), cv2.min(cv2.min(red, green), blue)
    return np.asarray(high, np.uint8), np.asarray(cv2.subtract(high, low), np.uint8)
