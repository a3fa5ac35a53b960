"""Which readings are text, and which are specks, grain and scribble that a recogniser was made to spell.

On 52 training pages of books, reports and receipts six of 2,059 readings had no letter or digit. None was text.
"""

from __future__ import annotations

from collections.abc import Sequence

from ocr.recognize import Reading

__all__ = ["plausible", "worth_asking"]

LONG = 4
"""Letters and digits of a reading that noise does not spell with confidence."""
SURE = 0.5
ALONE = 0.8
"""Confidence that a short reading needs where nothing else speaks for it."""
SIGNS = 0.85
"""Confidence that a reading without letters or digits needs beside other text: specks look like points and dashes."""
LONE = 0.35
"""Confidence that a single letter or digit needs beside other text: ornaments look like them."""
FEW = 8
"""So many short readings may be a label or a number that is all there is on the picture."""
NONSENSE = 0.1
"""Confidence that two or three need there, and that any line has where its characters are doubtful."""
ILLEGIBLE = 0.6
"""Mean confidence of the characters under which an unlikely reading is handwriting, a stamp or a picture's edge."""


def plausible(readings: Sequence[Reading]) -> list[bool]:
    """For each reading of one page, whether it is kept.

    Dropped are empty and illegible readings, signs without letters or digits that are not very sure, and short
    readings that are unlikely. On a page that has not a single sure line of some length, signs go, and short readings
    have to be sure.

    Example:
        >>> plausible([])
        []
    """
    company = _has_text(readings)
    return [_is_legible(reading) and _is_text(reading, company=company) for reading in readings]


def worth_asking(readings: Sequence[Reading]) -> list[bool]:
    """For each reading of one page, whether a second one may be of use: not where a page of noise was spelled."""
    hopeful = len(readings) <= FEW or _has_text(readings)
    return [
        bool(reading.text.strip()) and _is_legible(reading) and (hopeful or _size(reading) >= LONG)
        for reading in readings
    ]


def _has_text(readings: Sequence[Reading]) -> bool:
    return any(_size(reading) >= LONG and reading.confidence >= SURE for reading in readings)


def _is_text(reading: Reading, *, company: bool) -> bool:
    size = _size(reading)
    if size >= LONG:
        return True
    if not company:
        return size > 0 and reading.confidence >= ALONE
    if size == 0:
        return bool(reading.text.strip()) and reading.confidence >= SIGNS
    return reading.confidence >= (LONE if size == 1 else NONSENSE)


def _is_legible(reading: Reading) -> bool:
    """A long line with one foul spot is unlikely to be right as a whole; scribble is unlikely in every character."""
    if reading.confidence >= NONSENSE or not reading.glyphs:
        return True
    return sum(glyph.confidence for glyph in reading.glyphs) >= ILLEGIBLE * len(reading.glyphs)


def _size(reading: Reading) -> int:
    return sum(character.isalnum() for character in reading.text)
