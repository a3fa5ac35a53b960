"""Lines whose letters may stand too close for the frames of a net, which then reads one of two equal letters.

CTC needs a blank frame between two equal letters, so that ``ll`` takes three frames. In narrow faces, shown at a share
of their width, two narrow letters together have fewer, and one of them is lost although every frame is certain. Such
lines are shown again, wider. The tests were chosen on drawn lines in 66 faces of Debian's fonts (Carlito, DejaVu,
Lato, Liberation, Noto, Open Sans, Roboto and their condensed cuts).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from ocr.recognize.ctc import Spelled
from ocr.recognize.language import LanguageModel
from ocr.recognize.words import strangers

__all__ = ["FRAMES", "LASTS", "WIDENED", "crowded", "may_lack_a_letter"]

FRAMES = 2.4
"""Least number of frames for a character of a line that is not crowded."""
LASTS = 3
"""Frames of one letter or digit that may be two: a single one has one or two."""
WIDENED = 1.25
"""Share of their width at which such lines are shown."""
WORD = 4
"""Least length of a word that may lack a letter."""


def crowded(spelled: Sequence[Spelled], text: str, frames: int) -> bool:
    """Whether a line has few frames for its characters, or one that lasts so long that it may be two.

    Args:
        spelled: the characters of the line with their frames.
        text: the same characters.
        frames: length of the line.

    Example:
        >>> crowded([Spelled(5, 2, 3, 0.9), Spelled(7, 6, 9, 0.9)], "fe", 12)
        True
        >>> crowded([Spelled(5, 2, 3, 0.9), Spelled(7, 6, 8, 0.9)], "fe", 12)
        False
    """
    if frames < FRAMES * len(spelled):
        return True
    return any(s.end - s.start >= LASTS and c.isalnum() for s, c in zip(spelled, text, strict=True))


def may_lack_a_letter(language: LanguageModel, text: str) -> bool:
    """Whether a word of a text is unknown, but known with one of its letters doubled: ``fery``."""
    return any(
        len(word) >= WORD and word.isalpha() and any(known in language.words for known in _doubled(word.lower()))
        for word in strangers(language, text)
    )


def _doubled(word: str) -> list[str]:
    """A word with each of its letters twice, except those that are twice already."""
    alike = {i for i, (a, b) in enumerate(pairwise(word)) if a == b}
    return [word[: i + 1] + word[i:] for i in range(len(word)) if not {i, i - 1} & alike]
