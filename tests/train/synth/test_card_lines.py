"""Lines out of photographs of drawn cards: their texts are those printed, and every crop shows its line."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from PIL import ImageFont

from ocr.idcard.card import Side
from ocr.train.synth.card_conditions import CONDITIONS
from ocr.train.synth.card_lines import WEIGHTS, lines_of, main, strange
from ocr.train.synth.cards import CardFaces, draw_card
from ocr.train.synth.people import invent

RUNS = ["甲乙丙丁戊己庚辛壬癸", "子丑寅卯辰巳午未申酉戌亥"]


@pytest.fixture(scope="module")
def face() -> Path:
    """One face for everything; Chinese comes out as boxes, which is all the same for geometry."""
    try:
        return Path(str(ImageFont.truetype("DejaVuSans.ttf", 10).path))
    except OSError:
        pytest.skip("DejaVu Sans is not installed; run: apt-get install fonts-dejavu-core")


def test_strange_cards_have_any_characters_and_keep_their_number() -> None:
    values = invent(random.Random(1))
    changed = strange(random.Random(2), values, RUNS, "天地玄黄")
    assert set(changed["name"]) <= set("天地玄黄") and changed["address"] != values["address"]
    assert changed["number"] == values["number"]


@pytest.mark.parametrize("condition", ["photo", "blurred"])
def test_lines_are_cut_where_they_are_printed(face: Path, condition: str) -> None:
    rng, seen = random.Random(3), []
    values = invent(rng)
    photo = CONDITIONS[condition](
        rng, (draw_card(rng, values, Side.FRONT, CardFaces([face], [face], [face])),), CardFaces([face], [face], [face])
    )
    for _ in range(6):
        seen += list(lines_of(photo, rng))
    number = [line for line, text in seen if text == values["number"]]
    assert len(number) >= 5 and {text for _, text in seen} >= {values["number"], values["name"]}
    for line in number:
        assert line.shape[0] == 32 and line.shape[1] > 200
        ink = line < (int(line.min()) + int(np.median(line))) / 2
        assert ink.any(0).mean() > 0.3  # digits from end to end


def test_shards_are_written(tmp_path: Path, face: Path) -> None:
    text, words = tmp_path / "text.txt", tmp_path / "words.txt"
    text.write_text("\n".join(RUNS), encoding="utf-8")
    words.write_text("".join(RUNS), encoding="utf-8")
    fonts = [argument for name in ("print", "titles", "digits") for argument in (f"--{name}", str(face))]
    main([str(tmp_path / "out"), *fonts, "--text", str(text), "--words", str(words), "--count", "3", "--seed", "5"])
    [path] = (tmp_path / "out").glob("*.npz")
    with np.load(path) as shard:
        texts = str(shard["texts"]).split("\n")
        assert len(texts) == len(shard["widths"]) > 5 and shard["pixels"].shape == (32, shard["widths"].sum())


def test_all_conditions_exist() -> None:
    assert set(WEIGHTS) <= set(CONDITIONS)
