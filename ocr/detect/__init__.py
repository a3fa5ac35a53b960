"""Text detection: a page image in, one region per text line out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ocr.document import Quad
from ocr.geometry import grow, widened

__all__ = ["Detector", "Region", "shown_quads"]

END_MARGIN = 0.3
"""Margin at both ends of a line in its crop, where there is room, as a share of the line's height."""
RIM = 0.05
"""Margin above and below: for accents and descenders that a box cuts off."""


@dataclass(frozen=True, slots=True)
class Region:
    """One text line, or one segment of a row.

    Attributes:
        quad: its place.
        score: probability that it is text, 0..1.
        leftover: whether it was found at a second look, where ink was left: its reading decides whether it is text.
        text: what it shows, where that is known: leader dots, dashes.
        slanted: whether it runs at an angle to the page that it is on, as a stamp: it says nothing about the page.
    """

    quad: Quad
    score: float
    leftover: bool = False
    text: str = ""
    slanted: bool = False


class Detector(Protocol):
    """Finds text lines. ``name`` is the model's name in ``models/manifest.json``."""

    name: str

    def __call__(self, image: NDArray[np.uint8]) -> list[Region]:
        """Regions of an (H, W) grey or (H, W, 3) RGB page, in no particular order."""
        ...


def shown_quads(regions: Sequence[Region]) -> list[Quad]:
    """The quads that are cropped for the recogniser: those of the regions with a margin, where there is room."""
    return [grow(quad, 0.0, RIM * quad.height) for quad in widened([region.quad for region in regions], END_MARGIN)]
