"""Enhancement by operator nets: whitening, binarization, smoothing, dehazing and other image operators.

The nets are context aggregation networks (Chen, Xu, Koltun, ICCV 2017; ``ocr/train/enhance/net.py``). One net covers
the document operators; each photographic operator has its own net. They refine what ``ocr/page/enhance_base.py``
computes from the image. Normalisation uses statistics of the training, not of the image: it folds into the
convolutions, and a tile with its halo gives exactly the result of the whole page.

``whiten`` changes tones only, so its net runs on a reduced copy of large pages. The result is transferred to the large
page by a guided filter (He and Sun, Fast Guided Filter, arXiv 1505.00996): around every point the result is a linear
function of the page's own tone, and only the two coefficients are enlarged.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr import weights
from ocr.engine import Session
from ocr.errors import UsageError
from ocr.geometry import reduced
from ocr.options import is_number, one_of
from ocr.page.enhance_base import DOCUMENT_OPERATORS, PUBLISHED, Window, among, base_of, changed
from ocr.page.tones import interpolated
from ocr.source import Input, single_page

__all__ = [
    "DOCUMENT_OPERATORS",
    "JOINT",
    "MODELS",
    "OPERATORS",
    "PAGES",
    "PHOTOGRAPHIC_OPERATORS",
    "CanEnhancer",
    "Enhancer",
    "EnhancerSettings",
    "available",
    "enhance",
    "installed",
]

Image = NDArray[np.uint8]
Tones = NDArray[np.float32]

PHOTOGRAPHIC_OPERATORS = ("l0", "rof", "tvl1", "rtv", "tone", "detail", "style", "dehaze", "dehaze-nonlocal", "pencil")

OPERATORS = DOCUMENT_OPERATORS + PHOTOGRAPHIC_OPERATORS

JOINT, PAGES = "enhance-photo", "enhance-page"
"""The models for all photographic operators, and for all document operators."""

MODELS = {
    **dict.fromkeys(DOCUMENT_OPERATORS, PAGES),
    **{name: f"enhance-{name}" for name in PHOTOGRAPHIC_OPERATORS},
    "whiten": "enhance-whiten",
}
"""The best model for each operator."""

TILE = 1280
"""Largest side of a tile without its halo, pixels; even."""

LEAST_SCALE = 1 / 3
"""Least scale to which a page is reduced, so that small print stays legible."""
WINDOW, FLAT = 5, 1e-4
"""Side of the guided filter's window on the reduced page, and its regularisation (variance of tones 0..1)."""
ROWS_AT_A_TIME = 512
"""Rows of the large page that are processed at a time."""


@dataclass(frozen=True, slots=True)
class EnhancerSettings:
    """Settings that belong to a net's weights; stored in the metadata of its file.

    Attributes:
        radius: of the receptive field, in pixels.
        changes: whether the net refines planes that are computed from the image, or sees pixels alone.
        reduced: operators whose net runs on a reduced copy of large pages.
        pixels: number of pixels of that copy; about 115 dpi of a letter page.
    """

    radius: int
    changes: bool = True
    reduced: tuple[str, ...] = ()
    pixels: int = 1_250_000


class Enhancer(Protocol):
    """From an image to an image of the same shape."""

    def __call__(self, image: Image) -> Image:
        """(H, W) or (H, W, 3) RGB to the same."""
        ...


