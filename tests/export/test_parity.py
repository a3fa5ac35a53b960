"""What an export may differ from what it was made of: measured rightly, and refused beyond the limit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")
from onnx import TensorProto, helper  # noqa: E402

from ocr.errors import OcrError  # noqa: E402
from ocr.export.parity import difference, held, largest  # noqa: E402

X = {"x": np.arange(100, dtype=np.float32)}


def model(path: Path, factor: float, shift: float = 0.0) -> Path:
    """``values`` = factor * x + shift, and ``classes``, those rounded."""
    constants = [
        helper.make_node("Constant", [], [name], value_float=value) for name, value in (("f", factor), ("s", shift))
    ]
    nodes = [
        *constants,
        helper.make_node("Mul", ["x", "f"], ["m"]),
        helper.make_node("Add", ["m", "s"], ["values"]),
        helper.make_node("Cast", ["values"], ["classes"], to=TensorProto.INT64),
    ]
    kinds = {"values": TensorProto.FLOAT, "classes": TensorProto.INT64}
    graph = helper.make_graph(
        nodes, "g", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [100])],
        [helper.make_tensor_value_info(name, kind, [100]) for name, kind in kinds.items()],
    )  # fmt: skip
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    made.ir_version = 8
    onnx.save(made, str(path))
    return path


def test_the_largest_difference_of_any_value(tmp_path: Path) -> None:
    path = model(tmp_path / "a.onnx", 1.0, 0.25)
    assert largest(path, X, {"values": X["x"]}) == pytest.approx(0.25)
    assert largest(path, X, {"values": X["x"] + np.float32(0.25)}) == 0


def test_the_difference_is_a_share_of_the_spread_or_in_tones(tmp_path: Path) -> None:
    one, other = model(tmp_path / "a.onnx", 1.0), model(tmp_path / "b.onnx", 1.0, 0.5)
    spread = float(np.std(X["x"]))
    assert difference(one, one, [X, X], ["values"]) == 0
    assert difference(other, one, [X, X], ["values"]) == pytest.approx(0.5 / spread)
    assert difference(other, one, [X], ["values"], tones=True) == pytest.approx(0.5)


def test_of_classes_the_share_that_differs_counts_and_the_worst_output_decides(tmp_path: Path) -> None:
    one, other = model(tmp_path / "a.onnx", 1.0, 0.5), model(tmp_path / "b.onnx", 0.99, 0.5)
    wrong = float((np.trunc(0.99 * X["x"] + 0.5) != np.trunc(X["x"] + 0.5)).mean())
    assert 0.3 < wrong < 0.7
    assert difference(other, one, [X], ["classes"]) == pytest.approx(wrong, abs=0.02)
    assert difference(other, one, [X], ["values", "classes"]) == difference(other, one, [X], ["classes"])


@pytest.mark.parametrize("found", [0.03, float("nan")])
def test_beyond_the_limit_is_an_error_that_says_what_to_try(found: float) -> None:
    assert held(Path("a.onnx"), 0.02, 0.02, "int8") == 0.02
    with pytest.raises(OcrError, match=r"a\.onnx: the int8 model differs by .* more than 0\.02; take more"):
        held(Path("a.onnx"), found, 0.02, "int8")
    with pytest.raises(OcrError, match="try another opset"):
        held(Path("a.onnx"), found, 0.02, "float")
