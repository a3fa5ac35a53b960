"""Marks that stand alone: a token that is all of a picture."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

import ocr
from ocr.detect import Region
from ocr.detect.lone import with_lone_marks
from ocr.document import Quad


def token(text: str, size: int = 60, margin: int = 50) -> NDArray[np.uint8]:
    """A picture of some text, (H, W) grey."""
    font = ImageFont.load_default(size)
    left, top, right, bottom = (round(v) for v in font.getbbox(text))
    page = Image.new("L", (right - left + 2 * margin, bottom - top + 2 * margin), 255)
    ImageDraw.Draw(page).text((margin - left, margin - top), text, 0, font)
    return np.asarray(page, np.uint8)


def test_ink_that_was_not_found_is_a_line() -> None:
    [region], bare = with_lone_marks(token("55"), [])
    assert bare and region.leftover
    left, top, right, bottom = region.quad.hull
    ink = np.nonzero(token("55") < 128)
    assert left < ink[1].min() and right > ink[1].max() and top < ink[0].min() and bottom > ink[0].max()


def test_blank_and_noisy_pictures_hold_nothing() -> None:
    noise = np.random.default_rng(0).integers(0, 255, (120, 160)).astype(np.uint8)
    for picture in (np.full((80, 90), 255, np.uint8), noise, np.full((80, 90), 250, np.uint8)):
        assert with_lone_marks(picture, []) == ([], False)


def test_ink_beside_the_line_is_noticed() -> None:
    picture = np.concatenate([token("42"), token("42")], axis=1)
    whole = Region(Quad.rect(0, 0, picture.shape[1], picture.shape[0]), 0.9)
    half = Region(Quad.rect(0, 0, picture.shape[1] / 2, picture.shape[0]), 0.9)
    assert with_lone_marks(picture, [whole])[1]
    assert not with_lone_marks(picture, [half])[1]


@pytest.mark.parametrize("text", ["7", "8", "93", "No"])
def test_a_token_alone_is_read(text: str) -> None:
    assert ocr.read(token(text), fallback="never").text == text


def test_a_blot_is_no_token() -> None:
    picture = Image.new("L", (200, 200), 255)
    ImageDraw.Draw(picture).ellipse((70, 80, 120, 125), fill=0)
    assert ocr.read(np.asarray(picture, np.uint8), fallback="never").text == ""
