"""From an installed model file to the file of a target: one function for each target."""

from __future__ import annotations

import importlib
import logging
import shutil
import sys
import warnings
from pathlib import Path

from ocr.engine import runtime
from ocr.metadata import pairs
from ocr.wasm import BUILDS, runtime_folder

__all__ = ["float_model", "required_operators", "to_onnx", "to_ort", "to_web", "web_runtime"]

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
