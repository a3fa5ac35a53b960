"""Models of ``ocr export --target ncnn``, run by ncnn on the CPU."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import ncnn
import numpy as np
from numpy.typing import NDArray

from ocr.runtimes.named import Described

__all__ = ["Net"]


class Net(Described):
    """A net whose blobs are ``in0``, ``in1``, ..., ``out0``, ... as pnnx names them.

    ncnn has no batches: those of an input are run one by one.

    Args:
        path: of the ``.param`` file; the ``.bin`` file lies beside it.
        threads: of the runtime.
        inputs: names, in order.
        outputs: names, in order.
    """

    def __init__(self, path: Path, threads: int, inputs: tuple[str, ...], outputs: tuple[str, ...]) -> None:
        super().__init__(inputs, outputs)
        self._net = ncnn.Net()
        self._net.opt.num_threads = threads
        self._net.opt.use_vulkan_compute = False
        if self._net.load_param(str(path)) or self._net.load_model(str(path.with_suffix(".bin"))):
            raise ValueError("it is damaged")

    def run(self, outputs: Sequence[str], feed: Mapping[str, NDArray[Any]]) -> list[NDArray[Any]]:
        """Arrays for the names of outputs, as the original has them: the batch is axis 0, of ``logits`` axis 1."""
        [batch] = feed.values()
        rows = [self._one(outputs, np.ascontiguousarray(one, np.float32)) for one in batch]
        return [
            np.stack(column, 1 if name == "logits" else 0)
            for name, column in zip(outputs, zip(*rows, strict=True), strict=True)
        ]

    def _one(self, outputs: Sequence[str], image: NDArray[np.float32]) -> list[NDArray[Any]]:
        with self._net.create_extractor() as extractor:
            extractor.input("in0", ncnn.Mat(image).clone())
            found = []
            for name in outputs:
                failed, value = extractor.extract(f"out{self._outputs.index(name)}")
                if failed:
                    raise ValueError(f"ncnn cannot compute {name}")
                array = np.array(value)
                found.append(array.reshape(-1, array.shape[-1]) if name == "logits" else array)
            return found
