"""Small capitals are transcribed as the lower-case letters that they stand for.

A name in small capitals is typed "Robert Young" and printed with the shapes of R and OBERT. A recogniser sees the
shapes; people search for what was typed. Height distinguishes the two: capitals are at least a third taller than an x,
small capitals hardly taller. This holds only among lower-case letters of the same face: form labels in capitals may be
smaller than the text that was filled in, and headings have larger initials.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from statistics import median

import numpy as np
from numpy.typing import NDArray

from ocr.transcribe.ink import ink_of, tallest

__all__ = ["spell_small_capitals"]

WORD = re.compile(r"[A-Za-z]*[A-Z][A-Za-z]*[A-Z][A-Za-z]*")
LOW = frozenset("acemnorsuvwxz")
"""Letters of x-height."""
FEW = 4
"""Number of such letters from which the x-height is measured."""
LIKE_X = 1.18
"""Greatest height of small capitals, in x-heights."""
TALLER = 1.2
"""Least height of a capital, relative to the small capitals after it."""


def spell_small_capitals(text: str, spans: Sequence[tuple[float, float]], line: NDArray[np.uint8]) -> str:
    """The text with lower-case letters where the image has small capitals; its length never changes.

    Args:
        text: of the line.
        spans: start and end of each character, as shares of the line's width.
        line: (H, W) grey, dark on light or light on dark.
    """
    words = [m for m in WORD.finditer(text) if len(m[0]) > 2 and sum(c.isupper() for c in m[0]) > len(m[0]) / 2]
    if not words or sum(map(str.islower, text)) < sum(map(str.isupper, text)):
        return text
    shown = [k for k, c in enumerate(text) if c in LOW]
    if len(shown) < FEW:
        return text
    ink, width = ink_of(line), line.shape[1]

    def height(k: int) -> int:
        first, last = int(spans[k][0] * width + 1e-6), round(spans[k][1] * width)
        top, bottom = tallest(ink[:, first : max(last, first + 1)])
        return bottom - top

    low = [h for k in shown if (h := height(k))]
    if len(low) < FEW:
        return text
    letters = list(text)
    for word in words:
        start, end = word.start() + 1, word.end()
        small = median(map(height, range(start, end)))
        if small <= LIKE_X * median(low) and height(start - 1) >= TALLER * small:
            letters[start:end] = text[start:end].lower()
    return "".join(letters)
