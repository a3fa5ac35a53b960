"""An optimizer whose steps rotate whole filters, for nets that must be good after a few hundred steps."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import groupby
from typing import Any

import torch
from torch import Tensor, nn

__all__ = ["Muon"]

MOMENTUM = 0.8
BETAS, EPSILON = (0.9, 0.99), 1e-8
"""Of Adam, without its bias correction: the learning rate rises during the first steps."""


class Muon(torch.optim.Optimizer):
    """Orthogonal steps (Jordan et al., Muon, 2024) for convolutions that a normalisation follows, Adam for all else.

    The momentum of a convolution, a matrix of filters, is replaced by the nearest matrix with orthogonal rows, so that
    all directions are learned at the same speed, not only those with large gradients. As a normalisation cancels the
    size of filters, their length is kept at 1, and the learning rate is the angle of a step.

    Args:
        filters: weights of such convolutions.
        others: all other parameters.
        lr: learning rate of the filters.
        share: Adam's learning rate as a share of that.
    """

    def __init__(self, filters: Iterable[Tensor], others: Iterable[Tensor], lr: float, share: float) -> None:
        groups = [{"params": list(filters), "share": 0.0}, {"params": list(others), "share": share}]
        super().__init__(groups, {"lr": lr})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        """One step; every parameter has a gradient."""
        filters, others = self.param_groups
        for _, alike in groupby(sorted(filters["params"], key=_shape), key=_shape):
            self._turn(list(alike), filters["lr"])
        for parameter in others["params"]:
            self._adapt(parameter, others["lr"] * others["share"])

    def _turn(self, alike: list[nn.Parameter], rate: float) -> None:
        """Step of convolutions of the same shape, computed together."""
        wanted = []
        for parameter in alike:
            gradient = _gradient(parameter)
            momentum = self._state(parameter, "momentum").mul_(MOMENTUM).add_(gradient)
            wanted.append((gradient + MOMENTUM * momentum).flatten(1))
        for parameter, turn in zip(alike, _orthogonal(torch.stack(wanted)), strict=True):
            parameter.mul_(len(parameter) ** 0.5 / parameter.norm())
            parameter.sub_(turn.view_as(parameter), alpha=rate)

    def _adapt(self, parameter: nn.Parameter, rate: float) -> None:
        gradient = _gradient(parameter)
        mean = self._state(parameter, "mean").lerp_(gradient, 1 - BETAS[0])
        square = self._state(parameter, "square").lerp_(gradient * gradient, 1 - BETAS[1])
        parameter.sub_(rate * mean / (square.sqrt() + EPSILON))

    def _state(self, parameter: nn.Parameter, name: str) -> Tensor:
        state: dict[str, Any] = self.state[parameter]
        if name not in state:
            state[name] = torch.zeros_like(parameter)
        return state[name]  # type: ignore[no-any-return]


def _shape(parameter: Tensor) -> tuple[int, ...]:
    return tuple(parameter.shape)


def _gradient(parameter: nn.Parameter) -> Tensor:
    assert parameter.grad is not None
    return parameter.grad


def _orthogonal(matrices: Tensor) -> Tensor:
    """Approximate orthogonal factors of wide matrices (N, rows, columns): five steps of a Newton-Schulz iteration."""
    x: Tensor = matrices / (matrices.norm(dim=(1, 2), keepdim=True) + 1e-12)
    for _ in range(5):
        square = x @ x.mT
        x = 3.4445 * x + (2.0315 * square @ square - 4.7750 * square) @ x
    return x
