"""Layers in the fast arrangement compute what the usual ones do, and come back as they were."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from torch import Tensor, nn

from ocr.engine import Session
from ocr.export.arranged import arranged, usual
from ocr.export.nets import export_net, quantize_net
from ocr.metadata import Metadata


class Pyramid(nn.Module):
    """A small detector: two enlargements, joined, and one channel at the end."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.low = nn.Conv2d(1, 16, 3, 2, 1), nn.Conv2d(16, 16, 3, 4, 1)
        self.side, self.head, self.map = nn.Conv2d(16, 16, 1), nn.Conv2d(32, 16, 3, 1, 1), nn.Conv2d(16, 1, 3, 1, 1)

    def forward(self, image: Tensor) -> Tensor:
        stem = torch.relu(self.stem(image))
        low = torch.nn.functional.interpolate(torch.relu(self.low(stem)), scale_factor=4.0, mode="nearest")
        joined = torch.cat([low, torch.relu(self.side(stem))], 1)
        return torch.sigmoid(self.map(torch.relu(self.head(joined))))


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("arranged")
    torch.manual_seed(0)
    about = Metadata("detect", "small", "Apache-2.0", (), 0, 0, 0.5, 0.5, {})
    free = {0: "n", 2: "h", 3: "w"}
    export_net(Pyramid(), folder / "wide.onnx", about, "image", torch.rand(1, 1, 32, 64), ["map"], free)
    rng = np.random.default_rng(0)
    feeds = [{"image": rng.uniform(-1, 1, (1, 1, 32, 64)).astype(np.float32)} for _ in range(4)]
    return quantize_net(folder / "wide.onnx", folder / "int8.onnx", feeds)


def kinds(model: onnx.ModelProto) -> list[str]:
    return [node.op_type for node in model.graph.node]


def test_a_quantized_net_is_in_the_fast_arrangement(model: Path) -> None:
    found = kinds(onnx.load(str(model)))
    assert "Resize" not in found and found.count("ConvTranspose") == 1


@pytest.mark.parametrize("shape", [(1, 1, 32, 64), (2, 1, 64, 32), (1, 1, 8, 8)])
def test_both_arrangements_compute_the_same(model: Path, shape: tuple[int, ...], tmp_path: Path) -> None:
    back = usual(onnx.load(str(model)))
    onnx.checker.check_model(back)
    onnx.save(back, str(tmp_path / "usual.onnx"))
    page = np.random.default_rng(1).uniform(-1, 1, shape).astype(np.float32)
    [fast] = Session(model).run({"image": page}, ["map"])
    [slow] = Session(tmp_path / "usual.onnx").run({"image": page}, ["map"])
    assert fast.shape == slow.shape and float(np.abs(fast - slow).max()) < 1e-5


def test_the_usual_arrangement_comes_back(model: Path) -> None:
    back = usual(onnx.load(str(model)))
    [resize] = [node for node in back.graph.node if node.op_type == "Resize"]
    assert "ConvTranspose" not in kinds(back) and "Transpose" not in kinds(back)
    assert usual(onnx.load(str(model))).graph == back.graph
    again = arranged(back)
    assert "Resize" not in kinds(again)
    assert resize.name


def test_other_layers_stay(tmp_path: Path) -> None:
    net = nn.Sequential(
        nn.Conv2d(1, 2, 3, 1, 1), nn.Conv2d(2, 1, 3, 2, 1), nn.Upsample(scale_factor=2, mode="bilinear")
    )
    about = Metadata("detect", "other", "Apache-2.0", (), 0, 0, 0.5, 0.5, {})
    export_net(net, tmp_path / "other.onnx", about, "image", torch.rand(1, 1, 16, 16), ["map"], {2: "h", 3: "w"})
    model = onnx.load(str(tmp_path / "other.onnx"))
    before = kinds(model)
    assert kinds(arranged(model)) == before
