"""The public function, the verb and the evaluation, with the models of the checkout."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

import ocr
from ocr.cli import cli
from ocr.evaluate import evaluate


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """A picture without a card."""
    path = tmp_path / "page.png"
    Image.fromarray(np.full((400, 600, 3), 230, np.uint8)).save(path)
    return path


def test_a_picture_without_a_card(page: Path) -> None:
    card = ocr.read_id_card(page)
    assert card.side is ocr.Side.NONE and card.problems == (ocr.Problem.NOT_A_CARD,)
    dark = ocr.read_id_card(np.full((400, 600, 3), 20, np.uint8))
    assert dark.problems == (ocr.Problem.NOT_A_CARD, ocr.Problem.DARK)


def test_the_verb(page: Path) -> None:
    result = CliRunner().invoke(cli, ["idcard", str(page), "--json"], standalone_mode=False)
    assert json.loads(result.stdout)["problems"] == ["not_a_card"]


def test_evaluation_of_fields(page: Path) -> None:
    truth = {"image": page.name, "task": "idcard", "fields": {"name": "张三", "sex": "男"}}
    path = page.parent / "gt.jsonl"
    path.write_text(json.dumps(truth) + "\n", encoding="utf-8")
    figures = json.loads(list(evaluate(path, ocr.Reader(lang="zh", threads=1)))[-1])
    assert (figures["fields"], figures["records"], figures["missing"]) == (0, 0, 0)
