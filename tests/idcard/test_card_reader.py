"""Drawn cards through the whole reader; a detector and a recogniser that make no errors stand in for the nets."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import ImageFont

from ocr.detect import Region
from ocr.detect.look import resized
from ocr.document import Quad
from ocr.errors import DependencyError, NoCardError
from ocr.geometry import crop_line, turn_matrix, turned
from ocr.idcard.card import BACK, FRONT, Problem, Side
from ocr.idcard.card_reader import CardReader
from ocr.idcard.find import FLAT_MARGIN, deblurred
from ocr.idcard.frame import Frame
from ocr.idcard.views import without_blank_line
from ocr.page.corners import Corners
from ocr.recognize import Glyph, Reading
from ocr.train.synth.cards import SCALE, Card, CardFaces, draw_card
from ocr.train.synth.people import invent

TODAY = date(2026, 1, 2)
Picture = NDArray[np.uint8]
DESK = (120, 110, 100)
ALIKE = 12.0
"""Mean difference of two pictures of the same, one of them warped and back, grey values."""


class Knowing:
    """A detector that knows where the runs of some pictures are; its recogniser knows what they say."""

    name, height = "knowing", 32

    def __init__(self) -> None:
        self.seen: list[tuple[Picture, str]] = []
        self._known: list[tuple[Picture, list[Quad], list[str]]] = []

    def learn(self, picture: Picture, quads: Sequence[Quad], texts: Sequence[str]) -> None:
        """A picture and its runs."""
        self._known.append((picture, list(quads), list(texts)))

    def __call__(self, image: Picture) -> list[Region]:
        """The runs, from left to right, of the most similar picture that is known, at any size and either way up."""
        height, width = image.shape[:2]
        image = np.broadcast_to(image.reshape(height, width, -1), (height, width, 3))
        self.seen = []
        ways = [
            (difference(turned(known, degrees), image), degrees, known, share, quads, texts)
            for picture, quads, texts in self._known
            if round(picture.shape[0] * (share := width / picture.shape[1])) == height
            for known in [resized(picture, width, height)]
            for degrees in (0, 180)
        ]
        off, degrees, known, share, quads, texts = min(
            ways, key=lambda way: way[0], default=(np.inf, 0, image, 1, [], [])
        )
        if off > ALIKE:
            return []
        shown = [quad.transformed((share, 0, 0, share, 0, 0)) for quad in quads]
        self.seen = [(crop_line(known, quad, 32), text) for quad, text in zip(shown, texts, strict=True)]
        if degrees:
            shown = [quad.transformed(turn_matrix(180, width, height)) for quad in shown]
        return [Region(standing(quad), 0.9) for quad in shown]


class Reads:
    """What the detector last knew; lines that are shown upside down make no sense. Parts are told by their look."""

    name, height = "knowing", 32

    def __init__(self, knowing: Knowing) -> None:
        self._knowing = knowing

    def __call__(self, lines: Sequence[Picture]) -> list[Reading]:
        seen = self._knowing.seen
        pairs = zip(lines, seen if len(lines) == len(seen) else map(self._alike, lines), strict=True)
        return [self._reading(text if upright(line, known) else "?" * len(text)) for line, (known, text) in pairs]

    def _alike(self, line: Picture) -> tuple[Picture, str]:
        ways = (line, turned(line, 180))
        known = [one for one in self._knowing.seen if 0.7 < one[0].shape[1] / line.shape[1] < 1.4]
        return min(known, key=lambda one: min(difference(resized(way, *one[0].shape[::-1]), one[0]) for way in ways))

    def _reading(self, text: str) -> Reading:
        glyphs = (Glyph(c, i / len(text), (i + 1) / len(text), 0.99) for i, c in enumerate(text))
        return Reading(tuple(glyphs), 0.9 if text else 0.0, self.name)


class Unsure:
    """A corner net that finds nothing, or what it was told."""

    found = Corners(Quad.rect(0, 0, 1, 1), 0.0)

    def __init__(self, name: str, threads: int) -> None:
        pass

    def __call__(self, picture: Picture) -> Corners:
        height, width = picture.shape[:2]
        return Corners(self.found.quad.transformed((width, 0, 0, height, 0, 0)), self.found.confidence)


def difference(one: Picture, other: Picture) -> float:
    """Mean difference of two pictures, grey values."""
    return float(np.abs(one.astype(float) - other).mean())


def standing(quad: Quad) -> Quad:
    """A quad that begins at its upper left corner, as a detector gives it, whatever way up the text is."""
    a, b, c, d = quad.points
    return quad if a[1] < d[1] else Quad((c, d, a, b))


def upright(line: Picture, known: Picture) -> bool:
    """Whether a line is more like a known one than like that upside down."""
    line = resized(line, known.shape[1], known.shape[0])
    return difference(line, known) < difference(line, turned(known, 180))


@pytest.fixture(scope="module")
def cards() -> Mapping[Side, Card]:
    """Both sides of one person's card."""
    try:
        path = [Path(str(ImageFont.truetype("DejaVuSansMono.ttf", 10).path))]
    except OSError:
        pytest.skip("DejaVu Sans Mono is not installed; run: apt-get install fonts-dejavu-core")
    rng = random.Random(2)
    values = invent(rng)
    return {side: draw_card(rng, values, side, CardFaces(path, path, path)) for side in (Side.FRONT, Side.BACK)}


