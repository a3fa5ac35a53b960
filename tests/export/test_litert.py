"""LiteRT models beside ONNX Runtime: every size, every operator that these nets have."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from ocr.engine import Session
from ocr.errors import OcrError
from ocr.export.litert import to_litert
from ocr.export.plain import plain_model
from ocr.export.recognizer import export_recognizer
from ocr.metadata import read_metadata
from ocr.train.recognize.net import ConvCrnn
from ocr.weights import model

litert = pytest.importorskip("ocr.runtimes.litert", reason="scripts/export-report litert tests it in its environment")

SHAPES = {
    "detect-mobile": ((1, 1, 64, 96), (1, 1, 96, 64)),
    "enhance-whiten": ((1, 3, 64, 96), (1, 3, 96, 64)),
    "corners-mobile": ((1, 3, 192, 192),),
    "corners-mobile-refine": ((4, 3, 96, 96), (1, 3, 96, 96)),
    "orient": ((3, 1, 32, 256), (1, 1, 32, 256)),
}


@pytest.mark.parametrize("name", sorted(SHAPES))
def test_models_give_what_onnx_runtime_gives(tmp_path: Path, name: str) -> None:
    _same(tmp_path, model(name).path, SHAPES[name])


def test_the_recogniser_without_an_lstm_takes_any_width_and_batch(tmp_path: Path) -> None:
    torch.manual_seed(0)
    net = ConvCrnn(40).eval()
    for value in net.parameters():
        value.data.add_(0.02 * torch.randn_like(value))
    source = tmp_path / "conv.onnx"
    about = read_metadata(model("crnn-european-mobile-int8").path)
    export_recognizer(net, source, replace(about, charset=about.charset[:39]))
    _same(tmp_path, source, ((1, 1, 32, 320), (3, 1, 32, 96), (1, 1, 32, 1600), (1, 1, 32, 320)))


def test_an_lstm_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OcrError, match="LSTM cannot be written"):
        to_litert(model("crnn-european-mobile-int8").path, tmp_path / "out.tflite", "recognize", "float")


def _same(folder: Path, source: Path, shapes: tuple[tuple[int, ...], ...]) -> None:
    plain_model(source, folder / "plain.onnx")
    wanted = Session(folder / "plain.onnx")
    draw = np.random.default_rng(0)
    for variant, limit in (("float", 1e-4), ("int8", 0.1)):
        made = folder / f"{variant}.tflite"
        to_litert(source, made, "", variant)
        net = litert.Net(made, 1, wanted.inputs, wanted.outputs)
        for shape in shapes:
            given = {wanted.inputs[0]: draw.random(shape, dtype=np.float32)}
            for one, other in zip(net.run(wanted.outputs, given), wanted.run(given), strict=True):
                assert one.size == other.size
                error = np.sqrt(np.mean((one.reshape(other.shape) - other) ** 2))
                assert error <= limit * max(float(np.std(other)), float(np.abs(other).mean()) / 10, 1e-6)
    small, large = (folder / f"{variant}.tflite" for variant in ("int8", "float"))
    assert small.stat().st_size < 0.45 * large.stat().st_size
