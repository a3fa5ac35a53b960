"""Letters whose capitals have the same shape are told by their height beside other letters of their word.

A recogniser that sees a short word by itself cannot tell how large it is: "pcs" becomes "pCS", "Window" "WindOW". Most
Cyrillic letters have one shape in both cases, and are told by their height in the line.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from statistics import median

import numpy as np
from numpy.typing import NDArray

from ocr.transcribe.ink import extent, ink_of

__all__ = ["spell_letter_case"]

LONE = re.compile(r"(?<!\S)X(?!\S)")
LOWER = 0.14
"""An X by itself that ends so far below the top of capitals and figures beside it, in their heights, is small."""
LEAST_TALL = 4
"""Capitals and figures that show how tall they are."""
WORD = re.compile(r"[A-Za-z]*[COSVWXZ][A-Za-z]*")
ALIKE = frozenset("COSVWXZ")
"""Capitals that look like their small letters."""
LOW = frozenset("acegmnopqrsuvwxyz")
"""Small letters whose top shows the x-height."""
AS_HIGH = 0.15
"""A small letter ends this close to the x-height, in its heights."""
CYRILLIC = frozenset("ВГДЖЗИКЛМНОПРСТУХЦЧШЩЪЫЬЭЮЯЄЉЊЏЅ")
"""Cyrillic capitals that look like their small letters, which have neither ascender nor accent."""
CYRILLIC_LOW = frozenset("ае")
"""Cyrillic small letters that look like no capital, and show the x-height."""
LEAST_LOW = 2
"""Such letters in a line."""


def spell_letter_case(text: str, spans: Sequence[tuple[float, float]], line: NDArray[np.uint8]) -> str:
    """The text with small letters where capitals were read that are as high as an x; its length never changes.

    Args:
        text: of the line.
        spans: start and end of each character, as shares of the line's width.
        line: (H, W) grey, dark on light or light on dark.
    """
    words = [m for m in WORD.finditer(text) if _is_mixed(m[0])]
    alone = [m.start() for m in LONE.finditer(text)]
    cyrillic = sum(c in CYRILLIC_LOW for c in text) >= LEAST_LOW and any(c in CYRILLIC for c in text)
    if not (words or cyrillic or alone):
        return text
    ink = ink_of(line)
    letters = list(text)
    if cyrillic:
        x_height = median(extent(ink, *spans[k])[0] for k, c in enumerate(text) if c in CYRILLIC_LOW)
        for k, c in enumerate(text):
            if c in CYRILLIC and _is_low(extent(ink, *spans[k]), x_height):
                letters[k] = c.lower()
    for k in _small_alone(text, spans, ink, alone):
        letters[k] = text[k].lower()
    for word in words:
        extents = [extent(ink, *spans[k]) for k in range(word.start(), word.end())]
        for k in _small(word[0], extents):
            letters[word.start() + k] = word[0][k].lower()
    return "".join(letters)


def _is_mixed(word: str) -> bool:
    """Whether a capital that may be small follows a small letter."""
    return any(c in ALIKE and any(map(str.islower, word[:k])) for k, c in enumerate(word))


def _small(word: str, extents: Sequence[tuple[int, int]]) -> list[int]:
    """Which letters of a word are small, though they were read as capitals."""
    low = [top for letter, (top, _) in zip(word, extents, strict=True) if letter in LOW]
    return [
        k
        for k, (letter, (top, bottom)) in enumerate(zip(word, extents, strict=True))
        if letter in ALIKE and any(map(str.islower, word[:k])) and low and _is_low((top, bottom), median(low))
    ]


def _small_alone(
    text: str, spans: Sequence[tuple[float, float]], ink: NDArray[np.bool_], alone: Sequence[int]
) -> list[int]:
    """Which of some letters by themselves are small among capitals and figures, as the x of ``2 x COFFEE``."""
    tall = [k for k, c in enumerate(text) if (c.isdecimal() or (c.isascii() and c.isupper())) and k not in alone]
    if not alone or len(tall) < LEAST_TALL or any(map(str.islower, text)):
        return []
    extents = [extent(ink, *spans[k]) for k in tall]
    top, height = median(e[0] for e in extents), median(e[1] - e[0] for e in extents)
    return [k for k in alone if extent(ink, *spans[k])[0] - top >= LOWER * height > 0]


def _is_low(extent: tuple[int, int], x_height: float) -> bool:
    """Whether a letter is as high as an x, the top of which is in row ``x_height``."""
    top, bottom = extent
    return bottom > top and abs(top - x_height) <= AS_HIGH * (bottom - top)