class CanEnhancer:
    """One operator at one strength. Threads may share it.

    Args:
        operator: one of ``OPERATORS``.
        strength: 0..1. For a document operator, the share of its result, mixed with the original; for a photographic
            one, its own parameter from weakest to strongest. ``None``: the full result, or the published parameter.
        threads: threads of a run; 0 uses all cores.
        path: the model file, if it is not the shipped one.

    Raises:
        UsageError: there is no such operator, it has no net, the model file is not for it, or the strength is
            not in 0..1.
        DependencyError: the model is missing.
    """

    def __init__(
        self, operator: str, strength: float | None = None, *, threads: int = 0, path: Path | None = None
    ) -> None:
        if operator not in OPERATORS:
            raise UsageError(f"there is no operator {operator!r}; there are {', '.join(available())}")
        self.operator, self._strength = operator, PUBLISHED.get(operator, 1.0) if strength is None else strength
        if not 0 <= self._strength <= 1:
            raise UsageError(f"strength {strength} of operator {operator} is not between 0 and 1")
        if path is None and operator not in available():
            raise UsageError(f"operator {operator} has no net yet; there are {', '.join(available())}")
        file = weights.model(path or _model(operator), "enhance")
        self._known = file.metadata.operators
        if operator not in self._known:
            raise UsageError(f"{file.path}: knows {', '.join(self._known)}, not {operator}")
        self.settings = file.metadata.settings_as(EnhancerSettings, file.path)
        self._metadata = file.metadata
        self._session = Session(file.path, threads=threads)

    def __call__(self, image: Image) -> Image:
        """(H, W) or (H, W, 3) RGB to the same.

        Raises:
            UsageError: the array has another shape or type.
        """
        if image.dtype != np.uint8 or image.ndim not in {2, 3} or image.shape[2:] not in {(), (3,)} or not image.size:
            raise UsageError(f"enhance takes uint8 (H, W) or (H, W, 3), not {image.dtype} {image.shape}")
        small = _reduced(image, self.settings.pixels) if self.operator in self.settings.reduced else image
        if small is not image:
            return _carried_over(image, small, self._tiled(small), self._strength)
        result = self._tiled(image)
        if self._strength < 1 and self.operator in DOCUMENT_OPERATORS:
            result = image + np.float32(self._strength) * (result - image)
        return np.asarray(result + np.float32(0.5), np.uint8)

    def _tiled(self, image: Image) -> Tones:
        """The operator's result, 0..255, computed tile by tile."""
        work = (self._from_base if self.settings.changes else self._plain)(_colour(image))
        result = np.empty(image.shape, np.float32)
        for inner, outer in _tiles(image.shape[:2], self.settings.radius):
            top, left = inner[0].start - outer[0].start, inner[1].start - outer[1].start
            pixels = np.clip(work(outer)[top:, left:] * np.float32(255), 0, 255)
            height, width = image[inner].shape[:2]
            result[inner] = (pixels if image.ndim == 3 else pixels.mean(2))[:height, :width]
        return np.where(result > 127.5, np.float32(255), np.float32(0)) if self.operator == "binarize" else result

    def _plain(self, image: Image) -> Callable[[Window], Tones]:
        """Function from a window of the page, 0..1, to that of the result, by the net alone."""
        return lambda window: self._net(image[window] * np.float32(1 / 255))

    def _from_base(self, image: Image) -> Callable[[Window], Tones]:
        """The same by a net that refines computed planes."""
        base = base_of(self.operator, image, self._strength)

        def work(window: Window) -> Tones:
            planes = base.planes(window)
            height, width = planes.shape[:2]
            squares = np.pad(planes, ((0, height % 2), (0, width % 2), (0, 0)), "edge")
            output = self._net(among(self._known, self.operator, squares))[:height, :width]
            result = changed(self.operator, planes.transpose(2, 0, 1), output.transpose(2, 0, 1), self._strength)
            return np.asarray(base.scale * np.dstack(result), np.float32)

        return work

    def _net(self, planes: Tones) -> Tones:
        """(H, W, C) to (H, W, 3)."""
        if (self._metadata.mean, self._metadata.std) != (0, 1):
            planes = (planes - np.float32(self._metadata.mean)) / np.float32(self._metadata.std)
        [output] = self._session.run({"image": np.ascontiguousarray(planes.transpose(2, 0, 1)[None])})
        return np.asarray(output[0].transpose(1, 2, 0), np.float32)


def available() -> tuple[str, ...]:
    """The operators that have a net."""
    known = weights.manifest().models
    return tuple(operator for operator in OPERATORS if any(name in known for name in _names(operator)))


def installed() -> tuple[str, ...]:
    """The operators whose model is installed; the wheel does not include all."""
    known = weights.manifest().models
    there = {name for name, record in known.items() if (weights.folder() / record.file).is_file()}
    return tuple(operator for operator in OPERATORS if not there.isdisjoint(_names(operator)))


def _names(operator: str) -> tuple[str, ...]:
    """The models for an operator, best first."""
    return (MODELS[operator], JOINT) if operator in PHOTOGRAPHIC_OPERATORS else (MODELS[operator],)


def _model(operator: str) -> str:
    """The best installed model for an operator; the wheel does not include all."""
    known = weights.manifest().models
    names = [name for name in _names(operator) if name in known]
    there = [name for name in names if (weights.folder() / known[name].file).is_file()]
    return (there or names)[0]


def _colour(image: Image) -> Image:
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_GRAY2RGB), np.uint8) if image.ndim == 2 else image


def _reduced(image: Image, pixels: int) -> Image:
    """The image reduced to about this many pixels; unchanged if it has no more."""
    return reduced(image, max(LEAST_SCALE, math.sqrt(pixels / (image.shape[0] * image.shape[1]))))


