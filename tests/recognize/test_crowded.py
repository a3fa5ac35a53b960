"""Lines whose letters stand close: told by their frames, and shown again, wider."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from ocr.recognize.crnn import CrnnRecognizer
from ocr.recognize.crowded import FRAMES, crowded, may_lack_a_letter
from ocr.recognize.ctc import Spelled
from ocr.recognize.language import LanguageModel
from tests.installed import dejavu

NAME = "crnn-european-mobile-int8"


def spelled(*frames: int) -> list[Spelled]:
    """Characters that last so many frames, each after two blank ones."""
    ends = np.cumsum(np.array(frames) + 2)
    return [Spelled(k + 1, int(end) - n, int(end), 0.99) for k, (n, end) in enumerate(zip(frames, ends, strict=True))]


def narrow(text: str) -> NDArray[np.uint8]:
    """A line in a face at 0.7 of its width."""
    font = ImageFont.truetype(str(dejavu("DejaVuSerif")), 24)
    image = Image.new("L", (round(font.getlength(text)) + 16, 36), 255)
    ImageDraw.Draw(image).text((8, 4), text, 0, font)
    size = (round(image.width * 0.7), image.height)
    return np.asarray(cv2.resize(np.asarray(image), size, interpolation=cv2.INTER_AREA), np.uint8)


def test_a_letter_or_a_digit_that_lasts_may_be_two_and_a_dash_is_long() -> None:
    assert crowded(spelled(1, 3, 1), "fel", 30)
    assert crowded(spelled(1, 3, 1), "f2l", 30)
    assert not crowded(spelled(1, 3, 1), "f—l", 30)
    assert not crowded(spelled(2, 2, 2), "fel", 30)


def test_few_frames_for_a_character_are_too_few() -> None:
    line, text = spelled(*[1] * 10), "abcdefghij"
    assert crowded(line, text, int(10 * FRAMES) - 1)
    assert not crowded(line, text, int(10 * FRAMES))
    assert not crowded([], "", 1)


@dataclass
class Words:
    """A language model's list of words."""

    words: frozenset[str] = frozenset({"ferry", "the", "skill"})

    def fold(self, text: str) -> str:
        return text


def test_a_word_may_lack_a_letter_if_it_is_known_with_one_doubled() -> None:
    language: LanguageModel = Words()  # type: ignore[assignment]
    assert may_lack_a_letter(language, "The fery.")
    assert may_lack_a_letter(language, "skil")
    assert not may_lack_a_letter(language, "The ferry with skull")
    assert not may_lack_a_letter(language, "fery2 he ferrry")


@pytest.mark.parametrize("text", ["still rolling hills", "hilly villa", "offset jolly million"])
def test_equal_letters_side_by_side_are_read_in_a_narrow_face(text: str) -> None:
    first = CrnnRecognizer(NAME, threads=1, first=True, condensed=True)
    assert first([narrow(text), narrow("quiet, brown")])[0].text == text
    assert first.by_itself()([narrow(text)])[0].text != text  # at their width they are lost


def test_the_language_shows_where_a_letter_was_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ocr.recognize.crnn.crowded", lambda *_: False)
    line = narrow("still rolling hills")
    plain = CrnnRecognizer(NAME, threads=1, first=True, condensed=True)
    asked = CrnnRecognizer(NAME, "lm", 1, "lm-en", first=True, condensed=True)
    assert plain([line])[0].text == "stil roling hils"
    assert asked([line])[0].text == "still rolling hills"
