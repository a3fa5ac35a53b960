"""Tones and colours: functions shared by photographic operators and the input planes of their nets.

Images are (H, W, 3), 0..1, lightnesses (H, W), unless a docstring says otherwise.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = [
    "LINES",
    "STYLE_TONES",
    "Image",
    "Picture",
    "air_light",
    "contrasted",
    "darkest",
    "drawing_tones",
    "edges",
    "haze_directions",
    "in_style_tones",
    "interpolated",
    "lab",
    "line_spread",
    "local_laplacian",
    "local_threshold",
    "luminance",
    "multiscale_boost",
    "raised",
    "recoloured",
    "rgb",
    "shaded",
    "style_quantiles",
    "usual_gradient",
]

Image = NDArray[np.uint8]
Picture = NDArray[np.floating[Any]]

STYLE_TONES = (0.02, 0.07, 0.12, 0.18, 0.25, 0.33, 0.42, 0.51, 0.60, 0.69, 0.78, 0.87, 0.97)
"""Lightness quantiles, 0 to 1 in steps of a twelfth, of ``style``: deep shadows, full contrast."""

INTENSITY = 100
"""Of CIE L*a*b*'s lightness and colours in the unit that ``tone`` has them in."""

STYLE_SLOPE = 1.3
"""Gradients of the style against those of the picture, where they are small."""

SAMPLES = 12
"""Intensities at which the local Laplacian filter is computed; between them it is interpolated."""

LINES = 1000
"""Directions of haze lines."""


def luminance(picture: Picture | Image) -> Picture:
    """(H, W, 3) to (H, W), Rec. 601."""
    return np.asarray(picture @ np.array([0.299, 0.587, 0.114], np.float32), np.float32)


def recoloured(picture: Picture, light: Picture, new: Picture) -> Picture:
    """The image with another lightness and the same ratios of colours."""
    ratio = np.clip(new, 0, 1) / np.maximum(light, 1e-3)
    return np.clip(picture * ratio[..., None], 0, 1).astype(np.float32)


def style_quantiles(light: Picture) -> Picture:
    """The increasing lightnesses that ``STYLE_TONES`` replace."""
    tones = np.quantile(light, np.linspace(0, 1, len(STYLE_TONES)))
    return np.maximum.accumulate(tones + 1e-6 * np.arange(len(tones)))


def usual_gradient(light: Picture) -> float:
    """The gradient length that a tenth of the image exceeds, which the contrast of ``style`` depends on."""
    x, y = np.diff(light[:-1], axis=1), np.diff(light[:, :-1], axis=0)
    return float(np.quantile(np.hypot(x, y), 0.9)) + 1e-3 if x.size else 1e-3


def drawing_tones(light: Picture) -> Picture:
    """The tone (256,) that each lightness gets in a pencil drawing, by their histograms.

    Lu, Xu, Jia, NPAR 2012: drawings have a share near white, an even share and a dark share.
    """
    levels = np.arange(256)
    bright = np.exp((levels - 255) / 9) / 9
    even = ((levels >= 105) & (levels <= 225)) / 120
    dark = np.exp(-((levels - 90) ** 2) / (2 * 11**2)) / (11 * np.sqrt(2 * np.pi))
    wanted = np.cumsum(0.52 * bright + 0.37 * even + 0.11 * dark)
    have = np.cumsum(np.bincount(np.clip(light * 255, 0, 255).astype(np.uint8).ravel(), minlength=256)) / light.size
    return np.interp(have, wanted / wanted[-1], levels / 255).astype(np.float32)


def edges(light: Picture) -> Picture:
    """Length of the gradient (H, W) of a lightness, forward differences."""
    x, y = np.zeros_like(light), np.zeros_like(light)
    x[:, :-1] = light[:, 1:] - light[:, :-1]
    y[:-1] = light[1:] - light[:-1]
    return np.asarray(np.hypot(x, y), np.float32)


def shaded(light: Picture, tones: Picture) -> Picture:
    """The lightness (H, W) in a drawing's tones (256,), as a soft pencil lays them."""
    return np.asarray(cv2.blur(tones[np.clip(light * 255, 0, 255).astype(np.uint8)], (5, 5)), np.float32)


