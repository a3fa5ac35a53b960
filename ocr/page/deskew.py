"""Straightens skewed pages by the angle of the detected lines."""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.detect import Region
from ocr.document import Matrix
from ocr.geometry import multiply, rotation_matrix, skew_of

__all__ = ["deskewed", "skew"]

LEAST_LINES = 3
"""Least number of lines that determine a page's skew."""
AGREEMENT = 1.0
"""Degrees around the skew within which lines agree with it."""


def skew(regions: Sequence[Region]) -> tuple[float, float]:
    """A page's skew in degrees, clockwise, and its confidence (0..1): the share of the lines, by length, that agree.

    The skew is the median of the lines' directions, weighted by length. With fewer than ``LEAST_LINES`` lines that
    show a direction, the confidence is 0.
    """
    lines = [region.quad for region in regions if region.quad.width >= 3 * region.quad.height]
    if len(lines) < LEAST_LINES:
        return 0.0, 0.0
    angle = skew_of(lines)
    agree = sum(quad.width for quad in lines if abs((quad.angle - angle + 45) % 90 - 45) <= AGREEMENT)
    return angle, agree / sum(quad.width for quad in lines)


def deskewed(image: NDArray[np.uint8], degrees: float) -> tuple[NDArray[np.uint8], Matrix]:
    """Straighten a page that is skewed by ``degrees`` clockwise.

    Args:
        image: (H, W) grey or (H, W, 3) RGB.
        degrees: under 45 either way.

    Returns:
        The straight page, large enough for all of the skewed one, with new areas in the colour of its paper; and the
        affine map from pixels of ``image`` to pixels of the straight page.
    """
    height, width = image.shape[:2]
    cos, sin = math.cos(math.radians(degrees)), abs(math.sin(math.radians(degrees)))
    size = (math.ceil(width * cos + height * sin), math.ceil(width * sin + height * cos))
    middle = (width / 2, height / 2)
    shift: Matrix = (1.0, 0.0, 0.0, 1.0, size[0] / 2 - middle[0], size[1] / 2 - middle[1])
    matrix = multiply(rotation_matrix(-degrees, middle), shift)
    a, b, c, d, e, f = multiply(multiply((1, 0, 0, 1, 0.5, 0.5), matrix), (1, 0, 0, 1, -0.5, -0.5))
    paper = np.median(image[:: max(1, height // 64), :: max(1, width // 64)], axis=(0, 1))
    warp = np.array([[a, c, e], [b, d, f]])
    straight = cv2.warpAffine(image, warp, size, flags=cv2.INTER_LINEAR, borderValue=np.ravel(paper).tolist())
    return straight.astype(np.uint8, copy=False), matrix
