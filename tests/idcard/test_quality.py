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
from ocr.idcard.quality import faults
from ocr.train.synth.cards import CardFaces, draw_card
from ocr.train.synth.people import invent

Picture = NDArray[np.uint8]
WIDTH, HEIGHT = 856, 540


@pytest.fixture(scope="module")
def picture() -> Picture:
    """The front of a card that fills its picture, ten pixels a millimetre."""
    try:
        path = [Path(str(ImageFont.truetype("DejaVuSans.ttf", 10).path))]
    except OSError:
        pytest.skip("DejaVu Sans is not installed; run: apt-get install fonts-dejavu-core")
    rng = random.Random(2)
    card = draw_card(rng, invent(rng), Side.FRONT, CardFaces(path, path, path))
    return np.asarray(cv2.resize(card.picture, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA), np.uint8)


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
    Problem.COVERED: stamped,
}


def test_a_good_picture_has_no_faults(picture: Picture) -> None:
    assert faults(picture, frame()) == ()


@pytest.mark.parametrize("problem", FAULTY)
def test_each_fault_alone(picture: Picture, problem: Problem) -> None:
    assert faults(FAULTY[problem](picture), frame()) == (problem,)


def test_a_small_picture(picture: Picture) -> None:
    small = np.asarray(cv2.resize(picture, (446, 281), interpolation=cv2.INTER_AREA), np.uint8)
    assert faults(small, frame(width=446)) == (Problem.LOW_RESOLUTION,)


def test_a_card_that_leaves_the_picture(picture: Picture) -> None:
    assert Problem.CROPPED in faults(np.ascontiguousarray(picture[:, 60:]), frame(left=-60))
