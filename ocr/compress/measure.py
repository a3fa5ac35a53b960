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

from ocr.compress.data import LineData
from ocr.compress.pack import write_packed
from ocr.compress.weights import non_zero
from ocr.engine import Session
from ocr.train.checkpoint import Trained
from ocr.train.recognize.data import HEIGHT

__all__ = ["Row", "measured", "multiply_adds"]

WIDTH: Final = 320
"""Columns of the line on which work and time are measured."""
RUNS: Final = 30


@dataclass(frozen=True, slots=True)
class Row:
    """A model's figures.

    Attributes:
        step: number and technique, ``0 original`` for what the recipe began with.
        parameters: trained values.
        non_zero: those that are not zero.
        bytes: of the packed file (``.dcz``).
        multiply_adds: for one line of 32 x 320 pixels.
        milliseconds: for that line in ONNX Runtime, in single precision, on one thread of this machine: the median.
        error: character error rate on the held lines, greedy.
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


def measured(trained: Trained, data: LineData, step: str, minutes: float = 0.0) -> Row:
    """The figures of a recogniser."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.dcz"
        size = write_packed(trained, path, "measured")
        milliseconds = _milliseconds(path)
    return Row(
        step, trained.parameters, non_zero(trained.net), size, multiply_adds(trained.net), round(milliseconds, 3),
        round(data.error(trained.net), 5), round(minutes, 2),  # type: ignore[arg-type]
    )  # fmt: skip


def _milliseconds(path: Path) -> float:
    session = Session(path, threads=1)
    line = {"lines": np.zeros((1, 1, HEIGHT, WIDTH), np.float32)}
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        session.run(line, ("classes",))
        times.append(1000 * (time.perf_counter() - start))
    return statistics.median(times[RUNS // 5 :])


@torch.no_grad()
def multiply_adds(net: nn.Module, width: int = WIDTH) -> int:
    """Multiplications, each with its addition, of convolutions, dense layers and LSTMs for one line.

    Example:
        >>> multiply_adds(nn.Conv2d(1, 4, 3, padding=1), 10)
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
    net.eval()(torch.zeros(1, 1, HEIGHT, width))
    net.train(mode)
    for hook in hooks:
        hook.remove()
    return total
