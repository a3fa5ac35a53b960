"""Marks: connected ink of a page or a part of it, dark on light."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["binarized", "components", "grey_of", "marks"]

Grey = NDArray[np.uint8]


def grey_of(pixels: NDArray[np.uint8]) -> Grey:
    """An (H, W) grey or (H, W, 3) RGB picture in grey."""
    return pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.uint8, copy=False)


def binarized(grey: Grey) -> Grey:
    """1 where an (H, W) picture is dark, 0 elsewhere, by the threshold of Otsu 1979."""
    _, ink = cv2.threshold(grey, 0, 1, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)
    return ink.astype(np.uint8, copy=False)


def components(ink: Grey) -> tuple[NDArray[np.uint16] | NDArray[np.int32], NDArray[np.int32]]:
    """Labels (H, W) of ink connected in eight directions, and one row (5) for each: left, top, width, height, area.

    Label 0 is what is not ink. Labels of 16 bits cost a third of the time; OpenCV does not notice when they run out,
    so they are counted first: each one that it gives begins at a pixel without ink before and above it.
    """
    most = sum(ink.shape)
    if min(ink.shape) > 1:
        before = cv2.max(cv2.max(ink[:-1, 1:], ink[:-1, :-1]), ink[1:, :-1])
        most += cv2.countNonZero(cv2.subtract(ink[1:, 1:], before))
    kind = cv2.CV_16U if most < 1 << 16 else cv2.CV_32S
    _, labels, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8, ltype=kind)
    return labels, stats  # type: ignore[return-value]


def marks(ink: Grey) -> NDArray[np.float64]:
    """Connected components of ink, (N, 5): left, top, right, bottom, and area in pixels."""
    stats = components(ink)[1][1:].astype(np.float64)
    stats[:, 2:4] += stats[:, :2]
    return np.asarray(stats[:, :5])
