"""Look-alike letters: a word is spelled in one script, lone letters in that of their line."""

from __future__ import annotations

import unicodedata

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from ocr.recognize.crnn import CrnnRecognizer
from ocr.recognize.homoglyphs import TWINS, in_one_script, script_of, strays
from tests.installed import dejavu


def scripts(text: str) -> list[str]:
    return [unicodedata.name(c).split()[0] for c in text if c.isalpha()]


def test_twins_are_letters_of_their_script_and_case() -> None:
    for script, table in TWINS.items():
        for latin, twin in table.items():
            assert (script_of(chr(latin)), script_of(chr(twin))) == ("Latin", script)
            assert chr(latin).isupper() == chr(twin).isupper()


@pytest.mark.parametrize("word", ["Москва", "Київ", "Џеп", "ёлка", "объект"])
@pytest.mark.parametrize("default", ["Latin", "Cyrillic", "Greek"])
def test_a_word_with_a_letter_of_one_script_is_spelled_in_it(word: str, default: str) -> None:
    mixed = "".join(c.translate({ord("о"): "o", ord("е"): "e", ord("К"): "K"}) for c in word)
    assert in_one_script(mixed, default) == word


def test_lone_letters_follow_their_line() -> None:
    assert in_one_script("A и B") == "А и В"
    assert set(scripts(in_one_script("Α plan Β"))) == {"LATIN"}
    assert in_one_script("O άνθρωπος A") == "Ο άνθρωπος Α"


def test_a_line_of_look_alikes_alone_follows_the_language() -> None:
    assert in_one_script("СССР") == "CCCP"
    assert in_one_script("CCCP", "Cyrillic") == "СССР"
    assert in_one_script("TO PAXOY", "Greek") == "ΤΟ ΡΑΧΟΥ"


def test_words_of_other_scripts_stay() -> None:
    text = "USB α = 5 µm № 7, Ω and Γειά"
    assert in_one_script(text) == text
    assert in_one_script(text, "Cyrillic").endswith("Γειά")


@pytest.mark.parametrize("text", ["", " ", "a  b ", "12 %", "ſß", "漢字 ABC"])
def test_the_length_stays(text: str) -> None:
    assert len(in_one_script(text, "Greek")) == len(text)


@pytest.mark.parametrize(
    ("text", "stray"),
    [("married ЈонN Smith", True), ("29 May, π661", True), ("many centuries agσ", True), ("the angle π of", False),
     ("he said да and left", False), ("plain ASCII", False), ("café — naïve", False)],
)  # fmt: skip
def test_letters_that_can_only_be_mistaken_in_a_latin_line(text: str, stray: bool) -> None:
    assert strays(text) is stray


def test_small_capitals_are_no_cyrillic_letters() -> None:
    face = ImageFont.truetype(str(dejavu()), 26)
    picture = Image.new("L", (420, 40), 255)
    ImageDraw.Draw(picture).text((8, 4), "married кот and нет", font=face, fill=0)
    line = np.asarray(picture)
    [free] = CrnnRecognizer("crnn-european-mobile-int8")([line])
    [latin] = CrnnRecognizer("crnn-european-mobile-int8", alone=True)([line])
    assert any(script_of(c) == "Cyrillic" for c in free.text)
    assert {script_of(c) for c in latin.text} == {"Latin", ""}
