"""Text detection: a page picture in, one region per text line out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ocr.document import Quad

__all__ = ["Detector", "Region"]


@dataclass(frozen=True, slots=True)
class Region:
    """One text line (or one segment of a row): where, and how surely there is text (0..1)."""

    quad: Quad
    score: float


class Detector(Protocol):
    """Finds text lines. ``name`` is the model's name in ``models/manifest.json``."""

    name: str

    def __call__(self, image: NDArray[np.uint8]) -> list[Region]:
        """Regions of an (H, W) grey or (H, W, 3) RGB page, in no particular order."""
        ...
