"""The stage as a whole: text rules and image rules on one reading, glyph by glyph."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

import ocr
from ocr.recognize import Glyph, Reading
from ocr.transcribe import transcribe
from tests.transcribe.test_small_capitals import line


def reading(text: str, confidence: float = 0.8) -> Reading:
    glyphs = tuple(Glyph(c, i / len(text), (i + 1) / len(text), 0.9) for i, c in enumerate(text))
    return Reading(glyphs, confidence, "crnn-test")


def blank(text: str) -> NDArray[np.uint8]:
    return np.full((32, 12 * len(text)), 255, np.uint8)


def test_what_needs_no_correction_is_the_same_object() -> None:
    plain = reading("Total: 12.00")
    assert transcribe(plain, blank(plain.text)) is plain


def test_a_dropped_space_leaves_the_other_spans() -> None:
    read = reading("In I785, was it ?")
    got = transcribe(read, blank(read.text))
    assert got.text == "In 1785, was it?"
    assert got.glyphs[3] == Glyph("1", 3 / 17, 4 / 17, 0.9)
    assert got.glyphs[-1] == read.glyphs[-1]
    assert (got.confidence, got.engine) == (0.8, "crnn-test")


def test_small_capitals_before_a_thin_space() -> None:
    text, _, picture = line("we saw once more PAMELA ?", "." * 17 + "T" + "." * 7)
    assert transcribe(reading(text), picture).text == "we saw once more Pamela?"


class Literal:
    """A recogniser that reads the same text from every line."""

    name, height = "crnn-test", 32

    def __call__(self, lines: Sequence[NDArray[np.uint8]]) -> list[Reading]:
        return [reading("In I785, was it ?") for _ in lines]


def test_the_reader_is_told_which() -> None:
    lines = [blank("In I785, was it ?")]
    for transcription, text in (("clean", "In 1785, was it?"), ("literal", "In I785, was it ?")):
        reader = ocr.Reader(recognizer=Literal(), transcription=transcription, fallback="never")
        assert [found.text for found in reader.read_lines(lines)] == [text]


def test_french_keeps_its_spaces_before_marks() -> None:
    lines = [blank("In I785, was it ?")]
    reader = ocr.Reader("de+fr", recognizer=Literal(), fallback="never")
    assert [found.text for found in reader.read_lines(lines)] == ["In 1785, was it ?"]
