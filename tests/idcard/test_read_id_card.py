"""The public function, the verb and the evaluation, with the models of the checkout."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import ocr
from ocr.evaluate import evaluate


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """A picture without a card."""
    path = tmp_path / "page.png"
    Image.fromarray(np.full((400, 600, 3), 230, np.uint8)).save(path)
    return path


def test_a_picture_without_a_card(page: Path) -> None:
    with pytest.raises(
        ocr.NoCardError, match=r"page\.png: no identity card was found; .*ocr read \S*page\.png"
    ) as caught:
        ocr.read_id_card(page)
    assert caught.value.problems == (ocr.Problem.NOT_A_CARD,)
    assert pickle.loads(pickle.dumps(caught.value)).problems == caught.value.problems
    with pytest.raises(ocr.NoCardError, match=r"found \(the image is dark\)") as caught:
        ocr.read_id_card(np.full((400, 600, 3), 20, np.uint8))
    assert caught.value.problems == (ocr.Problem.NOT_A_CARD, ocr.Problem.DARK)


def test_a_page_of_a_second_picture_needs_that_picture(page: Path) -> None:
    with pytest.raises(ocr.UsageError, match="back_page"):
        ocr.read_id_card(page, back_page=2)


def test_the_verb(page: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ocr", "idcard", str(page), "--json"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (ocr.ExitCode.BAD_INPUT, "")
    assert done.stderr.startswith(f"ocr: {page}: no identity card was found")


def test_evaluation_of_fields(page: Path) -> None:
    truth = {"image": page.name, "task": "idcard", "fields": {"name": "张三", "sex": "男"}}
    path = page.parent / "gt.jsonl"
    path.write_text(json.dumps(truth) + "\n", encoding="utf-8")
    figures = json.loads(list(evaluate(path, ocr.Reader(lang="zh", threads=1)))[-1])
    assert (figures["fields"], figures["records"], figures["missing"]) == (0, 0, 0)