@pytest.fixture(scope="module")
def knowing(cards: Mapping[Side, Card]) -> Knowing:
    """Both sides, each alone, and sheets of two cards."""
    knowing = Knowing()
    for card in cards.values():
        knowing.learn(card.picture, [run.quad for run in card.runs], [run.text for run in card.runs])
    for pair in ((Side.FRONT, Side.BACK), (Side.FRONT, Side.FRONT)):
        runs = [(run, k) for k, side in enumerate(pair) for run in cards[side].runs]
        quads = [run.quad.transformed((1, 0, 0, 1, 200, 150 + 900 * k)) for run, k in runs]
        knowing.learn(sheet([cards[side] for side in pair]), quads, [run.text for run, _ in runs])
    height, width = cards[Side.BACK].picture.shape[:2]
    front, back = cards[Side.FRONT].runs, cards[Side.BACK].runs
    below = [run.quad.transformed(turn_matrix(180, width, height)).transformed((1, 0, 0, 1, 0, height)) for run in back]
    knowing.learn(facing(cards), [*(run.quad for run in front), *below], [run.text for run in (*front, *back)])
    return knowing


@pytest.fixture
def reader(knowing: Knowing, monkeypatch: pytest.MonkeyPatch) -> CardReader:
    monkeypatch.setattr("ocr.idcard.find.PageFinder", Unsure)
    try:
        return CardReader(detector=knowing, recognizer=Reads(knowing), threads=1)
    except DependencyError as error:
        pytest.skip(f"the models are not in the checkout: {error}")


def sheet(cards: Sequence[Card]) -> Picture:
    """Cards one below the other on white paper."""
    height, width = cards[0].picture.shape[:2]
    paper = np.full((2000, width + 400, 3), 255, np.uint8)
    for k, card in enumerate(cards):
        paper[150 + 900 * k :, 200:][:height, :width] = card.picture
    return paper


def facing(cards: Mapping[Side, Card]) -> Picture:
    """The front with the back upside down below it, without a margin."""
    return np.concatenate([cards[Side.FRONT].picture, turned(cards[Side.BACK].picture, 180)])


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_a_card_whichever_way_up(cards: Mapping[Side, Card], reader: CardReader, degrees: int) -> None:
    card = cards[Side.FRONT]
    shown = turned(card.picture, degrees)
    found = reader.read(shown, today=TODAY)
    assert {name: found.fields[name].value for name in FRONT} == {name: card.values[name] for name in FRONT}
    assert all(found.fields[name].valid for name in FRONT)
    assert found.side is Side.FRONT
    assert found.portrait_box is not None and found.number.box is not None
    left, top, right, bottom = (round(at) for at in found.number.box.hull)
    height, width = shown.shape[:2]
    assert 0 <= left < right <= width and 0 <= top < bottom <= height
    assert (right - left > bottom - top) == (degrees in (0, 180))
    assert int(shown[top:bottom, left:right].min()) < 60  # there is ink


@pytest.mark.parametrize("first", [0, 1, 2, 3])
def test_what_has_the_shape_of_a_card_is_laid_flat(
    cards: Mapping[Side, Card], knowing: Knowing, reader: CardReader, monkeypatch: pytest.MonkeyPatch, first: int
) -> None:
    card, rim = cards[Side.BACK], round(FLAT_MARGIN * SCALE)
    flat = cv2.copyMakeBorder(card.picture, rim, rim, rim, rim, cv2.BORDER_CONSTANT, value=DESK)
    quads = [run.quad.transformed((1, 0, 0, 1, rim, rim)) for run in card.runs]
    knowing.learn(np.asarray(flat, np.uint8), quads, [run.text for run in card.runs])
    height, width = card.picture.shape[:2]
    corners = [(340, 200), (1300, 260), (1270, 850), (300, 800)]
    box = Quad.of(corners[first:] + corners[:first])
    source = np.array(Quad.rect(0, 0, width, height).points, np.float32)
    matrix = cv2.getPerspectiveTransform(source, np.array(box.points if first % 2 == 0 else corners, np.float32))
    desk = np.full((1200, 1600, 3), DESK, np.uint8)
    shown = cv2.warpPerspective(card.picture, matrix, (1600, 1200), dst=desk, borderMode=cv2.BORDER_TRANSPARENT)
    quad = box.transformed((1 / 1600, 0, 0, 1 / 1200, 0, 0))
    monkeypatch.setattr(Unsure, "found", Corners(quad, 0.9))
    found = reader.read(np.asarray(shown, np.uint8), today=TODAY)
    assert {name: found.fields[name].value for name in BACK} == {name: card.values[name] for name in BACK}
    assert found.card_box is not None and found.issuer.box is not None
    true = np.array(box.points if first % 2 == 0 else corners)
    assert np.abs(np.array(found.card_box.points) - true).max() < 8
    monkeypatch.setattr(Unsure, "found", Corners(quad, 0.6))  # one card among two, say
    with pytest.raises(NoCardError):
        reader.read(np.asarray(shown, np.uint8), today=TODAY)


