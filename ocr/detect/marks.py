"""Marks: connected ink of a page or a part of it, dark on light."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["binarized", "grey_of", "marks"]

Grey = NDArray[np.uint8]


def grey_of(pixels: NDArray[np.uint8]) -> Grey:
    """An (H, W) grey or (H, W, 3) RGB picture in grey."""
    return pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.uint8, copy=False)


def binarized(grey: Grey) -> Grey:
    """1 where an (H, W) picture is dark, 0 elsewhere, by the threshold of Otsu 1979."""
    _, ink = cv2.threshold(grey, 0, 1, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)
    return ink.astype(np.uint8, copy=False)


def marks(ink: Grey) -> NDArray[np.float64]:
    """Connected components of ink, (N, 5): left, top, right, bottom, and area in pixels."""
    stats = cv2.connectedComponentsWithStats(ink, connectivity=8)[2][1:].astype(np.float64)
    stats[:, 2:4] += stats[:, :2]
    return np.asarray(stats[:, :5])
