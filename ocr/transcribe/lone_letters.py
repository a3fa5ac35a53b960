"""A letter that is all of a line, as in the cells of a table, is a capital or small by its height beside lines near it.

A recogniser sees such a letter as large as its picture, and cannot tell x from X.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ocr.document import Quad
from ocr.recognize import Reading
from ocr.transcribe.ink import ink_of, tallest
from ocr.transcribe.lone_digits import beside

__all__ = ["ALIKE", "beside_letters", "is_letter", "sized_letter"]

ALIKE = frozenset("cosuvwxzCOSUVWXZ")
"""Letters whose capitals look like their small letters."""
SMALL, CAPITAL = 1.16, 1.24
"""Greatest height of a small letter and least height of a capital, in x-heights: capitals have 1.3 to 1.55."""
LIKELY, SEVERAL = 0.55, 3
"""Least confidence of a letter in a column of letters, and how many others show that it is one."""


def sized_letter(letter: str, picture: NDArray[np.uint8], height: float, x_height: float) -> str:
    """The letter as a capital or small; as it is where its height does not tell.

    Args:
        letter: one of ``ALIKE``.
        picture: (H, W) grey, with this letter alone.
        height: of what the picture shows, in pixels of the page.
        x_height: of lines near it, in pixels of the page.

    Example:
        >>> picture = np.full((40, 40), 255, np.uint8)
        >>> picture[10:30, 10:30] = 0
        >>> sized_letter("X", picture, 40, 20), sized_letter("x", picture, 40, 14)
        ('x', 'X')
    """
    top, bottom = tallest(ink_of(picture))
    ratio = (bottom - top) / len(picture) * height / x_height
    if ratio <= SMALL:
        return letter.lower()
    return letter.upper() if ratio >= CAPITAL else letter


def is_letter(reading: Reading) -> bool:
    """Whether a reading is a single letter, read with some confidence."""
    text = reading.text.strip()
    return len(text) == 1 and text.isalpha() and reading.confidence >= LIKELY


def beside_letters(quads: Sequence[Quad], readings: Sequence[Reading], which: Sequence[int]) -> list[int]:
    """Those of some lines of a page in whose column several single letters stand, and little else.

    Args:
        quads: where the lines are.
        readings: of them.
        which: the numbers of the lines in question.
    """
    boxes = np.array([quad.hull for quad in quads]).reshape(-1, 4)
    letters = np.array([is_letter(reading) for reading in readings], np.bool_)
    words = np.array([reading.confidence >= LIKELY for reading in readings], np.bool_) & ~letters
    found = []
    for k in which if letters.sum() >= SEVERAL else ():
        column, _ = beside(boxes, k)
        if (column & letters).sum() >= SEVERAL and (column & letters).sum() > (column & words).sum():
            found.append(k)
    return found
