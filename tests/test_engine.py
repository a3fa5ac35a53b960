"""The ONNX Runtime session: runs, tells names and metadata, and refuses with a useful message."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ocr.engine import Session, _load, cores
from ocr.errors import DependencyError, InputError

onnx = pytest.importorskip("onnx", reason="the test draws its model with onnx (train extra)")


@pytest.fixture
def doubler(tmp_path: Path) -> Path:
    """A network that doubles (N, W) arrays."""
    helper, kind = onnx.helper, onnx.TensorProto.FLOAT
    graph = helper.make_graph(
        [helper.make_node("Add", ["x", "x"], ["y"])],
        "doubler",
        [helper.make_tensor_value_info("x", kind, ["n", "w"])],
        [helper.make_tensor_value_info("y", kind, ["n", "w"])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, {"charset": "ab"})
    path = tmp_path / "doubler.onnx"
    onnx.save(model, path)
    return path


def test_runs_any_width_from_many_threads(doubler: Path) -> None:
    session = Session(doubler)
    assert (session.inputs, session.outputs, session.metadata) == (("x",), ("y",), {"charset": "ab"})

    def ask(width: int) -> bool:
        x = np.arange(width, dtype=np.float32)[None]
        [y] = session.run({"x": x})
        return bool((y == 2 * x).all())

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(ask, range(1, 60)))


def test_wrong_input_name_is_told(doubler: Path) -> None:
    with pytest.raises(ValueError, match=r"doubler.onnx takes x, not z"):
        Session(doubler).run({"z": np.zeros((1, 1), np.float32)})
    with pytest.raises(ValueError, match=r"doubler.onnx gives y, not q"):
        Session(doubler).run({"x": np.zeros((1, 1), np.float32)}, ["q"])


def test_missing_and_damaged_files(tmp_path: Path, doubler: Path) -> None:
    with pytest.raises(DependencyError, match=r"none.onnx.*missing.*ocr doctor"):
        Session(tmp_path / "none.onnx")
    for content in (b"", b"garbage", doubler.read_bytes()[:40]):
        damaged = tmp_path / "damaged.onnx"
        damaged.write_bytes(content)
        with pytest.raises(InputError, match=r"damaged.onnx.*ocr doctor"):
            Session(damaged)


def test_takes_no_more_threads_than_there_are_cores(doubler: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[int] = []

    def load(path: Path, threads: int) -> Any:
        given.append(threads)
        return _load(path, 1)

    monkeypatch.setattr("ocr.engine._load", load)
    Session(doubler, threads=100_000)
    Session(doubler, threads=0)
    assert given == [cores(), cores()]
