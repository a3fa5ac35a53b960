"""The packed model that ships."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

import ocr

MODEL = Path(__file__).parent.parent.parent / "models" / "compressed" / "crnn-en-tiny.dcz"


def test_it_is_small_and_reads_a_page() -> None:
    assert MODEL.stat().st_size <= 200_000
    page = Image.new("L", (1000, 300), 255)
    font = ImageFont.load_default(40)
    for k, text in enumerate(("The quick brown fox jumps", "over the lazy dog 1234567890")):
        ImageDraw.Draw(page).text((60, 60 + 90 * k), text, 0, font)
    found = ocr.read(np.asarray(page), recognizer=MODEL, fallback="never")
    assert found.text.split() == "The quick brown fox jumps over the lazy dog 1234567890".split()
    assert found.pages[0].lines[0].engine == "crnn-en-tiny"
