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
from ocr.idcard.fields import shortened
from ocr.idcard.frame import Frame
from ocr.idcard.layout import PORTRAIT
from ocr.idcard.quality import assess
from ocr.train.synth.cards import SCALE, Card, CardFaces, draw_card
from ocr.train.synth.people import invent

Picture = NDArray[np.uint8]
Lines = dict[str, list[Quad]]
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
def lines(card: Card) -> Lines:
    """Of its values by cell, in millimetres."""
    found: Lines = {}
    for run in card.runs:
        if run.field not in ("label", "mark"):
            found.setdefault(run.field, []).append(run.quad.transformed(MILLIMETRES))
    return found


@pytest.fixture(scope="module")
def characters(card: Card) -> list[Quad]:
    """All that is printed, in millimetres."""
    return [run.quad.transformed(MILLIMETRES) for run in card.runs]


def frame(left: float = 0, width: float = WIDTH) -> Frame:
    return Frame.of_box(Side.FRONT, Quad.rect(left, 0, left + width, width * HEIGHT / WIDTH))


def glaring(picture: Picture, center: tuple[int, int] = (640, 230)) -> Picture:
    return np.asarray(cv2.circle(picture.copy(), center, 60, (255, 255, 255), -1), np.uint8)


def grey(picture: Picture) -> Picture:
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.uint8)


FAULTY: dict[Problem, Callable[[Picture], Picture]] = {
    Problem.BLURRED: lambda picture: np.asarray(cv2.GaussianBlur(picture, (0, 0), 4.0), np.uint8),
    Problem.GLARE: glaring,
    Problem.DARK: lambda picture: (picture * 0.3).astype(np.uint8),
    Problem.PHOTOCOPY: grey,
}


def stamped(picture: Picture) -> Picture:
    """A red frame across the address and nothing else."""
    return np.asarray(cv2.rectangle(picture.copy(), (240, 275), (480, 325), (190, 40, 44), 5), np.uint8)


def barred(picture: Picture) -> Picture:
    """A grey bar on the address."""
    return np.asarray(cv2.rectangle(picture.copy(), (240, 275), (480, 325), (60, 60, 64), -1), np.uint8)


def fingered(picture: Picture) -> Picture:
    """From below onto the number."""
    return np.asarray(cv2.ellipse(picture.copy(), (700, 480), (90, 120), 0, 0, 360, (150, 110, 90), -1), np.uint8)


def test_a_good_picture_has_no_faults(picture: Picture, lines: Lines, characters: list[Quad]) -> None:
    found = assess(picture, frame(), lines, characters)
    assert (found.problems, found.hidden) == ((), frozenset())


@pytest.mark.parametrize(
    ("cover", "cell"),
    [(stamped, "address"), (barred, "address"), (fingered, "number")],
)
def test_something_on_a_field(
    picture: Picture, lines: Lines, characters: list[Quad], cover: Callable[[Picture], Picture], cell: str
) -> None:
    if cover is barred:  # what lies under the bar is not read
        characters = [shortened(quad, 7) if quad == lines["address"][0] else quad for quad in characters]
    found = assess(cover(picture), frame(), lines, characters, {cell})
    assert Problem.COVERED in found.problems and found.hidden == {cell}
    assert cover is not barred or not assess(cover(picture), frame(), lines, characters, ()).problems


def test_a_shadow_covers_nothing(picture: Picture, lines: Lines, characters: list[Quad]) -> None:
    shadow = np.linspace(1.0, 0.7, WIDTH)[None, :, None]
    found = assess((picture * shadow).astype(np.uint8), frame(), lines, characters)
    assert (found.problems, found.hidden) == ((), frozenset())


def test_what_was_not_read_covers_nothing(picture: Picture, lines: Lines) -> None:
    assert assess(picture, frame(), lines, []).problems == ()


@pytest.mark.parametrize("top", [250, 380])
def test_a_stamp_beside_the_fields(picture: Picture, lines: Lines, characters: list[Quad], top: int) -> None:
    beside = cv2.rectangle(picture.copy(), (560, top), (820, top + 20), (190, 40, 44), -1)
    assert assess(np.asarray(beside, np.uint8), frame(), lines, characters).problems == ()


def test_a_reflection_hides_a_field(picture: Picture, lines: Lines, characters: list[Quad]) -> None:
    found = assess(glaring(picture, (200, 135)), frame(), lines, characters)
    assert Problem.GLARE in found.problems and {"name", "sex"} <= found.hidden and "number" not in found.hidden


@pytest.mark.parametrize("problem", FAULTY)
def test_each_fault_alone(picture: Picture, lines: Lines, characters: list[Quad], problem: Problem) -> None:
    assert assess(FAULTY[problem](picture), frame(), lines, characters).problems == (problem,)


def test_a_small_picture(picture: Picture) -> None:
    small = np.asarray(cv2.resize(picture, (446, 281), interpolation=cv2.INTER_AREA), np.uint8)
    assert assess(small, frame(width=446), {}).problems == (Problem.LOW_RESOLUTION,)


def test_a_card_that_leaves_the_picture(picture: Picture) -> None:
    lines = {"name": [Quad.rect(3, 8, 20, 12)], "address": [Quad.rect(20, 27, 50, 31)]}
    found = assess(np.ascontiguousarray(picture[:, 60:]), frame(left=-60), lines)
    assert Problem.CROPPED in found.problems and "name" in found.hidden and "address" not in found.hidden


def test_a_portrait_is_seen(picture: Picture) -> None:
    assert assess(picture, frame(), {}).portrait
    assert assess((grey(picture) * 0.4).astype(np.uint8), frame(), {}).portrait
    left, top, right, bottom = (round(10 * at) for at in PORTRAIT)
    without = picture.copy()
    without[top:bottom, left:right] = picture[top:bottom, left - 40 : left - 39]
    assert not assess(without, frame(), {}).portrait
