"""The packed models that ship."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

import ocr
from ocr.errors import InputError, UsageError

FOLDER = Path(__file__).parent.parent.parent / "models" / "compressed"
MODEL = FOLDER / "crnn-en-tiny.dcz"
TEXT = "The quick brown fox jumps over the lazy dog 1234567890"


def drawn() -> Image.Image:
    """A page of two lines."""
    page = Image.new("L", (1000, 300), 255)
    font = ImageFont.load_default(40)
    for k, text in enumerate(("The quick brown fox jumps", "over the lazy dog 1234567890")):
        ImageDraw.Draw(page).text((60, 60 + 90 * k), text, 0, font)
    return page


def test_it_is_small_and_reads_a_page() -> None:
    assert MODEL.stat().st_size <= 200_000
    found = ocr.read(np.asarray(drawn()), recognizer=MODEL, fallback="never")
    assert found.text.split() == TEXT.split()
    assert found.pages[0].lines[0].engine == "crnn-en-tiny"


def test_quality_tiny_is_half_a_megabyte_and_reads_a_page() -> None:
    assert sum(file.stat().st_size for file in FOLDER.glob("*.dcz")) <= 500_000
    reader = ocr.Reader(quality="tiny", fallback="never")
    assert (reader.engine.detector, reader.engine.recognizer) == ("detect-tiny", "crnn-en-tiny")
    assert (
        reader.read(np.asarray(drawn())).text.split()
        == "The quick brown fox jumps over the lazy dog 1234567890".split()
    )


def test_quality_tiny_is_for_english_and_gives_way_to_models_that_are_named() -> None:
    with pytest.raises(UsageError, match="compressed models for lang en alone, not for 'de'"):
        ocr.Reader("de", quality="tiny")
    reader = ocr.Reader(quality="tiny", detector="detect-mobile", recognizer="crnn-en-int8")
    assert (reader.engine.detector, reader.engine.recognizer) == ("detect-mobile", "crnn-en-int8")


def test_packed_language_model_is_not_for_networks() -> None:
    with pytest.raises(InputError, match=r"lm-en-tiny\.dcz: holds a language model, not a network"):
        ocr.Reader(recognizer=FOLDER / "lm-en-tiny.dcz")
