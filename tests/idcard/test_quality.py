"""Faults of the picture, each measured on a drawn card with it and without."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import ImageFont

from ocr.document import Quad
from ocr.idcard.card import Problem, Side
from ocr.idcard.frame import Frame
from ocr.idcard.layout import PORTRAIT
from ocr.idcard.quality import faults, pictured
from ocr.train.synth.cards import SCALE, Card, CardFaces, draw_card
from ocr.train.synth.people import invent

Picture = NDArray[np.uint8]
WIDTH, HEIGHT = 856, 540
MILLIMETRES = (1 / SCALE, 0.0, 0.0, 1 / SCALE, 0.0, 0.0)


@pytest.fixture(scope="module")
def card() -> Card:
    """The front of a card."""
    try:
        path = [Path(str(ImageFont.truetype("DejaVuSans.ttf", 10).path))]
    except OSError:
        pytest.skip("DejaVu Sans is not installed; run: apt-get install fonts-dejavu-core")
    rng = random.Random(2)
    return draw_card(rng, invent(rng), Side.FRONT, CardFaces(path, path, path))


@pytest.fixture(scope="module")
def picture(card: Card) -> Picture:
    """It fills its picture, ten pixels a millimetre."""
    return np.asarray(cv2.resize(card.picture, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA), np.uint8)


@pytest.fixture(scope="module")
def lines(card: Card) -> list[Quad]:
    """Of its values, in millimetres."""
    return [run.quad.transformed(MILLIMETRES) for run in card.runs if run.field not in ("label", "mark")]


@pytest.fixture(scope="module")
def characters(card: Card) -> list[Quad]:
    """All that is printed, in millimetres."""
    return [run.quad.transformed(MILLIMETRES) for run in card.runs]


def frame(left: float = 0, width: float = WIDTH) -> Frame:
    return Frame.of_box(Side.FRONT, Quad.rect(left, 0, left + width, width * HEIGHT / WIDTH))


def glaring(picture: Picture) -> Picture:
    return np.asarray(cv2.circle(picture.copy(), (500, 200), 60, (255, 255, 255), -1), np.uint8)


def stamped(picture: Picture) -> Picture:
    return np.asarray(cv2.rectangle(picture.copy(), (60, 130), (400, 220), (190, 40, 44), -1), np.uint8)


def grey(picture: Picture) -> Picture:
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.uint8)


FAULTY: dict[Problem, Callable[[Picture], Picture]] = {
    Problem.BLURRED: lambda picture: np.asarray(cv2.GaussianBlur(picture, (0, 0), 4.0), np.uint8),
    Problem.GLARE: glaring,
    Problem.DARK: lambda picture: (picture * 0.3).astype(np.uint8),
    Problem.PHOTOCOPY: grey,
}


def fingered(picture: Picture) -> Picture:
    return np.asarray(cv2.ellipse(picture.copy(), (700, 480), (90, 120), 0, 0, 360, (150, 110, 90), -1), np.uint8)


def test_a_good_picture_has_no_faults(picture: Picture, lines: list[Quad], characters: list[Quad]) -> None:
    assert faults(picture, frame(), lines, characters) == ()


@pytest.mark.parametrize("cover", [stamped, fingered])
def test_something_on_a_field(
    picture: Picture, lines: list[Quad], characters: list[Quad], cover: Callable[[Picture], Picture]
) -> None:
    assert Problem.COVERED in faults(cover(picture), frame(), lines, characters)
    shadow = np.linspace(1.0, 0.7, WIDTH)[None, :, None]
    assert faults((picture * shadow).astype(np.uint8), frame(), lines, characters) == ()


def test_a_stamp_beside_the_fields(picture: Picture, lines: list[Quad], characters: list[Quad]) -> None:
    beside = cv2.rectangle(picture.copy(), (560, 380), (820, 400), (190, 40, 44), -1)
    assert faults(np.asarray(beside, np.uint8), frame(), lines, characters) == ()


@pytest.mark.parametrize("problem", FAULTY)
def test_each_fault_alone(picture: Picture, lines: list[Quad], characters: list[Quad], problem: Problem) -> None:
    assert faults(FAULTY[problem](picture), frame(), lines, characters) == (problem,)


def test_a_small_picture(picture: Picture) -> None:
    small = np.asarray(cv2.resize(picture, (446, 281), interpolation=cv2.INTER_AREA), np.uint8)
    assert faults(small, frame(width=446)) == (Problem.LOW_RESOLUTION,)


def test_a_card_that_leaves_the_picture(picture: Picture) -> None:
    assert Problem.CROPPED in faults(np.ascontiguousarray(picture[:, 60:]), frame(left=-60))


def test_a_portrait_is_seen(picture: Picture) -> None:
    assert pictured(picture, frame())
    assert pictured((grey(picture) * 0.4).astype(np.uint8), frame())
    left, top, right, bottom = (round(10 * at) for at in PORTRAIT)
    without = picture.copy()
    without[top:bottom, left:right] = picture[top:bottom, left - 40 : left - 39]
    assert not pictured(without, frame())
