"""Transcription: from the characters that a recogniser reads to what a transcriber would write.

A recogniser identifies shapes. Where print has several shapes for one character, or one shape for several, the
conventions of transcription decide: small capitals are lower-case letters, thin spaces before punctuation are not
spaces, an old-style 1 that looks like I is a digit. ``Options.transcription = "literal"`` skips this stage.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ocr.recognize import Reading
from ocr.transcribe.brackets import matched_brackets
from ocr.transcribe.even_capitals import even_capitals
from ocr.transcribe.letter_case import spell_letter_case
from ocr.transcribe.numerals import one_width, spell_hexadecimal, spell_numbers
from ocr.transcribe.punctuation import thin_spaces
from ocr.transcribe.small_capitals import spell_small_capitals

__all__ = ["transcribe"]


def transcribe(reading: Reading, line: NDArray[np.uint8], *, spaced_marks: bool = False) -> Reading:
    """The reading of a line by the conventions of transcription; glyphs keep their spans and confidence.

    Args:
        reading: of the line; one character per glyph.
        line: (H, W) grey image that was read, which shows how high each character is.
        spaced_marks: whether the language sets a space before ``;``, ``:``, ``!`` and ``?``, as French does.
    """
    text = matched_brackets(spell_hexadecimal(spell_numbers(one_width(reading.text))))
    spans = [(glyph.start, glyph.end) for glyph in reading.glyphs]
    text = spell_small_capitals(even_capitals(text, spans, line), spans, line)
    text = spell_letter_case(text, spans, line)
    dropped = [] if spaced_marks else thin_spaces(text)
    if text == reading.text and not dropped:
        return reading
    glyphs = (replace(glyph, text=character) for glyph, character in zip(reading.glyphs, text, strict=True))
    return replace(reading, glyphs=tuple(glyph for at, glyph in enumerate(glyphs) if at not in dropped))
