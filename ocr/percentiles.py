"""Percentiles of grey levels from their histogram, many times as fast as ``numpy.percentile``."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["percentiles"]


def percentiles(levels: NDArray[np.uint8], *shares: float) -> tuple[float, ...]:
    """Percentiles, interpolated linearly between two grey levels.

    Args:
        levels: of any shape, not empty.
        shares: percentages, 0..100.

    Example:
        >>> percentiles(np.array([[10, 20], [30, 40]], np.uint8), 0, 50, 90)
        (10.0, 25.0, 37.0)
    """
    flat = np.ascontiguousarray(levels).reshape(-1, 1)
    reached = np.cumsum(cv2.calcHist([flat], [0], None, [256], [0, 256]), dtype=np.int64)
    found = []
    for share in shares:
        at = share / 100 * (flat.size - 1)
        low = int(at)
        first, second = np.searchsorted(reached, [low, min(low + 1, flat.size - 1)], "right").tolist()
        found.append(first + (second - first) * (at - low))
    return tuple(found)
