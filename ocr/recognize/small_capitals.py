"""Small capitals: capitals as high as small letters, which is what they stand for.

A name set in small capitals is typed "Pamela Ogden" and printed with the shapes of P and AMELA; a recogniser sees the
shapes, and what was typed is what people search for and what transcribers write. Height tells the two apart: capitals
are a third or more higher than an x, small capitals hardly at all.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

import numpy as np
from numpy.typing import NDArray

__all__ = ["spell_small_capitals"]

WORD = re.compile(r"[A-Za-z]*[A-Z][A-Za-z]*[A-Z][A-Za-z]*")
LOW = frozenset("acemnorsuvwxz")
"""Letters as high as an x."""
FEW = 4
"""So many of them tell how high an x is."""
LIKE_X = 1.18
"""Small capitals are at most so many times higher than an x."""
TALLER = 1.2
"""A capital is at least so many times higher than small ones beside it..."""
ALONE = 1.3
"""...and so many in a line without small letters: initials of a heading in capitals may well be a little larger."""


def spell_small_capitals(text: str, spans: Sequence[tuple[float, float]], picture: NDArray[np.uint8]) -> str:
    """The text with small letters where the picture has small capitals; its length never changes.

    Args:
        text: of the line.
        spans: start and end of each character, in columns.
        picture: (H, W) grey, dark on light.
    """
    words = [m for m in WORD.finditer(text) if len(m[0]) > 2 and sum(c.isupper() for c in m[0]) > len(m[0]) / 2]
    if not words:
        return text
    dark = picture < (int(picture.min()) + int(picture.max())) / 2
    heights = [_height(dark[:, int(a) : max(round(b), int(a) + 1)]) for a, b in spans]
    low = [h for c, h in zip(text, heights, strict=True) if c in LOW and h]
    tall = [h for c, h in zip(text, heights, strict=True) if (c.isupper() or c.isdigit()) and h]
    letters = list(text)
    found = []
    for word in words:
        first, *rest = heights[word.start() : word.end()]
        if not (small := median(rest)):
            continue
        if len(low) >= FEW:
            if small > LIKE_X * median(low):
                continue
            initial = first >= TALLER * small
            sure = initial or max(tall) >= TALLER * small
        else:
            initial = sure = first >= ALONE * small
        if sure:
            found.append((word, initial))
    if len(low) < FEW and len(found) < 0.6 * len(words):
        return text
    for word, initial in found:
        for i in range(word.start() + initial, word.end()):
            letters[i] = letters[i].lower()
    return "".join(letters)


def _height(dark: NDArray[np.bool_]) -> int:
    """Rows of the highest piece of ink in some columns."""
    rows = np.flatnonzero(np.diff(dark.any(1).astype(np.int8), prepend=0, append=0))
    return max((b - a for a, b in list(pairwise(rows.tolist()))[::2]), default=0)
