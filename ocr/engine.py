"""Running a network with onnxruntime: the only module, with ``ocr.export``, that imports it.

onnxruntime 1.32 collects telemetry from its import on, unless ``ORT_DISABLE_TELEMETRY`` is set before: it writes a
device id and a database of events to the user's cache and sends them to its vendor. :func:`runtime` sets the variable,
so nothing is written or sent. If a program imports onnxruntime itself before the first model is loaded here, that is
too late: collecting is then switched off, but files that its import has written stay. Such a program should set
``ORT_DISABLE_TELEMETRY=1`` in its own environment.
"""

from __future__ import annotations

import ctypes
import importlib
import os
import sys
import threading
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ocr.errors import DependencyError, InputError
from ocr.runtimes import SUFFIXES, load

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Session", "cores", "runtime"]


def cores() -> int:
    """CPU cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def runtime() -> Any:
    """The module onnxruntime, imported without telemetry; everything that needs onnxruntime calls this first.

    Raises:
        DependencyError: onnxruntime is not installed.

    Example:
        >>> runtime().__name__
        'onnxruntime'
    """
    early = "onnxruntime" in sys.modules and "ORT_DISABLE_TELEMETRY" not in os.environ
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    try:
        module = importlib.import_module("onnxruntime")
    except ImportError as error:
        raise DependencyError("onnxruntime is not installed; run: pip install onnxruntime") from error
    if early and hasattr(module, "disable_telemetry_events"):
        module.disable_telemetry_events()
    return module


class Session:
    """A network from an ``.onnx``, ``.ort`` or ``.dcz`` file or of ``ocr export``; many threads may run it at once.

    A session can be pickled: the copy loads the file again. After ``os.fork`` the child loads it again when it runs
    it for the first time, because onnxruntime's threads do not survive a fork.

    Args:
        path: the model file.
        threads: threads inside one run; 0 uses all cores. To read many lines, one thread a run and several runs
            at the same time are faster.

    Attributes:
        inputs: names of the inputs.
        outputs: names of the outputs.
        metadata: what the file says about itself.

    Raises:
        DependencyError: onnxruntime or the file is missing.
        InputError: the file is not a model that onnxruntime can load.

    Example:
        >>> net = Session("models/orient.onnx")
        >>> net.inputs, len(net.run({name: np.zeros((1, 1, 32, 256), np.float32) for name in net.inputs}))
        (('lines',), 1)
    """

    def __init__(self, path: str | Path, *, threads: int = 1) -> None:
        self.path = Path(path)
        if not self.path.is_file():
            raise DependencyError(f"{self.path}: this model file is missing; `ocr doctor` checks the installed models")
        self._threads = min(threads or cores(), cores())
        self._lock = threading.Lock()
        self._loaded: Any = _load(self.path, self._threads)
        self.inputs: tuple[str, ...] = tuple(value.name for value in self._loaded.get_inputs())
        self.outputs: tuple[str, ...] = tuple(value.name for value in self._loaded.get_outputs())
        self.metadata: dict[str, str] = dict(self._loaded.get_modelmeta().custom_metadata_map)
        _sessions.add(self)

    def run(self, arrays: Mapping[str, NDArray[Any]], outputs: Sequence[str] = ()) -> list[NDArray[Any]]:
        """Run the network once.

        Args:
            arrays: one array for each name in ``inputs``.
            outputs: names of the outputs to return; all of them, in the order of ``self.outputs``, when left out.

        Raises:
            ValueError: the names are not those of ``inputs``, or not among ``outputs``.
        """
        if set(arrays) != set(self.inputs):
            raise ValueError(f"{self.path.name} takes {', '.join(self.inputs)}, not {', '.join(arrays) or 'nothing'}")
        if not set(outputs) <= set(self.outputs):
            raise ValueError(f"{self.path.name} gives {', '.join(self.outputs)}, not {', '.join(outputs)}")
        with self._lock:
            if self._loaded is None:
                self._loaded = _load(self.path, self._threads)
            loaded = self._loaded
        results: list[NDArray[Any]] = loaded.run(list(outputs or self.outputs), dict(arrays))
        return results

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (self.path, self._threads)

    def _abandon(self) -> None:
        """In the child of a fork: let go of the parent's session without ending it."""
        self._lock = threading.Lock()  # a thread of the parent may have held the old one
        if self._loaded is not None:
            # Its destructor would wait forever for threads that exist in the parent only: the object is leaked.
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(self._loaded))
            self._loaded = None


_sessions: weakref.WeakSet[Session] = weakref.WeakSet()


def _restored(path: Path, threads: int) -> Session:
    return Session(path, threads=threads)


def _load(path: Path, threads: int) -> Any:
    """An onnxruntime session, or the net of another runtime where the file's suffix is that runtime's.

    Raises:
        DependencyError: the runtime is not installed.
        InputError: the file is not a model that it can load.
    """
    # These need numpy, which a process that only starts others does not.
    from ocr.packed_weights import is_packed, unpack
    from ocr.wasm import SUFFIX, WasmNet

    if path.suffix in SUFFIXES:
        return load(path, threads)
    if path.suffix == SUFFIX:
        return WasmNet(path)
    model = unpack(path) if is_packed(path) else str(path)
    module = runtime()
    options = module.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # Every width is a new shape: keeping a memory plan for each would use more and more memory.
    options.enable_mem_pattern = False
    # Threads that spin while they wait slow each other down as soon as anything else runs on the machine.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return module.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime has a dozen unrelated classes for a file it cannot load
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(
            f"{path}: not a model onnxruntime can load ({reason}); `ocr doctor` checks the installed models"
        ) from error


def _forked() -> None:
    for session in list(_sessions):
        session._abandon()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)
