"""Lines with accents above their boxes are read once more, the others are not."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

import ocr
from ocr.accented_lines import with_accents
from ocr.detect import Region
from ocr.document import Quad
from ocr.geometry import crop_line
from ocr.read_page import FoundLine
from ocr.recognize import Reading, known
from tests.installed import dejavu

TEXTS = ["È possibile connettersi a un server", "Ödland und Übung macht", "Él está aquí con todos", "plain words here"]


def page() -> NDArray[np.uint8]:
    """Four lines, (H, W) grey."""
    picture = Image.new("L", (1100, 400), 255)
    font = ImageFont.truetype(str(dejavu()), 30)
    for k, text in enumerate(TEXTS):
        ImageDraw.Draw(picture).text((60, 60 + 48 * k), text, 0, font)
    return np.asarray(picture, np.uint8)


def crop(pixels: NDArray[np.uint8], quad: Quad) -> NDArray[np.uint8]:
    return crop_line(pixels, quad, 32)


def test_lines_without_marks_above_are_not_read_again() -> None:
    pixels, read = page(), []
    font = ImageFont.truetype(str(dejavu()), 30)
    _, top, _, bottom = font.getbbox("bp")
    found = []
    for k, text in enumerate(TEXTS):
        quad = Quad.rect(50, 60 + 48 * k + top - 1, 70 + font.getlength(text), 60 + 48 * k + bottom + 1)
        plain = text.replace("È", "E").replace("Ö", "O").replace("Ü", "U").replace("É", "E")
        found.append(FoundLine(Region(quad, 0.9), quad, crop(pixels, quad), known(plain, "net")))

    def again(pictures: Sequence[NDArray[np.uint8]]) -> list[Reading]:
        read.append(len(pictures))
        return [known(text, "net") for text in TEXTS[: len(pictures)]]

    lines = with_accents(pixels, found, crop, again)
    assert read == [3] and [line.reading.text for line in lines] == TEXTS
    assert lines[3] is found[3] and lines[0].shown.height > found[0].shown.height


def test_capitals_keep_their_accents() -> None:
    [read] = ocr.read(page(), lang="latin", fallback="never").pages
    assert read.text.split("\n")[:2] == TEXTS[:2]
