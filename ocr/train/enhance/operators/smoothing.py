"""Structure-preserving smoothing: L0 gradient minimisation, Rudin-Osher-Fatemi, TV-L1, relative total variation.

Each takes a picture (H, W, 3), 0..1, and a strength 0..1 and gives a picture of the same shape; 0.5 is about the
published parameter.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import cv2
import numpy as np

from ocr.page.tones import Picture
from ocr.train.enhance.operators.grid import gradient, smoothed

__all__ = ["l0", "relative_total_variation", "rof", "tv_l1"]


def l0(picture: Picture, strength: float) -> Picture:
    """L0 gradient minimisation: Xu et al., SIGGRAPH Asia 2011; half-quadratic splitting with FFTs.

    ``lambda`` is 0.002 at strength 0, 0.02 at 0.5, 0.2 at 1.
    """
    penalty = 0.02 * 10 ** (2 * strength - 1)
    height, width = picture.shape[:2]
    waves = [2 - 2 * np.cos(2 * np.pi * np.fft.fftfreq(size)) for size in (height, width)]
    laplacian = (waves[0][:, None] + waves[1][: width // 2 + 1]).astype(np.float32)[..., None]
    spectrum = np.fft.rfft2(picture, axes=(0, 1))
    result, beta = picture, 2 * penalty
    while beta < 1e5:
        x, y = np.roll(result, -1, 1) - result, np.roll(result, -1, 0) - result
        flat = (x * x + y * y).sum(2) < penalty / beta
        x[flat], y[flat] = 0, 0
        divergence = np.roll(x, 1, 1) - x + np.roll(y, 1, 0) - y
        transformed = (spectrum + beta * np.fft.rfft2(divergence, axes=(0, 1))) / (1 + beta * laplacian)
        result = np.fft.irfft2(transformed, (height, width), axes=(0, 1)).astype(np.float32)
        beta *= 2
    return result


def rof(picture: Picture, strength: float) -> Picture:
    """Rudin, Osher, Fatemi 1992: least ``|u - f|^2 / 2 + lambda TV(u)`` in each channel.

    ``lambda`` is 0.025 at strength 0, 0.1 at 0.5 as scikit-image's ``denoise_tv_chambolle`` has it, 0.4 at 1.
    """
    weight = 0.1 * 4 ** (2 * strength - 1)
    return _primal_dual(picture, weight, lambda u, tau: (u + tau * picture) / (1 + tau), 100, 1.0)


def tv_l1(picture: Picture, strength: float) -> Picture:
    """Least ``|u - f| + lambda TV(u)`` in each channel (Chan and Esedoglu 2005); small details go, contrast stays.

    ``lambda`` is 0.5 at strength 0, 1 at 0.5 as OpenCV's ``denoise_TVL1`` has it, 2 at 1.
    """
    weight = 2 ** (2 * strength - 1)

    def nearest(u: Picture, tau: float) -> Picture:
        difference = u - picture
        return np.asarray(picture + np.sign(difference) * np.maximum(np.abs(difference) - tau, 0))

    return _primal_dual(picture, weight, nearest, 150, 0.0)


def _primal_dual(
    picture: Picture, weight: float, proximal: Callable[[Picture, float], Picture], steps: int, convexity: float
) -> Picture:
    """Chambolle and Pock 2011 for a data term given by its proximal map, plus ``weight`` times isotropic TV."""
    u = ahead = picture
    dual_x, dual_y = np.zeros_like(picture), np.zeros_like(picture)
    sigma = tau = math.sqrt(1 / 8)  # Python's numbers: NumPy's would turn single precision into double
    for _ in range(steps):
        x, y = gradient(ahead)
        dual_x, dual_y = dual_x + sigma * x, dual_y + sigma * y
        scale = np.maximum(1, np.sqrt(dual_x * dual_x + dual_y * dual_y) / weight)
        dual_x, dual_y = dual_x / scale, dual_y / scale
        divergence = dual_x + dual_y
        divergence[:, 1:] -= dual_x[:, :-1]
        divergence[1:] -= dual_y[:-1]
        before, u = u, proximal(u + tau * divergence, tau)
        momentum = 1 / math.sqrt(1 + 2 * convexity * tau)
        tau, sigma = tau * momentum, sigma / momentum
        ahead = u + momentum * (u - before)
    return u


def relative_total_variation(picture: Picture, strength: float) -> Picture:
    """Structure from texture: Xu et al., SIGGRAPH Asia 2012, ``sigma`` 3, four rounds.

    ``lambda`` is 0.003 at strength 0, 0.01 at 0.5, 0.03 at 1.
    """
    weight, sigma, result = 0.01 * 3.3 ** (2 * strength - 1) / 2, 3.0, picture
    for _ in range(4):
        x, y = gradient(result)
        sharpness = 1 / np.maximum(np.sqrt(x * x + y * y).mean(2), 0.02)
        windowed = np.asarray(cv2.GaussianBlur(result, (0, 0), sigma), np.float32)
        x, y = (1 / np.maximum(np.abs(part).mean(2), 1e-3) for part in gradient(windowed))
        result = smoothed(picture, weight * sharpness * x, weight * sharpness * y)
        sigma = max(0.5, sigma / 2)
    return result
