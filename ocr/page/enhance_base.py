"""The part of a photographic operator that depends on the whole image, computed directly; its net adds the rest.

A net sees about 130 pixels around each output pixel. Some operators depend on more: the tones of ``style`` and
``pencil`` on the image's histogram, both dehazing operators on the colour of the haze. These are a few numbers,
computed as the operators define them. The pyramids of ``detail`` and ``style`` also cover the whole image, but their
coarse part is smooth and is computed for every fourth pixel. The result is the planes that the net sees, window by
window.

Some operators end in arithmetic that convolutions approximate badly: division by the transmission, steep curves,
conversion of colour spaces. That is computed here as well, after the net (``changed``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.page.tones import (
    LINES,
    STYLE_TONES,
    Image,
    Picture,
    air_light,
    contrasted,
    darkest,
    drawing_tones,
    edges,
    haze_directions,
    in_style_tones,
    interpolated,
    lab,
    line_spread,
    local_laplacian,
    local_threshold,
    luminance,
    multiscale_boost,
    raised,
    recoloured,
    rgb,
    shaded,
    style_quantiles,
    usual_gradient,
)

__all__ = [
    "DOCUMENT_OPERATORS",
    "LEAST_TRANSMISSION",
    "PLANES",
    "PUBLISHED",
    "REACH",
    "WHOLE",
    "Base",
    "Window",
    "among",
    "base_of",
    "changed",
]

Window = tuple[slice, slice]
"""Rows and columns, with explicit bounds within the image or none."""

WHOLE: Window = (slice(None), slice(None))

Planes = Any
"""A sequence of arrays or tensors of one shape."""

LEAST_TRANSMISSION = 0.1
"""Least transmission of haze."""

REACH = 32
"""Pixels around a pixel that its planes may depend on; an even number."""

LEVELS = 4096
"""Lightnesses for which the tone of the style is computed."""

PUBLISHED = {
    **dict.fromkeys(("l0", "rof", "tvl1", "rtv", "tone", "detail", "pencil"), 0.5),
    **dict.fromkeys(("style", "dehaze", "dehaze-nonlocal"), 1.0),
}
"""The published strengths of the photographic operators."""

PLANES = {"": 4, "page": 5, "detail": 7, "tone": 3, "style": 7, "pencil": 3, "dehaze": 4, "dehaze-nonlocal": 5}
"""Number of planes that the nets see; operators not listed see the image and their strength."""

COARSE = 4
"""Distance in pixels between the places where coarse structure is computed."""

DOCUMENT_OPERATORS = ("whiten", "binarize", "denoise", "deblur", "contrast")
"""Operators for pages, which share one net."""

THRESHOLDS = (15, 61)
"""Sides of the windows, in pixels, for thresholds between ink and paper."""

STEEP = 8.0
"""Factor from the distance to the threshold to ink or paper."""

SURROUNDINGS = (1.0, 2.0, 4.0)
"""Pixels of the Gaussians whose differences ``detail`` raises."""

STEPS = 65
"""From -1 to 1 of a coordinate, in which the haze line nearest to a direction is looked up."""


@dataclass(frozen=True, slots=True)
class Base:
    """The computed part of an operator on one image."""

    planes: Callable[[Window], Picture]
    """Planes that the net sees of a window of the image, (H, W, C), about 0..1."""
    scale: Picture = field(default_factory=lambda: np.ones(3, np.float32))
    """(3,), from what ``changed`` gives to the result."""


def base_of(operator: str, image: Image, strength: float) -> Base:
    """The computed part of an operator on an image (H, W, 3) at a strength 0..1; for most local ones, the image."""
    return BASES.get(operator, _dialled)(image, strength)


def among(operators: Sequence[str], operator: str, planes: Picture) -> Picture:
    """An operator's planes (H, W, C) as a net that knows several operators sees them; as they are for a net of one.

    Each kind of planes has its own place, the others are 0; after them comes a plane an operator, 1 for the one meant.
    """
    if len(operators) == 1:
        return planes
    kinds = dict.fromkeys(map(_kind, operators))
    places = [0, *accumulate(PLANES[kind] for kind in kinds)]
    seen = np.zeros((*planes.shape[:2], places[-1] + len(operators)), planes.dtype)
    start = places[list(kinds).index(_kind(operator))]
    seen[..., start : start + planes.shape[2]] = planes
    seen[..., places[-1] + list(operators).index(operator)] = 1
    return seen


def _kind(operator: str) -> str:
    """Which of ``PLANES`` its are."""
    return "page" if operator in DOCUMENT_OPERATORS else operator if operator in PLANES else ""


def changed(operator: str, planes: Planes, output: Planes, strength: Any, library: Any = np) -> tuple[Any, Any, Any]:
    """The three planes of a result, from the planes that a net saw and the three that it gave.

    Where the operator has no arithmetic of its own, the net's are added to the first three.

    Args:
        operator: its name.
        planes: C arrays or tensors of one shape.
        output: three of that shape.
        strength: 0..1.
        library: ``numpy`` or ``torch``, whichever they are of.
    """
    red, green, blue = CHANGES.get(operator, _sum)(planes, output, strength, library)
    return red, green, blue


# ------------------------------------------------------------------------------------- what the nets see


def _tile(image: Image, window: Window) -> Picture:
    return image[window] * np.float32(1 / 255)


def _dialled(image: Image, strength: float) -> Base:
    """The picture and its strength."""

    def planes(window: Window) -> Picture:
        tile = _tile(image, window)
        return np.dstack([tile, np.full(tile.shape[:2], strength, np.float32)])

    return Base(planes)


def _detailed(image: Image, strength: float) -> Base:
    """The picture with its coarse details raised, its lightness and how it differs from what is around, raised too."""

    def raise_details(small: Picture) -> Picture:
        return local_laplacian(small, lambda difference: raised(difference, strength)) - small

    coarse = _Coarse(image, raise_details)

    def planes(window: Window) -> Picture:
        tile = _tile(image, window)
        light = luminance(tile)
        around = [np.asarray(cv2.GaussianBlur(light, (0, 0), sigma), np.float32) for sigma in SURROUNDINGS]
        differences = [raised(light - blurred, strength) for blurred in around]
        return np.dstack([recoloured(tile, light, light + coarse(window)), light, *differences])

    return Base(planes)


def _styled(image: Image, _: float) -> Base:
    """The picture in the style's tones and coarse contrasts, as it was, and how large its gradients are, tenfold."""
    light = luminance(image) * np.float32(1 / 255)
    tones = np.interp(np.linspace(0, 1, LEVELS), style_quantiles(light), STYLE_TONES).astype(np.float32)

    def toned(light: Picture) -> Picture:
        return tones[(light * (LEVELS - 1) + 0.5).astype(np.uint16)]

    usual = [usual_gradient(light), usual_gradient(toned(light))]

    def style(small: Picture) -> Picture:
        first = in_style_tones(contrasted(small, usual[0]))
        return in_style_tones(contrasted(first, usual[1])) - toned(small)

    coarse = _Coarse(image, style)

    def planes(window: Window) -> Picture:
        tile = _tile(image, window)
        light = luminance(tile)
        styled = recoloured(tile, light, toned(light) + coarse(window))
        return np.dstack([styled, tile, np.full_like(light, 10 * usual[0])])

    return Base(planes)


