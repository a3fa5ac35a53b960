"""Other runtimes than ONNX Runtime, for the models that ``ocr export`` converts: each is one small module.

A net that they load has the part of ``onnxruntime.InferenceSession`` that :class:`ocr.engine.Session` uses.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from ocr.errors import DependencyError, InputError
from ocr.exported import entry

__all__ = ["SUFFIXES", "load"]

SUFFIXES: Final[Mapping[str, str]] = {
    ".xml": "openvino", ".mnn": "mnn", ".param": "ncnn", ".pte": "executorch", ".tflite": "litert",
}  # fmt: skip
"""Suffix of a model file -> the module here, which is also the name of the extra."""


def load(path: Path, threads: int) -> Any:
    """The net of a model file.

    Args:
        path: of the file; ``pipeline.json`` stands beside it.
        threads: of the runtime.

    Raises:
        DependencyError: the runtime is not installed.
        InputError: the file is not a model that the runtime can load.
    """
    name = SUFFIXES[path.suffix]
    try:
        module = importlib.import_module(f"ocr.runtimes.{name}")
    except ImportError as error:
        raise DependencyError(f"{path}: the runtime {name} is not installed; run: pip install 'ocr[{name}]'") from error
    said = entry(path)
    try:
        return module.Net(path, threads, tuple(said["inputs"]), tuple(said["outputs"]))
    except Exception as error:  # each runtime has its own classes for a file that it cannot load
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(f"{path}: not a model that {name} can load ({reason}); export it again") from error
