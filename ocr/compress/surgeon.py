"""One-shot pruning and quantization by layer-wise reconstruction, without retraining.

Frantar, Singh, Alistarh, "Optimal Brain Compression", 2022: each layer is compressed so that its output on some hundred
real lines changes least; after every weight that is dropped or rounded, the remaining ones of its row make up for it
(Hassibi, Stork 1993). OBC takes the weights of a row in the order of least damage, which costs the cube of the row's
length for each row. Here all rows go through their columns in the same order, so that one factorization serves them all
(Frantar, Alistarh, "SparseGPT", 2023; Frantar et al., "GPTQ", 2022): minutes become seconds, at nearly the same error.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field, replace
from typing import Final

import torch
from torch import Tensor

from ocr.compress.layer_inputs import hessians, recalibrated
from ocr.compress.limits import LESS_THAN_1, check
from ocr.compress.retrain import Retraining
from ocr.compress.samples import Samples
from ocr.compress.weights import compressed
from ocr.errors import UsageError
from ocr.train.checkpoint import Trained

__all__ = ["SurgeonSettings", "reconstructed", "surgeon"]

BLOCK: Final = 16
"""Columns whose mask is chosen together."""
DAMPING: Final = 0.01
"""Added to the Hessian's diagonal, as a share of its mean."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SurgeonSettings:
    """What is done to each layer.

    Attributes:
        sparsity: share of each layer's weights that become zero.
        bits: of what remains, on a grid with one step for each tensor; 0 leaves it in floating point.
        spared: beginnings of the names of weights that stay.
        retrain: not part of the method; none by default. It would fill the zeros again.
    """

    sparsity: float = 0.0
    bits: int = 0
    spared: tuple[str, ...] = ()
    retrain: Retraining = field(default_factory=lambda: Retraining(steps=0))

    def __post_init__(self) -> None:
        check(self, {"sparsity": LESS_THAN_1})
        if self.bits and not 2 <= self.bits <= 8:
            raise UsageError(f"bits must be 0, or from 2 to 8, not {self.bits}")
        if self.retrain.steps:
            raise UsageError("this technique is one shot; retrain in a following step that keeps its zeros or grid")


def surgeon(trained: Trained, settings: SurgeonSettings, data: Samples) -> Trained:
    """The model with every layer compressed, and its batch norms measured anew."""
    net = copy.deepcopy(trained.net)
    seen = hessians(net, data.inputs())
    for name, weight in compressed(net, settings.spared).items():
        if name in seen:
            matrix = weight.detach().flatten(1)
            step = best_step(matrix, settings.bits) if settings.bits else 0.0
            made = reconstructed(matrix, seen[name], settings.sparsity, step, settings.bits)
            weight.data.copy_(made.view_as(weight))
    return replace(trained, net=recalibrated(net, data.inputs()))


def best_step(weight: Tensor, bits: int) -> float:
    """The step of least squared error for a tensor on a symmetric grid of ``2 ** bits - 1`` levels."""
    most, largest = 2 ** (bits - 1) - 1, float(weight.abs().max())
    steps = [largest / most * share for share in torch.linspace(0.2, 1.0, 33).tolist()]
    return min(steps, key=lambda step: float((_snapped(weight, step, bits) - weight).square().sum())) or 1.0


def _snapped(weight: Tensor, step: float, bits: int) -> Tensor:
    most = 2 ** (bits - 1) - 1
    return (weight / step).round().clamp(-most, most) * step


def reconstructed(weight: Tensor, hessian: Tensor, sparsity: float, step: float = 0.0, bits: int = 0) -> Tensor:
    """Rows of weights, pruned and rounded so that ``weight @ x`` changes least.

    Args:
        weight: rows x columns.
        hessian: columns x columns, ``x x^T`` summed over what the layer sees.
        sparsity: share of zeros.
        step: of the grid; 0 does not round.
        bits: of the grid.
    """
    left, made = weight.clone().double(), torch.zeros_like(weight, dtype=torch.double)
    columns = left.shape[1]
    matrix = hessian.double().clone()
    silent = matrix.diagonal() == 0  # inputs that are never anything but zero
    matrix[silent, silent] = 1.0
    matrix += DAMPING * matrix.diagonal().mean() * torch.eye(columns, dtype=torch.double)
    factor = torch.linalg.cholesky(torch.cholesky_inverse(torch.linalg.cholesky(matrix)), upper=True)
    for start in range(0, columns, BLOCK):
        block = slice(start, min(start + BLOCK, columns))
        part, inverse = left[:, block], factor[block, block]
        keep = _kept(part, inverse.diagonal(), sparsity)
        errors = torch.zeros_like(part)
        for column in range(part.shape[1]):
            value = part[:, column] * keep[:, column]
            value = _snapped(value, step, bits) if step else value
            errors[:, column] = (part[:, column] - value) / inverse[column, column]
            part[:, column:] -= errors[:, column, None] * inverse[column, column:]
            made[:, start + column] = value
        left[:, block.stop :] -= errors @ factor[block, block.stop :]
    return made.to(weight.dtype)


def _kept(part: Tensor, diagonal: Tensor, sparsity: float) -> Tensor:
    """Which weights of a block stay: those whose removal costs most."""
    dropped = round(sparsity * part.numel())
    keep = torch.ones(part.numel(), dtype=torch.bool)
    keep[(part / diagonal).square().flatten().argsort()[:dropped]] = False
    return keep.view(part.shape)
