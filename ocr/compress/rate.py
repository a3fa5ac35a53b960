"""Quantization under a budget of bytes, with retraining: few levels, most of them zero, cheap for the coder.

After Wiedemann et al., "DeepCABAC", 2019 and Wiedemann, Marban, Müller, Samek, "Entropy-Constrained Training of Deep
Neural Networks", 2019. A weight becomes a multiple of its tensor's step. The steps follow the sensitivity of the
tensors (the Fisher information): a uniform quantizer with an entropy coder loses least where every tensor's error
costs the same, which is a step in proportion to ``1 / sqrt(sensitivity)``. Each weight takes the level that costs
least in ``error * sensitivity + lambda * bits``, with the bits of the coder's own contexts. Retraining goes through
the quantizer as if it were the identity (straight-through); a dead zone around zero is widened or narrowed so that the
coded size reaches the budget.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ocr.compress.importance import fisher
from ocr.compress.retrain import Constraint, Retraining, retrain
from ocr.compress.samples import Samples
from ocr.compress.weights import compressed
from ocr.errors import UsageError
from ocr.train.checkpoint import Trained

__all__ = [
    "LEVELS",
    "SLOPE",
    "RateSettings",
    "StepGrid",
    "cheapest_levels",
    "coded_bytes",
    "finest_scale",
    "neighbour_classes",
    "rate",
]

LEVELS: Final = 127
"""Largest level."""
SLOPE: Final = 0.1155
"""Loss of error for a bit, in steps squared: of ``step ** 2 / 12`` at 6 dB a bit."""
CHECKED: Final = 10
"""Optimizer steps between two looks at the size."""
WIDEST: Final = 0.48
"""Of the dead zone beyond half a step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RateSettings:
    """The budget.

    Attributes:
        bytes: that all coded weights may take together.
        batches: for the sensitivities.
        trade: bits are weighed this much more than at high rates; more makes more zeros at finer steps.
        begin: the budget at the start of retraining, as a multiple of ``bytes``.
        until: part of retraining, 0..1, at whose end the budget is ``bytes``.
        retrain: the training through the quantizer.
    """

    bytes: int
    batches: int = 24
    trade: float = 1.0
    begin: float = 1.4
    until: float = 0.5
    retrain: Retraining = field(default_factory=Retraining)

    def __post_init__(self) -> None:
        if self.bytes < 1000:
            raise UsageError(f"bytes must be at least 1000, not {self.bytes}")


def coded_bytes(levels: Mapping[str, Tensor]) -> float:
    """About what the coder makes of levels: their entropy given two neighbours, in bytes."""
    return sum(float(_bits(level.numpy())[1]) for level in levels.values()) / 8


def neighbour_classes(levels: NDArray[np.int64]) -> NDArray[np.int64]:
    """The context of each level: classes of the one before and of the one a row of the last axes before."""
    flat = np.minimum(np.abs(levels.reshape(-1)), 2)
    stride = int(np.prod(levels.shape[2:])) if levels.ndim > 2 else levels.shape[-1]
    distances = (1, max(2, min(stride, len(flat) - 1)))
    one, two = (np.concatenate([np.zeros(d, np.int64), flat[:-d]]) for d in distances)
    found: NDArray[np.int64] = one * 3 + two
    return found


def _bits(levels: NDArray[np.int64]) -> tuple[NDArray[np.float64], float]:
    """Bits of each level in each context (9, 2 * LEVELS + 1), and of all levels together."""
    context, width = neighbour_classes(levels), 2 * LEVELS + 1
    joint = np.bincount(context * width + levels.reshape(-1) + LEVELS, minlength=9 * width).reshape(9, width)
    shares = joint + 0.02
    bits = np.log2(shares.sum(1, keepdims=True) / shares)
    return bits, float((joint * bits).sum())


def cheapest_levels(weight: Tensor, step: float, importance: Tensor, price: float, rounds: int = 3) -> Tensor:
    """Levels of least ``importance * error ** 2 + price * bits``; each round uses the bits of the one before.

    Args:
        weight: of any shape.
        step: of the grid.
        importance: of each weight.
        price: of a bit.
        rounds: how often the bits are counted anew.
    """
    scaled = (weight.double() / step).numpy()
    near = np.clip(np.rint(scaled), -LEVELS, LEVELS).astype(np.int64)
    lower = np.clip(near - np.sign(near), -LEVELS, LEVELS)
    candidates = np.stack([near, lower, np.zeros_like(near)])
    cost = (candidates - scaled) ** 2 * step**2 * importance.double().numpy()
    chosen = near
    for _ in range(rounds):
        bits, _ = _bits(chosen)
        context = neighbour_classes(chosen).reshape(near.shape)
        best = (cost + price * bits[context, candidates + LEVELS]).argmin(0)
        chosen = np.take_along_axis(candidates, best[None], 0)[0]
    return torch.from_numpy(chosen)


