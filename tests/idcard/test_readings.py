"""Two readings of one card."""

from __future__ import annotations

import numpy as np
import pytest

from ocr.document import Quad
from ocr.idcard.card import Field, IdCard, Side
from ocr.idcard.card_reader import CardReader, Read
from ocr.idcard.frame import Frame
from ocr.idcard.readings import alike, doubtful, surer
from ocr.idcard.views import Shown

LINE = Quad.rect(17, 27, 50, 32)


def test_the_surer_of_two_values_stays_below_a_confidence() -> None:
    one = IdCard(side=Side.FRONT, name=Field("王田", 0.7), address=Field("甲", 0.9))
    other = IdCard(side=Side.FRONT, name=Field("王由", 0.8), address=Field("乙", 0.95))
    assert surer(one, other).name.value == "王由" and surer(one, other).address.value == "甲"
    assert surer(one, other, 1.0).address.value == "乙"
    assert {"name", "sex"} <= doubtful(one) and "address" not in doubtful(one)


@pytest.mark.parametrize(
    ("others", "expected"), [([LINE], True), ([LINE, LINE], False), ([Quad.rect(25, 27, 50, 32)], False)]
)
def test_lines_of_two_readings(others: list[Quad], expected: bool) -> None:
    assert alike([LINE], others) is expected


class Both:
    """A reader of values that says what competes, and takes the second text."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, list[str]]] = []

    def __call__(self, card: IdCard, lines: dict[str, list[list[object]]], *, others: tuple[IdCard, ...]) -> IdCard:
        assert lines.keys() == {"address"}
        self.asked.append((len(lines["address"][0]), [card.address.value, *(other.address.value for other in others)]))
        return IdCard(side=Side.FRONT, address=Field(others[0].address.value, 0.6), name=Field("nobody", 1.0))


class Height:
    height = 32


@pytest.mark.parametrize(
    ("line", "sure", "value"),
    [(LINE, 0.99, "甲路"), (LINE, 0.999, "甲街"), (Quad.rect(30, 27, 50, 32), 0.9, "甲路")],
)
def test_where_two_pictures_differ_a_text_has_to_stand_in_both(line: Quad, sure: float, value: str) -> None:
    """Unless the first reading leaves no doubt, or one of the two lacks a part of the line."""
    reader, both = object.__new__(CardReader), Both()
    reader._values, reader._recognizer = both, Height()  # type: ignore[assignment]
    shown = Shown(np.full((540, 856), 255, np.uint8), Frame.of_box(Side.FRONT, Quad.rect(0, 0, 856, 540)))
    one = Read(IdCard(side=Side.FRONT, name=Field("王田", 0.9), address=Field("甲街", sure)), {"address": [LINE]}, [])
    other = Read(
        IdCard(side=Side.FRONT, name=Field("王田", 0.95), address=Field("甲路", 0.995)), {"address": [line]}, []
    )
    found = reader._of_both(one, other, (shown, shown)).card
    assert found.address.value == value
    assert (found.name.value, found.name.confidence) == ("王田", 0.95)
    assert both.asked == ([(4, ["甲街", "甲路"])] if line == LINE and sure < 0.995 else [])
