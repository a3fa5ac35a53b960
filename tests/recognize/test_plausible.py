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
    assert plausible([reading("12", 0.9)] * 9) == [False] * 9, "specks, over and over"
    assert plausible([reading("it", 0.4), reading("m", 0.6), SURE_LINE]) == [True, True, True]


def test_many_different_short_readings_that_are_sure_are_a_table() -> None:
    cells = [reading(text, 0.9) for text in ("7", "2", "A", "B", "42", "9", "5", "18") * 2]
    doubtful = reading("K", 0.6)
    assert plausible([*cells, doubtful]) == [True] * 17
    assert plausible([*cells[:9], doubtful]) == [False] * 10
    assert plausible([*[reading("1", 0.9)] * 20, doubtful]) == [False] * 21


def test_strokes_alone_on_a_page_are_no_text() -> None:
    assert plausible([reading("\\A\\\\\\\\\\", 0.95)]) == [False]
    assert plausible([reading("- 3 -", 0.95), reading("No.", 0.95), reading("$ 5.00", 0.95)]) == [True, True, True]


def spelled(text: str, line: float, characters: float) -> Reading:
    return Reading(tuple(Glyph(c, 0.0, 1.0, characters) for c in text), line, "crnn-test")


def test_long_lines_with_foul_spots_are_no_company_and_stay() -> None:
    assert plausible([spelled("the 238U / 236U ratio", 0.05, 0.95), reading("ab", 0.5)]) == [True, False]


def test_scribble_goes_and_is_not_asked_about() -> None:
    scribble = spelled("at ZuClla214", 0.04, 0.41)
    assert plausible([SURE_LINE, scribble]) == [True, False]
    assert worth_asking([SURE_LINE, scribble]) == [True, False]
    assert plausible([SURE_LINE, spelled("faded words", 0.35, 0.5)]) == [True, True]


def test_the_next_to_impossible_goes() -> None:
    assert plausible([SURE_LINE, reading("Ww", 0.05), reading("9", 0.2), reading("9", 0.5)]) == [
        True,
        False,
        False,
        True,
    ]


def test_noise_is_not_worth_a_second_reading() -> None:
    unsure = [spelled("scrawled words", 0.05, 0.8), reading("9", 0.35), reading("-", 0.35), reading(" ", 0.35)]
    assert worth_asking(unsure * 3) == [True, False, False, False] * 3
    assert worth_asking(unsure) == [True, True, True, False]
    assert worth_asking([SURE_LINE, *unsure]) == [True, True, True, True, False]


def test_letters_alone_say_whether_a_line_is_legible() -> None:
    dots = tuple(Glyph(".", 0.0, 1.0, 0.9) for _ in range(30))
    dotted = Reading((*spelled("aest", 0.04, 0.3).glyphs, *dots), 0.04, "crnn-test")
    assert plausible([SURE_LINE, dotted]) == [True, False]
    entry = Reading((*spelled("Contents", 0.04, 0.9).glyphs, *dots), 0.04, "crnn-test")
    assert plausible([SURE_LINE, entry]) == [True, True]


def test_long_readings_alone_need_clear_letters() -> None:
    assert plausible([spelled("hyvY", 0.15, 0.6)]) == [False]
    assert plausible([spelled("a faint heading", 0.15, 0.85)]) == [True]
    assert plausible([spelled("a faint heading", 0.55, 0.7)]) == [True]
    assert plausible([SURE_LINE, spelled("hyvY", 0.15, 0.6)]) == [True, True]


@pytest.mark.parametrize("text", ["00000000000", "O0000000000000C", "uuUuuul", "AAAAUAUL", "mmnnm", "VYYYY"])
def test_patterns_go_unless_they_are_sure(text: str) -> None:
    unsure, sure = spelled(text, 0.6, 0.9), spelled(text, 0.9, 0.99)
    assert plausible([unsure]) == [False]
    assert plausible([sure]) == [True]
    doubtful = spelled(text, 0.05, 0.7)
    assert plausible([SURE_LINE, doubtful]) == [True, False]
    assert worth_asking([SURE_LINE, doubtful]) == [True, False]


def test_hidden_numbers_beside_text_stay() -> None:
    assert plausible([SURE_LINE, spelled("Card XXXXXXXXXXXX1234", 0.2, 0.9)]) == [True, True]


@pytest.mark.parametrize("text", ["1,000.00", "0.00 RM", "noon", "B E L L", "100000"])
def test_amounts_and_words_are_no_patterns(text: str) -> None:
    assert plausible([SURE_LINE, spelled(text, 0.2, 0.8)]) == [True, True]
