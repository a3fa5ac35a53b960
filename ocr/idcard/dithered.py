"""Pictures in black and white whose greys are dithered: dots, of which each one would be looked at as a stroke."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["undithered"]

DARK, LIGHT, EXTREME = 48, 207, 0.9
"""Grey values below and above which a pixel is black or white, and the least share of these."""
DOTS = 0.2
"""Least share of pixels that differ from both neighbours in their row: on scans in black and white a few are such."""
ROWS = 16
"""Every so manyth row is looked at."""
SPREAD = 1.0
"""Standard deviation, in pixels, of the blur after which dots are greys."""


def undithered(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A dithered picture in greys; any other unchanged.

    Args:
        pixels: (H, W) grey or (H, W, 3) RGB.
    """
    rows = pixels[::ROWS] if pixels.ndim == 2 else pixels[::ROWS].mean(2)
    if rows.shape[1] < 3 or float(((rows < DARK) | (rows > LIGHT)).mean()) < EXTREME:
        return pixels
    white = rows > (DARK + LIGHT) / 2
    inner = white[:, 1:-1]
    if float(((inner != white[:, :-2]) & (inner != white[:, 2:])).mean()) < DOTS:
        return pixels
    return np.asarray(cv2.GaussianBlur(pixels, (0, 0), SPREAD), np.uint8)
