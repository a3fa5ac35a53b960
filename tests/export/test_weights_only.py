"""Weights in int8, computed with as floats."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")

from ocr.engine import Session  # noqa: E402
from ocr.export.weights_only import quantize_weights  # noqa: E402


def test_matrices_shrink_and_small_tensors_stay(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    weights = (rng.normal(size=(64, 32)) * np.geomspace(1e-3, 1, 32)).astype(np.float32)  # columns of unlike size
    bias = rng.normal(size=32).astype(np.float32)
    helper, numpy_helper = onnx.helper, onnx.numpy_helper
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "w"], ["y"]), helper.make_node("Add", ["y", "b"], ["z"])],
        "one layer",
        [helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [None, 64])],
        [helper.make_tensor_value_info("z", onnx.TensorProto.FLOAT, [None, 32])],
        [numpy_helper.from_array(weights, "w"), numpy_helper.from_array(bias, "b")],
    )
    wide, small = tmp_path / "wide.onnx", tmp_path / "small.onnx"
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    onnx.save(model, str(wide))
    quantize_weights(wide, small)
    x = rng.normal(size=(5, 64)).astype(np.float32)
    one, other = (Session(path).run({"x": x})[0] for path in (wide, small))
    rounding = np.abs(weights).max(0) / 254  # half a level of each column, which has its own scale
    assert np.abs(one - other).max() > 0
    assert (np.abs(one - other) <= np.abs(x).sum(1)[:, None] * rounding + 1e-5).all()
    assert small.stat().st_size < 0.5 * wide.stat().st_size
