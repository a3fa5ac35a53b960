"""Weight sharing: the weights of a tensor take the values of a few centroids, which are then trained.

Han, Mao, Dally, "Deep Compression", 2016: k-means for each tensor, started from evenly spaced values (linear
initialisation, which keeps the rare large weights), then training in which all weights of a cluster move together by
the sum of their gradients. Zeros of an earlier pruning stay zero. The bits of each tensor are fixed, or chosen from 2
to 8 for the least sensitivity-weighted error within a budget of bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import torch
from torch import Tensor, nn

from ocr.compress.importance import fisher
from ocr.compress.retrain import Constraint, Retraining, retrain
from ocr.compress.samples import Samples
from ocr.compress.weights import compressed
from ocr.errors import UsageError
from ocr.train.checkpoint import Trained

__all__ = ["SharingSettings", "bits_within", "centroids", "sharing"]

ROUNDS: Final = 25
"""Of Lloyd's algorithm."""
BITS: Final = range(2, 9)


@dataclass(frozen=True, slots=True, kw_only=True)
class SharingSettings:
    """How many values.

    Attributes:
        bits: of every tensor's indices: ``2 ** bits`` values.
        bytes: budget of all indices, if the bits of each tensor are to be chosen; 0 takes ``bits``.
        batches: for the sensitivities that the choice needs.
        spared: beginnings of the names of weights that stay.
        retrain: of the centroids, and of biases and norms.
    """

    bits: int = 5
    bytes: int = 0
    batches: int = 16
    spared: tuple[str, ...] = ()
    retrain: Retraining = field(default_factory=lambda: Retraining(steps=200, learning_rate=1e-4))

    def __post_init__(self) -> None:
        if self.bits not in range(1, 9):
            raise UsageError(f"bits must be from 1 to 8, not {self.bits}")


def centroids(values: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """k-means of values (N): the centroids, sorted, and the index of each value's.

    Example:
        >>> centroids(torch.tensor([0.0, 0.2, 5.0]), 2)[0].tolist()
        [0.10000000149011612, 5.0]
    """
    middle = torch.linspace(float(values.min()), float(values.max()), count)
    for _ in range(ROUNDS):
        index = _nearest(values, middle)
        sizes = torch.bincount(index, minlength=count)
        sums = torch.zeros(count).index_add_(0, index, values)
        moved = torch.where(sizes > 0, sums / sizes.clamp(min=1), middle)
        if torch.equal(moved, middle):
            break
        middle = moved.sort().values
    return middle, _nearest(values, middle)


def _nearest(values: Tensor, middle: Tensor) -> Tensor:
    return torch.bucketize(values, (middle[1:] + middle[:-1]) / 2)


def bits_within(weights: Mapping[str, Tensor], importance: Mapping[str, Tensor], budget: int) -> dict[str, int]:
    """Bits of each tensor, from 2 to 8, for the least ``importance * error ** 2`` within a budget of bytes.

    The tensor whose next bit gains most for its bytes gets it, until nothing more fits.
    """
    errors = {name: [_error(weight, importance[name], bits) for bits in BITS] for name, weight in weights.items()}
    chosen = dict.fromkeys(weights, BITS[0])

    def used() -> float:
        return sum(chosen[name] * weight.numel() for name, weight in weights.items()) / 8

    def gain(name: str) -> float:
        at = chosen[name] - BITS[0]
        return (errors[name][at] - errors[name][at + 1]) / weights[name].numel()

    while open_ := [
        name for name, w in weights.items() if chosen[name] < BITS[-1] and used() + w.numel() / 8 <= budget
    ]:
        chosen[max(open_, key=gain)] += 1
    return chosen


def _error(weight: Tensor, importance: Tensor, bits: int) -> float:
    middle, index = centroids(weight.flatten(), 2**bits)
    return float((importance.mean() * (middle[index] - weight.flatten()) ** 2).sum())


class _Shared(Constraint):
    """Clusters whose weights move together: each gets the summed gradient of its cluster."""

    def __init__(self, clusters: Mapping[str, Tensor], counts: Mapping[str, int]) -> None:
        self.clusters, self.counts = clusters, counts

    def before_step(self, net: nn.Module) -> None:
        """Sum the gradients; weights that are alike stay alike under any optimizer, as they always see the same."""
        for name, weight in compressed(net).items():
            if name in self.clusters and weight.grad is not None:
                index = self.clusters[name]
                sums = torch.zeros(self.counts[name] + 1)
                sums.index_add_(0, index, weight.grad.flatten())
                sums[-1] = 0.0  # of the zeros that stay
                weight.grad.copy_(sums[index].view_as(weight))


def sharing(trained: Trained, settings: SharingSettings, data: Samples) -> Trained:
    """The model with few values in each tensor."""
    made = retrain(trained, Retraining(steps=0), data)
    weights = compressed(made.net, settings.spared)
    bits = dict.fromkeys(weights, settings.bits)
    if settings.bytes:
        bits = bits_within(
            {name: weight.detach() for name, weight in weights.items()},
            fisher(trained, data, settings.batches),
            settings.bytes,
        )
    clusters, counts = {}, {}
    for name, weight in weights.items():
        values = weight.detach().flatten()
        live = values != 0
        counts[name] = min(2 ** bits[name], max(1, int(live.sum())))
        index = torch.full(values.shape, counts[name])
        if live.any():
            middle, index[live] = centroids(values[live], counts[name])
            values[live] = middle[index[live]]
        weight.data.copy_(values.view_as(weight))
        clusters[name] = index
    return retrain(made, settings.retrain, data, _Shared(clusters, counts))
