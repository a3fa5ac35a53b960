"""Models of ``ocr export --target executorch``, run by ExecuTorch with XNNPACK on the CPU."""

from __future__ import annotations

import importlib
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from executorch.runtime import Runtime
from numpy.typing import NDArray

from ocr.runtimes.named import Described

__all__ = ["Net"]


class Net(Described):
    """A program with one method, ``forward``; its batch is one, so those of an input are run one by one.

    Args:
        path: of the ``.pte`` file.
        threads: of the runtime, which has one pool for all programs.
        inputs: names, in order.
        outputs: names, in order.
    """

    def __init__(self, path: Path, threads: int, inputs: tuple[str, ...], outputs: tuple[str, ...]) -> None:
        super().__init__(inputs, outputs)
        self._torch: Any = importlib.import_module("torch")  # the Python interface takes torch's tensors
        pool: Any = importlib.import_module("executorch.extension.pybindings.portable_lib")
        if hasattr(pool, "_unsafe_reset_threadpool"):
            pool._unsafe_reset_threadpool(threads)
        self._program = Runtime.get().load_program(path)  # the method lives in it
        self._method = self._program.load_method("forward")
        self._lock = threading.Lock()

    def run(self, outputs: Sequence[str], feed: Mapping[str, NDArray[Any]]) -> list[NDArray[Any]]:
        """Arrays for the names of outputs: the batch is axis 0, of ``logits`` axis 1; one run at a time."""
        [batch] = feed.values()
        with self._lock:
            rows = [self._one(np.ascontiguousarray(batch[k : k + 1], np.float32)) for k in range(len(batch))]
        return [
            np.concatenate([row[self._outputs.index(name)] for row in rows], 1 if name == "logits" else 0)
            for name in outputs
        ]

    def _one(self, image: NDArray[np.float32]) -> list[NDArray[Any]]:
        # A copy: the runtime uses the memory of its outputs again.
        return [np.array(value.numpy()) for value in self._method.execute([self._torch.from_numpy(image)])]
