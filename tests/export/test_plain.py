"""Plain float models: what other runtimes' converters take says the same as the installed model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")
torch = pytest.importorskip("torch")

from ocr.engine import Session  # noqa: E402
from ocr.export.plain import plain_model  # noqa: E402
from ocr.export.torch_net import OPERATORS, TorchNet  # noqa: E402
from ocr.weights import model  # noqa: E402

SHAPES = {
    "crnn-european-mobile-int8": (2, 1, 32, 96), "crnn-zh-int8": (2, 1, 32, 64), "detect-mobile": (1, 1, 64, 96),
    "orient": (2, 1, 32, 256), "corners-mobile": (1, 3, 192, 192), "corners-mobile-refine": (4, 3, 96, 96),
    "enhance-whiten": (1, 3, 64, 96),
}  # fmt: skip


@pytest.mark.parametrize("name", SHAPES)
def test_a_plain_model_has_few_operators_and_torch_computes_the_same(tmp_path: Path, name: str) -> None:
    source, path = model(name).path, tmp_path / "plain.onnx"
    plain_model(source, path)
    kinds = {node.op_type for node in onnx.load(str(path)).graph.node}
    assert kinds <= OPERATORS.keys() | {"LSTM", "Reshape"}
    plain, given = Session(path), np.random.default_rng(0).uniform(-1, 1, SHAPES[name]).astype(np.float32)
    outputs = plain.run({plain.inputs[0]: given})
    with torch.no_grad():
        found = TorchNet(path)(torch.from_numpy(given))
    for one, other in zip(outputs, found if isinstance(found, tuple) else (found,), strict=True):
        assert np.abs(one - other.numpy()).max() < 1e-3 * max(1.0, np.abs(one).max())
    installed = Session(source)
    if "logits" in installed.outputs:
        [classes] = installed.run({"lines": given}, ["classes"])
        assert plain.outputs == ("logits",)
        assert (outputs[0].argmax(-1) == classes).mean() > 0.9  # noise: nothing in it is certain
    else:
        pairs = zip(outputs, installed.run({installed.inputs[0]: given}, plain.outputs), strict=True)
        assert all(one.size == other.size and np.corrcoef(one.ravel(), other.ravel())[0, 1] > 0.9
                   for one, other in pairs if one.size > 2)  # fmt: skip
