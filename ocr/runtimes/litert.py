"""Models of ``ocr export --target litert``, run by LiteRT (TensorFlow Lite) with XNNPACK on the CPU."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from ocr.runtimes.named import Described

__all__ = ["Net"]


class Net(Described):
    """An interpreter; it keeps channels last, this class does not.

    Args:
        path: of the ``.tflite`` file.
        threads: of the runtime.
        inputs: names, in order.
        outputs: names, in order.
    """

    def __init__(self, path: Path, threads: int, inputs: tuple[str, ...], outputs: tuple[str, ...]) -> None:
        super().__init__(inputs, outputs)
        self._interpreter = Interpreter(str(path), num_threads=threads)
        self._shape: tuple[int, ...] = ()
        self._lock = threading.Lock()

    def run(self, outputs: Sequence[str], feed: Mapping[str, NDArray[Any]]) -> list[NDArray[Any]]:
        """Arrays for the names of outputs, as the original has them; one run at a time."""
        [batch] = feed.values()
        image = np.ascontiguousarray(np.moveaxis(np.asarray(batch, np.float32), 1, -1))
        with self._lock:
            net = self._interpreter
            place = net.get_input_details()[0]["index"]
            if image.shape != self._shape:
                net.resize_tensor_input(place, image.shape)
                net.allocate_tensors()
                self._shape = image.shape
            net.set_tensor(place, image)
            net.invoke()
            places = {name: one["index"] for name, one in zip(self._outputs, net.get_output_details(), strict=True)}
            return [_turned(name, net.get_tensor(places[name])) for name in outputs]


def _turned(name: str, value: NDArray[Any]) -> NDArray[Any]:
    """Channels first again; frames x N x classes for logits, and N x numbers where nothing else is left."""
    if name == "logits":
        return np.ascontiguousarray(value[:, 0].transpose(1, 0, 2))
    if value.shape[1:3] == (1, 1):
        return value[:, 0, 0]
    return np.ascontiguousarray(np.moveaxis(value, -1, 1))
