"""How much the loss grows when a weight changes: the diagonal of the empirical Fisher information.

Near a minimum the loss grows by half of ``h * change ** 2``, with ``h`` the second derivative. Its diagonal is
estimated by the mean squared gradient (Optimal Brain Damage, LeCun, Denker, Solla 1990, computes it by a backward pass
of second derivatives; for a likelihood the two agree in expectation).
"""

from __future__ import annotations

import copy

import torch
from torch import Tensor

from ocr.compress.samples import Samples
from ocr.compress.weights import compressed
from ocr.train.checkpoint import Trained

__all__ = ["fisher"]


def fisher(trained: Trained, data: Samples, batches: int = 24) -> dict[str, Tensor]:
    """Mean squared gradient of each compressed weight, by name.

    Args:
        trained: the model; computed in single precision and evaluation mode.
        data: whose batches are seen.
        batches: how many.
    """
    net = copy.deepcopy(trained.net).float().eval().requires_grad_(True)
    squares = {name: torch.zeros_like(weight) for name, weight in compressed(net).items()}
    feed = data.batches(net, seed=1)
    for _ in range(batches):
        batch = next(feed)
        net.zero_grad()
        data.negative_log_likelihood(net, batch).backward()  # type: ignore[no-untyped-call]
        for name, weight in compressed(net).items():
            assert weight.grad is not None
            squares[name] += weight.grad**2 / batches
    return {name: square.detach() for name, square in squares.items()}
