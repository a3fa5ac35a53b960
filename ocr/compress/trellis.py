"""Dependent quantization: levels chosen by the Viterbi algorithm along a trellis, under a budget of bytes.

Haase et al., "Dependent Scalar Quantization for Neural Network Compression", ICIP 2020, as in ISO/IEC 15938-17 (Neural
Network Coding) and, for pictures, H.266; the idea of trellis-coded quantization is of Marcellin and Fischer, 1990. Two
quantizers share the multiples of a step between them, and the weights before a weight say which of the two it has
(:mod:`ocr.packed_weights.trellis`). So the values lie as densely as the multiples of the step, and each costs about
what a value of twice the step costs. In return no weight can be rounded by itself: a row of a tensor takes the path of
least ``error * sensitivity + price * bits``, over all its weights. Steps, sensitivities and bits are those of
:mod:`ocr.compress.rate`, of which this is the counterpart, with the bits of each quantizer counted by themselves.

Retraining goes through the trellis as if it were the identity; the price of a bit rises and falls so that the coded
size reaches the budget.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import brentq
from torch import Tensor, nn

from ocr.compress.importance import fisher
from ocr.compress.rate import LEVELS, SLOPE, RateSettings, finest_scale, neighbour_classes, steps_for
from ocr.compress.retrain import Constraint, retrain
from ocr.compress.samples import Samples
from ocr.compress.weights import compressed
from ocr.errors import UsageError
from ocr.packed_weights.trellis import MOVES, STATES, offered, states_along
from ocr.train.checkpoint import Trained

__all__ = ["Bits", "TrellisSettings", "cheapest_path", "dependent", "trellis"]

STEEPER: Final = 4 * 0.7
"""Loss of error for a bit against that of one quantizer: the values of each lie twice as far apart, and the standard's
reference coder takes seven tenths of what follows from that."""
MULTIPLES: Final = np.arange(-LEVELS, LEVELS + 1)
RESIDUES: Final = ((0, 2), (3, 1))
"""Of sizes modulo 4: those that quantizer q has at parity p; at even parity there is zero besides."""
EASED: Final = 0.05
"""Power of a deviation from the budget that the price follows at each look."""

Bits = NDArray[np.float32]
"""Of each multiple (last axis) in each context and for each quantizer; infinite where a quantizer does not have it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrellisSettings(RateSettings):
    """The budget, as for :mod:`ocr.compress.rate`, and the trellis.

    Attributes:
        states: of the trellis, 4 or 8; more find better paths and cost time.
        every: steps of retraining between two searches for the paths; in between, errors of rounding stay as they are.
    """

    states: int = 8
    every: int = 4

    def __post_init__(self) -> None:
        RateSettings.__post_init__(self)  # super() does not know the class that slots make
        if self.states not in STATES:
            raise UsageError(f"states must be 4 or 8, not {self.states}")
        if self.every < 1:
            raise UsageError(f"every must be at least 1, not {self.every}")


def guessed() -> Bits:
    """Bits before anything was counted: the same in all contexts, more for greater values."""
    places = (np.abs(MULTIPLES) + 1) // 2
    rows = [np.where(offered(MULTIPLES, quantizer), 0.5 + 1.5 * places, np.inf) for quantizer in (0, 1)]
    return np.repeat(np.array(rows, np.float32)[:, None], 9, 1)


def counted(multiples: NDArray[np.int64], states: int) -> tuple[Bits, float]:
    """Bits as they are among the rows of a tensor, and bits of all its weights together."""
    rows = multiples.reshape(len(multiples), -1)
    found = states_along(rows, states)
    assert found is not None
    places = (np.abs(multiples) + 1) // 2
    context = (found.reshape(-1) & 1).astype(np.int64) * 9 + neighbour_classes(places)
    width = len(MULTIPLES)
    joint = np.bincount(context * width + multiples.reshape(-1) + LEVELS, minlength=18 * width).reshape(2, 9, width)
    shares = joint + 0.02
    for quantizer in (0, 1):
        shares[quantizer][:, ~offered(MULTIPLES, quantizer)] = 0
    with np.errstate(divide="ignore"):
        bits = np.log2(shares.sum(2, keepdims=True) / shares)
    return bits.astype(np.float32), float((joint[joint > 0] * bits[joint > 0]).sum())


