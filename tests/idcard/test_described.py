"""Cards that have a description, drawn; their texts are known without a recogniser."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import ImageFont

from ocr.document import Quad
from ocr.idcard.card import Problem, Side
from ocr.idcard.described import DescribedCards
from ocr.idcard.described_reader import DescribedReader, latin
from ocr.idcard.description import described
from ocr.idcard.find import Found, Line
from ocr.idcard.locate import ResidentCards
from ocr.recognize import Reading, known
from ocr.train.synth.cards import Card, CardFaces
from ocr.train.synth.described_cards import draw_described
from ocr.train.synth.described_people import INVENT, invented
from ocr.train.synth.people import TODAY

KINDS = [*INVENT]


class Blind:
    """A recogniser that sees nothing in lines that are cut out again."""

    name, height = "blind", 32

    def __call__(self, lines: Sequence[NDArray[np.uint8]]) -> list[Reading]:
        return [known("", "blind") for _ in lines]


@pytest.fixture(scope="module")
def faces() -> CardFaces:
    try:
        path = [Path(str(ImageFont.truetype("DejaVuSans.ttf", 10).path))]
    except OSError:
        pytest.skip("DejaVu Sans is not installed; run: apt-get install fonts-dejavu-core")
    return CardFaces(path, path, path)


def drawn(kind: str, seed: int, faces: CardFaces) -> Card:
    rng = random.Random(seed)
    return draw_described(rng, described()[kind], invented(rng, kind), faces)


def lines(card: Card) -> list[Line]:
    return [(run.quad, known(run.text, "known")) for run in card.runs]


def found(card: Card, cards: DescribedCards) -> Found:
    shown = lines(card)
    return Found(card.picture, np.eye(3), shown, cards.located(shown))


@pytest.mark.parametrize("kind", KINDS)
def test_a_card_is_found_among_all_kinds_and_read(kind: str, faces: CardFaces) -> None:
    cards = DescribedCards([*described().values()], ResidentCards())
    for seed in (1, 2):
        card = drawn(kind, seed, faces)
        seen = found(card, cards)
        [frame] = seen.frames
        assert (frame.kind, frame.side) == (kind, Side.FRONT)
        read = DescribedReader(Blind(), None)(card.picture, seen, frame, described()[kind], TODAY)
        for place in described()[kind].places:
            if place.holds in ("number", "date", "period", "Chinese text"):
                for name in place.name:
                    assert read.fields[name].value == card.values[name], name
        assert read.kind == kind
        # In groups, digits are not where a known text has them: there is ink beside them.
        assert read.number.valid or kind == "bank-card"
        box = next(run.quad for run in card.runs if run.field == "number")
        assert read.number.box is not None
        assert max(abs(a - b) for a, b in zip(read.number.box.center, box.center, strict=True)) < 10
        assert read.to_json()["number"]["value"] == read.number.value


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_that_is_upside_down(kind: str, faces: CardFaces) -> None:
    card = drawn(kind, 5, faces)
    turned = [(quad.transformed((-1, 0, 0, -1, 1300, 900)), reading) for quad, reading in lines(card)]
    [frame] = DescribedCards([*described().values()]).located(turned)
    [upright] = DescribedCards([*described().values()]).located(lines(card))
    there = upright.box.transformed((-1, 0, 0, -1, 1300, 900))
    assert (
        max(abs(a - b) for p, q in zip(frame.box.points, there.points, strict=True) for a, b in zip(p, q, strict=True))
        < 1
    )


def test_labels_that_are_misread_in_part(faces: CardFaces) -> None:
    card = drawn("hk-resident", 3, faces)
    worn = [(q, known(r.text.replace("證", "证").replace("of", "oi"), "known")) for q, r in lines(card)]
    [frame] = DescribedCards([described()["hk-resident"]]).located(worn)
    assert frame.kind == "hk-resident"


def test_a_form_with_some_of_the_labels_is_no_card(faces: CardFaces) -> None:
    cards = DescribedCards([*described().values()])
    texts = ("登记表", "姓名", "性别", "出生日期", "有效期限", "签发机关", "证件号码", "12345678")
    form = [(Quad.rect(90, 100 + 60 * k, 290, 140 + 60 * k), known(text, "known")) for k, text in enumerate(texts)]
    assert cards.located(form) == []
    title = (Quad.rect(90, 20, 490, 70), known("港澳居民来往内地通行证", "known"))
    assert cards.located([title, *form]) == []
    assert cards.located([]) == []


def test_a_number_that_its_check_denies_is_no_payment_card() -> None:
    cards = DescribedCards([*described().values()])
    for number, frames in (("4111 1111 1111 1111", 1), ("4111 1111 1111 1112", 0), ("94111 1111 1111 1111", 0)):
        shown = [(Quad.rect(100, 300, 700, 340), known(number, "known"))]
        assert len(cards.located(shown)) == frames


def test_a_wrong_check_digit_is_a_problem_and_never_valid(faces: CardFaces) -> None:
    card = drawn("hk-resident", 4, faces)
    number = card.values["number"]
    wrong = number.replace(f"({number[-2]})", f"({(int(number[-2], 36) + 1) % 10})")
    shown = [(q, known(wrong if r.text == number else r.text, "known")) for q, r in lines(card)]
    [frame] = DescribedCards([described()["hk-resident"]]).located(shown)
    seen = Found(card.picture, np.eye(3), shown, [frame])
    read = DescribedReader(Blind(), None)(card.picture, seen, frame, described()["hk-resident"], TODAY)
    assert (read.number.value, read.number.valid) == (wrong, False)
    assert Problem.CHECKSUM in read.problems


@pytest.mark.parametrize(
    ("read", "name"),
    [
        ("CHAN,Tai Man", "CHAN, Tai Man"),
        ("LAl JAMES", "LAI JAMES"),
        ("al, Bl", "al, BI"),
        ("1 O'NEIL-A. ,", "O'NEIL-A"),
    ],
)
def test_latin_names(read: str, name: str) -> None:
    assert latin(read) == name
