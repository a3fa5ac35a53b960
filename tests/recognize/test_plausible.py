"""What is kept as text: sure or long readings, and short ones in company."""

from __future__ import annotations

import pytest

from ocr.recognize import Glyph, Reading
from ocr.recognize.plausible import plausible, worth_asking


def reading(text: str, confidence: float) -> Reading:
    return Reading(tuple(Glyph(c, 0.0, 1.0, confidence) for c in text), confidence, "crnn-test")


SURE_LINE = reading("Total amount", 0.8)


@pytest.mark.parametrize("text", ["", " ", ".", ": -", "||", "~"])
def test_signs_are_dropped_even_in_company(text: str) -> None:
    assert plausible([SURE_LINE, reading(text, 0.7)]) == [True, False]


def test_very_sure_signs_stay_beside_text() -> None:
    assert plausible([SURE_LINE, reading("—", 0.95), reading("  ", 0.95)]) == [True, True, False]
    assert plausible([reading("—", 0.95)]) == [False]


def test_short_readings_need_company_or_confidence() -> None:
    assert plausible([reading("it", 0.4), reading("m", 0.6), reading("12", 0.9)]) == [False, False, True]
    assert plausible([reading("it", 0.4), reading("m", 0.6), SURE_LINE]) == [True, True, True]


def spelled(text: str, line: float, characters: float) -> Reading:
    return Reading(tuple(Glyph(c, 0.0, 1.0, characters) for c in text), line, "crnn-test")


def test_long_lines_with_foul_spots_are_no_company_and_stay() -> None:
    assert plausible([spelled("the 238U / 236U ratio", 0.05, 0.95), reading("ab", 0.5)]) == [True, False]


def test_scribble_goes_and_is_not_asked_about() -> None:
    scribble = spelled("at ZuClla214", 0.04, 0.41)
    assert plausible([SURE_LINE, scribble]) == [True, False]
    assert worth_asking([SURE_LINE, scribble]) == [True, False]
    assert plausible([SURE_LINE, spelled("faded words", 0.2, 0.5)]) == [True, True]


def test_the_next_to_impossible_goes() -> None:
    assert plausible([SURE_LINE, reading("Ww", 0.05), reading("9", 0.2), reading("9", 0.5)]) == [
        True,
        False,
        False,
        True,
    ]


def test_noise_is_not_worth_a_second_reading() -> None:
    unsure = [spelled("scrawled words", 0.05, 0.8), reading("9", 0.2), reading("-", 0.2), reading(" ", 0.2)]
    assert worth_asking(unsure * 3) == [True, False, False, False] * 3
    assert worth_asking(unsure) == [True, True, True, False]
    assert worth_asking([SURE_LINE, *unsure]) == [True, True, True, True, False]
