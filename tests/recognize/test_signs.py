"""Signs of one reading of a line go into another."""

from __future__ import annotations

import pytest

from ocr.recognize import Glyph, Reading
from ocr.recognize.signs import is_sign, with_signs


def reading(text: str, sure: float = 0.9) -> Reading:
    return Reading(tuple(Glyph(c, i / len(text), (i + 1) / len(text), sure) for i, c in enumerate(text)), sure, "net")


@pytest.mark.parametrize(
    ("few", "many", "both"),
    [
        ("@ 2021 by Acme", "© 2O21 by Acme", "© 2021 by Acme"),
        ("IIm late again", "I'm lote again", "I'm late again"),
        ("ab and c", "a | b ond c", "a | b and c"),
        ("AcmeTM goods", "Acme™ goods", "Acme™ goods"),
        ("They'll see", "They’1l sec", "They’ll see"),
        ("1998-2004, now", "1998–2004, naw", "1998–2004, now"),
        ("I ask you", "| ask you", "I ask you"),
        ("plain words", "ploin words", "plain words"),
    ],
)
def test_signs_of_the_other_reading_stay(few: str, many: str, both: str) -> None:
    assert with_signs(reading(few), reading(many)).text == both


def test_doubtful_signs_do_not() -> None:
    assert with_signs(reading("closed -110", 0.99), reading("closed ~110", 0.4)).text == "closed -110"
    assert with_signs(reading("P. B., Jr.", 0.99), reading("P. B., ∫r.", 0.67)).text == "P. B., Jr."
    assert with_signs(reading("5 % of it", 0.99), reading("5 ¼ of it", 0.6)).text == "5 ¼ of it"


def test_confidence_and_engine_are_those_of_the_reading() -> None:
    both = with_signs(reading("@ 2021", 0.6), reading("© 2021", 0.8))
    assert (both.confidence, both.text) == (0.6, "© 2021")


def test_letters_digits_and_common_punctuation_are_no_signs() -> None:
    assert not any(map(is_sign, 'aZéßж字0٣ .,;:!?"()-/%$#*+=[]<>&@'))
    assert all(map(is_sign, "§¶©®™°±×÷½²³µ†‡€|\\~^_{}«»→’'•"))