def test_doubtful_corners_do_not_move_what_the_labels_show(
    cards: Mapping[Side, Card], reader: CardReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = cards[Side.FRONT]
    height, width = card.picture.shape[:2]
    quad = Quad(((0.0, 0.0), (0.96, 0.0), (1.0, 1.0), (0.0, 1.0)))
    monkeypatch.setattr(Unsure, "found", Corners(quad, 0.75))
    found = reader.read(card.picture, today=TODAY)
    assert {name: found.fields[name].value for name in FRONT} == {name: card.values[name] for name in FRONT}
    assert found.card_box is not None
    true = np.array([(0, 0), (width, 0), (width, height), (0, height)])
    assert np.abs(np.array(found.card_box.points) - true).max() < 0.02 * width


@pytest.mark.parametrize(("lowest", "is_found"), [(720, True), (680, False)])
def test_what_only_roughly_has_that_shape_is_laid_flat_where_nothing_else_is_found(
    cards: Mapping[Side, Card],
    knowing: Knowing,
    reader: CardReader,
    monkeypatch: pytest.MonkeyPatch,
    lowest: int,
    is_found: bool,
) -> None:
    card, rim = cards[Side.BACK], round(FLAT_MARGIN * SCALE)
    flat = cv2.copyMakeBorder(card.picture, rim, rim, rim, rim, cv2.BORDER_CONSTANT, value=DESK)
    quads = [run.quad.transformed((1, 0, 0, 1, rim, rim)) for run in card.runs]
    knowing.learn(np.asarray(flat, np.uint8), quads, [run.text for run in card.runs])
    desk = np.full((1200, 1600, 3), DESK, np.uint8)
    desk[200:lowest, 340:1300] = resized(card.picture, 960, lowest - 200)
    quad = Quad.rect(340, 200, 1300, lowest).transformed((1 / 1600, 0, 0, 1 / 1200, 0, 0))
    monkeypatch.setattr(Unsure, "found", Corners(quad, 0.9))
    if is_found:
        found = reader.read(desk, today=TODAY)
        assert {name: found.fields[name].value for name in BACK} == {name: card.values[name] for name in BACK}
    else:
        with pytest.raises(NoCardError):
            reader.read(desk, today=TODAY)


@pytest.mark.parametrize("light", [1.0, 0.3])
def test_a_line_without_ink_is_no_line(cards: Mapping[Side, Card], light: float) -> None:
    card = cards[Side.FRONT]
    picture = (card.picture * light).astype(np.uint8)
    frame = Frame.of_box(Side.FRONT, Quad.rect(0, 0, picture.shape[1], picture.shape[0]))
    [*lines] = (frame.to_card(run.quad) for run in card.runs if run.field == "address")
    [name] = (frame.to_card(run.quad) for run in card.runs if run.field == "name")
    blank = name.transformed((1, 0, 0, 1, 22, 0))
    assert without_blank_line(picture, frame, [*lines, name]) == [*lines, name]
    assert without_blank_line(picture, frame, [*lines, blank]) == lines


def test_a_blur_is_taken_out(cards: Mapping[Side, Card]) -> None:
    sharp = np.asarray(cv2.cvtColor(cards[Side.FRONT].picture, cv2.COLOR_RGB2GRAY), np.uint8)
    blurred = np.asarray(cv2.GaussianBlur(sharp, (0, 0), 4.0), np.uint8)
    assert deblurred(blurred, 4.0).shape == sharp.shape
    assert difference(deblurred(blurred, 4.0), sharp) < 0.85 * difference(blurred, sharp)


@pytest.mark.parametrize("order", [(Side.FRONT, Side.BACK), (Side.BACK, Side.FRONT)])
def test_sides_are_told_apart(cards: Mapping[Side, Card], reader: CardReader, order: tuple[Side, Side]) -> None:
    found = reader.read(cards[order[0]].picture, cards[order[1]].picture, today=TODAY)
    values = cards[Side.FRONT].values
    assert found.side is Side.BOTH and Problem.WRONG_SIDE not in found.problems
    assert {name: field.value for name, field in found.fields.items()} == {n: values[n] for n in (*FRONT, *BACK)}


def test_both_sides_on_a_sheet(cards: Mapping[Side, Card], reader: CardReader) -> None:
    values = cards[Side.FRONT].values
    found = reader.read(sheet([cards[Side.FRONT], cards[Side.BACK]]), today=TODAY)
    assert found.side is Side.BOTH
    assert {name: field.value for name, field in found.fields.items()} == {n: values[n] for n in (*FRONT, *BACK)}
    assert found.card_box is not None
    width = cards[Side.FRONT].picture.shape[1]
    assert found.card_box.points[0] == pytest.approx((200, 150), abs=0.02 * width)
    assert found.issuer.box is not None and found.issuer.box.hull[1] > 1050


def test_a_back_upside_down_below_the_front(cards: Mapping[Side, Card], reader: CardReader) -> None:
    values = cards[Side.FRONT].values
    found = reader.read(facing(cards), today=TODAY)
    assert found.side is Side.BOTH
    names = (*FRONT, *BACK[1:])  # the issuer looks like its neighbour in a face without Chinese characters
    assert {name: found.fields[name].value for name in names} == {name: values[name] for name in names}


def test_two_cards_on_a_sheet_have_no_fields(cards: Mapping[Side, Card], reader: CardReader) -> None:
    found = reader.read(sheet([cards[Side.FRONT]] * 2), today=TODAY)
    assert Problem.WRONG_SIDE in found.problems and found.side is Side.NONE
    assert not any(field.value for field in found.fields.values())


def test_two_fronts(cards: Mapping[Side, Card], reader: CardReader) -> None:
    picture = cards[Side.FRONT].picture
    found = reader.read(picture, picture, today=TODAY)
    assert found.side is Side.FRONT and Problem.WRONG_SIDE in found.problems
    assert found.name.value == cards[Side.FRONT].values["name"]


def test_something_else(reader: CardReader) -> None:
    blank = np.full((540, 856, 3), 200, np.uint8)
    with pytest.raises(NoCardError, match=r"<array> and <array>: no identity card was found; .*ocr.read") as caught:
        reader.read(blank, blank, today=TODAY)
    assert caught.value.problems == (Problem.NOT_A_CARD,)


def test_one_picture_of_two_shows_something_else(cards: Mapping[Side, Card], reader: CardReader) -> None:
    blank = np.full((540, 856, 3), 200, np.uint8)
    found = reader.read(cards[Side.FRONT].picture, blank, today=TODAY)
    assert found.side is Side.FRONT and Problem.NOT_A_CARD in found.problems


def test_a_card_that_an_edge_of_the_picture_cuts_off(
    cards: Mapping[Side, Card], knowing: Knowing, reader: CardReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its corners beyond the picture are where the shape of cards has them."""
    card, rim = cards[Side.BACK], round(FLAT_MARGIN * SCALE)
    height, width = card.picture.shape[:2]
    kept = round(0.86 * width)
    seen = card.picture.copy()
    seen[:, kept:] = np.median(card.picture[:, :kept], axis=(0, 1))  # as what lies beyond a picture is shown
    flat = cv2.copyMakeBorder(seen, rim, rim, rim, rim, cv2.BORDER_CONSTANT, value=DESK)
    runs = [run for run in card.runs if run.quad.hull[2] < kept]
    knowing.learn(
        np.asarray(flat, np.uint8),
        [run.quad.transformed((1, 0, 0, 1, rim, rim)) for run in runs],
        [run.text for run in runs],
    )
    share = 900 / width
    part = resized(card.picture[:, :kept], round(share * kept), round(share * height))
    picture = np.full((part.shape[0] + 400, part.shape[1] + 200, 3), DESK, np.uint8)
    picture[200:-200, 200:] = part
    tall, wide = picture.shape[:2]
    quad = Quad(((200, 200), (wide - 1, 200), (wide - 1, tall - 200), (200, tall - 200)))
    monkeypatch.setattr(Unsure, "found", Corners(quad.transformed((1 / wide, 0, 0, 1 / tall, 0, 0)), 0.9))
    found = reader.read(picture, today=TODAY)
    assert found.issuer.value == card.values["issuer"] and found.valid_to.value == card.values["valid_to"]
    assert found.card_box is not None
    assert found.card_box.hull[2] == pytest.approx(1100, abs=15)
