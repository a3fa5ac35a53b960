"""Nets for browsers, run by the builds that browsers load: results, damage, inputs that do not fit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ocr.engine import Session
from ocr.errors import InputError
from ocr.export.convert import to_web
from ocr.wasm import BUILDS, WasmNet

MODELS = Path(__file__).parent.parent / "models"


@pytest.fixture(scope="module")
def orient(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("nets") / "orient.ocrnet"
    to_web(MODELS / "orient.onnx", path, "orient", "int8")
    return path


def test_both_builds_give_what_onnxruntime_gives(orient: Path) -> None:
    lines = np.random.default_rng(1).uniform(-1, 1, (3, 1, 32, 256)).astype(np.float32)
    (wanted,) = Session(MODELS / "orient.onnx").run({"lines": lines})
    found = [WasmNet(orient, build).run(["upside_down"], {"lines": lines})[0] for build in BUILDS]
    assert np.abs(found[0] - found[1]).max() < 1e-3  # bytes between layers are the same, floats nearly
    assert found[0].shape == wanted.shape and np.abs(found[0] - wanted).max() < 1e-3


def test_a_session_runs_it(orient: Path) -> None:
    net = Session(orient)
    assert (net.inputs, net.outputs) == (("lines",), ("upside_down",))
    assert net.run({"lines": np.zeros((2, 1, 32, 256), np.float32)})[0].shape == (2,)


@pytest.mark.parametrize("shape", [(1, 1, 32, 255), (1, 3, 32, 256), (0, 1, 32, 256), (1, 32, 256)])
def test_other_shapes_are_refused(orient: Path, shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="shape"):
        Session(orient).run({"lines": np.zeros(shape, np.float32)})


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (lambda file: b"PK" + file[2:], "not a model file for browsers"),
        (lambda file: file[:10], "not a model file for browsers"),
        (lambda file: file[:-2000], "incomplete|damaged"),
        (lambda file: file[:12] + bytes([file[12] ^ 1]) + file[13:], "checksum differs"),
        (lambda file: file[:900] + bytes([file[900] ^ 8]) + file[901:], "damaged"),
    ],
)
def test_damaged_files_are_refused(orient: Path, tmp_path: Path, harm: object, message: str) -> None:
    assert callable(harm)
    path = tmp_path / "damaged.ocrnet"
    path.write_bytes(harm(orient.read_bytes()))
    with pytest.raises(InputError, match=message):
        WasmNet(path)
