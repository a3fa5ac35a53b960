"""A drawn card through the whole reader; a detector and a recogniser that make no errors stand in for the nets."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import ImageFont

from ocr.detect import Region
from ocr.errors import OcrError
from ocr.geometry import turned
from ocr.idcard.card import FRONT, Problem, Side
from ocr.idcard.card_reader import FlatCardReader
from ocr.idcard.number_line import NumberReader
from ocr.recognize import Glyph, Reading
from ocr.train.synth.cards import Card, CardFaces, draw_card
from ocr.train.synth.people import invent

TODAY = date(2026, 1, 2)


class Knowing:
    """Detector and recogniser in one: it knows where the runs of a card are and what they say."""

    name, height = "knowing", 32

    def __init__(self, card: Card) -> None:
        self._card = card
        self._seen: list[str] = []

    def __call__(self, image: NDArray[np.uint8]) -> list[Region]:
        """The runs, where the picture is the card the right way up; nonsense where it is not."""
        right_way = image.shape == self._card.picture.shape and np.array_equal(image, self._card.picture)
        self._seen = [run.text if right_way else "?" * len(run.text) for run in self._card.runs]
        return [Region(run.quad, 0.9) for run in self._card.runs]

    def read(self, lines: Sequence[NDArray[np.uint8]]) -> list[Reading]:
        return [
            Reading(tuple(Glyph(c, i / len(t), (i + 1) / len(t), 0.99) for i, c in enumerate(t)), 0.9, self.name)
            for t in self._seen[: len(lines)]
        ]


class Reads:
    """The recogniser's half."""

    name, height = "knowing", 32

    def __init__(self, knowing: Knowing) -> None:
        self._knowing = knowing

    def __call__(self, lines: Sequence[NDArray[np.uint8]]) -> list[Reading]:
        return self._knowing.read(lines)


@pytest.fixture(scope="module")
def numbers() -> NumberReader:
    try:
        return NumberReader()
    except OcrError as error:
        pytest.skip(f"the models are not in the checkout: {error}")


@pytest.fixture(scope="module")
def card() -> Card:
    try:
        path = [Path(str(ImageFont.truetype("DejaVuSansMono.ttf", 10).path))]
    except OSError:
        pytest.skip("DejaVu Sans Mono is not installed; run: apt-get install fonts-dejavu-core")
    rng = random.Random(2)
    return draw_card(rng, invent(rng), Side.FRONT, CardFaces(path, path, path))


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_a_card_whichever_way_up(card: Card, numbers: NumberReader, degrees: int) -> None:
    knowing = Knowing(card)
    shown = turned(card.picture, degrees)
    found = FlatCardReader(knowing, Reads(knowing), numbers).read(shown, TODAY)
    assert {name: found.fields[name].value for name in FRONT} == {name: card.values[name] for name in FRONT}
    assert all(found.fields[name].valid for name in FRONT)
    assert found.side is Side.FRONT and found.problems == ()
    assert found.portrait_box is not None and found.number.box is not None
    left, top, right, bottom = (round(at) for at in found.number.box.hull)
    height, width = shown.shape[:2]
    assert 0 <= left < right <= width and 0 <= top < bottom <= height
    assert (right - left > bottom - top) == (degrees in (0, 180))
    assert int(shown[top:bottom, left:right].min()) < 60  # there is ink


def test_something_else(card: Card, numbers: NumberReader) -> None:
    knowing = Knowing(card)
    found = FlatCardReader(knowing, Reads(knowing), numbers).read(np.full((540, 856, 3), 200, np.uint8), TODAY)
    assert found.problems == (Problem.NOT_A_CARD,)
    assert not any(field.value for field in found.fields.values())