class _Coarse:
    """What a change of lightness (H, W), 0..1, is at places ``COARSE`` pixels apart, worked out for them alone."""

    def __init__(self, image: Image, change: Callable[[Picture], Picture]) -> None:
        self._shape = image.shape[:2]
        height, width = (max(1, round(side / COARSE)) for side in self._shape)
        small = np.asarray(cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
        self._change = change(luminance(small) * np.float32(1 / 255))

    def __call__(self, window: Window) -> Picture:
        """Of a window, interpolated."""
        rows, columns = (
            (np.arange(size)[part] + 0.5) * (count / size) - 0.5
            for size, part, count in zip(self._shape, window, self._change.shape, strict=True)
        )
        return interpolated(interpolated(self._change, rows).T, columns).T


def _document(image: Image, _: float) -> Base:
    """The page, and how much lighter it is than two thresholds for each pixel, from the mean and spread around it.

    Sauvola, Pietikäinen, Adaptive Document Image Binarization, 2000.
    """

    def planes(window: Window) -> Picture:
        tile = _tile(image, window)
        light = luminance(tile)
        return np.dstack([tile, *(light - local_threshold(light, size) for size in THRESHOLDS)])

    return Base(planes)


def _drawn(image: Image, _: float) -> Base:
    """The drawing without strokes, the lightness that determines the strokes, and its edges."""
    tones = drawing_tones(luminance(image) / 255)

    def planes(window: Window) -> Picture:
        light = luminance(_tile(image, window))
        return np.dstack([shaded(light, tones), light, edges(light)])

    return Base(planes)


def _in_lab(image: Image, _: float) -> Base:
    return Base(lambda window: lab(_tile(image, window)))


def _under_white_air(image: Image, _: float) -> Base:
    """The picture as if its haze were white, and the haze by its dark channel."""
    air = np.maximum(air_light(image) / 255, 0.1)

    def planes(window: Window) -> Picture:
        white = _tile(image, window) / air
        return np.concatenate([white, 0.95 * darkest(white)[..., None]], 2).astype(np.float32)

    return Base(planes, air)


def _on_haze_lines(image: Image, _: float) -> Base:
    """The same, the haze by the distance from its colour as a share of the greatest on that line, and the line's trust.

    Berman, Treibitz, Avidan, Non-Local Image Dehazing, CVPR 2016.
    """
    air = np.maximum(air_light(image) / 255, 0.1)
    nearest = _nearest_lines()
    longest, count, total, squares = np.zeros((4, LINES))
    for rows in np.array_split(image, -(-len(image) // 512)):
        distance, cell = _distance(rows * np.float32(1 / 255) - air)
        line, distance = nearest[cell.ravel()], distance.ravel()
        np.maximum.at(longest, line, distance)
        count += np.bincount(line, minlength=LINES)
        total += np.bincount(line, distance, LINES)
        squares += np.bincount(line, distance * distance, LINES)
    longest = np.maximum(longest, 1e-6).astype(np.float32)
    sure = np.log10(line_spread(count, total, squares))

    def planes(window: Window) -> Picture:
        tile = _tile(image, window)
        white = tile / air
        distance, cell = _distance(tile - air)
        line = nearest[cell]
        left = np.maximum(np.clip(distance / longest[line], LEAST_TRANSMISSION, 1), 1 - white.min(2))
        return np.dstack([white, 1 - left, sure[line]]).astype(np.float32)

    return Base(planes, air)


def _distance(offset: Picture) -> tuple[Picture, NDArray[np.int64]]:
    """How far colours (H, W, 3) are from the haze, and the cell of their direction, (H, W) each."""
    distance = np.linalg.norm(offset, axis=2) + np.float32(1e-6)
    x, y, z = np.rint((offset / distance[..., None] + 1) * ((STEPS - 1) / 2)).astype(np.int64).transpose(2, 0, 1)
    return distance, (x * STEPS + y) * STEPS + z


@lru_cache(maxsize=1)
def _nearest_lines() -> NDArray[np.int16]:
    """The line nearest to each cell's direction, (STEPS^3,); 0 for cells that no direction falls into."""
    axis = np.linspace(-1, 1, STEPS, dtype=np.float32)
    cells = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), 3).reshape(-1, 3)
    nearest = np.zeros(len(cells), np.int16)
    [reached] = np.nonzero(np.abs(np.linalg.norm(cells, axis=1) - 1) < 2 / STEPS)
    for part in np.array_split(reached, 16):
        nearest[part] = (cells[part] @ haze_directions().T).argmax(1)
    return nearest


BASES: dict[str, Callable[[Image, float], Base]] = {
    **dict.fromkeys(DOCUMENT_OPERATORS, _document),
    "detail": _detailed,
    "tone": _in_lab,
    "style": _styled,
    "pencil": _drawn,
    "dehaze": _under_white_air,
    "dehaze-nonlocal": _on_haze_lines,
}
"""Of the operators whose nets see something else than the picture and a strength."""


# ----------------------------------------------------------------------------- what is done with what they give


def _sum(planes: Planes, output: Planes, *_: Any) -> list[Any]:
    return [plane + change for plane, change in zip(planes, output, strict=False)]


def _share(planes: Planes, output: Planes, *_: Any) -> list[Any]:
    """The net gives the relative change of the first three planes."""
    return [plane + plane * change for plane, change in zip(planes, output, strict=False)]


def _restyled(planes: Planes, output: Planes, strength: Any, _: Any) -> list[Any]:
    styled = _share(planes, output)
    return [before + strength * (after - before) for before, after in zip(planes[3:], styled, strict=False)]


def _stroked(planes: Planes, output: Planes, strength: Any, _: Any) -> list[Any]:
    return [(planes[0] + planes[0] * output[0]).clip(0, None) ** (2 ** (2 * strength - 1))] * 3


def _boosted(planes: Planes, output: Planes, strength: Any, library: Any) -> list[Any]:
    """The net gives the differences of the two smoothed lightnesses from the image's."""
    light, a, b = planes[:3]
    boosted = multiscale_boost(light, light + output[0], light + output[1], library) + output[2]
    return rgb((light + 2 * strength * (boosted - light)).clip(0, 1), a, b)


def _cleared(planes: Planes, output: Planes, strength: Any, _: Any) -> list[Any]:
    """The net corrects the share of a colour that is haze, the fourth plane; that much white is taken away."""
    return _without(planes[:3], strength * (planes[3] + output[0]))


def _cleared_of_lines(planes: Planes, output: Planes, strength: Any, library: Any) -> list[Any]:
    """The same; no colour can have more haze than would make it darker than black."""
    red, green, blue = planes[:3]
    darkest_share = library.minimum(library.minimum(red, green), blue)
    return _without(planes[:3], strength * library.minimum(planes[3] + output[0], darkest_share).clip(0, None))


def _without(planes: Planes, haze: Any) -> list[Any]:
    left = (1 - haze).clip(LEAST_TRANSMISSION, 1)
    return [((white - 1) / left + 1).clip(0, None) for white in planes]


def _inked(planes: Planes, output: Planes, *_: Any) -> list[Any]:
    """The net corrects what lies beyond the wider threshold; ink is 0."""
    return [(0.5 + STEEP * planes[4]).clip(0, 1) + output[0]] * 3


CHANGES: dict[str, Callable[[Planes, Planes, Any, Any], list[Any]]] = {
    "binarize": _inked,
    "tone": _boosted,
    "detail": _share,
    "style": _restyled,
    "pencil": _stroked,
    "dehaze": _cleared,
    "dehaze-nonlocal": _cleared_of_lines,
}
"""Of the operators that end in arithmetic."""
