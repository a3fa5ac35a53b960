"""Running a network: the only module that imports onnxruntime."""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from ocr.errors import DependencyError, InputError

__all__ = ["Session", "cores"]


def cores() -> int:
    """CPU cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Session:
    """A network loaded from an ``.onnx`` or ``.ort`` file; many threads may call ``run`` at once.

    Args:
        path: the model file.
        threads: threads inside one run; 0 means all cores. To read many lines, one thread a run and several runs
            side by side are faster.

    Raises:
        DependencyError: onnxruntime or the file is missing.
        InputError: the file is not a model that onnxruntime can load.

    Example:
        >>> net = Session("models/crnn-en.onnx", threads=1)  # doctest: +SKIP
        >>> [logits] = net.run({"lines": batch})  # doctest: +SKIP
    """

    def __init__(self, path: str | Path, *, threads: int = 1) -> None:
        self.path = Path(path)
        if not self.path.is_file():
            raise DependencyError(f"{self.path}: this model file is missing; `ocr doctor` checks the installed models")
        runtime = _runtime()
        options = runtime.SessionOptions()
        options.intra_op_num_threads = threads or cores()
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # Every width is a new shape: a plan kept for each would grow without end.
        options.enable_mem_pattern = False
        # Spinning threads starve each other as soon as anything else runs on the machine.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            self._session: Any = runtime.InferenceSession(str(self.path), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime has a dozen unrelated classes for a file it cannot load
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise InputError(
                f"{self.path}: not a model onnxruntime can load ({reason}); `ocr doctor` checks the installed models"
            ) from error
        self.inputs: tuple[str, ...] = tuple(value.name for value in self._session.get_inputs())
        self.outputs: tuple[str, ...] = tuple(value.name for value in self._session.get_outputs())
        self.metadata: dict[str, str] = dict(self._session.get_modelmeta().custom_metadata_map)

    def run(self, arrays: Mapping[str, NDArray[Any]], outputs: Sequence[str] = ()) -> list[NDArray[Any]]:
        """The named outputs, or every one in the order of ``outputs``, for one array an input.

        Raises:
            ValueError: the names are not those of ``inputs``, or not among ``outputs``.
        """
        if set(arrays) != set(self.inputs):
            raise ValueError(f"{self.path.name} takes {', '.join(self.inputs)}, not {', '.join(arrays) or 'nothing'}")
        if not set(outputs) <= set(self.outputs):
            raise ValueError(f"{self.path.name} gives {', '.join(self.outputs)}, not {', '.join(outputs)}")
        results: list[NDArray[Any]] = self._session.run(list(outputs or self.outputs), dict(arrays))
        return results


def _runtime() -> Any:
    try:
        return importlib.import_module("onnxruntime")
    except ImportError as error:
        raise DependencyError("onnxruntime is not installed; run: pip install onnxruntime") from error
