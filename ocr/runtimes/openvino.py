"""Models of ``ocr export --target openvino``, run by OpenVINO on the CPU in 32-bit floating point."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ocr.runtimes.named import Described

sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type] # would report that it is imported
import openvino  # noqa: E402

__all__ = ["Net"]


class Net(Described):
    """A compiled model.

    Args:
        path: of the ``.xml`` file; the ``.bin`` file lies beside it.
        threads: of the runtime.
        inputs: names, in order.
        outputs: names, in order.
    """

    def __init__(self, path: Path, threads: int, inputs: tuple[str, ...], outputs: tuple[str, ...]) -> None:
        super().__init__(inputs, outputs)
        settings = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": threads}
        self._compiled = openvino.Core().compile_model(str(path), "CPU", settings)

    def run(self, outputs: Sequence[str], feed: Mapping[str, NDArray[Any]]) -> list[NDArray[Any]]:
        """Arrays for the names of outputs; a request of its own for each run, since requests share memory."""
        request = self._compiled.create_infer_request()
        request.infer({name: np.ascontiguousarray(value) for name, value in feed.items()})
        return [np.array(request.get_tensor(name).data) for name in outputs]
