"""The case of letters that are all of a line."""

from __future__ import annotations

import numpy as np
import pytest

from ocr.document import Quad
from ocr.recognize import Glyph, Reading
from ocr.transcribe.lone_letters import beside_letters, is_letter, sized_letter


def reading(text: str, confidence: float) -> Reading:
    return Reading(tuple(Glyph(sign, 0.0, 1.0, confidence) for sign in text), confidence, "crnn-test")


@pytest.mark.parametrize(("high", "x_height", "read"), [(20, 20, "x"), (20, 14, "X"), (24, 20, "?"), (20, 19, "x")])
def test_case_by_height(high: int, x_height: float, read: str) -> None:
    picture = np.full((40, 40), 255, np.uint8)
    picture[8 : 8 + high, 10:30] = 0
    for letter in "xX":
        assert sized_letter(letter, picture, 40, x_height) == (letter if read == "?" else read)
    assert sized_letter("x", 255 - picture, 20, x_height / 2) == ("x" if read == "?" else read)


def test_letters_stand_in_a_column_of_letters() -> None:
    quads = [Quad.rect(10, 40 * k, 30, 40 * k + 24) for k in range(5)] + [Quad.rect(200, 0, 220, 24)]
    readings = [reading(text, confidence) for text, confidence in
                (("A", 0.8), ("B", 0.7), ("", 0.1), ("D", 0.7), ("E", 0.6), ("F", 0.9))]  # fmt: skip
    assert beside_letters(quads, readings, range(6)) == [0, 1, 2, 3, 4]
    numbers = [reading(str(k), 0.9) for k in range(4)] + readings[4:]
    assert beside_letters(quads, numbers, range(6)) == []


def test_a_letter_is_one_character_that_is_likely() -> None:
    assert is_letter(reading("G", 0.7)) and not is_letter(reading("G", 0.4))
    assert not is_letter(reading("7", 0.9)) and not is_letter(reading("Go", 0.9))
