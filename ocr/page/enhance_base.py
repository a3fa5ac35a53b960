"""What a photographic operator takes from the whole picture, worked out exactly; the rest is for its net to add.

A net sees some 130 pixels around each of its own. Some operators depend on more: the tones of ``style`` and ``pencil``
on the picture's histogram, both dehazings on the colour of its haze. These are a few numbers and cost little, so they
are computed here as the operators define them, and give the picture that the net starts from, tile by tile.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = [
    "LEAST",
    "REACH",
    "STYLE_TONES",
    "Base",
    "air_light",
    "base_of",
    "changed",
    "darkest",
    "drawing_tones",
    "luminance",
    "recoloured",
    "shaded",
    "style_quantiles",
    "usual_gradient",
]

Image = NDArray[np.uint8]
Picture = NDArray[np.floating[Any]]

STYLE_TONES = (0.02, 0.07, 0.12, 0.18, 0.25, 0.33, 0.42, 0.51, 0.60, 0.69, 0.78, 0.87, 0.97)
"""Lightness quantiles, 0 to 1 in steps of a twelfth, of ``style``: deep shadows, full contrast."""

SHADED = ("pencil", "style")
HAZY = ("dehaze", "dehaze-nonlocal")
LEAST = 0.1
"""Smallest share of a colour's own light that is believed to be left."""

REACH = 8
"""Pixels around a pixel that its planes may depend on; even."""

LEVELS = 4096
"""Lightnesses for which the style's tone is worked out."""

DIRECTIONS = 9
"""Steps from -1 to 1 of each coordinate in which directions of haze lines are told apart."""


@dataclass(frozen=True, slots=True)
class Base:
    """Where a net starts from in one picture."""

    planes: Callable[[Picture], Picture]
    """Of a tile (H, W, 3), 0..1: what the net sees of it, (H, W, C). The first three are what it changes."""
    scale: Picture
    """(3,), from the first three planes, changed, to the result."""


def base_of(operator: str, image: Image) -> Base:
    """The start of an operator on a picture (H, W, 3); local operators start from the picture itself."""
    return BASES.get(operator, _as_it_is)(image)


def changed(operator: str, start: Any, haze: Any, output: Any) -> Any:
    """The first three planes with what a net makes of them; arrays or tensors.

    What a net gives is added to them, but where the operator itself multiplies or divides, which convolutions are bad
    at: there it is a share of them; or for haze, it is added to the fourth plane, the share of a colour that is haze,
    and the haze, which is white, is taken away.
    """
    if operator in SHADED:
        return start + start * output
    if operator in HAZY:
        return (1 + (start - 1) / (1 - haze - output).clip(LEAST, 1)).clip(0, None)
    return start + output


def luminance(picture: Picture | Image) -> Picture:
    """(H, W, 3) to (H, W), Rec. 601."""
    return np.asarray(picture @ np.array([0.299, 0.587, 0.114], np.float32), np.float32)


def recoloured(picture: Picture, light: Picture, new: Picture) -> Picture:
    """The picture with another lightness, its colours' ratios kept."""
    ratio = np.clip(new, 0, 1) / np.maximum(light, 1e-3)
    return np.clip(picture * ratio[..., None], 0, 1).astype(np.float32)


def style_quantiles(light: Picture) -> Picture:
    """The lightnesses, rising, that ``STYLE_TONES`` take the place of."""
    tones = np.quantile(light, np.linspace(0, 1, len(STYLE_TONES)))
    return np.maximum.accumulate(tones + 1e-6 * np.arange(len(tones)))


def usual_gradient(light: Picture) -> float:
    """The length of gradient that a tenth of the picture exceeds; the contrast of ``style`` goes by it."""
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


def _as_it_is(_: Image) -> Base:
    return Base(lambda tile: tile, np.ones(3, np.float32))


def _styled(image: Image) -> Base:
    """The picture in the style's tones, as it was, and how large its gradients are, tenfold."""
    light = luminance(image) / 255
    tones = np.interp(np.linspace(0, 1, LEVELS), style_quantiles(light), STYLE_TONES).astype(np.float32)
    usual = 10 * usual_gradient(light)

    def planes(tile: Picture) -> Picture:
        light = luminance(tile)
        new = tones[(light * (LEVELS - 1) + 0.5).astype(np.uint16)]
        return np.dstack([recoloured(tile, light, new), tile, np.full_like(light, usual)])

    return Base(planes, np.ones(3, np.float32))


def _drawn(image: Image) -> Base:
    """The drawing without strokes, and the lightness that the strokes follow."""
    tones = drawing_tones(luminance(image) / 255)

    def planes(tile: Picture) -> Picture:
        light = luminance(tile)
        return np.stack([*[shaded(light, tones)] * 3, light], 2)

    return Base(planes, np.ones(3, np.float32))


def _under_white_air(image: Image) -> Base:
    """The picture as if its haze were white, and the haze by its dark channel."""
    air = np.maximum(air_light(image) / 255, 0.1)

    def planes(tile: Picture) -> Picture:
        white = tile / air
        return np.concatenate([white, 0.95 * darkest(white)[..., None]], 2).astype(np.float32)

    return Base(planes, air)


def _on_haze_lines(image: Image) -> Base:
    """The same, and the haze by the distance from its colour as a share of the greatest in that direction.

    Berman, Treibitz, Avidan, Non-Local Image Dehazing, CVPR 2016.
    """
    air = np.maximum(air_light(image) / 255, 0.1)
    longest = np.zeros(DIRECTIONS**3, np.float32)
    for rows in np.array_split(image, -(-len(image) // 512)):
        distance, line = _distance(rows * np.float32(1 / 255) - air)
        np.maximum.at(longest, line, distance)

    def planes(tile: Picture) -> Picture:
        white = tile / air
        distance, line = _distance(tile - air)
        left = np.maximum(np.clip(distance / longest[line], LEAST, 1), 1 - white.min(2))
        return np.concatenate([white, 1 - left[..., None]], 2).astype(np.float32)

    return Base(planes, air)


def _distance(offset: Picture) -> tuple[Picture, NDArray[np.int64]]:
    """How far colours (H, W, 3) are from the haze, and in which direction, (H, W) each."""
    distance = np.linalg.norm(offset, axis=2) + np.float32(1e-6)
    x, y, z = np.rint((offset / distance[..., None] + 1) * ((DIRECTIONS - 1) / 2)).astype(np.int64).transpose(2, 0, 1)
    return distance, (x * DIRECTIONS + y) * DIRECTIONS + z


BASES: dict[str, Callable[[Image], Base]] = {
    "style": _styled,
    "pencil": _drawn,
    "dehaze": _under_white_air,
    "dehaze-nonlocal": _on_haze_lines,
}
"""Of the operators that depend on the whole picture."""
