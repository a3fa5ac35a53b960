"""The case of Cyrillic letters, which mostly look the same in both cases: told by their height in the picture.

A recogniser guesses the case of such letters by what it has seen around them, and sets capitals into words (ВНосит).
Letters whose cases differ in shape show where the tops of small letters are in a line.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["cased"]

SAME = frozenset("вгджзиклмнопрстухцчшщъыьэюяєљњџѕ")
"""Small letters that look like their capitals, and have neither ascender nor accent."""
SMALL = frozenset("ае")
"""Small letters that look like no capital."""
LEAST = 2
"""Such letters in a line."""
TALLER = 0.12
"""A capital is taller than small letters by more than this share of their height."""
MIDDLE = 0.6
"""Part of a letter's width, around its middle, in which its ink is looked for; at its edges are its neighbours."""


def cased(text: str, spans: Sequence[tuple[float, float]], picture: NDArray[np.uint8]) -> str:
    """A line's text with its Cyrillic letters in the case that their height shows.

    Args:
        text: of the line.
        spans: first and last column of each character.
        picture: (H, W) grey, dark on light.
    """
    if not any(c.lower() in SAME for c in text):
        return text
    ink = picture < (int(picture.min()) + int(picture.max())) / 2
    rows = [_rows(ink, span) if c.lower() in SAME or c in SMALL else None for c, span in zip(text, spans, strict=True)]
    small = [row for c, row in zip(text, rows, strict=True) if c in SMALL and row]
    if len(small) < LEAST:
        return text
    top, bottom = (float(np.median([row[k] for row in small])) for k in (0, 1))
    limit = top - TALLER * (bottom - top)
    return "".join(
        (c.upper() if row[0] < limit else c.lower()) if row and c.lower() in SAME else c
        for c, row in zip(text, rows, strict=True)
    )


def _rows(ink: NDArray[np.bool_], span: tuple[float, float]) -> tuple[int, int] | None:
    """First row of a letter's ink, and the row after the last; None where there is none."""
    middle, half = (span[0] + span[1]) / 2, MIDDLE * (span[1] - span[0]) / 2
    part = ink[:, max(0, int(middle - half)) : max(1, int(np.ceil(middle + half)))]
    found = np.flatnonzero(part.any(1))
    return (int(found[0]), int(found[-1]) + 1) if len(found) else None
