"""Drop capitals belong to the paragraph that they begin."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

import ocr
from ocr.detect import Region
from ocr.detect.initials import initials
from ocr.document import Line, Quad
from ocr.layout.initials import with_initials

LINES = (
    "he old lighthouse at the mouth of the harbour",
    "was painted white every spring, and every",
    "autumn the salt had eaten half of it away again.",
    "Nobody remembered who had built it or why, but",
    "the ferry captains would not sail without it.",
)


def opened(letter: str, beside: int = 2, size: int = 28) -> NDArray[np.uint8]:
    """A paragraph with a drop capital, (H, W) grey."""
    page = Image.new("L", (900, 420), 255)
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(size)
    lead = round(1.4 * size)
    large = ImageFont.load_default(round(size + (beside - 1) * lead * 1.36))
    box = large.getbbox(letter)
    top = 100 + font.getbbox("H")[1]
    draw.text((80 - box[0], top - box[1]), letter, 0, large)
    for k, line in enumerate(LINES):
        draw.text((80 + (box[2] - box[0] + 8 if k < beside else 0), 100 + k * lead), line, 0, font)
    return np.asarray(page, np.uint8)


@pytest.mark.parametrize(("letter", "beside"), [("T", 2), ("S", 2), ("T", 3)])
def test_the_initial_is_the_first_letter_of_its_paragraph(letter: str, beside: int) -> None:
    text = ocr.read(opened(letter, beside), quality="fast", fallback="never").text
    assert text.split("\n") == [letter + LINES[0], *LINES[1:]]


def test_an_initial_may_be_indented() -> None:
    page = opened("S", 3)
    indented = page.copy()
    indented[95:210, 80:600] = 255
    indented[95:210, 110:600] = page[95:210, 80:570]
    reader = ocr.Reader(quality="fast", fallback="never", threads=1)
    found = [region for region in initials(indented, reader.detector(indented)) if region.quad.height > 60]
    assert len(found) == 1 and "☐" not in reader.read(indented).text


def test_a_plain_paragraph_has_no_initial() -> None:
    reader = ocr.Reader(quality="fast", fallback="never", threads=1)
    page = Image.new("L", (900, 420), 255)
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(28)
    for k, line in enumerate(LINES):
        draw.text((80 + (40 if k < 2 else 0), 100 + 40 * k), line, 0, font)
    regions = reader.detector(np.asarray(page, np.uint8))
    assert initials(np.asarray(page, np.uint8), regions) == list(regions)


def test_a_picture_beside_lines_leaves_them_as_they_are() -> None:
    page = np.full((420, 900), 255, np.uint8)
    page[100:170, 80:150] = 0
    lines = [Region(Quad.rect(170 if k < 2 else 80, 100 + 40 * k, 800, 130 + 40 * k), 0.9) for k in range(5)]
    assert initials(page, lines) == lines


def line(text: str, left: float, top: float, right: float, bottom: float) -> Line:
    return Line(text, 0.9, Quad.rect(left, top, right, bottom))


def test_an_initial_that_is_a_word_stays_one() -> None:
    beside = [line("have been there", 130, 100, 600, 130), line("and back again", 130, 140, 600, 170)]
    [first, _] = with_initials([line("I", 80, 98, 110, 172), *beside])
    assert first.text == "I have been there"
    assert first.box.hull[0] == 80


def test_a_letter_beside_nothing_stays_a_line() -> None:
    alone = [line("B", 80, 98, 110, 172), line("some words below", 80, 240, 600, 270)]
    assert with_initials(alone) == alone


def test_an_initial_in_a_frame_begins_its_paragraph() -> None:
    beside = [line("here was once a king", 290, 190, 1000, 226), line("who had no hat", 290, 232, 1000, 268)]
    letter, frame = line("T", 150, 205, 235, 310), Quad.rect(120, 180, 270, 330)
    first, second = with_initials([letter, *beside], [frame])
    assert (first.text, second.text) == ("There was once a king", "who had no hat")
    assert len(with_initials([letter, *beside])) == 3, "too far from its lines"
    assert len(with_initials([letter, *beside], [Quad.rect(0, 0, 1200, 1600)])) == 3, "the frame of the page"


def test_a_stain_over_the_start_of_lines_is_no_initial() -> None:
    page = Image.new("L", (900, 420), 255)
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(28)
    for k, line in enumerate(LINES):
        draw.text((80, 100 + 40 * k), line, 0, font)
    draw.arc((70, 86, 230, 250), 0, 360, 0, 6)
    pixels = np.asarray(page, np.uint8)
    lines = [Region(Quad.rect(76, 98 + 40 * k, 800, 136 + 40 * k), 0.9) for k in range(5)]
    assert initials(pixels, lines) == lines