def air_light(picture: Picture | Image) -> Picture:
    """Colour of the haze (3,), in the picture's unit: the mean where the darkest channel around is brightest.

    He, Sun, Tang, Single Image Haze Removal Using Dark Channel Prior, CVPR 2009; a thousandth of the pixels, and all
    that are as bright.
    """
    dark = darkest(picture)
    count = max(1, dark.size // 1000)
    return np.asarray(picture[dark >= np.partition(dark.ravel(), -count)[-count]].mean(0), np.float32)


def darkest(picture: NDArray[Any]) -> NDArray[Any]:
    """The dark channel (H, W): least of the three in a square of 15 pixels around."""
    return cv2.erode(picture.min(2), np.ones((15, 15), np.uint8))


def multiscale_boost(light: Any, fine: Any, coarse: Any, library: Any) -> Any:
    """The mean of a coarse, a medium and a fine boost of a lightness and its two smoothed versions, 0..1, not clipped.

    Farbman et al., Edge-Preserving Decompositions for Multi-Scale Tone and Detail Manipulation, SIGGRAPH 2008.
    """

    def steeper(x: Any, gain: float) -> Any:
        """Steeper around 0, through (-0.5, -0.5) and (0.5, 0.5)."""
        return library.tanh(x * (gain / 2)) * (0.5 / math.tanh(gain / 4))

    boosted = 3 * 0.56
    for gains in ((25, 1, 1), (1, 40, 1), (4, 1, 15)):
        boosted = boosted + steeper(light - fine, gains[0]) + steeper(fine - coarse, gains[1])
        boosted = boosted + steeper(coarse - 0.56, gains[2])
    return boosted / 3


def lab(picture: Picture) -> Picture:
    """RGB to CIE L*a*b*, (H, W, 3), in units of ``INTENSITY``: lightness 0..1."""
    return np.asarray(cv2.cvtColor(picture.astype(np.float32), cv2.COLOR_RGB2LAB) / INTENSITY, np.float32)


def rgb(light: Any, a: Any, b: Any) -> list[Any]:
    """The three planes of RGB, 0..1, of planes of L*a*b* in units of ``INTENSITY``; D65, sRGB (IEC 61966-2-1)."""
    y = light * (INTENSITY / 116) + 16 / 116
    x, z = y + a * (INTENSITY / 500), y - b * (INTENSITY / 200)
    knee = 6 / 29
    curved = [t.clip(knee, None) for t in (x, y, z)]
    xyz = [c**3 + 3 * knee**2 * (t - c) for c, t in zip(curved, (x, y, z), strict=True)]
    planes = []
    for row in TO_LINEAR:
        linear = sum(share * t for share, t in zip(row, xyz, strict=True)).clip(0, 1)
        bright = linear.clip(0.0031308, None)
        planes.append((1.055 * bright ** (1 / 2.4) - 0.055 + 12.92 * (linear - bright)).clip(0, 1))
    return planes


TO_LINEAR = np.array([[3.2404542, -1.5371385, -0.4985314], [-0.9692660, 1.8760108, 0.0415560],
                      [0.0556434, -0.2040259, 1.0572252]]) * [0.950456, 1, 1.088754]  # fmt: skip
"""Linear RGB of X, Y, Z as shares of white's."""


def raised(difference: Picture, strength: float) -> Picture:
    """Differences of lightness as ``detail`` raises them: by an exponent of 0.25 to the ``strength``, up to 0.2.

    Those under 0.005 are left alone. Paris, Hasinoff, Kautz, Local Laplacian Filters, SIGGRAPH 2011.
    """
    sigma, alpha = 0.2, 0.25**strength
    size = np.abs(difference)
    power = sigma * np.minimum(size / sigma, 1) ** alpha
    share = np.clip((size - 0.005) / 0.01, 0, 1)
    inside = np.sign(difference) * (share * power + (1 - share) * size)
    return np.asarray(np.where(size < sigma, inside, difference), np.float32)


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


def local_threshold(light: Picture, size: int, k: float = 0.2) -> Picture:
    """Between ink and paper, for each pixel from mean and spread in a window of ``size`` pixels: Sauvola 2000."""
    mean = cv2.blur(light, (size, size))
    spread = np.sqrt(np.maximum(cv2.blur(light * light, (size, size)) - mean * mean, 0))
    return np.asarray(mean * (1 + k * (spread / 0.5 - 1)), np.float32)


def contrasted(light: Picture, usual: float) -> Picture:
    """A lightness with the local contrast of ``style``; for ``usual`` see ``usual_gradient``."""

    def remap(difference: Picture) -> Picture:
        gain = 1 + (STYLE_SLOPE - 1) * np.exp(-np.abs(difference) / (4 * usual))
        return np.asarray(difference * gain, np.float32)

    return np.clip(local_laplacian(light, remap), 0, 1)


def in_style_tones(light: Picture) -> Picture:
    """A lightness with the quantiles of ``style``."""
    return np.interp(light, style_quantiles(light), STYLE_TONES).astype(np.float32)


def interpolated(values: Picture, places: Picture) -> Picture:
    """What lies between the first axis' values, (N, ...) to (M, ...), at places (M,) 0..N - 1."""
    places = places.clip(0, len(values) - 1)
    above = places.astype(int)
    below = np.minimum(above + 1, len(values) - 1)
    weight = (places - above).astype(np.float32).reshape(-1, *[1] * (values.ndim - 1))
    return np.asarray(values[above] * (1 - weight) + values[below] * weight, np.float32)


def haze_directions() -> Picture:
    """The directions (LINES, 3) of haze lines, evenly spread (Fibonacci lattice)."""
    k = np.arange(LINES)
    z = 1 - (2 * k + 1) / LINES
    turn = k * np.pi * (3 - np.sqrt(5))
    flat = np.sqrt(1 - z * z)
    return np.stack([flat * np.cos(turn), flat * np.sin(turn), z], axis=1).astype(np.float32)


def line_spread(count: NDArray[Any], total: NDArray[Any], squares: NDArray[Any]) -> Picture:
    """Reliability of a haze line's transmission, 0..1, from number, sum and squares of its distances."""
    mean = total / np.maximum(count, 1)
    spread = np.sqrt(np.maximum(squares / np.maximum(count, 1) - mean**2, 0))
    sure = np.minimum(1, 3 * np.maximum(0.001, spread / max(spread.max(), 1e-6) - 0.1)) * np.minimum(1, count / 50)
    return np.asarray(np.maximum(sure, 1e-3), np.float32)
