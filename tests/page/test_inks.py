"""Black and coloured ink, apart."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageChops, ImageDraw, ImageFont

import ocr
from ocr.document import Quad
from ocr.page.inks import black_alone, both_in, colour_alone, coloured_marks


def test_each_ink_alone() -> None:
    tones = np.array([[(0, 0, 0), (200, 30, 30), (30, 60, 180), (255, 255, 255), (120, 120, 120)]], np.uint8)
    pixels = tones.repeat(40, axis=1).repeat(40, axis=0)
    assert black_alone(pixels)[20, 20::40].tolist() == [0, 255, 255, 255, 120]
    alone = colour_alone(pixels)[20, 20::40].tolist()
    assert alone[0] == alone[3] == alone[4] == 255 and max(alone[1:3]) < 60
    pixels[10:30, 58:61] = 0
    assert colour_alone(pixels)[10:30, 58:61].max() < 60, "a black stroke on colour"


def test_marks_of_coloured_ink() -> None:
    page = np.full((600, 800, 3), 255, np.uint8)
    page[100:120, 100:112] = 0
    assert len(coloured_marks(page)) == 0
    page[300:340, 200:230] = (200, 30, 30)
    [mark] = coloured_marks(page)
    assert mark.tolist() == [200, 300, 230, 340]
    assert both_in(page, Quad.rect(90, 90, 240, 350)) and not both_in(page, Quad.rect(90, 90, 240, 200))
    assert len(coloured_marks(page[..., 0])) == 0, "grey"
    page[:] = (200, 220, 120)
    assert len(coloured_marks(page)) == 0, "a coloured ground"


@pytest.mark.parametrize(("ink", "degrees"), [((200, 30, 30), 0), ((30, 60, 180), 20)])
def test_a_stamp_over_print(ink: tuple[int, int, int], degrees: float) -> None:
    font = ImageFont.load_default(28)
    page = Image.new("RGB", (1000, 700), "white")
    lines = [f"Account of the {word} ferry with the harbour office, sent again" for word in
             ("small", "green", "large", "white", "other", "third", "last", "first", "new")]  # fmt: skip
    for k, line in enumerate(lines):
        ImageDraw.Draw(page).text((60, 60 + 60 * k), line, "black", font)
    layer = Image.new("RGB", page.size, "white")
    ImageDraw.Draw(layer).text((480, 320), "RECEIVED", ink, ImageFont.load_default(110), anchor="mm")
    layer = layer.rotate(degrees, fillcolor="white", center=(480, 320), resample=Image.Resampling.BICUBIC)
    [read] = ocr.read(np.asarray(ImageChops.multiply(page, layer)), fallback="never").pages
    together = "".join(read.text.split())
    assert [line for line in lines if "".join(line.split()) not in together] == []
    assert read.text.split("\n").count("RECEIVED") == 1
