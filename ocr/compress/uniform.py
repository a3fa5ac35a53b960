"""Uniform quantization of weights by their range, and quantization-aware training, the LSTM included.

Jacob et al., "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference", 2018:
``2 ** bits`` evenly spaced levels between a lower and an upper end, symmetric around zero, one range for each tensor or
for each row (output channel). With retraining, the net computes with rounded weights while the exact ones are trained
(straight-through). One bit is the sign times the mean size (Rastegari et al., "XNOR-Net", 2016). Activations are
another technique, :mod:`ocr.compress.activations`; :mod:`ocr.export.recognizer` quantizes both for the files that ship.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn

from ocr.compress.retrain import Constraint, Retraining, retrain
from ocr.compress.samples import Samples
from ocr.compress.weights import compressed
from ocr.errors import UsageError
from ocr.train.checkpoint import Trained

__all__ = ["RANGES", "UniformSettings", "range_of", "rounded", "uniform"]

RANGES: Final = ("minmax", "percentile", "entropy")
BINS: Final = 2048


@dataclass(frozen=True, slots=True, kw_only=True)
class UniformSettings:
    """The grid.

    Attributes:
        bits: 1 to 8.
        per: ``tensor``, or ``row`` for a range for each output channel.
        range: ``minmax`` takes the largest weight, ``percentile`` one that ``kept`` of the weights are below,
            ``entropy`` the one under which the distribution changes least (Kullback-Leibler; Migacz 2017).
        kept: for ``percentile``, 0..1.
        spared: beginnings of the names of weights that stay.
        retrain: quantization-aware training; 0 steps quantize after training alone.
    """

    bits: int = 8
    per: str = "tensor"
    range: str = "minmax"
    kept: float = 0.999
    spared: tuple[str, ...] = ()
    retrain: Retraining = field(default_factory=lambda: Retraining(steps=0))

    def __post_init__(self) -> None:
        if self.bits not in range(1, 9):
            raise UsageError(f"bits must be from 1 to 8, not {self.bits}")
        if self.per not in ("tensor", "row"):
            raise UsageError(f"per must be tensor or row, not {self.per!r}")
        if self.range not in RANGES:
            raise UsageError(f"range must be one of {', '.join(RANGES)}, not {self.range!r}")


def range_of(values: Tensor, settings: UniformSettings) -> float:
    """The upper end of a range, for values of any shape; the lower one is its negative."""
    size = values.abs().flatten()
    if settings.range == "percentile":
        return float(size.kthvalue(max(1, round(settings.kept * len(size)))).values)
    if settings.range == "entropy" and settings.bits > 1 and float(size.max()) > 0:
        return _least_divergence(size.numpy(), 2 ** (settings.bits - 1))
    return float(size.max())


def _least_divergence(size: np.ndarray[tuple[int], np.dtype[np.float32]], levels: int) -> float:
    """The end under which clipped, merged and spread counts are nearest to the counts themselves."""
    counts, edges = np.histogram(size, BINS)
    best, found = np.inf, float(edges[-1])
    for end in range(max(levels, BINS // 16), BINS + 1, max(1, BINS // 64)):
        kept = counts[:end].astype(float)
        clipped = kept.copy()
        clipped[-1] += counts[end:].sum()
        groups = np.minimum(np.arange(end) * levels // end, levels - 1)
        live = np.bincount(groups, kept > 0, levels)
        spread = np.where(kept > 0, (np.bincount(groups, kept, levels) / np.maximum(live, 1))[groups], 0)
        seen = (clipped > 0) & (spread > 0)
        p, q = clipped[seen] / clipped.sum(), spread[seen] / spread.sum()
        divergence = float((p * np.log(p / q)).sum()) + float(clipped[~seen].sum() / clipped.sum()) * 10
        if divergence < best:
            best, found = divergence, float(edges[end])
    return found


def rounded(weight: Tensor, settings: UniformSettings) -> Tensor:
    """The weight on its grid."""
    rows = weight.flatten(1) if settings.per == "row" else weight.reshape(1, -1)
    if settings.bits == 1:
        made = rows.sign() * rows.abs().mean(1, keepdim=True)
        return made.view_as(weight)
    most = float(2 ** (settings.bits - 1) - 1)
    ends = torch.tensor([[range_of(row, settings)] for row in rows]).clamp(min=1e-12)
    levels: Tensor = (rows / (ends / most)).round().clamp(-most, most)
    return (levels * (ends / most)).view_as(weight)


class _Rounded(Constraint):
    """The net computes with rounded weights; the exact ones are trained."""

    def __init__(self, settings: UniformSettings) -> None:
        self.settings = settings
        self.trained: dict[str, Tensor] = {}

    def before_forward(self, net: nn.Module) -> None:
        """Round."""
        for name, weight in compressed(net, self.settings.spared).items():
            self.trained[name] = weight.data.clone()
            weight.data.copy_(rounded(weight.data, self.settings))

    def before_step(self, net: nn.Module) -> None:
        """Put the exact weights back."""
        for name, weight in compressed(net, self.settings.spared).items():
            weight.data.copy_(self.trained[name])

    def finish(self, net: nn.Module) -> None:
        """Round for good."""
        for weight in compressed(net, self.settings.spared).values():
            weight.data.copy_(rounded(weight.data, self.settings))


def uniform(trained: Trained, settings: UniformSettings, data: Samples) -> Trained:
    """The model with its weights on evenly spaced levels."""
    return retrain(trained, settings.retrain, data, _Rounded(settings))
