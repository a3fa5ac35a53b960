"""Which readings are text, and which are specks, grain, patterns or scribble read as characters.

The limits were chosen on synthetic pages without text and on training pages that are held out
(``ocr.train.recognize.shards``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ocr.recognize import Reading
from ocr.recognize.script import is_han

__all__ = ["plausible", "worth_asking"]

LONG_WORD = 4
"""Number of letters and digits from which on confident readings are not noise."""
SURE_READING = 0.5
ALONE = 0.85
"""Least confidence of a short reading without other evidence."""
BARE, TOKEN = 0.6, 0.25
"""The same where nothing else is in the picture, and where that is a few marks in a row besides."""
ALIKE, AMBIGUOUS = frozenset("Il1|!0Oo"), 0.1
"""Characters that are one stroke or a ring, which nobody can tell apart, and the least confidence of a row of them."""
SHAPES = frozenset("0Oo1Il|.,-_'/\\°QDCcLiTX")
"""Letters and digits that a blot, a ring or a stroke looks like."""
MOST_SIGNS = 4
"""Most characters for each letter or digit of a short reading that is all the text of a page: hatching and halftones
are read as strokes."""
SIGNS = 0.85
"""Least confidence of a reading without letters or digits beside other text: specks look like points and dashes."""
SURE, MANY, DIFFERENT = 0.8, 16, 6
"""So many short readings that are sure, so many of them different, are text that has no long word, as in a table."""
LONE = 0.35
"""Least confidence of a single letter or digit beside other text: ornaments look like them."""
FEW = 8
"""Up to this many short readings may be a label or a number that is all the text of the image."""
NONSENSE = 0.3
"""Least confidence of two or three of them, and of lines with doubtful characters."""
ILLEGIBLE = 0.6
"""Mean confidence of letters and digits below which an unlikely reading is handwriting, a stamp or part of an
illustration."""
DOUBTFUL = 0.75
"""The same on a page without any confident line."""
PATTERN = 0.8
"""Least confidence of a reading that is mostly one repeated letter, as holes, boxes, hatching and scribble are."""
NUMBER = 8
"""Number of letters and digits from which on a reading of mostly one digit is no amount: 1,000.00 is mostly zeros."""


def plausible(
    readings: Sequence[Reading], leftover: Sequence[bool] = (), *, bare: bool = False, token: bool = False
) -> list[bool]:
    """Whether to keep each reading of a page.

    Dropped are empty and illegible readings, repeated letters of low confidence, signs without letters or digits unless
    their confidence is high, and short unlikely readings. On a page without a single confident line of some length,
    signs are dropped, long readings need clear characters, and short ones must be confident and few.

    Args:
        readings: of a page.
        leftover: which of them come from a second look of the detector, where most marks are no text; these must be
            confident. None, when left out.
        bare: whether the readings are of all that is in the picture.
        token: whether that is a few marks in a row.

    Example:
        >>> plausible([])
        []
    """
    company = _has_text(readings)
    few = len(readings) <= FEW
    return [
        (token and _may_be_token(reading))
        or (
            _is_legible(reading)
            and not _is_pattern(reading, company=company)
            and (_is_text(reading, company=company, few=few) or (bare and _is_token(reading)))
            and not (second and reading.confidence < SURE_READING)
        )
        for reading, second in zip(readings, leftover or [False] * len(readings), strict=True)
    ]


def worth_asking(readings: Sequence[Reading]) -> list[bool]:
    """Whether re-reading may help each reading of a page; on a page of noise it does not."""
    company = _has_text(readings)
    hopeful = len(readings) <= FEW or company
    return [
        bool(reading.text.strip())
        and _is_legible(reading)
        and not _is_pattern(reading, company=company)
        and (hopeful or _size(reading) >= LONG_WORD)
        for reading in readings
    ]


def _has_text(readings: Sequence[Reading]) -> bool:
    words = (
        _size(reading) >= LONG_WORD and reading.confidence >= SURE_READING and not _is_pattern(reading, company=False)
        for reading in readings
    )
    sure = [text for reading in readings if (text := reading.text.strip()).isalnum() and reading.confidence >= SURE]
    return any(words) or (len(sure) >= MANY and len({text for text in sure if not set(text) <= SHAPES}) >= DIFFERENT)


def _is_text(reading: Reading, *, company: bool, few: bool) -> bool:
    size = _size(reading)
    if size >= LONG_WORD:
        return company or reading.confidence >= SURE_READING or _clarity(reading) >= DOUBTFUL
    if not company:
        marks = sum(not character.isspace() for character in reading.text)
        return few and size > 0 and marks <= MOST_SIGNS * size and reading.confidence >= ALONE
    if size == 0:
        return bool(reading.text.strip()) and reading.confidence >= SIGNS
    return reading.confidence >= (LONE if size == 1 else NONSENSE)


def _may_be_token(reading: Reading) -> bool:
    """Whether a few marks in a row may be a word or a number; among those 0, O and o are alike."""
    least = AMBIGUOUS if set(reading.text) <= ALIKE else TOKEN
    return any(map(str.isalnum, reading.text)) and reading.confidence >= least


def _is_token(reading: Reading) -> bool:
    """Whether the only reading of a picture is a short word, a number or a digit with a shape of its own."""
    text = reading.text.strip()
    return text.isalnum() and reading.confidence >= BARE and not set(text) <= SHAPES


def _is_legible(reading: Reading) -> bool:
    """Whether all characters are doubtful, as in scribble; in a long line with one damaged spot they are not.

    Signs do not count if there are letters: any dots are read as dots with high confidence.
    """
    return reading.confidence >= NONSENSE or _clarity(reading) >= ILLEGIBLE


def _is_pattern(reading: Reading, *, company: bool) -> bool:
    """Whether a reading of low confidence is mostly one letter; beside other text only if its letters are doubtful.

    Receipts mask card numbers: XXXXXXXXXXXX1234.
    """
    if company and _clarity(reading) >= DOUBTFUL:
        return False
    letters = Counter(character for character in reading.text.casefold() if character.isalnum())
    if reading.confidence >= PATTERN or not letters:
        return False
    [(letter, count)] = letters.most_common(1)
    return letters.total() >= (NUMBER if letter.isdigit() else LONG_WORD) and 2 * count > letters.total()


def _clarity(reading: Reading) -> float:
    """Mean confidence of the letters and digits, or of all characters if there are none."""
    glyphs = [glyph for glyph in reading.glyphs if glyph.text.isalnum()] or reading.glyphs
    return sum(glyph.confidence for glyph in glyphs) / len(glyphs) if glyphs else 1.0


def _size(reading: Reading) -> int:
    """Number of letters and digits; Han characters count twice."""
    return sum(1 + is_han(character) for character in reading.text if character.isalnum())
