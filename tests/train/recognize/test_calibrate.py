"""Fitting of confidence: the curve against its definition, and a shipped model fitted to drawn pages."""

from __future__ import annotations

import math
import shutil
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("onnx")

from ocr.metadata import read_metadata
from ocr.recognize.charset import Charset
from ocr.train.recognize import calibrate as module
from ocr.train.recognize.calibrate import calibrate, calibrate_lines, fit_logistic, same
from ocr.train.recognize.data import LineSet
from ocr.train.recognize.shards import crops, write_shard
from tests.train.recognize.pages import draw_set

ROOT = Path(__file__).parents[3]


def test_the_curve_has_the_shares_of_the_data() -> None:
    """Three of four are right at 0, one of four at 1."""
    features = np.array([[1.0, x] for x in (0, 0, 0, 0, 1, 1, 1, 1)])
    right = np.array([True, True, True, False, True, False, False, False])
    offset, slope = fit_logistic(features, right, ridge=1e-9)
    assert offset == pytest.approx(math.log(3), abs=1e-4)
    assert offset + slope == pytest.approx(-math.log(3), abs=1e-4)


def test_shapes_of_quotes_and_dashes_do_not_count() -> None:
    assert same("“a” – b", '"a" - b ')
    assert not same("a-b", "a b")


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A copy of the shipped model file."""
    return Path(shutil.copy(ROOT / "models" / "crnn-en-mobile-int8.onnx", tmp_path / "mine.onnx"))


def test_a_model_is_fitted_to_held_out_pages(model: Path, tmp_path: Path) -> None:
    before = read_metadata(model).calibration
    draw_set(tmp_path / "data", "own", boxes=True)
    figures = calibrate(model, tmp_path / "data", sets=("own",))
    assert figures["lines"] == 4, "those of the held-out page"
    assert figures.keys() == {"lines", "right", "ece", "junk read as text", "ece own"}
    assert read_metadata(model).calibration != before
    assert all(0 <= value <= 1 for name, value in figures.items() if name != "lines")


def test_a_second_recogniser_is_fitted_to_what_the_first_leaves_to_it(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = iter([[False, True, True, False], [True]])
    monkeypatch.setattr(module, "_unsure", lambda _first, pictures: next(asked)[: len(pictures)])
    draw_set(tmp_path / "data", "own", boxes=True)
    assert calibrate(model, tmp_path / "data", "crnn-en-mobile-int8", ("own",))["lines"] == 2


def test_a_model_is_fitted_to_lines(model: Path, tmp_path: Path) -> None:
    draw_set(tmp_path / "data", "own", boxes=True)
    write_shard(tmp_path / "lines.npz", [(p, t if k else "wrong") for k, (p, t) in
                                         enumerate(crops(tmp_path / "data/own/train/gt.jsonl"))])  # fmt: skip
    lines = LineSet(Charset.load("latin"))
    lines.load([tmp_path / "lines.npz"])
    figures = calibrate_lines(model, lines, "en")
    assert figures["lines"] == len(lines) == 8
    assert figures["right"] < 1
