"""Nets for browsers: read from ONNX, written, damaged on purpose, built from source, and run by Node.js."""

from __future__ import annotations

import json
import shutil
import struct
import subprocess
import zlib
from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from ocr.engine import Session
from ocr.errors import InputError
from ocr.export.convert import float_model, to_web
from ocr.export.web.file import coarser, file_bytes
from ocr.export.web.graph import read_net
from ocr.export.web.net import Integers
from ocr.wasm import BUILDS, HEAD, HEADER, MAGIC, SPEC, WasmNet, body_of, runtime_folder

ROOT = Path(__file__).parent.parent.parent
MODELS, RUNTIME = ROOT / "models", ROOT / "web" / "runtime"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("nets")


def exported(folder: Path, name: str, task: str) -> Path:
    path = folder / f"{name}.ocrnet"
    if not path.exists():
        to_web(MODELS / f"{name}.onnx", path, task, "int8")
    return path


def lines(count: int, width: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """Printed words, as nets take them."""
    page = np.full((count, 32, width), 255, np.uint8)
    for k, line in enumerate(page):
        cv2.putText(line, f"Invoice {k + 17} of May 2026, total 38.50", (4, 22), 0, 0.6, 20, 1, cv2.LINE_AA)
    return page[:, None].astype(np.float32) / 127.5 - 1


@pytest.mark.parametrize(
    ("name", "task", "given", "limit"),
    [
        (
            "detect-mobile",
            "detect",
            np.pad(lines(1, 160), ((0, 0), (0, 0), (32, 64), (16, 16)), constant_values=1),
            0.1,
        ),
        ("corners-mobile-refine", "corners", np.resize(lines(3, 96), (1, 3, 96, 96)), 0.15),
        ("enhance-whiten", "enhance", np.resize(lines(3, 64) / 2 + 0.5, (1, 3, 40, 64)), 0.15),
        ("orient", "orient", lines(5, 256), 0.15),
    ],
)
def test_maps_are_those_of_the_float_model(
    folder: Path, name: str, task: str, given: np.ndarray[tuple[int, ...], np.dtype[np.float32]], limit: float
) -> None:
    float_model(MODELS / f"{name}.onnx", folder / "float.onnx")
    source, net = Session(folder / "float.onnx"), Session(exported(folder, name, task))
    feed = {source.inputs[0]: given.astype(np.float32)}
    assert (net.inputs, net.outputs) == (source.inputs, source.outputs)
    for wanted, found in zip(source.run(feed), net.run(feed), strict=True):
        assert wanted.shape == found.shape
        assert np.sqrt(np.mean((wanted - found) ** 2)) <= limit * max(float(wanted.std()), 0.05)


@pytest.mark.parametrize("name", ["crnn-mrz-int8", "crnn-en-int8", "crnn-zh-int8"])
def test_frames_are_those_of_onnxruntime(folder: Path, name: str) -> None:
    source, net = Session(MODELS / f"{name}.onnx"), Session(exported(folder, name, "recognize"))
    for given in (lines(1, 200), lines(3, 96)):
        wanted, found = (s.run({"lines": given}, ["classes", "probabilities"]) for s in (source, net))
        assert found[0].shape == wanted[0].shape and found[1].shape == wanted[1].shape
        assert np.mean(wanted[0] == found[0]) >= 0.95
        (logits,) = net.run({"lines": given}, ["logits"])
        assert np.array_equal(logits.argmax(-1), found[0])


def test_a_line_is_read_the_same_in_a_batch_and_alone(folder: Path) -> None:
    net = Session(exported(folder, "crnn-mrz-int8", "recognize"))
    batch = lines(4, 120)
    together = net.run({"lines": batch}, ["classes"])[0]
    alone = [net.run({"lines": batch[k : k + 1]}, ["classes"])[0][:, 0] for k in range(4)]
    assert np.array_equal(together, np.stack(alone, 1))


def test_coarser_weights_have_few_levels() -> None:
    weights = Integers(np.random.default_rng(2).normal(0, 30, (4, 500)).astype(np.int8), np.ones(4, np.float32))
    less = coarser(weights)
    assert np.abs(less.values).max() < 40
    assert np.abs(less.values * less.steps[:, None] - weights.values).max() <= less.steps.max() / 2 + 1e-4


def packed(body: bytes) -> bytes:
    return HEAD.pack(MAGIC, len(body), zlib.crc32(body)) + zlib.compress(body)


def changed(path: Path, at: int, value: int) -> bytes:
    """A net with one number of its body changed, and the checksum made right again."""
    body = bytearray(body_of(path.read_bytes())[0])
    struct.pack_into("<i", body, at, value)
    return packed(bytes(body))


def test_wrong_numbers_in_a_file_are_refused(folder: Path, tmp_path: Path) -> None:
    path = exported(folder, "orient", "orient")
    body = body_of(path.read_bytes())[0]
    first = HEADER.size + SPEC.size * HEADER.unpack_from(body)[2]
    wrong = tmp_path / "wrong.ocrnet"
    later = {4: 2, first: 99}
    outside = {8: 10**6, 12: -1, 20: 10**9, 36: 64, first + 4: 77, first + 20: -5, first + 24: 10**5, first + 64: 10**9,
               first + 72: 10**8, HEADER.size + 4: -3}  # fmt: skip
    for changes, message in ((later, "later version"), (outside, "damaged")):
        for at, value in changes.items():
            wrong.write_bytes(changed(path, at, value))
            with pytest.raises(InputError, match=message):
                WasmNet(wrong)


def test_operators_that_the_runtime_lacks_are_named(tmp_path: Path) -> None:
    given, out = (helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 1, 8, 8]) for name in ("x", "y"))
    for node in (helper.make_node("Tanh", ["x"], ["y"]), helper.make_node("Relu", ["x"], ["y"])):
        onnx.save(helper.make_model(helper.make_graph([node], "g", [given], [out])), str(tmp_path / "odd.onnx"))
        with pytest.raises(InputError, match=rf"odd\.onnx: the operator {node.op_type} "):
            read_net(tmp_path / "odd.onnx", 256)


