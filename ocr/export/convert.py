"""From an installed model file to the file of a target: one function for each target."""

from __future__ import annotations

import importlib
import logging
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ocr.engine import runtime
from ocr.errors import OcrError
from ocr.metadata import pairs
from ocr.wasm import BUILDS, runtime_folder

__all__ = [
    "float_model", "required_operators", "to_mnn", "to_ncnn", "to_onnx", "to_openvino", "to_ort", "to_web",
    "web_runtime",
]  # fmt: skip


SHAPES = {
    "detect": ((1, 1, 256, 320), (1, 1, 320, 224)),
    "enhance": ((1, 3, 64, 96), (1, 3, 96, 64)),
    "recognize": ((1, 1, 0, 320), (1, 1, 0, 200)),
}
"""Two inputs of a task's nets, from which pnnx sees which dimensions vary; 0 is the net's height."""

LARGE = frozenset({"detect", "recognize"})
"""Tasks whose nets take the time and the bytes; in a browser their activations and weights are coarser."""


def float_model(source: Path, path: Path) -> None:
    """Write the float model that an installed int8 model approximates, with the same metadata."""
    from ocr.export.dequantize import dequantize
    from ocr.export.metadata import set_pairs

    dequantize(source, path)
    set_pairs(path, pairs(source))


def to_onnx(source: Path, path: Path, task: str, variant: str) -> None:
    """The installed model itself, or the float model of it."""
    if variant == "float":
        float_model(source, path)
    else:
        shutil.copyfile(source, path)


def to_ort(source: Path, path: Path, task: str, variant: str) -> None:
    """ONNX Runtime's own format, optimised ahead of time but for no particular processor."""
    module = runtime()
    options = module.SessionOptions()
    options.log_severity_level = 3
    options.graph_optimization_level = module.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.optimized_model_filepath = str(path)
    options.add_session_config_entry("session.save_model_format", "ORT")
    module.InferenceSession(str(source), options, providers=["CPUExecutionProvider"])


def required_operators(folder: Path) -> None:
    """Write ``required_operators.config``: what a build of ONNX Runtime has to contain for the ``.ort`` files."""
    runtime()
    # Its package of FlatBuffers classes is found only from this folder.
    tools = Path(importlib.import_module("onnxruntime.tools").__file__ or "").parent / "ort_format_model"
    sys.path.insert(0, str(tools))
    try:
        module = importlib.import_module("onnxruntime.tools.ort_format_model.utils")
    finally:
        sys.path.remove(str(tools))
    config = folder / "required_operators.config"
    logging.getLogger("ort_format_model.utils").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # it leaves the models open
        module.create_config_from_models(sorted(folder.glob("*.ort")), config, False)
    rows = [row for row in config.read_text(encoding="utf-8").splitlines() if not row.startswith("#")]
    config.write_text("# For build.sh --include_ops_by_config of ONNX Runtime\n" + "\n".join(rows) + "\n", "utf-8")


def to_web(source: Path, path: Path, task: str, variant: str) -> None:
    """The net of the runtime for browsers, with its weights as they are or with fewer levels (``compact``)."""
    from ocr.export.web.file import file_bytes
    from ocr.export.web.graph import read_net

    large = task in LARGE
    net = read_net(source, levels=128 if large else 256)
    path.write_bytes(file_bytes(net, coarse=large and variant == "compact"))


def web_runtime(folder: Path) -> None:
    """Put the runtime beside the models: ``net.js`` with its types, and the two builds."""
    for name in ("net.js", "net.d.ts", *BUILDS):
        shutil.copyfile(runtime_folder() / name, folder / name)


def to_openvino(source: Path, path: Path, task: str, variant: str) -> None:
    """OpenVINO's intermediate representation: an ``.xml`` and a ``.bin`` file."""
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type] # reports what is converted
    openvino: Any = importlib.import_module("openvino")
    with _plain(source) as whole:
        openvino.save_model(openvino.convert_model(str(whole)), str(path), compress_to_fp16=variant == "fp16")


def to_mnn(source: Path, path: Path, task: str, variant: str) -> None:
    """MNN's format, by its own converter.

    Its command ``mnnconvert`` sends a machine's id and what was converted to its makers, and installs a package for
    that; the converter that it calls does not.
    """
    with _plain(source) as whole:
        half = ["--fp16"] if variant == "fp16" else []
        quietly = (sys.executable, "-c", "import sys, _tools; _tools.mnnconvert(['mnnconvert', *sys.argv[1:]])")
        said = ["-f", "ONNX", "--modelFile", whole.name, "--MNNModel", "made.mnn", *half]
        _called("mnnconvert", said, whole.parent, quietly)
        _take(whole.with_name("made.mnn"), path)


def to_ncnn(source: Path, path: Path, task: str, variant: str) -> None:
    """The format of ncnn, by pnnx: a ``.param`` and a ``.bin`` file."""
    said = pairs(source)
    height, width = int(said["height"]), int(said["width"])
    shapes = SHAPES.get(task, ((1, 3 if task == "corners" else 1, height, width),))
    sizes = [f"[{','.join(str(n or height) for n in shape)}]" for shape in shapes]
    given = [f"inputshape{k + 1 if k else ''}={size}" for k, size in enumerate(sizes)]
    with _plain(source) as whole:
        _called("pnnx", [whole.name, *given, f"fp16={int(variant == 'fp16')}"], whole.parent)
        _take(whole.with_name("model.ncnn.param"), path)
        _take(whole.with_name("model.ncnn.bin"), path.with_suffix(".bin"))


@contextmanager
def _plain(source: Path) -> Iterator[Path]:
    """The plain float model of an installed one, ``model.onnx`` in a folder of its own, for a while."""
    from ocr.export.plain import plain_model

    with tempfile.TemporaryDirectory() as scratch:
        whole = Path(scratch) / "model.onnx"
        plain_model(source, whole)
        yield whole


def _called(program: str, arguments: list[str], folder: Path, by: Sequence[str] = ()) -> None:
    """Run a converter of this environment in a folder; what it prints is shown only where it fails.

    Args:
        program: its name.
        arguments: of the command line.
        folder: to run it in.
        by: the command that runs it, if not the program of that name.

    Raises:
        OcrError: it fails.
    """
    beside = Path(sys.executable).with_name(program)
    by = by or [str(beside if beside.is_file() else shutil.which(program) or program)]
    try:
        done = subprocess.run(
            [*by, *arguments], cwd=folder, capture_output=True, text=True, errors="replace", check=False
        )
    except OSError as error:
        raise OcrError(f"{program}: cannot be run ({error.strerror}); install it again with pip") from error
    if done.returncode:
        last = (done.stderr or done.stdout).strip().splitlines()[-1:] or ["no message"]
        raise OcrError(f"{program}: failed with exit code {done.returncode} ({last[0]})")


def _take(made: Path, path: Path) -> None:
    """Move what a converter wrote to its place; some say nothing where they fail.

    Raises:
        OcrError: it wrote nothing.
    """
    if not made.is_file():
        raise OcrError(f"{path.name}: the converter wrote no file; try another variant: ocr export --list")
    shutil.move(made, path)
