"""Structured sparsity learning: group lasso drives whole channels to zero while the net trains.

Wen et al., "Learning Structured Sparsity in Deep Neural Networks", 2016: the penalty is the sum over filters and input
channels of the norm of their weights, each times the root of its size. The result is as wide as before, with channels
near zero; :mod:`ocr.compress.widths` with ``score = "group"`` takes them out.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from ocr.compress.retrain import Constraint, Retraining, retrain
from ocr.compress.samples import Samples
from ocr.train.checkpoint import Trained

__all__ = ["LassoSettings", "group_norms", "lasso"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LassoSettings:
    """The penalty.

    Attributes:
        penalty: weight of the group norms in the loss.
        retrain: the training under it.
    """

    penalty: float = 2e-5
    retrain: Retraining = field(default_factory=Retraining)


def group_norms(net: nn.Module) -> Tensor:
    """The sum over filters and input channels of all convolutions of their norm times the root of their size."""
    total = torch.zeros(())
    for module in net.modules():
        if isinstance(module, nn.Conv2d):
            weight = module.weight
            for axes in ((1, 2, 3), (0, 2, 3)):
                size = weight[0].numel() if axes[0] else weight[:, 0].numel()
                total = total + size**0.5 * (weight.square().sum(axes) + 1e-12).sqrt().sum()
    return total


class _GroupLasso(Constraint):
    def __init__(self, weight: float) -> None:
        self.weight = weight

    def penalty(self, net: nn.Module) -> Tensor:
        """The group norms, weighted."""
        return self.weight * group_norms(net)


def lasso(trained: Trained, settings: LassoSettings, data: Samples) -> Trained:
    """The model after training under group lasso."""
    return retrain(trained, settings.retrain, data, _GroupLasso(settings.penalty))
