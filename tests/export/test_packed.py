"""Classifiers at 4 bits in the file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")
from onnx import TensorProto, helper, numpy_helper  # noqa: E402

from ocr.engine import runtime  # noqa: E402
from ocr.errors import OcrError  # noqa: E402
from ocr.export.packed import BLOCK, STEPS, pack_classifier, packed, unpacked  # noqa: E402

onnxruntime = runtime()
WEIGHTS = np.random.default_rng(1).normal(0, 40, (128, 301)).clip(-128, 127).astype(np.int8)
WEIGHTS[:BLOCK, 0], WEIGHTS[:BLOCK, 1] = 7, np.where(np.arange(BLOCK) % 2, -128, 127)


def classifier(path: Path, name: str = "/classify/MatMul_quant") -> None:
    """A model of one int8 product."""
    product = helper.make_node("MatMulInteger", ["x", "w", "zero"], ["y"], name=name)
    graph = helper.make_graph(
        [product], "g",
        [helper.make_tensor_value_info("x", TensorProto.UINT8, [None, 128])],
        [helper.make_tensor_value_info("y", TensorProto.INT32, [None, 301])],
        [numpy_helper.from_array(WEIGHTS, "w"), numpy_helper.from_array(np.array(3, np.uint8), "zero")],
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    onnx.save(model, str(path))


def test_a_weight_comes_back_within_half_a_step_of_its_block() -> None:
    halves, low, spread = packed(WEIGHTS)
    assert halves.nbytes == WEIGHTS.nbytes / 2 and low.nbytes + spread.nbytes == WEIGHTS.nbytes * 2 / BLOCK
    error = np.abs(unpacked(halves, low, spread).astype(int) - WEIGHTS).reshape(-1, BLOCK, 301)
    assert (error <= spread / STEPS / 2 + 0.5).all()
    assert not error[0, :, :2].any(), "constant blocks and those of two values are kept as they are"


def test_the_runtime_multiplies_with_the_unpacked_weights(tmp_path: Path) -> None:
    path = tmp_path / "packed.onnx"
    classifier(path)
    before = path.stat().st_size
    pack_classifier(path)
    assert path.stat().st_size < 0.65 * before
    x = np.random.default_rng(2).integers(0, 256, (9, 128)).astype(np.uint8)
    options = onnxruntime.SessionOptions()
    options.optimized_model_filepath = str(tmp_path / "loaded.onnx")
    options.log_severity_level = 3
    [y] = onnxruntime.InferenceSession(str(path), options).run(None, {"x": x})
    weights = unpacked(*packed(WEIGHTS))
    assert (y == (x.astype(int) - 3) @ weights.astype(int)).all()
    assert len(onnx.load(options.optimized_model_filepath).graph.node) == 1, "unpacked once, at loading"


def test_a_model_without_an_int8_classifier_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.onnx"
    classifier(path, "other")
    with pytest.raises(OcrError, match="quantize the model first"):
        pack_classifier(path)
