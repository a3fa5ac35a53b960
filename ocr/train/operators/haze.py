"""Dehazing by the dark channel and by haze lines.

Each takes a picture (H, W, 3), 0..1, and a strength 0..1, which goes from the picture to the published result.
"""

from __future__ import annotations

import cv2
import numpy as np
from scipy.spatial import cKDTree

from ocr.page.enhance_base import LEAST, air_light, darkest, luminance
from ocr.train.operators.grid import Picture, gradient, smoothed

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
    line = cKDTree(_sphere(1000)).query(offset / radius[:, None])[1]
    count = np.bincount(line, minlength=1000)
    longest = np.zeros(1000)
    np.maximum.at(longest, line, radius)
    mean = np.bincount(line, radius, 1000) / np.maximum(count, 1)
    spread = np.sqrt(np.maximum(np.bincount(line, radius**2, 1000) / np.maximum(count, 1) - mean**2, 0))
    bound = 1 - (picture / air).min(2)
    rough = np.maximum(np.clip(radius / longest[line], LEAST, 1).reshape(height, width), bound)
    sure = np.minimum(1, 3 * np.maximum(0.001, spread / max(spread.max(), 1e-6) - 0.1)) * np.minimum(1, count / 50)
    x, y = gradient(luminance(picture))
    transmission = smoothed(rough.astype(np.float32), 0.1 / (x * x + 1e-2), 0.1 / (y * y + 1e-2),
                            np.maximum(sure[line], 1e-3).reshape(height, width).astype(np.float32))  # fmt: skip
    return _cleared(picture, air, 1 - strength * (1 - np.clip(transmission, bound, 1)))


def _cleared(picture: Picture, air: Picture, transmission: Picture) -> Picture:
    return np.clip((picture - air) / np.maximum(transmission, LEAST)[..., None] + air, 0, 1).astype(np.float32)


def _guided(guide: Picture, image: Picture, radius: int, epsilon: float) -> Picture:
    """Guided filter: He, Sun, Tang, ECCV 2010; grey guide."""

    def mean(values: Picture) -> Picture:
        return np.asarray(cv2.blur(values, (2 * radius + 1, 2 * radius + 1)), np.float32)

    centre, level = mean(guide), mean(image)
    slope = (mean(guide * image) - centre * level) / (mean(guide * guide) - centre * centre + epsilon)
    return mean(slope) * guide + mean(level - slope * centre)


def _sphere(count: int) -> Picture:
    """Directions (count, 3), evenly spread (Fibonacci lattice)."""
    k = np.arange(count)
    z = 1 - (2 * k + 1) / count
    turn = k * np.pi * (3 - np.sqrt(5))
    flat = np.sqrt(1 - z * z)
    return np.stack([flat * np.cos(turn), flat * np.sin(turn), z], axis=1).astype(np.float32)
