"""Magnitude pruning with retraining.

Han, Pool, Tran, Dally, "Learning both Weights and Connections for Efficient Neural Networks", 2015: drop the smallest
weights, train the others on. The share that is dropped grows along the cubic schedule of Zhu and Gupta, "To prune, or
not to prune", 2017, so that the net can follow. :func:`sensitivity` is the paper's scan of one layer at a time.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from ocr.compress.limits import AT_LEAST_1, LESS_THAN_1, SHARE, check
from ocr.compress.retrain import Constraint, Retraining, retrain
from ocr.compress.samples import Samples
from ocr.compress.weights import compressed
from ocr.errors import UsageError
from ocr.train.checkpoint import Trained

__all__ = [
    "GradualMask",
    "MagnitudeSettings",
    "Masks",
    "apply_masks",
    "magnitude",
    "magnitudes",
    "masks_of",
    "sensitivity",
]

Masks = dict[str, Tensor]
"""By the name of the weight, true where it stays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MagnitudeSettings:
    """How much is dropped.

    Attributes:
        sparsity: share of the weights that become zero.
        scope: ``global`` compares all weights, ``layer`` drops the same share of each tensor.
        spared: beginnings of the names of weights that stay.
        until: part of retraining, 0..1, at whose end ``sparsity`` is reached; 0 drops everything at once.
        every: optimizer steps between two droppings.
        retrain: the training meanwhile and after.
    """

    sparsity: float = 0.5
    scope: str = "global"
    spared: tuple[str, ...] = ()
    until: float = 0.6
    every: int = 10
    retrain: Retraining = field(default_factory=Retraining)

    def __post_init__(self) -> None:
        if self.scope not in ("global", "layer"):
            raise UsageError(f"scope must be global or layer, not {self.scope!r}")
        check(self, {"sparsity": LESS_THAN_1, "until": SHARE, "every": AT_LEAST_1})


def masks_of(scores: Mapping[str, Tensor], sparsity: float, scope: str = "global") -> Masks:
    """The weights of highest score: all but a share ``sparsity``.

    Args:
        scores: a score for each weight, by name; weights of lowest score go.
        sparsity: share that goes, of all together (``global``) or of each tensor (``layer``).
        scope: ``global`` or ``layer``.

    Example:
        >>> masks_of({"a": torch.tensor([1.0, 4.0]), "b": torch.tensor([3.0, 2.0])}, 0.5)["a"].tolist()
        [False, True]
    """
    if scope == "layer":
        return {name: masks_of({name: score}, sparsity)[name] for name, score in scores.items()}
    every = torch.cat([score.flatten() for score in scores.values()])
    dropped = round(sparsity * len(every))
    keep = torch.ones(len(every), dtype=torch.bool)
    keep[every.argsort()[:dropped]] = False
    parts = torch.split(keep, [score.numel() for score in scores.values()])
    return {name: part.view(scores[name].shape) for name, part in zip(scores, parts, strict=True)}


class GradualMask(Constraint):
    """Drops more and more of the smallest weights; until the share is reached, a dropped weight may come back.

    Args:
        settings: how much, and by when.
    """

    def __init__(self, settings: MagnitudeSettings) -> None:
        self.settings = settings
        self.masks: Masks = {}
        self.dropped = -1.0
        self.steps = 0

    def after_step(self, net: nn.Module, progress: float) -> None:
        """Drop by the schedule."""
        settings = self.settings
        done = min(1.0, progress / settings.until) if settings.until else 1.0
        share = settings.sparsity * (1 - (1 - done) ** 3)
        if share > self.dropped and (self.steps % settings.every == 0 or done == 1.0):
            self.masks, self.dropped = masks_of(self.scores(net), share, settings.scope), share
        self.steps += 1
        apply_masks(net, self.masks)

    def scores(self, net: nn.Module) -> dict[str, Tensor]:
        """What decides: the absolute weights."""
        return magnitudes(net, self.settings.spared)

    def finish(self, net: nn.Module) -> None:
        """The averaged weights under the last mask."""
        if self.dropped < self.settings.sparsity:
            self.masks = masks_of(self.scores(net), self.settings.sparsity, self.settings.scope)
        apply_masks(net, self.masks)


def magnitudes(net: nn.Module, spared: Sequence[str] = ()) -> dict[str, Tensor]:
    """Absolute weights by name."""
    return {name: weight.detach().abs() for name, weight in compressed(net, tuple(spared)).items()}


@torch.no_grad()
def apply_masks(net: nn.Module, masks: Masks) -> None:
    """Set what a mask drops to zero."""
    for name, weight in net.named_parameters():
        if name in masks:
            weight.mul_(masks[name])


def magnitude(trained: Trained, settings: MagnitudeSettings, data: Samples) -> Trained:
    """The model with a share of its weights zero."""
    return retrain(trained, settings.retrain, data, GradualMask(settings))


def sensitivity(trained: Trained, data: Samples, shares: Sequence[float]) -> dict[str, list[float]]:
    """The character error rate with one tensor pruned and all others whole, for each tensor and share."""
    table: dict[str, list[float]] = {}
    for name in compressed(trained.net):
        table[name] = []
        for share in shares:
            net = copy.deepcopy(trained.net)
            apply_masks(net, masks_of({name: magnitudes(net)[name]}, share))
            table[name].append(data.error(net))
    return table
