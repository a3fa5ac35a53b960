"""The ground of a page: how light its paper is at each place, and the page as if it were lit evenly.

For reading this is worth as much as the net of ``enhance.py`` where a shadow or a stain lies on the print, at a
fiftieth of its time; where the ground is even, neither gains anything (``docs/benchmarks.md``). The ground is what a
closing leaves of a small copy: darker than its surroundings over a wider stretch than strokes are.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.geometry import reduced

__all__ = ["UNEVEN", "evened", "unevenness"]

Image = NDArray[np.uint8]

UNEVEN = 0.18
"""From here on a page is worth evening out before it is read: drawn shadows and stains are beyond it, faded pages, grey
paper and all but three in a hundred receipts are not (``docs/training.md``)."""
GLANCE, SIDE = 256, 512
"""Longer side of the small copies to judge the ground by and to divide by: some 23 and 45 dpi of a letter."""
STROKE, SMOOTH = 5, 5
"""Sides of the closing's square and of the median's after it on the smaller copy, 6 mm of a letter, so that what the
strokes of headings leave is ground."""
SPREAD = (10, 90)
"""Percentiles of the ground that are compared: a dark picture on less than a tenth of the page does not count."""
BLACK = 0.12
"""No shadow leaves less of the light: what is darker is a rim, a panel or a picture, and stays as dark as it is."""
PURE = 0.99
"""A page so much of which is black or white has no ground to speak of: it was made bilevel."""


def unevenness(image: Image) -> float:
    """How much darker the ground is where it is dark than where it is light, 0..1; takes half a millisecond.

    0 for pages of black and white alone, and where print is lighter than its ground, as on dark screens.

    Args:
        image: (H, W) or (H, W, 3) RGB.
    """
    step = -(-max(image.shape[:2]) // GLANCE)
    sample = np.ascontiguousarray(image[::step, ::step])
    grey = sample if sample.ndim == 2 else np.asarray(cv2.cvtColor(sample, cv2.COLOR_RGB2GRAY), np.uint8)
    if ((grey == 0) | (grey == 255)).mean() > PURE:
        return 0.0
    if grey.mean() >= cv2.medianBlur(grey, SMOOTH).mean():  # small things are lighter than what is around them
        return 0.0
    dark, light = np.percentile(_ground(grey, 1), SPREAD)
    return float(1 - dark / light)


def evened(image: Image) -> Image:
    """The page divided by its ground, which becomes white: shadows, stains and tints go, dark pictures fade.

    Args:
        image: (H, W) or (H, W, 3) RGB; each channel has its own ground.
    """
    height, width = image.shape[:2]
    small = _ground(reduced(image, SIDE / max(image.shape[:2])), SIDE // GLANCE)
    light = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.divide(image, light, scale=255), np.uint8)


def _ground(small: Image, times: int) -> Image:
    """Of a copy that is so many times as large as the one to judge by; never 0."""
    square = np.ones((times * STROKE | 1, times * STROKE | 1), np.uint8)
    closed = cv2.morphologyEx(small, cv2.MORPH_CLOSE, square)
    ground = np.asarray(cv2.medianBlur(closed, times * SMOOTH | 1), np.uint8)
    light = max(1, round(float(np.percentile(ground, SPREAD[1]))))
    return np.where(ground < BLACK * light, np.uint8(light), ground)
