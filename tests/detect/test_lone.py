"""Marks that stand alone: a token that is all of a picture."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

import ocr
from ocr.detect import Region
from ocr.detect.grid import ruled_page
from ocr.detect.lone import with_lone_marks
from ocr.document import Quad
from ocr.page.upright import Upright
from ocr.read_page import DOUBTFUL, ReadPage


def token(text: str, size: int = 60, margin: int = 50) -> NDArray[np.uint8]:
    """A picture of some text, (H, W) grey."""
    font = ImageFont.load_default(size)
    left, top, right, bottom = (round(v) for v in font.getbbox(text))
    page = Image.new("L", (right - left + 2 * margin, bottom - top + 2 * margin), 255)
    ImageDraw.Draw(page).text((margin - left, margin - top), text, 0, font)
    return np.asarray(page, np.uint8)


def test_ink_that_was_not_found_is_a_line() -> None:
    [region], bare, _ = with_lone_marks(token("55"), [])
    assert bare and region.leftover
    left, top, right, bottom = region.quad.hull
    ink = np.nonzero(token("55") < 128)
    assert left < ink[1].min() and right > ink[1].max() and top < ink[0].min() and bottom > ink[0].max()


def test_blank_and_noisy_pictures_hold_nothing() -> None:
    noise = np.random.default_rng(0).integers(0, 255, (120, 160)).astype(np.uint8)
    for picture in (np.full((80, 90), 255, np.uint8), noise, np.full((80, 90), 250, np.uint8)):
        assert with_lone_marks(picture, []) == ([], False, False)


def test_ink_beside_the_line_is_noticed() -> None:
    picture = np.concatenate([token("42"), token("42")], axis=1)
    whole = Region(Quad.rect(0, 0, picture.shape[1], picture.shape[0]), 0.9)
    half = Region(Quad.rect(0, 0, picture.shape[1] / 2, picture.shape[0]), 0.9)
    assert with_lone_marks(picture, [whole]).bare
    [row], bare, _ = with_lone_marks(picture, [half])
    ink = np.nonzero(picture < 128)
    assert bare and row.quad.hull[0] < ink[1].min() and row.quad.hull[2] > ink[1].max()
    below = np.concatenate([picture, picture])
    assert with_lone_marks(below, [half])[0] == [half]


@pytest.mark.parametrize("text", ["7", "8", "93", "No"])
def test_a_token_alone_is_read(text: str) -> None:
    assert ocr.read(token(text), fallback="never").text == text


@pytest.mark.parametrize("text", ["IV", "XI", "0", "x", "1", "-5", "i.e.", "I/O", "A"])
def test_nothing_alone_is_lost(text: str) -> None:
    """What looks like strokes and rings is read as well as can be; where that is doubtful, a warning says so."""
    for size in (24, 90):
        page = ocr.read(token(text, size), fallback="never").pages[0]
        same = str.maketrans("ilI|oO", "111100")
        assert page.text.translate(same).casefold() == text.translate(same).casefold()
        [line] = [line for block in page.blocks for line in block.lines]
        assert (line.confidence < DOUBTFUL) == any("doubtful" in warning for warning in page.warnings)


def test_strokes_of_two_letters_do_not_turn_the_picture() -> None:
    page = ocr.read(token("XI", 28, 6), fallback="never").pages[0]
    assert abs(page.skew) < 1 and page.rotation == 0


def test_ink_that_cannot_be_read_is_said() -> None:
    picture = token("7")
    page = Upright(picture, [])
    read = ReadPage(page, ruled_page(picture, []), (), (), (), token=True)
    assert any("could not be read" in warning for warning in read.all_warnings(1, "en", []))
    assert not replace(read, token=False).all_warnings(1, "en", [])


def test_a_blot_is_no_token() -> None:
    picture = Image.new("L", (200, 200), 255)
    ImageDraw.Draw(picture).ellipse((70, 80, 120, 125), fill=0)
    assert ocr.read(np.asarray(picture, np.uint8), fallback="never").text == ""
