"""The angle of a page whose lines run so steeply that the detector does not find them."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.detect.look import resized

__all__ = ["slant"]

INK_SIDE = 360
"""Longer side of the ink that is rotated, in pixels."""
LEAST_INK = 0.002
"""Least share of the page that is ink."""
CLEAR = 1.6
"""Least ratio of the sharpness of the best angle to the median one."""
LEAST_SLANT = 8.0
"""Degrees below which the detector finds the lines."""


def slant(image: NDArray[np.uint8]) -> float:
    """Degrees, clockwise and up to 45 either way, by which rows or columns of text are turned; 0 if it is not clear.

    Where ink is projected along its lines, rows of ink and paper alternate: the projection profile is sharpest.

    Args:
        image: (H, W) grey or (H, W, 3) RGB.
    """
    grey = image if image.ndim == 2 else np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.uint8)
    shrink = min(1.0, INK_SIDE / max(grey.shape))
    small = resized(grey, round(grey.shape[1] * shrink), round(grey.shape[0] * shrink))
    ink = np.abs(small.astype(np.float32) - cv2.blur(small, (41, 41)))
    ink[ink < 24] = 0
    if (ink > 0).mean() < LEAST_INK:
        return 0.0
    coarse = {angle: _sharpness(ink, angle) for angle in range(-45, 45, 3)}
    best = max(coarse, key=coarse.__getitem__)
    fine = {angle: _sharpness(ink, angle) for angle in np.arange(best - 2.5, best + 2.6, 0.5).tolist()}
    angle = max(fine, key=fine.__getitem__)
    clear = fine[angle] > CLEAR * float(np.median(list(coarse.values())))
    return float((angle + 45) % 90 - 45) if clear and abs(angle) > LEAST_SLANT else 0.0


def _sharpness(ink: NDArray[np.float32], degrees: float) -> float:
    """How much the sums along rows or columns vary from one to the next, with the ink turned back by ``degrees``."""
    height, width = ink.shape
    side = int(np.hypot(height, width)) + 1
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    matrix[:, 2] += (side - width) / 2, (side - height) / 2
    turned = cv2.warpAffine(ink, matrix, (side, side), flags=cv2.INTER_LINEAR)
    return max(float(np.square(np.diff(turned.sum(axis))).sum()) for axis in (0, 1))
