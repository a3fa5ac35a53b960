"""Synthetic identity cards: fields agree with each other, every text lies where the ground truth says."""

from __future__ import annotations

import json
import random
from datetime import date
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageFont

from ocr.document import Quad
from ocr.idcard.card import BACK, FRONT, Field, IdCard, Problem, Side
from ocr.idcard.checks import checked
from ocr.idcard.layout import HEIGHT, WIDTH
from ocr.train.synth import card_others
from ocr.train.synth.card_conditions import CONDITIONS
from ocr.train.synth.card_photos import main, photograph_card
from ocr.train.synth.cards import VALUES, CardFaces, draw_card
from ocr.train.synth.people import invent, misprinted


@pytest.fixture(scope="module")
def faces() -> CardFaces:
    """One face for everything; Chinese comes out as boxes, which is all the same for geometry."""
    try:
        path = [Path(str(ImageFont.truetype("DejaVuSans.ttf", 10).path))]
    except OSError:
        pytest.skip("DejaVu Sans is not installed; run: apt-get install fonts-dejavu-core")
    return CardFaces(path, path, path)


def test_people_agree_with_themselves() -> None:
    for seed in range(200):
        values = invent(random.Random(seed))
        fields = {name: Field(value, 1.0) for name, value in values.items()}
        card = checked(IdCard(side=Side.BOTH, **fields), date(2026, 1, 2))  # type: ignore[arg-type]
        assert all(field.valid for field in card.fields.values()), values


def test_misprinted_people_have_one_fault() -> None:
    seen = set()
    for seed in range(30):
        rng = random.Random(seed)
        values = invent(rng)
        changed = misprinted(rng, values)
        [name] = [name for name in values if values[name] != changed[name]]
        fields = {name: Field(changed[name], 1.0) for name in FRONT}
        card = checked(IdCard(side=Side.FRONT, **fields), date(2026, 1, 2))  # type: ignore[arg-type]
        assert card.problems == ((Problem.CHECKSUM,) if name == "number" else (Problem.INCONSISTENT,))
        seen.add(name)
    assert seen == {"number", "birth", "sex"}


@pytest.mark.parametrize(("side", "names"), [(Side.FRONT, FRONT), (Side.BACK, ("issuer", "span"))])
def test_every_field_is_printed_where_it_is_said_to_be(faces: CardFaces, side: Side, names: tuple[str, ...]) -> None:
    rng = random.Random(5)
    values = invent(rng)
    card = draw_card(rng, values, side, faces)
    assert {run.field for run in card.runs} == {*names, "label", "mark", *(("title",) if side is Side.BACK else ())}
    assert any("SPECIMEN" in run.text for run in card.runs)
    for run in card.runs:
        left, top, right, bottom = (round(at) for at in run.quad.hull)
        inside = card.picture[top:bottom, left:right].min(2)
        assert int(inside.min()) < 110, run
    if side is Side.FRONT:
        joined = "".join(run.text for run in card.runs if run.field == "address")
        assert joined == values["address"]


@pytest.mark.parametrize("condition", CONDITIONS)
def test_conditions(faces: CardFaces, condition: str) -> None:
    taken = photograph_card(random.Random(3), condition, faces)
    again = photograph_card(random.Random(3), condition, faces)
    assert taken.condition == condition
    assert np.array_equal(taken.picture, again.picture)
    height, width = taken.picture.shape[:2]
    for card in taken.cards:
        for run in card.runs:
            x, y = run.quad.center
            assert 0 <= x < width and 0 <= y < height
    assert len(taken.cards) == len(taken.boxes) == (2 if condition == "photocopy" else 1)


@pytest.mark.parametrize("condition", CONDITIONS)
def test_texts_move_with_their_card(faces: CardFaces, condition: str) -> None:
    for seed in range(6 if condition == "cropped" else 2):
        taken = photograph_card(random.Random(seed), condition, faces)
        for card, box in zip(taken.cards, taken.boxes, strict=True):
            if card.side is Side.BACK:
                continue
            flat = np.array(Quad.rect(0, 0, WIDTH, HEIGHT).points, np.float32)
            back = cv2.getPerspectiveTransform(np.array(box.points, np.float32), flat)
            [number] = [run for run in card.runs if run.field == "number"]
            left, middle = cv2.perspectiveTransform(np.array([number.quad.points]), back)[0][[0, 3]].mean(0)
            assert (left, middle) == pytest.approx(VALUES["number"], abs=0.1)


def test_a_set_on_disk(faces: CardFaces, tmp_path: Path) -> None:
    face = str(faces.print[0])
    main([str(tmp_path), "--print", face, "--titles", face, "--digits", face, "--count", "3"])
    rows = [json.loads(line) for line in (tmp_path / "gt.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [row["condition"] for row in rows] == [*CONDITIONS][:3]
    for row in rows:
        with Image.open(tmp_path / row["image"]) as picture:
            assert picture.mode == "RGB"
        assert set(row["fields"]) <= {*FRONT, *BACK}
        assert row["side"] in ("front", "back", "both")
        assert set(row["hidden"]) <= set(row["fields"])


@pytest.mark.parametrize(("condition", "seed"), [("finger", 0), ("glare", 1)])
def test_hidden_fields(faces: CardFaces, condition: str, seed: int) -> None:
    taken = photograph_card(random.Random(seed), condition, faces)
    assert taken.hidden and taken.hidden <= {*FRONT}
    assert (Problem.COVERED in taken.problems) == (condition == "finger")


def test_pictures_that_show_no_card(faces: CardFaces, tmp_path: Path) -> None:
    face, count = str(faces.print[0]), len(card_others.KINDS)
    card_others.main([str(tmp_path), "--print", face, "--titles", face, "--digits", face, "--count", str(count)])
    rows = [json.loads(line) for line in (tmp_path / "gt.jsonl").read_text(encoding="utf-8").splitlines()]
    assert {row["condition"] for row in rows} == {*card_others.KINDS}
    assert all((tmp_path / row["image"]).exists() and not row["fields"] for row in rows)


def test_watermarks_lie_over_the_whole_card_and_hide_nothing(faces: CardFaces) -> None:
    plain = photograph_card(random.Random(3), "clean", faces)
    marked = photograph_card(random.Random(3), "clean", faces, watermarks=["VOID"])
    again = photograph_card(random.Random(3), "clean", faces, watermarks=["VOID"])
    assert np.array_equal(marked.picture, again.picture) and not np.array_equal(marked.picture, plain.picture)
    assert not marked.hidden and marked.cards[0].values == plain.cards[0].values
