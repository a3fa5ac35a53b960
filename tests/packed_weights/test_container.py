"""The .dcz file: bit-exact round trip through ONNX Runtime, and files that are refused by name."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from ocr.engine import Session
from ocr.errors import InputError
from ocr.metadata import pairs
from ocr.packed_weights import is_packed, pack, skeleton, unpack
from ocr.packed_weights.onnx_bytes import with_weights

Weights = dict[str, NDArray[np.float32]]


@pytest.fixture
def weights() -> Weights:
    """A grid, shared values, half and single precision, a constant, and a tensor too small to code."""
    rng = np.random.default_rng(0)
    return {
        "grid": (rng.integers(-3, 4, (40, 8, 3, 3)) * np.float32(0.037)).astype(np.float32),
        "positive": (rng.integers(5, 9, (10, 10)) * np.float32(0.25)).astype(np.float32),
        "shared": rng.choice(np.array([-0.71, -0.2, 0.11, 0.93], np.float32), (30, 50)),
        "lstm": np.concatenate([rng.integers(-3, 4, (1, 64, 16)) * k for k in (0.37, 0.41)]).astype(np.float32),
        "sparse": np.where(rng.random((40, 30)) < 0.7, 0, rng.normal(size=(40, 30))).astype(np.float32),
        "sparse half": np.where(rng.random(2000) < 0.7, 0, rng.normal(size=2000)).astype(np.float16).astype(np.float32),
        "half": rng.normal(size=300).astype(np.float16).astype(np.float32),
        "single": rng.normal(size=300).astype(np.float32),
        "constant": np.zeros((64, 8), np.float32),
        "small": np.array([1.5, -2.0], np.float32),
    }


def model_of(weights: Weights) -> bytes:
    """An ONNX model without initializers that multiplies its input by ``grid`` laid flat."""
    onnx = pytest.importorskip("onnx")
    float_type = onnx.TensorProto.FLOAT
    graph = onnx.helper.make_graph(
        [onnx.helper.make_node("Identity", [name], [f"{name}_out"]) for name in weights],
        "g",
        [],
        [onnx.helper.make_tensor_value_info(f"{name}_out", float_type, a.shape) for name, a in weights.items()],
    )
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8)
    onnx.helper.set_model_props(model, {"task": "recognize", "charset": '"äß"'})
    data: bytes = model.SerializeToString()
    return data


def test_round_trip_is_exact_to_the_bit(weights: Weights, tmp_path: Path) -> None:
    path = tmp_path / "model.dcz"
    path.write_bytes(pack(model_of(weights), weights))
    outputs = Session(path).run({})
    for (name, array), output in zip(weights.items(), outputs, strict=True):
        assert output.tobytes() == array.tobytes(), name


def test_zeros_cost_little(tmp_path: Path) -> None:
    values = np.where(
        np.random.default_rng(0).random((100, 100)) < 0.9, -0.0, 0.123 + np.arange(10_000).reshape(100, 100)
    )
    whole, sparse = (len(pack(b"", {"w": array.astype(np.float32)})) for array in (values + 1, values))
    assert sparse < 0.15 * whole


def test_metadata_is_read_without_weights(weights: Weights, tmp_path: Path) -> None:
    path = tmp_path / "model.dcz"
    path.write_bytes(pack(model_of(weights), weights))
    assert is_packed(path)
    assert pairs(path) == {"task": "recognize", "charset": '"äß"'}
    assert len(skeleton(path)) < 1500


def test_appended_weights_are_those_of_the_graph(weights: Weights) -> None:
    onnx = pytest.importorskip("onnx")
    model = onnx.load_from_string(with_weights(model_of(weights), weights.items()))
    assert [tensor.name for tensor in model.graph.initializer] == list(weights)
    assert (onnx.numpy_helper.to_array(model.graph.initializer[0]) == weights["grid"]).all()


@pytest.mark.parametrize("where", [9, 30, 200, -1])
def test_a_changed_byte_is_refused_with_the_name_of_the_file(weights: Weights, tmp_path: Path, where: int) -> None:
    data = bytearray(pack(model_of(weights), weights))
    data[where] ^= 1
    path = tmp_path / "changed.dcz"
    path.write_bytes(data)
    with pytest.raises(InputError, match=r"changed\.dcz: damaged: its checksum is wrong"):
        unpack(path)


def test_a_cut_file_and_one_of_another_kind_are_refused(weights: Weights, tmp_path: Path) -> None:
    cut = tmp_path / "cut.dcz"
    for size in (8, 20, 400):
        cut.write_bytes(pack(model_of(weights), weights)[:size])
        with pytest.raises(InputError, match=r"cut\.dcz: damaged"):
            unpack(cut)
    text = tmp_path / "text.dcz"
    text.write_text("not a model")
    with pytest.raises(InputError, match=r"text\.dcz: not a packed model"):
        unpack(text)
    with pytest.raises(InputError, match=r"none\.dcz: cannot be read"):
        unpack(tmp_path / "none.dcz")


def test_reading_needs_no_torch_and_no_onnx() -> None:
    check = "import sys, ocr.packed_weights, ocr.engine; print([m for m in ('torch', 'onnx') if m in sys.modules])"
    assert subprocess.check_output([sys.executable, "-c", check], text=True) == "[]\n"