def _carried_over(image: Image, small: Image, result: Tones, share: float) -> Image:
    """Transfer the net's result for a reduced copy to the page.

    Args:
        image: (H, W) or (H, W, 3).
        small: the reduced copy, (h, w) or (h, w, 3).
        result: the net's result for that, 0..255.
        share: of the result, mixed with the page.
    """
    guide = small * np.float32(1 / 255)
    wanted = result * np.float32(1 / 255)
    mean, level = _mean(guide), _mean(wanted)
    spread = np.maximum(_mean(guide * guide) - mean * mean, 0)
    steep = (_mean(guide * wanted) - mean * level) / (spread + np.float32(FLAT))
    slope = _mean(steep) * np.float32(share) + np.float32(1 - share)
    shift = _mean(level - steep * mean) * np.float32(255 * share)
    height, width = image.shape[:2]
    full = np.empty_like(image)
    for top in range(0, height, ROWS_AT_A_TIME):
        rows = (np.arange(top, min(top + ROWS_AT_A_TIME, height)) + 0.5) * (len(small) / height) - 0.5
        band = image[top : top + ROWS_AT_A_TIME] * _enlarged(slope, rows, width) + _enlarged(shift, rows, width)
        full[top : top + ROWS_AT_A_TIME] = np.clip(band, 0, 255) + np.float32(0.5)
    return full


def _mean(tones: NDArray[Any]) -> Tones:
    """Mean over the window around each point."""
    return np.asarray(cv2.blur(tones, (WINDOW, WINDOW)), np.float32)


def _enlarged(tones: NDArray[Any], rows: NDArray[np.float64], width: int) -> Tones:
    """Interpolated rows, given by their places in the small image, ``width`` pixels long."""
    lines = interpolated(tones, rows)
    return np.asarray(cv2.resize(lines, (width, len(lines)), interpolation=cv2.INTER_LINEAR), np.float32)


def _tiles(shape: tuple[int, ...], halo: int) -> Iterator[tuple[Window, Window]]:
    """Windows that cover the image, each with the larger window that includes its halo, clipped to the image."""
    starts = [_starts(size) for size in shape]
    for top, bottom in starts[0]:
        for left, right in starts[1]:
            yield (
                (slice(top, bottom), slice(left, right)),
                (slice(max(0, top - halo), bottom + halo), slice(max(0, left - halo), right + halo)),
            )


def _starts(size: int) -> list[tuple[int, int]]:
    """Rounded up to even numbers, for nets that process pixels in 2 x 2 squares."""
    count = -(-size // TILE)
    edges = [size * k // count // 2 * 2 for k in range(count)]
    return list(pairwise([*edges, size]))


@lru_cache(maxsize=8)
def _enhancer(operator: str, strength: float | None) -> CanEnhancer:
    return CanEnhancer(operator, strength)


def enhance(
    input: Input,
    operator: str,
    strength: float | None = None,
    *,
    page: int | None = None,
    password: str | None = None,
) -> Image:
    """Apply an operator to a picture; the networks of the last calls stay in memory.

    Args:
        input: a path, ``"-"`` for stdin, the bytes of a file, a binary file object, a PIL image or an array; of a PDF,
            a rendered page.
        operator: for documents ``whiten`` (takes out background, shadows and bleed-through; keeps pictures, colours
            and stamps), ``binarize``, ``denoise``, ``deblur`` or ``contrast``; for photographs one of
            ``PHOTOGRAPHIC_OPERATORS``.
        strength: 0..1. For document operators, the share of the result, mixed with the original; for photographic
            ones, their own parameter from weakest to strongest. None: the full result, or the published parameter.
        page: of a PDF or TIFF with several pages, from 1.
        password: of an encrypted PDF.

    Returns:
        (H, W) grey or (H, W, 3) RGB of uint8; for a uint8 array, the shape of that array.

    Raises:
        UsageError: an operator that does not exist or has no network, a strength outside 0..1, an argument of the
            wrong type, or the input has several pages and ``page`` is missing.
        InputError: the input cannot be opened, or the page is damaged.

    Example:
        >>> ocr.enhance("samples/receipt.jpg", "whiten", strength=0.7).shape
        (875, 619)
    """
    one_of("operator", operator, OPERATORS)
    if strength is not None and not (is_number(strength) and 0 <= strength <= 1):
        raise UsageError(f"strength must be a number from 0 to 1, not {strength!r}")
    image, _ = single_page(input, page=page, password=password)
    pixels = image.pixels
    if isinstance(input, np.ndarray) and input.dtype == np.uint8 and input.shape[2:] in {(), (3,)}:
        pixels = input  # unchanged: an image without colour keeps its three channels
    return _enhancer(operator, strength)(pixels)
