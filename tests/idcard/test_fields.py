"""Fields by place: the runs of a drawn card stand for what a recogniser reads."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import ImageFont

from ocr.document import Quad
from ocr.idcard.card import BACK, FRONT, Side
from ocr.idcard.fields import Mark, place, value_lines
from ocr.idcard.frame import Frame
from ocr.recognize import Glyph, Reading
from ocr.train.synth.cards import Card, CardFaces, Run, draw_card
from ocr.train.synth.people import invent


@pytest.fixture(scope="module")
def faces() -> CardFaces:
    try:
        path = [Path(str(ImageFont.truetype("DejaVuSans.ttf", 10).path))]
    except OSError:
        pytest.skip("DejaVu Sans is not installed; run: apt-get install fonts-dejavu-core")
    return CardFaces(path, path, path)


def read(run: Run, dx: float = 0.0, dy: float = 0.0) -> tuple[Quad, Reading]:
    """A run as a recogniser that makes no errors gives it, the card shifted by some pixels."""
    count = len(run.text)
    glyphs = tuple(Glyph(c, i / count, (i + 1) / count, 0.99) for i, c in enumerate(run.text))
    quad = Quad.of([(x + dx, y + dy) for x, y in run.quad.points])
    return quad, Reading(glyphs, 0.9, "made up")


def marks_of(card: Card, dx: float = 0.0, dy: float = 0.0, runs: Sequence[Run] | None = None) -> list[Mark]:
    return Mark.of([read(run, dx, dy) for run in (card.runs if runs is None else runs)], frame_of(card))


def frame_of(card: Card) -> Frame:
    height, width = card.picture.shape[:2]
    return Frame.of_box(card.side, Quad.rect(0, 0, width, height))


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("side", [Side.FRONT, Side.BACK])
@pytest.mark.parametrize(("dx", "dy"), [(0.0, 0.0), (18.0, -20.0)])
def test_fields_of_both_sides(faces: CardFaces, seed: int, side: Side, dx: float, dy: float) -> None:
    rng = random.Random(seed)
    values = invent(rng)
    card = draw_card(rng, values, side, faces)
    marks = marks_of(card, dx, dy)
    found = place(marks, side)
    names = FRONT if side is Side.FRONT else BACK
    assert {name: found.fields[name].value for name in names} == {name: values[name] for name in names}
    assert all(not found.fields[name].value for name in {*FRONT, *BACK} - {*names})
    for name in names:
        field = found.fields[name]
        assert field.box is not None and 0 < field.confidence < 1


def test_a_label_and_a_value_in_one_line(faces: CardFaces) -> None:
    rng = random.Random(1)
    card = draw_card(rng, invent(rng), Side.BACK, faces)
    label, value = (next(r for r in card.runs if r.text == text) for text in ("签发机关", card.values["issuer"]))
    left, top, _, bottom = label.quad.hull
    right = value.quad.hull[2]
    pitch = (right - left) / 60
    cells = [" "] * 60
    for run in (label, value):
        for i, character in enumerate(run.text):
            x = run.quad.hull[0] + (i + 0.5) * run.quad.width / len(run.text)
            cells[min(59, int((x - left) / pitch))] = character
    joined = Run("".join(cells), Quad.rect(left, top, right, bottom), "label")
    others = [run for run in card.runs if run not in (label, value)]
    assert place(marks_of(card, runs=[*others, joined]), Side.BACK).issuer.value == card.values["issuer"]


@pytest.mark.parametrize(("side", "cells"), [(Side.FRONT, FRONT), (Side.BACK, ("issuer", "span"))])
def test_lines_of_values(faces: CardFaces, side: Side, cells: Sequence[str]) -> None:
    rng = random.Random(1)
    card = draw_card(rng, invent(rng), side, faces)
    lines, frame = value_lines(marks_of(card), side), frame_of(card)
    assert lines.keys() == {*cells}
    printed = [run.quad for run in card.runs if run.field == "address"]
    assert len(lines.get("address", [])) == len(printed)
    for run in card.runs:
        if run.field in lines:
            hulls = [frame.to_image(quad).hull for quad in lines[run.field]]
            x, y = run.quad.center
            assert any(left < x < right and top < y < bottom for left, top, right, bottom in hulls)


def test_the_last_line_of_an_address_is_looked_for(faces: CardFaces) -> None:
    rng = random.Random(1)
    card = draw_card(rng, invent(rng) | {"address": "ABCDEFGHIJKLMN1234"}, Side.FRONT, faces)
    full, last = (run for run in card.runs if run.field == "address")
    wide = replace(
        full, quad=Quad.rect(full.quad.hull[0], full.quad.hull[1], full.quad.hull[0] + 500, full.quad.hull[3])
    )
    others = [run for run in card.runs if run not in (full, last)]
    _, quad = value_lines(marks_of(card, runs=[*others, wide]), Side.FRONT)["address"]
    left, top, right, bottom = frame_of(card).to_image(quad).hull
    x, y = last.quad.center
    assert left < x < right and top < y < bottom


def test_a_value_without_a_line_is_looked_for(faces: CardFaces) -> None:
    rng = random.Random(1)
    card = draw_card(rng, invent(rng), Side.FRONT, faces)
    lone = next(run for run in card.runs if run.field == "sex")
    [quad] = value_lines(marks_of(card, runs=[run for run in card.runs if run is not lone]), Side.FRONT)["sex"]
    left, top, right, bottom = frame_of(card).to_image(quad).hull
    x, y = lone.quad.center
    assert left < x < right and top < y < bottom


def test_a_stamp_across_the_card_is_no_value(faces: CardFaces) -> None:
    rng = random.Random(1)
    card = draw_card(rng, invent(rng), Side.FRONT, faces)
    name = next(run for run in card.runs if run.field == "name")
    (x, y), slope = name.quad.points[1], 0.2
    across = Quad(((x, y), (x + 300, y + 300 * slope), (x + 295, y + 40 + 300 * slope), (x - 5, y + 40)))
    assert (
        place(marks_of(card, runs=[*card.runs, Run("与原件一致", across, "mark")]), Side.FRONT).name.value == name.text
    )


@pytest.mark.parametrize(
    ("printed", "start", "end"),
    [
        ("2010.01.11-2030.01.11", "2010-01-11", "2030-01-11"),
        ("20100111—2030.0111", "2010-01-11", "2030-01-11"),
        ("2013.04.24-长期", "2013-04-24", "long-term"),
        ("2013.04", "", ""),
    ],
)
def test_validity(faces: CardFaces, printed: str, start: str, end: str) -> None:
    rng = random.Random(1)
    card = draw_card(rng, invent(rng), Side.BACK, faces)
    runs = [replace(run, text=printed) if run.field == "span" else run for run in card.runs]
    found = place(marks_of(card, runs=runs), Side.BACK)
    assert (found.valid_from.value, found.valid_to.value) == (start, end)


def row(text: str, left: float, y: float, line: int, pitch: float = 3.3) -> list[Mark]:
    """Characters in a row, in millimetres."""
    boxes = [Quad.rect(left + k * pitch, y - 1.5, left + (k + 0.9) * pitch, y + 1.5) for k in range(len(text))]
    return [Mark(c, *box.center, 0.9, box, line) for c, box in zip(text, boxes, strict=True)]


def test_of_two_lines_in_the_cell_of_a_name_the_nearer_one_is_taken() -> None:
    marks = [*row("欧阳明", 17.1, 10.8, 1), *row("登记专用", 18.0, 13.6, 2)]
    assert place(marks, Side.FRONT).name.value == "欧阳明"
    assert len(value_lines(marks, Side.FRONT)["name"]) == 1


def test_specks_are_no_line_of_an_address() -> None:
    marks = [*row("/-", 44.0, 26.9, 1), *row("安阳市红旗路", 16.9, 29.4, 2)]
    assert place(marks, Side.FRONT).address.value == "安阳市红旗路"


@pytest.mark.parametrize(("last", "count"), [("社区12345", 3), ("村", 2)])
def test_a_line_may_follow_one_with_as_many_characters(last: str, count: int) -> None:
    marks = [*row("安阳市红旗路", 16.9, 29.4, 1), *row(last, 16.9, 33.5, 2, 2.0)]
    assert len(value_lines(marks, Side.FRONT)["address"]) == count


@pytest.mark.parametrize(("side", "name", "y"), [(Side.FRONT, "address", 29.4), (Side.BACK, "issuer", 39.6)])
def test_print_above_the_first_line_is_not_of_the_value(side: Side, name: str, y: float) -> None:
    left = 16.9 if side is Side.FRONT else 33.3
    value = row("安阳市公安局", left, y, 1)
    assert place([*row("认证", left, y - 2.8, 0), *value], side).fields[name].value == "安阳市公安局"
    assert len(value_lines([*row("认证", left, y - 2.8, 0), *value], side)[name]) <= 2
    alone = row("认证", left, y - 2.8, 0)  # where no line stands beside the label, nothing is left out
    assert place(alone, side).fields[name].value == "认证"


def test_a_short_line_is_slanted_as_the_long_one_and_begins_where_that_does() -> None:
    first = [
        Mark(c, x, 29.4 + 0.02 * (x - 17), 0.9, Quad.rect(x - 1, 27, x + 1, 32), 1)
        for c, x in zip("安阳市红旗路胜利街道", [17 + 3.3 * k for k in range(10)], strict=True)
    ]
    places = (("d", 20.0, 33.4), ("1", 42.0, 37.0))
    last = [Mark(c, x, y, 0.9, Quad.rect(x - 1, y - 2, x + 1, y + 2), 2) for c, x, y in places]
    _, line = value_lines([*first, *last], Side.FRONT)["address"][:2]
    a, b, *_ = line.points
    assert a[0] == pytest.approx(16.0)
    assert (b[1] - a[1]) / (b[0] - a[0]) == pytest.approx(0.02, abs=1e-3)
