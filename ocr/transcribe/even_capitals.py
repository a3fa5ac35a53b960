"""Words of small capitals of which some letters were read as small ones: ReQuiremenTs is REQUIREMENTS.

The letters of such a word are all of one height. In small letters, those with ascenders are taller, and so is a capital
in the middle of a word (McDonald, LaTeX).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from statistics import median

import numpy as np
from numpy.typing import NDArray

from ocr.transcribe.ink import extent, ink_of

__all__ = ["even_capitals"]

WORD = re.compile(r"[A-Za-z]{4,}")
ALIKE = frozenset("COSUVWXZ")
"""Capitals that look like their small letters; others show that a word is in capitals."""
TALL = frozenset("bdfhkl")
"""Small letters with an ascender."""
LEVEL = 0.12
"""Greatest distance of the top and the foot of a letter from those of the others, in their heights."""


def even_capitals(text: str, spans: Sequence[tuple[float, float]], line: NDArray[np.uint8]) -> str:
    """The text with capitals in words of small capitals, if one of them was read in both cases; of the same length.

    Args:
        text: of the line.
        spans: start and end of each character, as shares of the line's width.
        line: (H, W) grey, dark on light or light on dark.
    """
    words = list(WORD.finditer(text))
    torn = [word for word in words if _is_torn(word[0])]
    if not torn:
        return text
    ink = ink_of(line)
    level = [word for word in words if _is_level(ink, spans[word.start() + 1 : word.end()])]
    if not set(torn) & set(level):
        return text
    letters = list(text)
    for word in level:
        if word in torn or word[0].isupper() or not TALL.isdisjoint(word[0][1:]):
            letters[word.start() : word.end()] = word[0].upper()
    return "".join(letters)


def _is_torn(word: str) -> bool:
    """Whether small letters and a capital that looks like none of them follow the first letter."""
    rest = word[1:]
    return any(map(str.islower, rest)) and any(c.isupper() and c not in ALIKE for c in rest)


def _is_level(ink: NDArray[np.bool_], spans: Sequence[tuple[float, float]]) -> bool:
    """Whether what stands between shares of the width of a line is all of one height."""
    extents = [extent(ink, start, end) for start, end in spans]
    top, foot = (median(edge) for edge in zip(*extents, strict=True))
    most = LEVEL * max(1.0, foot - top)
    return all(abs(a - top) <= max(1.0, most) and abs(b - foot) <= max(1.0, most) for a, b in extents)
