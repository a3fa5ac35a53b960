"""Models of ``ocr export --target mnn``, run by MNN on the CPU."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ocr.runtimes.named import Described
from ocr.runtimes.silence import silence

with silence():  # it says which instructions the processor has
    import MNN

__all__ = ["Net"]


class Net(Described):
    """A module of MNN's expression interface, which knows loops (the LSTM is one).

    Args:
        path: of the ``.mnn`` file.
        threads: of the runtime.
        inputs: names, in order.
        outputs: names, in order.
    """

    def __init__(self, path: Path, threads: int, inputs: tuple[str, ...], outputs: tuple[str, ...]) -> None:
        super().__init__(inputs, outputs)
        settings = {"backend": "CPU", "numThread": threads, "precision": "high"}
        with silence():
            manager = MNN.nn.create_runtime_manager((settings,))
            self._module = MNN.nn.load_module_from_file(str(path), list(inputs), list(outputs), runtime_manager=manager)
        if self._module is None:
            raise ValueError("it is damaged")
        self._lock = threading.Lock()

    def run(self, outputs: Sequence[str], feed: Mapping[str, NDArray[Any]]) -> list[NDArray[Any]]:
        """Arrays for the names of outputs; one run at a time."""
        with self._lock:
            arrays = [np.ascontiguousarray(feed[name], np.float32) for name in self._inputs]
            given = [MNN.expr.const(array, list(array.shape), MNN.expr.NCHW) for array in arrays]
            made = self._module.onForward(given)
            found = dict(zip(self._outputs, made, strict=True))
            return [np.array(MNN.expr.convert(found[name], MNN.expr.NCHW).read()) for name in outputs]
