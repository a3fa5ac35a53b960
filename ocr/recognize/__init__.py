"""Text recognition: line images in, characters with spans and confidence out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["Glyph", "LineRecognizer", "Reading", "Recognizer", "known"]

KNOWN = 0.97
"""Confidence of text that is known from its shape, as leader dots are."""


@dataclass(frozen=True, slots=True)
class Glyph:
    """One decoded character (spaces included); ``start`` and ``end`` are fractions 0..1 of the line image's width."""

    text: str
    start: float
    end: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Reading:
    """What a recogniser read in one line image; ``confidence`` is calibrated: P(the whole text is right)."""

    glyphs: tuple[Glyph, ...]
    confidence: float
    engine: str

    @property
    def text(self) -> str:
        """The characters in order."""
        return "".join(glyph.text for glyph in self.glyphs)


def known(text: str, engine: str) -> Reading:
    """The reading of a line whose text is known without a recogniser; its characters are spread evenly."""
    step = 1 / max(1, len(text))
    glyphs = (Glyph(character, i * step, (i + 1) * step, KNOWN) for i, character in enumerate(text))
    return Reading(tuple(glyphs), KNOWN, engine)


class Recognizer(Protocol):
    """Reads lines. ``name`` is the model's name in ``models/manifest.json``."""

    name: str

    def __call__(self, lines: Sequence[NDArray[np.uint8]]) -> list[Reading]:
        """One reading for each upright (H, W) grey line image, in the same order."""
        ...


class LineRecognizer(Recognizer, Protocol):
    """A recogniser with a fixed height of its line images, in pixels."""

    height: int
