"""How much the loss grows when a weight changes: the diagonal of the empirical Fisher information.

Near a minimum the loss grows by half of ``h * change ** 2``, with ``h`` the second derivative. Its diagonal is
estimated by the mean squared gradient (Optimal Brain Damage, LeCun, Denker, Solla 1990, computes it by a backward pass
of second derivatives; for a likelihood the two agree in expectation).
"""

from __future__ import annotations

import copy

import torch
from torch import Tensor

from ocr.compress.data import LineData
from ocr.compress.weights import compressed
from ocr.train.checkpoint import Trained
from ocr.train.recognize.ctc import CtcLoss
from ocr.train.recognize.net import Crnn

__all__ = ["fisher"]


def fisher(trained: Trained, data: LineData, batches: int = 24) -> dict[str, Tensor]:
    """Mean squared gradient of each compressed weight, by name.

    Args:
        trained: the model; computed in single precision and evaluation mode.
        data: whose batches are seen.
        batches: how many.
    """
    net = copy.deepcopy(trained.net).float().eval().requires_grad_(True)
    assert isinstance(net, Crnn)
    squares = {name: torch.zeros_like(weight) for name, weight in compressed(net).items()}
    ctc, feed = CtcLoss(), data.batches(net, seed=1)
    for _ in range(batches):
        batch = next(feed)
        net.zero_grad()
        loss = ctc(net(batch.images), batch.labels, batch.frames, batch.label_lengths).squeeze(0)
        (loss / batch.label_lengths.sum().clamp(min=1)).backward()  # type: ignore[no-untyped-call]
        for name, weight in compressed(net).items():
            assert weight.grad is not None
            squares[name] += weight.grad**2 / batches
    return {name: square.detach() for name, square in squares.items()}