def cheapest_path(
    scaled: NDArray[np.float32], weights: NDArray[np.float32], bits: Bits, context: NDArray[np.int64], states: int
) -> NDArray[np.int64]:
    """Multiples of least ``weights * error ** 2 + bits``, each row a path from state 0 on.

    Args:
        scaled: rows x length, what is quantized, in steps.
        weights: of the squared errors, of the same shape.
        bits: the price of each multiple.
        context: of each weight, 0..8, of the same shape.
        states: of the trellis.
    """
    costs, sizes = zip(
        *(_nearest(scaled, weights, bits[q], context, RESIDUES[q][p]) for q in (0, 1) for p in (0, 1)), strict=True
    )
    chosen = _viterbi(np.ascontiguousarray(np.stack(costs, -1).swapaxes(0, 1)), states)
    size: NDArray[np.int64] = np.take_along_axis(np.stack(sizes), chosen[None], 0)[0]
    return size * np.where(scaled < 0, -1, 1)


def _nearest(
    scaled: NDArray[np.float32], weights: NDArray[np.float32], bits: Bits, context: NDArray[np.int64], residue: int
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Of sizes of a residue modulo 4 (at 0 and 3: and of zero) the cheapest for each weight, and what it costs."""
    size, sign = np.abs(scaled), np.where(scaled < 0, -1, 1)
    below = np.floor((size - residue) / 4).astype(np.int64) * 4 + residue
    below = np.clip(below, residue, LEVELS - 7 + residue)
    candidates = [below, below + 4] + ([np.zeros_like(below)] if residue in (0, 3) else [])
    best = np.full(scaled.shape, np.inf, np.float32)
    found = below
    for candidate in candidates:
        cost = weights * (candidate - size) ** 2 + bits[context, sign * candidate + LEVELS]
        found = np.where(cost < best, candidate, found)
        best = np.minimum(cost, best)
    return best.astype(np.float32), found


def _viterbi(costs: NDArray[np.float32], states: int) -> NDArray[np.int64]:
    """The branches (twice the quantizer, plus the parity) of the cheapest path of each row.

    Args:
        costs: length x rows x 4 branches.
        states: of the trellis.

    Returns:
        Rows x length.
    """
    into: list[list[tuple[int, int]]] = [[] for _ in range(states)]
    for state, moves in enumerate(MOVES[STATES.index(states)][:states].tolist()):
        for parity, following in enumerate(moves):
            into[following].append((state, 2 * (state & 1) + parity))
    (one, by_one), (two, by_two) = np.array(into).transpose(1, 2, 0)
    length, rows, _ = costs.shape
    total = np.full((rows, states), np.inf, np.float32)
    total[:, 0] = 0
    second = np.empty((length, rows, states), np.bool_)
    for place, cost in enumerate(costs):
        first, other = total[:, one] + cost[:, by_one], total[:, two] + cost[:, by_two]
        second[place] = other < first
        total = np.minimum(first, other)
        total -= total.min(1, keepdims=True)
    state, row = total.argmin(1), np.arange(rows)
    branches = np.empty((length, rows), np.int64)
    for place in range(length - 1, -1, -1):
        came = second[place][row, state]
        branches[place] = np.where(came, by_two[state], by_one[state])
        state = np.where(came, two[state], one[state])
    return branches.T


class Quantizer:
    """Paths for the tensors of a net; the bits and contexts of one search serve the next one.

    Args:
        importance: of the weights, by name.
        settings: the trellis.
    """

    def __init__(self, importance: Mapping[str, Tensor], settings: TrellisSettings) -> None:
        self.settings = settings
        mean = {name: float(value.mean().clamp(min=1e-20)) for name, value in importance.items()}
        self.units = {name: value**-0.5 for name, value in mean.items()}
        self.even = {name: ((value + value.mean()) / 2).double().numpy() for name, value in importance.items()}
        self.bits: dict[str, Bits] = {name: guessed() for name in importance}
        self.contexts: dict[str, NDArray[np.int64]] = {}

    def step(self, name: str, scale: float) -> float:
        """Of a tensor's grid."""
        return float(2**scale * self.units[name])

    def quantized(
        self, weights: Mapping[str, Tensor], scale: float, price: float = 1.0, rounds: int = 1
    ) -> tuple[dict[str, Tensor], float]:
        """Multiples of the weights' steps, and about how many bytes the coder makes of them.

        Args:
            weights: by name.
            scale: logarithm of the steps.
            price: of a bit, as a multiple of what the steps suggest.
            rounds: how often the bits are counted anew.
        """
        found, size = {}, 0.0
        for name, weight in weights.items():
            step, shape = self.step(name, scale), (len(weight), -1)
            scaled = (weight.detach().double().numpy() / step).reshape(shape).astype(np.float32)
            worth = step**2 / (SLOPE * STEEPER * self.settings.trade * price * 4**scale)
            important = (self.even[name].reshape(shape) * worth).astype(np.float32)
            for _ in range(rounds):
                context = self.contexts.get(name, np.zeros(weight.numel(), np.int64)).reshape(scaled.shape)
                chosen = cheapest_path(scaled, important, self.bits[name], context, self.settings.states)
                multiples = chosen.reshape(tuple(weight.shape))
                self.bits[name], bits = counted(multiples, self.settings.states)
                self.contexts[name] = neighbour_classes((np.abs(multiples) + 1) // 2)
            found[name] = torch.from_numpy(multiples)
            size += bits / 8
        return found, size


def dependent(
    weights: Mapping[str, Tensor], importance: Mapping[str, Tensor], settings: TrellisSettings
) -> tuple[Quantizer, float, dict[str, Tensor]]:
    """The quantizer, the scale of its steps, and the multiples of the weights within the budget."""
    quantizer = Quantizer(importance, settings)
    plain, _ = steps_for(weights, importance, RateSettings(bytes=settings.bytes, trade=settings.trade))
    start = float(np.log2([plain[name] / unit for name, unit in quantizer.units.items()]).mean()) - 1
    found: dict[float, dict[str, Tensor]] = {}

    def beyond(scale: float) -> float:
        quantizer.bits = {name: guessed() for name in weights}
        made, size = quantizer.quantized(weights, scale, rounds=2)
        if size <= settings.bytes:
            found[scale] = made
        return float(np.log2(max(size, 1.0) / settings.bytes))

    finest = finest_scale(weights, quantizer.units)
    low, high = max(finest, start - 0.75), max(finest, start) + 0.75
    while beyond(high) > 0:
        high += 2
    while beyond(low) <= 0 and low > finest:
        low = max(finest, low - 2)
    if low not in found:
        brentq(beyond, low, high, xtol=0.01)
    scale = min(found)
    return quantizer, scale, found[scale]


class Paths(Constraint):
    """Weights of a net on paths through the trellis.

    Args:
        quantizer: with its bits.
        scale: of its steps.
        settings: the budget.
    """

    def __init__(self, quantizer: Quantizer, scale: float, settings: TrellisSettings) -> None:
        self.quantizer, self.scale, self.settings = quantizer, scale, settings
        self.count, self.price, self.budget = 0, 1.0, settings.bytes * settings.begin
        self.trained: dict[str, Tensor] = {}
        self.errors: dict[str, Tensor] = {}

    def _found(self, weights: Mapping[str, Tensor], rounds: int = 1) -> tuple[dict[str, Tensor], float]:
        levels, size = self.quantizer.quantized(weights, self.scale, self.price, rounds)
        return {name: level * self.quantizer.step(name, self.scale) for name, level in levels.items()}, size

    def before_forward(self, net: nn.Module) -> None:
        """The net computes with what the paths give; the trained weights wait."""
        weights = compressed(net)
        if self.count % self.settings.every == 0:
            found, size = self._found(weights)
            self.errors = {name: found[name].float() - weight.detach() for name, weight in weights.items()}
            self.price = float(np.clip(self.price * (size / self.budget) ** (20 * EASED), 0.02, 50.0))
        for name, weight in weights.items():
            self.trained[name] = weight.data.clone()
            weight.data.add_(self.errors[name])

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
        """Paths within the budget, at the lowest price that reaches it."""
        weights = compressed(net)
        low, high, kept = -6.0, 8.0, dict[str, Tensor]()
        while high - low > 0.05 or not kept:
            middle = (low + high) / 2
            self.price = 2**middle
            found, size = self._found(weights, 2)
            if size > self.settings.bytes and high - low > 0.001:
                low = middle
            else:
                high, kept = middle, found
        for name, value in kept.items():
            weights[name].data.copy_(value)


def trellis(trained: Trained, settings: TrellisSettings, data: Samples) -> Trained:
    """The model with its weights on paths through the trellis, within the budget."""
    weights = {name: weight.detach().clone() for name, weight in compressed(trained.net).items()}
    quantizer, scale, levels = dependent(weights, fisher(trained, data, settings.batches), settings)
    if settings.retrain.steps:
        return retrain(trained, settings.retrain, data, Paths(quantizer, scale, settings))
    made = retrain(trained, settings.retrain, data)
    for name, weight in compressed(made.net).items():
        weight.data.copy_(levels[name] * quantizer.step(name, scale))
    return made