class StepGrid(Constraint):
    """Weights of a net as multiples of a step for each tensor.

    Args:
        steps: by the name of the weight.
        settings: the budget.
    """

    def __init__(self, steps: Mapping[str, float], settings: RateSettings) -> None:
        self.steps, self.settings = steps, settings
        self.zone, self.count, self.budget = 0.1, 0, settings.bytes * settings.begin
        self.trained: dict[str, Tensor] = {}

    def levels(self, weights: Mapping[str, Tensor], zone: float) -> dict[str, Tensor]:
        """Levels of weights, with a dead zone of ``zone`` steps more than half a step around zero."""
        return {name: _rounded(weight.detach() / self.steps[name], zone) for name, weight in weights.items()}

    def before_forward(self, net: nn.Module) -> None:
        """The net computes with levels; the trained weights wait."""
        weights = compressed(net)
        levels = self.levels(weights, self.zone)
        if self.count % CHECKED == 0:
            size = coded_bytes({name: level.long() for name, level in levels.items()})
            self.zone = float(np.clip(self.zone + 0.15 * (size / self.budget - 1), 0.0, WIDEST))
        for name, weight in weights.items():
            self.trained[name] = weight.data.clone()
            weight.data.copy_(levels[name] * self.steps[name])

    def before_step(self, net: nn.Module) -> None:
        """The trained weights return."""
        for name, weight in compressed(net).items():
            weight.data.copy_(self.trained[name])

    def after_step(self, net: nn.Module, progress: float) -> None:
        """The budget shrinks."""
        self.count += 1
        done = min(1.0, progress / self.settings.until) if self.settings.until else 1.0
        self.budget = self.settings.bytes * (self.settings.begin + (1 - self.settings.begin) * done)

    def finish(self, net: nn.Module) -> None:
        """Levels within the budget, by the narrowest dead zone that reaches it."""
        weights = compressed(net)
        low, high = 0.0, WIDEST
        for _ in range(10):
            zone = (low + high) / 2
            size = coded_bytes({name: level.long() for name, level in self.levels(weights, zone).items()})
            low, high = (zone, high) if size > self.settings.bytes else (low, zone)
        for name, level in self.levels(weights, high).items():
            weights[name].data.copy_(level * self.steps[name])


def _rounded(scaled: Tensor, zone: float) -> Tensor:
    """Nearest levels, but zero up to half a step plus ``zone``, and the lower one for a third of ``zone`` after it."""
    size = scaled.abs()
    level = torch.where(size < 0.5 + zone, 0.0, (size - zone / 3).round().clamp(min=1.0))
    return level.clamp(max=LEVELS) * scaled.sign()


def steps_for(
    weights: Mapping[str, Tensor], importance: Mapping[str, Tensor], settings: RateSettings
) -> tuple[dict[str, float], dict[str, Tensor]]:
    """Steps of the tensors and levels of the weights that fit the budget, both by name."""
    mean = {name: float(value.mean().clamp(min=1e-20)) for name, value in importance.items()}
    even = {name: (value + value.mean()) / 2 for name, value in importance.items()}

    def quantized(scale: float) -> tuple[dict[str, float], dict[str, Tensor]]:
        price = SLOPE * settings.trade * 2 ** (2 * scale)
        steps = {name: 2**scale / m**0.5 for name, m in mean.items()}
        return steps, {name: cheapest_levels(w.detach(), steps[name], even[name], price) for name, w in weights.items()}

    low, high = -30.0, 10.0
    for _ in range(12):
        scale = (low + high) / 2
        low, high = (scale, high) if coded_bytes(quantized(scale)[1]) > settings.bytes else (low, scale)
    return quantized(max(high, finest_scale(weights, {name: m**-0.5 for name, m in mean.items()})))


def finest_scale(weights: Mapping[str, Tensor], units: Mapping[str, float]) -> float:
    """Logarithm of the least multiple of ``units`` at which no weight is more than ``LEVELS`` steps."""
    most = max(float(weight.detach().abs().max()) / units[name] for name, weight in weights.items())
    return float(np.log2(max(most, 1e-12) / LEVELS))


def grid_step(weight: Tensor) -> float:
    """The step of a tensor whose values are multiples of one already; 0 for any other, or if all are zero.

    Example:
        >>> grid_step(torch.tensor([[0.0, 0.5], [-1.5, 1.0]])), grid_step(torch.tensor([[0.5, 0.8]]))
        (0.5, 0.0)
    """
    size = weight.abs()
    if not bool(size.any()):
        return 0.0
    step = float(size[size > 0].min())
    levels = weight / step
    return step if float((levels - levels.round()).abs().max()) < 1e-3 and float(size.max()) <= LEVELS * step else 0.0


def rate(trained: Trained, settings: RateSettings, data: Samples) -> Trained:
    """The model with its weights on grids, within the budget.

    A model whose tensors are all on grids keeps those: so a second step of this technique trains on where the first
    one stopped.
    """
    weights = {name: weight.detach().clone() for name, weight in compressed(trained.net).items()}
    steps = {name: grid_step(weight) for name, weight in weights.items()}
    if not all(steps.values()) or not settings.retrain.steps:
        steps, levels = steps_for(weights, fisher(trained, data, settings.batches), settings)
    if settings.retrain.steps:
        return retrain(trained, settings.retrain, data, StepGrid(steps, settings))
    made = retrain(trained, settings.retrain, data)
    for name, weight in compressed(made.net).items():
        weight.data.copy_(levels[name] * steps[name])
    return replace(made)
