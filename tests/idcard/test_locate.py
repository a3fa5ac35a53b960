"""Cards located by their labels, under a turn, a shift, perspective and stray characters."""

from __future__ import annotations

import numpy as np
import pytest

from ocr.document import Quad
from ocr.idcard.card import Side
from ocr.idcard.frame import FACE, Frame
from ocr.idcard.layout import LANDMARKS, SIZE
from ocr.idcard.locate import ResidentCards, confirmed, locate, with_corners
from ocr.recognize import Glyph, Reading

CORNERS = Quad(((210, 160), (905, 240), (860, 690), (170, 600)))

Lines = list[tuple[Quad, Reading]]


def line(text: str, quad: Quad) -> tuple[Quad, Reading]:
    glyphs = tuple(Glyph(c, i / len(text), (i + 1) / len(text), 0.9) for i, c in enumerate(text))
    return quad, Reading(glyphs, 0.9, "made up")


def labels_of(frame: Frame) -> Lines:
    """Every character that cards of a side share, as read in the picture."""
    return [
        line(text, frame.to_image(Quad.rect(x - SIZE / 2, y - SIZE / 2, x + SIZE / 2, y + SIZE / 2)))
        for text, x, y in LANDMARKS[frame.side]
    ]


def off(found: Quad, true: Quad) -> float:
    return float(np.abs(np.array(found.points) - np.array(true.points)).max())


@pytest.mark.parametrize("side", [Side.FRONT, Side.BACK])
def test_a_card_in_perspective(side: Side) -> None:
    true = Frame.of_box(side, CORNERS)
    stray = [line("姓名年月日", Quad.rect(20, 20, 200, 50)), line("something else", Quad.rect(20, 700, 300, 730))]
    [found] = locate([*stray, *labels_of(true)])
    assert found.side is side
    assert found.labels == len(LANDMARKS[side])
    assert off(found.box, true.box) < 0.06 * true.box.width
    places = ResidentCards().places(found)
    better = with_corners(found, Quad.of(np.roll(np.array(CORNERS.points), 1, axis=0).tolist()), places)
    assert off(better.box, true.box) < 1e-2
    assert with_corners(found, Quad.rect(0, 0, 1000, 800), places) is found


def test_corners_of_which_one_is_wrong_do_not_replace_the_labels() -> None:
    """Most labels of a front are far from its top right corner, so that on average they are hardly displaced."""
    found = Frame.of_box(Side.FRONT, Quad.rect(100, 100, 956, 640), 20)
    places = ResidentCards().places(found)
    for right, kept in ((980, False), (1020, True)):
        corners = Quad(((100, 100), (right, 100), (956, 640), (100, 640)))
        assert (with_corners(found, corners, places) is found) is kept


@pytest.mark.parametrize("side", [Side.FRONT, Side.BACK])
def test_a_few_labels_where_the_corners_have_them(side: Side) -> None:
    true = Frame.of_box(side, CORNERS)
    few = labels_of(true)[2:7]
    a, b, c, d = CORNERS.points
    assert locate(few) == []
    [found] = confirmed(few, Quad((c, d, a, b)))
    assert (found.side, found.labels) == (side, 5) and off(found.box, true.box) < 1e-2
    assert confirmed(few[1:], CORNERS) == []
    assert confirmed(few, Quad.rect(100, 300, 1000, 868)) == []
    assert confirmed([], CORNERS) == []


def test_labels_that_are_not_where_the_corners_have_them_tell() -> None:
    true = Frame.of_box(Side.FRONT, CORNERS)
    a, b, c, d = CORNERS.points
    aslant = Quad(((a[0] - 90, a[1] - 60), b, c, d))
    [right], [wrong] = confirmed(labels_of(true), CORNERS), confirmed(labels_of(true), aslant)
    assert right.off < 0.1 and wrong.off > 1.5


def test_both_sides_and_a_second_front() -> None:
    boxes = [Quad.rect(100, top, 956, top + 540) for top in (50, 700, 1400)]
    sides = (Side.FRONT, Side.BACK, Side.FRONT)
    lines = [entry for side, box in zip(sides, boxes, strict=True) for entry in labels_of(Frame.of_box(side, box))]
    found = locate(lines)
    assert sorted(frame.side for frame in found) == [Side.BACK, Side.FRONT, Side.FRONT]


@pytest.mark.parametrize("pitch", [40, 56, 65, 75, 90])
def test_a_form_that_asks_for_the_same_is_no_card(pitch: int) -> None:
    rows = ("姓名", "性别", "民族", "出生年月日", "住址", "公民身份号码", "签发机关", "有效期限", "1999年11月1日")
    lines = [line(text, Quad.rect(100, pitch * k, 100 + 26 * len(text), pitch * k + 26)) for k, text in enumerate(rows)]
    assert locate(lines) == []
    assert locate([]) == []


def test_a_frame_and_its_inverse() -> None:
    frame = Frame.of_box(Side.FRONT, CORNERS)
    assert off(frame.box, CORNERS) < 1e-2
    assert off(frame.to_card(frame.to_image(FACE)), FACE) < 1e-4
