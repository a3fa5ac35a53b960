"""Enhancement by operator nets: a picture in, the same picture whitened, binarized, smoothed, dehazed ... out.

The nets are context aggregation networks (Chen, Xu, Koltun, ICCV 2017; ``ocr/train/nets/can.py``). One net knows all
document operators, another all photographic ones. Normalisation uses statistics of training, not of the picture: it
folds into the convolutions, and a tile with its halo gives exactly what the whole page would give.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr import weights
from ocr.engine import Session
from ocr.errors import UsageError

__all__ = [
    "DOCUMENT_OPERATORS",
    "MODELS",
    "OPERATORS",
    "PHOTOGRAPHIC_OPERATORS",
    "PUBLISHED",
    "CanEnhancer",
    "Enhancer",
    "condition_of",
    "enhance",
]

Image = NDArray[np.uint8]

DOCUMENT_OPERATORS = ("whiten", "binarize", "denoise", "deblur", "contrast")
"""Their strength blends: 0 leaves the picture as it is, 1 takes the operator's result."""

PHOTOGRAPHIC_OPERATORS = ("l0", "rof", "tvl1", "rtv", "tone", "detail", "style", "dehaze", "dehaze-nonlocal", "pencil")
"""Their strength is a parameter of the operator that the net approximates."""

OPERATORS = DOCUMENT_OPERATORS + PHOTOGRAPHIC_OPERATORS

MODELS = {**dict.fromkeys(DOCUMENT_OPERATORS, "enhance-doc"), **dict.fromkeys(PHOTOGRAPHIC_OPERATORS, "enhance-can24")}
"""Which model knows which operator."""

PUBLISHED = dict.fromkeys(("l0", "rof", "tvl1", "rtv", "tone", "detail", "pencil"), 0.5)
"""Default strengths other than 1: where the operators' authors set their parameters."""

TILE = 1024
"""Largest side of a tile without its halo, pixels."""


class Enhancer(Protocol):
    """Picture in, picture of the same shape out."""

    def __call__(self, image: Image) -> Image:
        """(H, W) or (H, W, 3) RGB to the same."""
        ...


def condition_of(operators: Sequence[str], operator: str, strength: float | None = None) -> NDArray[np.float32]:
    """What tells a net its operator: one of ``operators`` marked, (K,); with a strength that too, (2 K,)."""
    chosen = np.array([name == operator for name in operators], np.float32)
    return chosen if strength is None else np.concatenate([chosen, chosen * np.float32(strength)])


class CanEnhancer:
    """One operator at one strength; threads may share it.

    Args:
        operator: one of ``OPERATORS``.
        strength: 0..1; ``None`` is the operator's default.
        threads: threads inside a run; 0 means all cores.
        path: the model file, if it is not the shipped one.

    Raises:
        UsageError: there is no such operator, or the strength is not in 0..1.
        DependencyError: the model is missing.
    """

    def __init__(
        self, operator: str, strength: float | None = None, *, threads: int = 0, path: Path | None = None
    ) -> None:
        if operator not in OPERATORS:
            raise UsageError(f"there is no operator {operator!r}; there are {', '.join(OPERATORS)}")
        blended = operator in DOCUMENT_OPERATORS
        self.operator, self.strength = operator, PUBLISHED.get(operator, 1.0) if strength is None else strength
        if not 0 <= self.strength <= 1:
            raise UsageError(f"strength {strength} of operator {operator} is not between 0 and 1")
        path = path or weights.model(MODELS[operator]).path
        self._session = Session(path, threads=threads)
        known = json.loads(self._session.metadata["operators"])
        self._condition = condition_of(known, operator, None if blended else self.strength)
        self._halo = int(self._session.metadata["radius"])
        self._share = self.strength if blended else 1.0

    def __call__(self, image: Image) -> Image:
        """(H, W) or (H, W, 3) RGB to the same, tile by tile.

        Raises:
            UsageError: the array has another shape or type.
        """
        if image.dtype != np.uint8 or image.ndim not in {2, 3} or image.shape[2:] not in {(), (3,)} or not image.size:
            raise UsageError(f"enhance takes uint8 (H, W) or (H, W, 3), not {image.dtype} {image.shape}")
        result = np.empty_like(image)
        for inner, outer in _tiles(image.shape[:2], self._halo):
            top, left = inner[0].start - outer[0].start, inner[1].start - outer[1].start
            enhanced = self._net(image[outer])[top:, left:][: image[inner].shape[0], : image[inner].shape[1]]
            if self.operator == "binarize":
                enhanced = np.where(enhanced > 127.5, np.float32(255), np.float32(0))
            if self._share < 1:
                enhanced = image[inner] + self._share * (enhanced - image[inner])
            result[inner] = enhanced + 0.5
        return result

    def _net(self, tile: Image) -> NDArray[np.float32]:
        """A tile's result, 0..255, in the tile's shape."""
        colour = cv2.cvtColor(tile, cv2.COLOR_GRAY2RGB) if tile.ndim == 2 else tile
        planes = colour.transpose(2, 0, 1)[None] * np.float32(1 / 255)
        [output] = self._session.run({"image": planes, "condition": self._condition})
        pixels: NDArray[np.float32] = np.clip(output[0].transpose(1, 2, 0) * np.float32(255), 0, 255)
        return pixels.mean(2) if tile.ndim == 2 else pixels


Window = tuple[slice, slice]


def _tiles(shape: tuple[int, ...], halo: int) -> Iterator[tuple[Window, Window]]:
    """Windows that cover the picture, each with its window that has the halo, as far as the picture reaches."""
    starts = [_starts(size) for size in shape]
    for top, bottom in starts[0]:
        for left, right in starts[1]:
            yield (
                (slice(top, bottom), slice(left, right)),
                (slice(max(0, top - halo), bottom + halo), slice(max(0, left - halo), right + halo)),
            )


def _starts(size: int) -> list[tuple[int, int]]:
    count = -(-size // TILE)
    edges = [size * k // count for k in range(count + 1)]
    return list(pairwise(edges))


@lru_cache(maxsize=8)
def _enhancer(operator: str, strength: float | None) -> CanEnhancer:
    return CanEnhancer(operator, strength)


def enhance(image: Image, operator: str, strength: float | None = None) -> Image:
    """The picture after an operator; the nets of the last calls stay in memory.

    Args:
        image: (H, W) or (H, W, 3) RGB bytes, of any size.
        operator: ``whiten`` (background, shadow and bleed-through taken out; pictures, colours and stamps kept),
            ``binarize``, ``denoise``, ``deblur``, ``contrast``, or a photographic one of ``OPERATORS``.
        strength: 0..1; ``None`` is the operator's default.

    Raises:
        UsageError: no such operator, a strength outside 0..1, or an array of another kind.

    Example:
        >>> import ocr
        >>> page = ocr.enhance(photograph, "whiten", strength=0.7)  # doctest: +SKIP
    """
    return _enhancer(operator, strength)(image)
