"""Scripts: which characters are written without spaces, and a recogniser that chooses between two for each line."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ocr.recognize import LineRecognizer, Reading

__all__ = ["ScriptRecognizer", "is_close_set", "is_han", "is_right_to_left"]

HAN = ((0x2E80, 0x303F), (0x3040, 0x30FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0xFF00, 0xFFEF))
"""Scripts written without spaces, with their punctuation: Unicode blocks."""
PROBE = 8
"""Number of lines that are read to find the main script of a page."""
UNSURE = 0.5
"""Lines of a Latin page below this confidence may be in the other script."""


@lru_cache(1 << 14)
def is_han(character: str) -> bool:
    """Whether a character belongs to a script written without spaces."""
    code = ord(character[0])
    return code >= HAN[0][0] and any(first <= code <= last for first, last in HAN)


CLOSE_SET = ((0x0E00, 0x0FFF), (0x1000, 0x109F), (0x1100, 0x11FF), (0x1780, 0x17FF), (0xAC00, 0xD7AF))
"""Thai, Lao, Tibetan, Burmese, Hangul and Khmer: Unicode blocks."""


def is_close_set(text: str) -> bool:
    """Whether a text is of a script that an engine may divide where no space is printed."""
    return is_han(text) or any(first <= ord(text[0]) <= last for first, last in CLOSE_SET)


def is_right_to_left(text: str) -> bool:
    """Whether most letters are written from right to left: Arabic, Hebrew.

    Example:
        >>> is_right_to_left("OCR \u05e9\u05dc\u05d5\u05dd")
        True
    """
    if text.isascii():
        return False
    directions = [unicodedata.bidirectional(character) for character in text]
    backward = sum(direction in {"R", "AL"} for direction in directions)
    return backward > directions.count("L")


class ScriptRecognizer:
    """Reads each line with the recogniser of its script.

    A few lines determine the main script of a page. On a Chinese page, lines without Han characters are re-read by the
    Latin recogniser; on a Latin page, lines of low confidence by the Chinese one. The more confident reading is kept.

    Args:
        han: recogniser for Chinese and Latin characters.
        latin: recogniser for Latin characters only, which reads those better.

    Raises:
        ValueError: they take lines of different heights.
    """

    def __init__(self, han: LineRecognizer, latin: LineRecognizer) -> None:
        if han.height != latin.height:
            raise ValueError(f"{han.name} reads lines of {han.height} pixels in height, {latin.name} of {latin.height}")
        self.name, self.height = han.name, han.height
        self._han, self._latin = han, latin

    def __call__(self, lines: Sequence[NDArray[np.uint8]]) -> list[Reading]:
        """One reading for each line, in the same order."""
        probe = self._han(lines[:: max(1, len(lines) // PROBE)][:PROBE])
        chinese = any(_has_han(reading) for reading in probe)
        readings = (self._han if chinese else self._latin)(lines)
        other = self._latin if chinese else self._han
        doubtful = [i for i, r in enumerate(readings) if (not _has_han(r) if chinese else r.confidence < UNSURE)]
        for i, again in zip(doubtful, other([lines[i] for i in doubtful]), strict=True):
            if again.confidence > readings[i].confidence and (chinese or _has_han(again)):
                readings[i] = again
        return readings


def _has_han(reading: Reading) -> bool:
    return any(is_han(glyph.text) for glyph in reading.glyphs)
