"""Ink of fields is told from grounds, watermarks and coloured print."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from ocr.document import Quad
from ocr.idcard.card import Field, IdCard, Problem, Side
from ocr.idcard.checks import possible
from ocr.idcard.fields import Mark, ended, printed, replaced, skipped
from ocr.idcard.frame import FACE, Frame
from ocr.idcard.ink import Ink

SCALE = 10
FRAME = Frame.of_box(Side.FRONT, Quad.rect(0, 0, 856, 540))
NAME, BESIDE = Quad.rect(17, 9, 21, 13), Quad.rect(25, 9, 29, 13)
"""Where the name is printed, and where something else is, in millimetres."""


def card(other: tuple[int, int, int], light: float = 1.0) -> NDArray[np.uint8]:
    """A card with black strokes in ``NAME`` and strokes of another colour in ``BESIDE``, RGB."""
    picture = np.full((540, 856, 3), 225, np.uint8)
    for box, ink in ((NAME, (20, 20, 24)), (BESIDE, other)):
        left, top, right, bottom = (round(SCALE * edge) for edge in box.hull)
        for x in range(left, right, 8):
            cv2.line(picture, (x, top), (x, bottom), ink, 4)
    return (picture * light).astype(np.uint8)


@pytest.mark.parametrize("other", [(150, 150, 152), (220, 60, 60), (60, 90, 215), (90, 190, 110)])
@pytest.mark.parametrize("light", [1.0, 0.6])
def test_only_the_ink_of_fields_is_held(other: tuple[int, int, int], light: float) -> None:
    ink = Ink.of(card(other, light), FRAME, [NAME])
    assert ink.own > 0.8
    assert ink.holds(NAME) and not ink.holds(BESIDE)
    assert ink.is_foreign([Quad.rect(17, 8.7, 40, 13.3)])
    assert not ink.is_foreign([NAME])
    alone = ink.alone()
    shown = [alone[slice(*edges[1::2]), slice(*edges[::2])] for edges in _edges(ink)]
    assert shown[0].min() < 80 and shown[1].min() > 190


def _edges(ink: Ink) -> list[list[int]]:
    return [[round(edge) for edge in ink.frame.to_image(box).hull] for box in (NAME, BESIDE)]


def test_black_print_beside_a_value_is_held() -> None:
    ink = Ink.of(card((25, 25, 25)), FRAME, [NAME])
    assert ink.holds(BESIDE) and not ink.is_foreign([Quad.rect(17, 8.7, 40, 13.3)])


def test_without_characters_everything_is_held() -> None:
    ink = Ink.of(card((150, 150, 150)), FRAME, [])
    assert ink.holds(BESIDE) and not ink.is_foreign([FACE])


def mark(text: str, box: Quad, line: int = 0) -> Mark:
    return Mark(text, *box.center, 0.9, box, line)


def test_characters_of_other_ink_are_left_out_of_values_only() -> None:
    ink = Ink.of(card((150, 150, 152)), FRAME, [NAME])
    label = mark("姓", Quad.rect(7, 9.5, 9.5, 12))
    marks = [label, mark("王", NAME), mark("样", BESIDE)]
    assert [each.text for each in printed(marks, Side.FRONT, ink)] == ["姓", "王"]


def test_a_second_reading_replaces_the_values_that_it_has() -> None:
    address = mark("路", Quad.rect(17, 28, 20, 31))
    first = [mark("姓", Quad.rect(7, 9.5, 9.5, 12)), mark("玉", NAME), address]
    again = [mark("王", NAME, 5), mark("X", Quad.rect(7, 9.5, 9.5, 12), 6)]
    read = replaced(first, again, Side.FRONT, (0.0, 0.0))
    assert sorted(each.text for each in read) == sorted("姓王路")


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("number", "1304301959050523342", False), ("number", "130430195905052334", True),
        ("number", "13012319900101123", True), ("number", "13012319900101123A", False),
        ("name", "上官寿2222", False), ("name", "上官寿", True),
        ("name", "阿依古丽·买买提", True), ("name", "王", False), ("name", "ex", False), ("birth", "54-06-27", False),
        ("valid_from", "2010-01", False), ("valid_to", "long-term", True),
    ],
)  # fmt: skip
def test_what_the_format_cannot_hold_is_not_reported(name: str, value: str, kept: bool) -> None:
    card = possible(IdCard(side=Side.FRONT, **{name: Field(value, 0.99)}))  # type: ignore[arg-type]
    assert bool(card.fields[name].value) is kept


@pytest.mark.parametrize(
    ("text", "grey", "kept"),
    [
        ("路12号样", 80, "路12号"),  # pale, after a unit
        ("路12号甲", 20, "路12号甲"),  # as black as the rest
        ("路12号70", 80, "路12号70"),  # a room number without its unit
        ("龙井甲", 80, "龙井甲"),  # no unit ends the address before
    ],
)
def test_an_address_ends_with_a_unit_unless_its_ink_goes_on(text: str, grey: int, kept: str) -> None:
    picture = np.full((540, 856, 3), 225, np.uint8)
    boxes = [Quad.rect(17 + 4 * k, 28, 20 + 4 * k, 31) for k in range(len(text))]
    tail = len(text) - (2 if text.endswith("70") else 1)
    for k, box in enumerate(boxes):
        left, top, right, bottom = (round(SCALE * edge) for edge in box.hull)
        for x in range(left, right, 8):
            cv2.line(picture, (x, top), (x, bottom), (grey,) * 3 if k >= tail else (20, 20, 20), 4)
    marks = [Mark(c, *box.center, 0.6, box, 0) for c, box in zip(text, boxes, strict=True)]
    ink = Ink.of(picture, FRAME, boxes[:tail])
    assert "".join(mark.text for mark in ended(marks, Side.FRONT, ink)) == kept


def row(text: str, places: list[float], top: float = 28, line: int = 0) -> list[Mark]:
    """Characters of an address, each 3 mm wide, whose left edges are given in millimetres."""
    return [mark(c, Quad.rect(x, top, x + 3, top + 3), line) for c, x in zip(text, places, strict=True)]


def test_a_second_reading_leaves_what_it_missed() -> None:
    first = [*row("北京市朝阳区", [17 + 4 * k for k in range(6)]), *row("路12号", [17, 21, 23, 25], 32, 1)]
    again = row("北京市朝", [17 + 4 * k for k in range(4)], line=5)
    read = replaced(first, again, Side.FRONT, (0.0, 0.0))
    assert sorted(each.text for each in read) == sorted("北京市朝阳区路12号")
    assert sum(each.line == 5 for each in read) == 4


@pytest.mark.parametrize(("inked", "cells"), [(True, {"address"}), (False, set())])
def test_a_character_that_was_missed_is_told(inked: bool, cells: set[str]) -> None:
    picture = np.full((540, 856, 3), 225, np.uint8)
    places = [17.0, 20.3, 23.6, 29.4, 32.7]
    boxes = [(x, x + 3) for x in places] + ([(27.2, 28.8)] if inked else [])
    for left, right in boxes:
        for x in range(round(10 * left), round(10 * right), 8):
            cv2.line(picture, (x, 285), (x, 305), (20, 20, 24), 4)
    marks = row("镇西张村组", places)
    ink = Ink.of(picture, FRAME, [each.quad for each in marks])
    assert skipped(marks, Side.FRONT, ink) == cells


@pytest.mark.parametrize(
    ("name", "value", "confidence", "kept"),
    [
        ("valid_from", "2019-22-27", 0.7, False), ("birth", "2019-02-28", 0.7, True),
        ("sex", "民", 0.9, False), ("sex", "女", 0.1, True), ("issuer", "幅碱辑验要酶", 0.001, False),
        ("issuer", "外国语学校", 0.5, True), ("issuer", "土族自治区防城港市港口区公安局", 0.3, False),
        ("address", "蜃廣市龄江", 0.0, False), ("ethnicity", "汉", 0.001, True),
    ],
)  # fmt: skip
def test_guesses_that_are_not_possible_are_not_reported(name: str, value: str, confidence: float, kept: bool) -> None:
    card = possible(IdCard(side=Side.FRONT, **{name: Field(value, confidence)}))  # type: ignore[arg-type]
    assert bool(card.fields[name].value) is kept


@pytest.mark.parametrize("problem", list(Problem))
def test_the_rest_of_a_number_is_none_where_something_hides_a_part(problem: Problem) -> None:
    short, whole = "829195211173449", "130430195905052334"
    hides = problem in (Problem.CROPPED, Problem.GLARE, Problem.COVERED)
    for number, kept in ((short, not hides), (whole, True)):
        card = possible(IdCard(number=Field(number, 0.99), side=Side.FRONT, problems=(problem,)))
        assert bool(card.number.value) is kept


@pytest.mark.parametrize(("grey", "end"), [(20, 28.9), (150, 21.3)])
def test_a_line_ends_where_no_ink_shows_that_a_character_was_missed(grey: int, end: float) -> None:
    ink = Ink.of(card((grey, grey, grey)), FRAME, [NAME])
    line = Quad.rect(17, 8.7, 30, 13.3)
    assert ink.narrowed(line, 21.0).hull[2] == pytest.approx(end, abs=0.4)
    assert ink.narrowed(line, 30.5).hull == line.hull


def test_what_lies_left_of_an_address_does_not_belong_to_its_lines() -> None:
    picture = np.full((540, 856, 3), 225, np.uint8)
    first = row("北京市朝阳区", [17 + 3.3 * k for k in range(6)])
    marks = [*first, *row("1号", [17, 19], 32, 1), *row("本", [14.5], 36, 2)]
    for each in marks:
        left, top, right, bottom = (round(SCALE * edge) for edge in each.quad.hull)
        for x in range(left, right, 8):
            cv2.line(picture, (x, top), (x, bottom), (20, 20, 20), 4)
    kept = ended(marks, Side.FRONT, Ink.of(picture, FRAME, [each.quad for each in marks]))
    assert "".join(each.text for each in kept) == "北京市朝阳区1号"


@pytest.mark.parametrize(("grey", "missed"), [(20, True), (150, False)])
def test_a_line_goes_on_to_ink_that_was_missed(grey: int, missed: bool) -> None:
    ink = Ink.of(card((grey, grey, grey)), FRAME, [NAME])
    line = Quad.rect(17, 8.7, 23, 13.3)
    longer = ink.extended(line, 15.2, 52.0)
    assert longer.hull[0] == pytest.approx(16.7, abs=0.4)  # strokes of the name stand at its left end
    assert (longer.hull[2] > 26) is missed
    assert ink.extended(line, 15.2, 24.0).hull[2] == pytest.approx(23.0, abs=0.1)
