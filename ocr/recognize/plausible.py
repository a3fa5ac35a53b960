"""Which readings are text, and which are specks, grain, patterns and scribble that a recogniser was made to spell.

The limits were set on drawn pages without text and on training pages that are held out
(``ocr.train.recognize.shards``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ocr.recognize import Reading
from ocr.recognize.script import is_han

__all__ = ["plausible", "worth_asking"]

LONG = 4
"""Letters and digits of a reading that noise does not spell with confidence."""
SURE = 0.5
ALONE = 0.85
"""Confidence that a short reading needs where nothing else speaks for it."""
SIGNS = 0.85
"""Confidence that a reading without letters or digits needs beside other text: specks look like points and dashes."""
LONE = 0.35
"""Confidence that a single letter or digit needs beside other text: ornaments look like them."""
FEW = 8
"""So many short readings may be a label or a number that is all there is on the picture."""
NONSENSE = 0.3
"""Confidence that two or three need there, and that any line has where its characters are doubtful."""
ILLEGIBLE = 0.6
"""Mean confidence of the letters and digits under which an unlikely reading is handwriting, a stamp or a picture's
edge."""
DOUBTFUL = 0.75
"""The same for an unsure reading on a page where no line is sure."""
PATTERN = 0.8
"""Confidence that a reading needs which is mostly one letter over and over: holes, boxes, hatching and scribble are."""
NUMBER = 8
"""Letters and digits of a reading of mostly one digit that is no amount: 1,000.00 is mostly noughts."""


def plausible(readings: Sequence[Reading]) -> list[bool]:
    """For each reading of one page, whether it is kept.

    Dropped are empty and illegible readings, unsure ones that repeat a letter, signs without letters or digits that
    are not very sure, and short readings that are unlikely. On a page that has not a single sure line of some length,
    signs go, long readings need clear characters, and short ones have to be sure and few.

    Example:
        >>> plausible([])
        []
    """
    company = _has_text(readings)
    few = len(readings) <= FEW
    return [
        _is_legible(reading)
        and not _is_pattern(reading, company=company)
        and _is_text(reading, company=company, few=few)
        for reading in readings
    ]


def worth_asking(readings: Sequence[Reading]) -> list[bool]:
    """For each reading of one page, whether a second one may be of use: not where a page of noise was spelled."""
    company = _has_text(readings)
    hopeful = len(readings) <= FEW or company
    return [
        bool(reading.text.strip())
        and _is_legible(reading)
        and not _is_pattern(reading, company=company)
        and (hopeful or _size(reading) >= LONG)
        for reading in readings
    ]


def _has_text(readings: Sequence[Reading]) -> bool:
    return any(
        _size(reading) >= LONG and reading.confidence >= SURE and not _is_pattern(reading, company=False)
        for reading in readings
    )


def _is_text(reading: Reading, *, company: bool, few: bool) -> bool:
    size = _size(reading)
    if size >= LONG:
        return company or reading.confidence >= SURE or _clarity(reading) >= DOUBTFUL
    if not company:
        return few and size > 0 and reading.confidence >= ALONE
    if size == 0:
        return bool(reading.text.strip()) and reading.confidence >= SIGNS
    return reading.confidence >= (LONE if size == 1 else NONSENSE)


def _is_legible(reading: Reading) -> bool:
    """A long line with one foul spot is unlikely to be right as a whole; scribble is unlikely in every letter.

    Signs have no say where there are letters: dots are read surely from dots of any kind.
    """
    return reading.confidence >= NONSENSE or _clarity(reading) >= ILLEGIBLE


def _is_pattern(reading: Reading, *, company: bool) -> bool:
    """Whether an unsure reading is mostly one letter; beside text only where its letters are doubtful.

    Receipts hide the numbers of cards: XXXXXXXXXXXX1234.
    """
    if company and _clarity(reading) >= DOUBTFUL:
        return False
    letters = Counter(character for character in reading.text.casefold() if character.isalnum())
    if reading.confidence >= PATTERN or not letters:
        return False
    [(letter, count)] = letters.most_common(1)
    return letters.total() >= (NUMBER if letter.isdigit() else LONG) and 2 * count > letters.total()


def _clarity(reading: Reading) -> float:
    """Mean confidence of the letters and digits; of all characters where there are none."""
    glyphs = [glyph for glyph in reading.glyphs if glyph.text.isalnum()] or reading.glyphs
    return sum(glyph.confidence for glyph in glyphs) / len(glyphs) if glyphs else 1.0


def _size(reading: Reading) -> int:
    """Letters and digits; a Han character says as much as two."""
    return sum(1 + is_han(character) for character in reading.text if character.isalnum())
