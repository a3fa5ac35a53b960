"""Painting over fields."""

from __future__ import annotations

import numpy as np
import pytest

from ocr.document import Quad
from ocr.errors import UsageError
from ocr.idcard.card import Field, IdCard, Side
from ocr.idcard.redact import redact

CARD = IdCard(
    number=Field("1", 1.0, True, Quad.rect(20, 60, 80, 70)),
    address=Field("2", 1.0, True, Quad(((20, 30), (60, 34), (60, 44), (20, 40)))),
    side=Side.FRONT,
    portrait_box=Quad.rect(70, 10, 95, 40),
)


@pytest.mark.parametrize("shape", [(80, 100), (80, 100, 3)])
def test_fields_are_painted_on_a_copy(shape: tuple[int, ...]) -> None:
    picture = np.full(shape, 200, np.uint8)
    painted = redact(picture, CARD)
    assert (picture == 200).all()
    assert (painted[60:70, 20:80] == 0).all() and (painted[36:38, 20:60] == 0).all()
    assert (painted[:20] == 200).all() and (painted[75:] == 200).all()


def test_the_portrait() -> None:
    painted = redact(np.full((80, 100), 200, np.uint8), CARD, ["portrait"])
    assert (painted[10:40, 70:95] == 0).all() and (painted[60:70, 20:60] == 200).all()


def test_without_a_card_the_error_says_so() -> None:
    with pytest.raises(UsageError, match="card must be an"):
        redact(None, None)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["numbers", "name"])
def test_what_cannot_be_painted_is_said(name: str) -> None:
    with pytest.raises(UsageError, match=name):
        redact(np.full((80, 100), 200, np.uint8), CARD, [name])
