"""The int8 models that ship are those of the checkpoints that ship, within the limits that publishing sets."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

torch = pytest.importorskip("torch")
pytest.importorskip("onnx")

import ocr  # noqa: E402
from ocr.detect import shown_quads  # noqa: E402
from ocr.detect.db import DbDetector  # noqa: E402
from ocr.export.blank_gate import fit_gate  # noqa: E402
from ocr.export.nets import export_net  # noqa: E402
from ocr.export.parity import CLASSES_LIMIT, INT8_LIMIT, Feed, difference  # noqa: E402
from ocr.export.recognizer import COMPARED, export_recognizer, feed_of  # noqa: E402
from ocr.geometry import crop_line  # noqa: E402
from ocr.metadata import read_metadata  # noqa: E402
from ocr.page.orient import line_window  # noqa: E402
from ocr.train.checkpoint import load  # noqa: E402
from ocr.train.detect.export import export as export_detector  # noqa: E402
from ocr.train.detect.net import DbNet  # noqa: E402
from ocr.train.recognize.net import HanCrnn  # noqa: E402

ROOT = Path(__file__).parents[2]
MODELS = ROOT / "models"
Grey = NDArray[np.uint8]


@pytest.fixture(scope="module")
def page() -> Grey:
    """The sample page, grey."""
    with ocr.open_source(ROOT / "samples" / "scan.pdf", pages="1") as source:
        pixels = source.page(1).pixels
    return pixels if pixels.ndim == 2 else pixels.mean(2).astype(np.uint8)


@pytest.fixture(scope="module")
def lines(page: Grey) -> list[Grey]:
    """Its lines, 32 pixels high."""
    return [crop_line(page, quad, 32) for quad in shown_quads(DbDetector("detect-mobile", 1)(page))]


@pytest.mark.parametrize("name", ["crnn-en-mobile", "crnn-en", "crnn-zh"])
def test_recognisers(name: str, lines: list[Grey], tmp_path: Path) -> None:
    shipped, wide = MODELS / f"{name}-int8.onnx", tmp_path / "wide.onnx"
    trained = load(MODELS / "training" / f"{name}.pt", "recognize")
    gate = fit_gate(trained.net, lines) if isinstance(trained.net, HanCrnn) else None
    assert export_recognizer(trained.net, wide, read_metadata(shipped), gate=gate) < 1e-4
    assert 0 < difference(shipped, wide, [feed_of(line) for line in lines], COMPARED) < CLASSES_LIMIT


def test_detector(page: Grey, tmp_path: Path) -> None:
    shipped, wide = MODELS / "detect-mobile.onnx", tmp_path / "wide.onnx"
    said, net = read_metadata(shipped), load(MODELS / "training" / "detect-mobile.pt", "detect").net
    assert isinstance(net, DbNet)
    export_detector(net, wide, said)
    feeds: list[Feed] = [{"image": said.normalised(page[y : y + 320, :640][None, None])} for y in (0, 320)]
    assert 0 < difference(shipped, wide, feeds, ["map"]) < INT8_LIMIT


def test_orientation(lines: list[Grey], tmp_path: Path) -> None:
    shipped, wide = MODELS / "orient.onnx", tmp_path / "wide.onnx"
    said = read_metadata(shipped)
    net = load(MODELS / "training" / "orient.pt", "orient").net
    sample = torch.rand(3, 1, said.height, said.width) * 2 - 1
    export_net(net, wide, said, "lines", sample, ["upside_down"], {0: "n"})
    windows = [line_window(line) for line in lines]
    every = [*windows, *(window[::-1, ::-1] for window in windows)]
    feeds: list[Feed] = [{"lines": said.normalised(window[None, None])} for window in every]
    assert 0 < difference(shipped, wide, feeds, ["upside_down"]) < INT8_LIMIT
