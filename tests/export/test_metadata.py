"""Describing model files: the pairs change, the network does not."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

onnx = pytest.importorskip("onnx")

from ocr.export.metadata import describe, set_pairs  # noqa: E402
from ocr.metadata import pairs, read_metadata  # noqa: E402

SHIPPED = Path(__file__).parents[2] / "models" / "orient.onnx"


def test_the_network_stays_as_it_is(tmp_path: Path) -> None:
    path = Path(shutil.copy(SHIPPED, tmp_path))
    about = replace(read_metadata(path), name="other", trained_on=("nothing",))
    describe(path, about)
    assert read_metadata(path) == about
    assert pairs(path)["onnx.infer"] == "onnxruntime.quant", "pairs of others stay"
    before, after = (onnx.load(str(file)).graph.SerializeToString(deterministic=True) for file in (SHIPPED, path))
    assert before == after


def test_what_a_task_does_not_need_goes(tmp_path: Path) -> None:
    path = Path(shutil.copy(SHIPPED, tmp_path))
    set_pairs(path, {"charset": '"abc"', "radius": "5"})
    assert {"charset", "radius"} <= pairs(path).keys()
    describe(path, read_metadata(SHIPPED))
    assert not {"charset", "radius"} & pairs(path).keys()
