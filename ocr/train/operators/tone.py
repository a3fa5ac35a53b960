"""Tone and detail: multiscale tone manipulation, detail manipulation and photographic style.

Each takes a picture (H, W, 3), 0..1, and a strength 0..1 and gives a picture of the same shape.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from ocr.page.enhance_base import STYLE_TONES, luminance, recoloured, style_quantiles, usual_gradient
from ocr.train.operators.grid import Picture, weighted_least_squares

__all__ = ["detail", "multiscale_tone", "style"]

SAMPLES = 12
"""Intensities at which the local Laplacian filter is worked out; between them it is interpolated."""

STYLE_SLOPE = 1.3
"""Gradients of the style against those of the picture, where they are small."""


def multiscale_tone(picture: Picture, strength: float) -> Picture:
    """The mean of a coarse, a medium and a fine boost of lightness on a three-level edge-preserving decomposition.

    Farbman et al., Edge-Preserving Decompositions for Multi-Scale Tone and Detail Manipulation, SIGGRAPH 2008. The
    boost is none at strength 0, the published one at 0.5, twice that at 1.
    """
    lab = cv2.cvtColor(picture, cv2.COLOR_RGB2LAB)
    light = lab[..., 0] / 100
    fine, coarse = weighted_least_squares(light, 0.125), weighted_least_squares(light, 0.5)
    boosted = np.zeros_like(light)
    for gains in ((25, 1, 1), (1, 40, 1), (4, 1, 15)):
        boosted += _sigmoid(light - fine, gains[0]) + _sigmoid(fine - coarse, gains[1])
        boosted += _sigmoid(coarse - 0.56, gains[2]) + 0.56
    lab[..., 0] = 100 * np.clip(light + 2 * strength * (boosted / 3 - light), 0, 1)
    return np.clip(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB), 0, 1).astype(np.float32)


def _sigmoid(x: Picture, gain: float) -> Picture:
    """Steeper around 0, through (-0.5, -0.5) and (0.5, 0.5)."""
    return np.asarray(0.5 * np.tanh(gain * x / 2) / np.tanh(gain / 4), np.float32)


def local_laplacian(light: Picture, remap: Callable[[Picture], Picture]) -> Picture:
    """Local Laplacian filter of a lightness (H, W), 0..1: Paris et al. 2011, sampled as Aubry et al. 2014 do.

    Args:
        light: (H, W).
        remap: odd function of the difference to the local intensity.
    """
    levels = max(1, int(np.log2(min(light.shape))) - 2)
    gaussian = _pyramid(light, levels)
    result = [np.zeros_like(level) for level in gaussian[:-1]]
    for sample in np.linspace(0, 1, SAMPLES):
        parts = _pyramid((sample + remap(light - np.float32(sample))).astype(np.float32), levels)
        for k in range(levels):
            near = np.maximum(0, 1 - np.abs(gaussian[k] - sample) * (SAMPLES - 1))
            result[k] += near * (parts[k] - _up(parts[k + 1], parts[k].shape))
    image = gaussian[-1]
    for laplacian in reversed(result):
        image = _up(image, laplacian.shape) + laplacian
    return image


def _pyramid(image: Picture, levels: int) -> list[Picture]:
    pyramid = [image]
    for _ in range(levels):
        pyramid.append(np.asarray(cv2.pyrDown(pyramid[-1]), np.float32))
    return pyramid


def _up(image: Picture, shape: tuple[int, ...]) -> Picture:
    return np.asarray(cv2.pyrUp(image, dstsize=(shape[1], shape[0])), np.float32)


def detail(picture: Picture, strength: float) -> Picture:
    """Detail manipulation by the local Laplacian filter (``sigma`` 0.2): Paris, Hasinoff, Kautz, SIGGRAPH 2011.

    ``alpha`` is 1, which changes nothing, at strength 0, 0.5 at 0.5, 0.25 at 1. Differences under 0.01 are left alone.
    """
    sigma, alpha = 0.2, 0.25**strength

    def remap(difference: Picture) -> Picture:
        size = np.abs(difference)
        raised = sigma * np.minimum(size / sigma, 1) ** alpha
        share = np.clip((size - 0.005) / 0.01, 0, 1)
        inside = np.sign(difference) * (share * raised + (1 - share) * size)
        return np.asarray(np.where(size < sigma, inside, difference), np.float32)

    light = luminance(picture)
    return recoloured(picture, light, local_laplacian(light, remap))


def style(picture: Picture, strength: float) -> Picture:
    """Photographic style: local contrast, then lightness, are brought to those of a style, twice in turn.

    Aubry et al., Fast Local Laplacian Filters, TOG 2014, section 6, with the style given by ``STYLE_TONES`` and
    ``STYLE_SLOPE``. Strength goes from the picture at 0 to the style at 1.
    """
    light = luminance(picture)
    styled = light
    for _ in range(2):

        def remap(difference: Picture, usual: float = usual_gradient(styled)) -> Picture:
            gain = 1 + (STYLE_SLOPE - 1) * np.exp(-np.abs(difference) / (4 * usual))
            return np.asarray(difference * gain, np.float32)

        styled = np.clip(local_laplacian(styled, remap), 0, 1)
        styled = np.interp(styled, style_quantiles(styled), STYLE_TONES).astype(np.float32)
    return recoloured(picture, light, light + np.float32(strength) * (styled - light))
