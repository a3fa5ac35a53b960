"""The figures of a model after each step: size, work, time, error."""

from __future__ import annotations

import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor, nn

from ocr.compress.pack import write_packed
from ocr.compress.samples import Port, Samples
from ocr.compress.weights import non_zero
from ocr.engine import Session
from ocr.train.checkpoint import Trained

__all__ = ["Row", "measured", "multiply_adds"]

RUNS: Final = 30


@dataclass(frozen=True, slots=True)
class Row:
    """A model's figures.

    Attributes:
        step: number and technique, ``0 original`` for what the recipe began with.
        parameters: trained values.
        non_zero: those that are not zero.
        bytes: of the packed file (``.dcz``).
        multiply_adds: for one input: a line of 32 x 320 pixels, or a page of 640 x 640.
        milliseconds: for that input in ONNX Runtime, in single precision, on one thread of this machine: the median.
        error: on what is held back, 0..1: of recognisers the character error rate of greedy decoding, of detectors
            1 - F1 of line boxes.
        minutes: that the step took.
    """

    step: str
    parameters: int
    non_zero: int
    bytes: int
    multiply_adds: int
    milliseconds: float
    error: float
    minutes: float = 0.0


def measured(trained: Trained, data: Samples, step: str, minutes: float = 0.0) -> Row:
    """The figures of a model."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.dcz"
        size = write_packed(trained, path, "measured")
        milliseconds = _milliseconds(path, data.port)
    return Row(
        step, trained.parameters, non_zero(trained.net), size, multiply_adds(trained.net, data.port.shape),
        round(milliseconds, 3), round(data.error(trained.net), 5), round(minutes, 2),
    )  # fmt: skip


def _milliseconds(path: Path, port: Port) -> float:
    session = Session(path, threads=1)
    blank = {port.input: np.zeros(port.shape, np.float32)}
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        session.run(blank, (port.output,))
        times.append(1000 * (time.perf_counter() - start))
    return statistics.median(times[RUNS // 5 :])


@torch.no_grad()
def multiply_adds(net: nn.Module, shape: tuple[int, ...]) -> int:
    """Multiplications, each with its addition, of convolutions, dense layers and LSTMs for one input.

    Example:
        >>> multiply_adds(nn.Conv2d(1, 4, 3, padding=1), (1, 1, 32, 10))
        11520
    """
    total = 0

    def count(module: nn.Module, inputs: tuple[Tensor, ...], output: Any) -> None:
        nonlocal total
        if isinstance(module, nn.Conv2d):
            total += output[0].numel() * module.weight[0].numel()
        elif isinstance(module, nn.Linear):
            total += output.numel() * module.in_features
        elif isinstance(module, nn.LSTM):
            steps = inputs[0].shape[0] * inputs[0].shape[1]
            total += steps * sum(weight.numel() for weight in module.parameters() if weight.ndim == 2)
        elif callable(work := getattr(module, "work", None)):
            total += work(inputs[0], output)

    hooks = [module.register_forward_hook(count) for module in net.modules()]
    mode = net.training
    net.eval()(torch.zeros(shape))
    net.train(mode)
    for hook in hooks:
        hook.remove()
    return total