def test_the_same_model_gives_the_same_bytes() -> None:
    first, again = (file_bytes(read_net(MODELS / "orient.onnx", 256), coarse=True) for _ in range(2))
    assert first == again


@pytest.mark.skipif(shutil.which("clang-19") is None, reason="clang-19 is not installed")
def test_the_builds_are_those_of_the_sources(tmp_path: Path) -> None:
    subprocess.run([RUNTIME / "build", tmp_path], check=True)
    for name in BUILDS:
        assert (tmp_path / name).read_bytes() == (RUNTIME / name).read_bytes(), f"run web/runtime/build: {name}"
        assert len((tmp_path / name).read_bytes()) < 40_000


@pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not installed")
def test_nodejs_runs_it(folder: Path, tmp_path: Path) -> None:
    path = exported(folder, "crnn-mrz-int8", "recognize")
    given = lines(2, 160)
    (tmp_path / "given").write_bytes(given.tobytes())
    script = tmp_path / "run.mjs"
    script.write_text(f"""
        import {{ readFile }} from "node:fs/promises";
        import {{ loadNet, supported }} from "{runtime_folder() / "net.js"}";
        const net = await loadNet(await readFile("{path}"));
        const bytes = await readFile("{tmp_path / "given"}");
        const input = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
        const {{ outputs, shape }} = await net.run(input, [2, 1, 32, 160]);
        const file = new Uint8Array(await readFile("{path}"));
        const faults = [];
        for (const bad of [file.slice(0, 9), file.slice(0, -500), file.with(13, file[13] ^ 1)])
          faults.push(await loadNet(bad).catch((error) => error.code));
        faults.push(await net.run(input, [2, 1, 30, 160]).catch((error) => error.code));
        faults.push(await net.run(input, [1, 1, 32, 160]).catch((error) => error.code));
        const classes = [...outputs.classes.data];
        console.log(JSON.stringify({{ build: supported(), names: net.outputs, shape, classes, faults }}));
    """)
    said = json.loads(subprocess.run(["node", script], check=True, capture_output=True, text=True).stdout)
    assert said["build"] in BUILDS and said["names"] == ["logits", "classes", "probabilities"]
    assert said["faults"] == ["not-a-model", "truncated", "damaged", "shape", "shape"]
    classes, logits = WasmNet(path, said["build"]).run(["classes", "logits"], {"lines": given})
    assert said["shape"] == list(logits.shape)
    assert said["classes"] == classes.reshape(-1).tolist()
