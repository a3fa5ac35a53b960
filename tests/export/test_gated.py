"""Nets of thousands of classes: the classifier sees frames that may hold something, and nothing else changes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("onnx")

from torch import Tensor, nn  # noqa: E402

from ocr.export.blank_gate import BLANK, fit_gate  # noqa: E402
from ocr.export.recognizer import UNFITTED, export_recognizer, quantize_recognizer  # noqa: E402
from ocr.metadata import Metadata  # noqa: E402
from ocr.recognize.crnn import CrnnRecognizer  # noqa: E402
from ocr.recognize.doubtful import SKIPPED  # noqa: E402
from ocr.train.recognize.net import HanCrnn  # noqa: E402

CHARACTERS = "".join(chr(0x4E00 + i) for i in range(299))
SETTINGS = {"tighten": True, "reread_below": 0.4, "second_below": 0.0}
ABOUT = Metadata("recognize", "han", "CC0-1.0", ("blots",), 32, 0, 0.5, 0.5, SETTINGS, CHARACTERS, UNFITTED)


def pictures(count: int) -> list[np.ndarray]:
    """Dark blots on paper, with wide gaps between."""
    rng = np.random.default_rng(5)
    out = []
    for width in rng.integers(60, 300, count).tolist():
        line = np.full((32, width), 255, np.uint8)
        for x in rng.integers(0, width - 20, 2).tolist():
            line[4:28, x : x + 16] = rng.integers(0, 255, (24, 16))
        out.append(line)
    return out


@pytest.fixture(scope="module")
def net() -> HanCrnn:
    """Random weights, with the blank ahead in about half of the frames."""
    torch.manual_seed(0)
    net = HanCrnn(len(CHARACTERS) + 1).eval()
    with torch.no_grad():
        net.narrow.weight *= 30
        net.classify.weight *= 12
        logits = torch.cat([net(torch.from_numpy(p)[None, None].float() / 127.5 - 1)[:, 0] for p in pictures(20)])
        net.classify.bias[0] += (logits[:, 1:].amax(-1) - logits[:, 0]).median()
    return net


class Columns(nn.Module):
    """Takes white columns for blank and dark ones for a character, with doubt between."""

    def __init__(self) -> None:
        super().__init__()
        self.classify = torch.nn.Linear(1, 2)
        with torch.no_grad():
            self.classify.weight.copy_(torch.tensor([[20.0], [-20.0]]))
            self.classify.bias.copy_(torch.tensor([-8.0, 8.0]))

    def embed(self, x: Tensor) -> Tensor:
        """Mean of every four columns: T x N x 1."""
        columns: Tensor = nn.functional.avg_pool2d(x, (32, 4))
        return columns[:, 0, 0].t()[..., None]


def test_the_gate_lets_all_pass_that_are_not_surely_blank() -> None:
    net, lines = Columns(), pictures(60)
    gate = fit_gate(net, lines)
    kept = skipped = lost = 0
    with torch.no_grad():
        for line in lines:
            features = net.embed(torch.from_numpy(line[:, : line.shape[1] // 4 * 4])[None, None].float() / 127.5 - 1)[
                :, 0
            ]
            blank = net.classify(features).softmax(-1)[:, 0]
            passed = gate(features)[:, 0] > 0
            kept += int(passed.sum())
            skipped += int((~passed & (blank > BLANK)).sum())
            lost += int((~passed & (blank < 0.8)).sum())
    assert lost <= 0.002 * kept
    assert skipped > 0.5 * kept, "it is of use"


def test_the_exported_net_says_the_same_of_live_frames(net: HanCrnn, tmp_path: Path) -> None:
    lines = pictures(40)
    path = tmp_path / "han.onnx"
    assert export_recognizer(net, path, ABOUT, gate=fit_gate(net, lines)) < 1e-3
    recognizer = CrnnRecognizer(path, "greedy", 1)
    for line in lines[:5]:
        frames = recognizer.frames(line)
        with torch.no_grad():
            logits = net(torch.from_numpy(line)[None, None].float() / 127.5 - 1)[:, 0]
        assert frames.logits().shape == tuple(logits.shape)
        live = frames.row >= 0
        assert live.any()
        assert np.allclose(frames.logits()[live], logits.numpy()[live], rtol=1e-3, atol=1e-2)
        assert (frames.logits()[~live, 1:] == SKIPPED).all()
        assert (frames.classes[~live] == 0).all()
        assert (frames.probabilities[~live] == 1).all()
        assert (frames.classes[live] == logits.argmax(-1).numpy()[live]).all()


def test_int8_reads_batches_of_many_widths(net: HanCrnn, tmp_path: Path) -> None:
    lines = pictures(70)
    wide, small = tmp_path / "wide.onnx", tmp_path / "small.onnx"
    export_recognizer(net, wide, ABOUT, gate=fit_gate(net, lines))
    quantize_recognizer(wide, small, lines)
    assert small.stat().st_size < 0.4 * wide.stat().st_size
    blank = np.full((32, 90), 255, np.uint8)
    readings = CrnnRecognizer(small, "greedy", 1)([*lines[:9], blank])
    assert len(readings) == 10
    assert any(reading.text for reading in readings)
