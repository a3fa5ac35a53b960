"""Dehazing by the dark channel and by haze lines.

Each takes a picture (H, W, 3), 0..1, and a strength 0..1, which goes from the picture to the published result.
"""

from __future__ import annotations

import cv2
import numpy as np
from scipy.spatial import cKDTree

from ocr.page.enhance_base import LEAST_TRANSMISSION
from ocr.page.tones import LINES, Picture, air_light, darkest, haze_directions, line_spread, luminance
from ocr.train.enhance.operators.grid import gradient, smoothed

__all__ = ["dark_channel", "nonlocal_lines"]


def dark_channel(picture: Picture, strength: float) -> Picture:
    """He, Sun, Tang, CVPR 2009, with patches of 15 pixels and the guided filter of 2010 in place of matting."""
    air = np.maximum(air_light(picture), 0.1)
    haze = 1 - 0.95 * darkest(picture / air)
    transmission = _guided(luminance(picture), haze, 40, 1e-3)
    return _cleared(picture, air, 1 - strength * (1 - transmission))


def nonlocal_lines(picture: Picture, strength: float) -> Picture:
    """Berman, Treibitz, Avidan, Non-Local Image Dehazing, CVPR 2016, with the air light of the dark channel."""
    height, width = picture.shape[:2]
    air = np.maximum(air_light(picture), 0.1)
    offset = (picture - air).reshape(-1, 3)
    radius = np.linalg.norm(offset, axis=1) + 1e-6
    line = cKDTree(haze_directions()).query(offset / radius[:, None])[1]
    longest = np.zeros(LINES)
    np.maximum.at(longest, line, radius)
    total, squares = np.bincount(line, radius, LINES), np.bincount(line, radius * radius, LINES)
    sure = line_spread(np.bincount(line, minlength=LINES), total, squares)
    bound = 1 - (picture / air).min(2)
    rough = np.maximum(np.clip(radius / longest[line], LEAST_TRANSMISSION, 1).reshape(height, width), bound)
    x, y = gradient(luminance(picture))
    transmission = smoothed(rough.astype(np.float32), 0.1 / (x * x + 1e-2), 0.1 / (y * y + 1e-2),
                            sure[line].reshape(height, width))  # fmt: skip
    return _cleared(picture, air, 1 - strength * (1 - np.clip(transmission, bound, 1)))


def _cleared(picture: Picture, air: Picture, transmission: Picture) -> Picture:
    return np.clip((picture - air) / np.maximum(transmission, LEAST_TRANSMISSION)[..., None] + air, 0, 1).astype(
        np.float32
    )


def _guided(guide: Picture, image: Picture, radius: int, epsilon: float) -> Picture:
    """Guided filter: He, Sun, Tang, ECCV 2010; grey guide."""

    def mean(values: Picture) -> Picture:
        return np.asarray(cv2.blur(values, (2 * radius + 1, 2 * radius + 1)), np.float32)

    centre, level = mean(guide), mean(image)
    slope = (mean(guide * image) - centre * level) / (mean(guide * guide) - centre * centre + epsilon)
    return mean(slope) * guide + mean(level - slope * centre)
