"""Context-adaptive entropy coding of quantized weights, in lanes that numpy decodes side by side.

The idea of DeepCABAC (Wiedemann et al. 2019): the probabilities of a weight's level are learned while coding, from the
layer and from whether its neighbours were zero. There a binary arithmetic coder does it weight by weight, which needs
compiled code. Here the weights are cut into some hundred lanes of equal length, each with a range coder of its own
(rANS, Duda 2013; interleaved as in Giesen 2014), and one step codes one weight of every lane. All lanes share the
probabilities, which are brought up to date between steps, so they are learned as quickly as from one stream.

Weights of dependent quantization (:mod:`ocr.packed_weights.trellis`) have two sets of probabilities, one for each
quantizer; a lane knows the state of its trellis, which it begins with and which each of its weights moves on.

Everything is integer arithmetic: the decoder repeats exactly what the encoder did, on any machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ocr.packed_weights.trellis import MOVES, STATES, offered, parity, states_along

__all__ = ["LARGEST_ALPHABET", "Layer", "decode", "encode", "lanes_for"]

LARGEST_ALPHABET: Final = 256
"""Different values that the weights of a layer may have."""
BITS: Final = 12
"""Probabilities are multiples of 2 ** -BITS."""
TOTAL: Final = 1 << BITS
LOW: Final = 1 << 16
"""A lane's state is at least this; below it takes 16 more bits from the stream."""
CLASSES: Final = 3
"""Of a neighbour's distance from zero: 0, 1, more."""
GAIN: Final = 8
"""Weight of an observed level against the prior, which has from 1 to ``FIRST``."""
FIRST: Final = 32
STEPS: Final = 2400
"""Weights that a lane has, about."""

Levels = NDArray[np.uint8]
Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Layer:
    """The weights of one tensor, in the order in which they are coded.

    Attributes:
        size: number of weights.
        alphabet: number of different values; a weight is coded as the rank of its value.
        zero: rank of the value nearest zero.
        near, far: how many places before a weight the two neighbours are that its probabilities depend on.
        states: of the trellis in dependent quantization, 4 or 8; 1 without.
        row: weights of a path through the trellis; the next one begins in state 0 again.
    """

    size: int
    alphabet: int
    zero: int
    near: int = 1
    far: int = 2
    states: int = 1
    row: int = 1


def lanes_for(size: int) -> int:
    """Lanes for a number of weights: few cost fewer bytes (four each), many are decoded faster."""
    return max(1, min(8192, -(-size // STEPS)))


def encode(ranks: Levels, layers: Sequence[Layer], lanes: int) -> bytes:
    """The weights of all layers, one after another, as bytes: the states of the lanes, the states of their trellises
    where a layer has one, then the stream.

    Args:
        ranks: rank of each weight's value.
        layers: what ``ranks`` consists of.
        lanes: of the coder; see ``lanes_for``.

    Raises:
        ValueError: a layer with a trellis has weights that are not a path through it.
    """
    starts_in = _beginnings(ranks, layers, lanes)
    walk = _Walk(layers, lanes, starts_in)
    padded = np.zeros(walk.steps * lanes, np.int64)
    padded[: len(ranks)] = ranks
    columns = padded.reshape(lanes, walk.steps).T
    shares, starts = np.zeros(columns.shape, np.int64), np.zeros(columns.shape, np.int64)
    for step, symbols in enumerate(columns):
        at = walk.contexts(step) * walk.width + symbols
        shares[step], starts[step] = walk.shares[at], walk.starts[at]
        walk.saw(step, at)
    state = np.full(lanes, LOW, np.int64)
    words: list[NDArray[np.uint16]] = []
    for share, start in zip(shares[::-1], starts[::-1], strict=True):
        full = state >= share << (32 - BITS)
        words.append(state[full].astype(np.uint16))
        state[full] >>= 16
        state = (state // share << BITS) + state % share + start
    stream = np.concatenate(words[::-1])
    begun = _packed_states(starts_in) if walk.dependent else b""
    return state.astype("<u4").tobytes() + begun + stream.astype("<u2").tobytes()


def decode(data: bytes, layers: Sequence[Layer], lanes: int) -> Levels:
    """The ranks that ``encode`` was given.

    Raises:
        ValueError: the bytes are not those of these layers.
    """
    dependent = any(layer.states > 1 for layer in layers)
    head = 4 * lanes + (_state_bytes(lanes) if dependent else 0)
    if len(data) < head or len(data) % 2:
        raise ValueError("coded weights are cut off")
    begun = _unpacked_states(data[4 * lanes : head], lanes) if dependent else np.zeros(lanes, np.int64)
    walk = _Walk(layers, lanes, begun)
    state = np.frombuffer(data, "<u4", lanes).astype(np.int64)
    ahead = np.zeros(lanes, np.int64)  # so that a damaged stream cannot be read past its end
    stream = np.concatenate([np.frombuffer(data, "<u2", offset=head).astype(np.int64), ahead])
    out = np.zeros((walk.steps, lanes), np.uint8)
    at = 0
    for step in range(walk.steps):
        contexts = walk.contexts(step)
        slot = state & (TOTAL - 1)
        symbols = walk.ranks[contexts << BITS | slot]
        where = contexts * walk.width + symbols
        state = walk.shares[where] * (state >> BITS) + slot - walk.starts[where]
        low = np.flatnonzero(state < LOW)
        if at + len(low) > len(stream):
            raise ValueError("coded weights are cut off")
        state[low] = state[low] << 16 | stream[at : at + len(low)]
        at += len(low)
        out[step] = symbols
        walk.saw(step, where)
    if at != len(stream) - lanes or (state != LOW).any():
        raise ValueError("coded weights are damaged")
    return out.T.reshape(-1)[: sum(layer.size for layer in layers)]


def _beginnings(ranks: Levels, layers: Sequence[Layer], lanes: int) -> Integers:
    """The state of the trellis that each lane begins in."""
    states = np.zeros(len(ranks), np.uint8)
    at = 0
    for layer in layers:
        here = slice(at, at := at + layer.size)
        if layer.states > 1:
            multiples = ranks[here].astype(np.int64).reshape(-1, layer.row) - layer.zero
            found = states_along(multiples, layer.states)
            if found is None:
                raise ValueError("the weights are not a path through the trellis")
            states[here] = found.reshape(-1)
    begun = np.zeros(lanes, np.int64)
    first = states[:: max(1, -(-len(ranks) // lanes))]
    begun[: len(first)] = first
    return begun


def _state_bytes(lanes: int) -> int:
    """Of the lanes' states of the trellis, three bits each; an even number."""
    return -(-3 * lanes // 16) * 2


def _packed_states(states: Integers) -> bytes:
    bits = (states[:, None] >> np.arange(3) & 1).astype(np.uint8)
    return np.packbits(bits).tobytes().ljust(_state_bytes(len(states)), b"\0")


def _unpacked_states(data: bytes, lanes: int) -> Integers:
    bits = np.unpackbits(np.frombuffer(data, np.uint8), count=3 * lanes).reshape(lanes, 3).astype(np.int64)
    return bits @ (1 << np.arange(3))


class _Walk:
    """The probabilities of each step, learned from the steps before: what encoder and decoder have in common.

    Each layer has a table of probabilities for each of its quantizers: one, or two where it has a trellis.

    Attributes:
        steps: of the walk; each codes a weight of every lane.
        dependent: whether a layer has a trellis.
        width: of the largest alphabet.
        shares, starts: for each context and rank its share of ``TOTAL`` and where that begins.
        ranks: for each context and slot of ``TOTAL`` the rank that it belongs to.
    """

    def __init__(self, layers: Sequence[Layer], lanes: int, begun: Integers) -> None:
        sizes = [layer.size for layer in layers]
        self.lanes, self.steps = lanes, -(-sum(sizes) // lanes)
        padding = self.steps * lanes - sum(sizes)
        every = (*layers, Layer(padding, 1, 0))  # padding has one value, which costs nothing
        self.dependent = any(layer.states > 1 for layer in layers)
        tables = [(layer, quantizer) for layer in every for quantizer in range(min(layer.states, 2))]
        first = np.cumsum([0, *(min(layer.states, 2) for layer in every)])[:-1]
        self.layer = self._laid_out(np.repeat(first, [*sizes, padding]))
        self.near, self.far = (np.array([getattr(layer, key) for layer, _ in tables]) for key in ("near", "far"))
        self.width = max(layer.alphabet for layer in every)
        multiples = np.arange(self.width) - np.array([[layer.zero] for layer, _ in tables])
        halves = np.array([[1 + (layer.states > 1)] for layer, _ in tables])
        distance = -(-np.abs(multiples) // halves)
        self.classes = np.repeat(np.minimum(distance, CLASSES - 1), CLASSES**2, 0).astype(np.int64).reshape(-1)
        self.history = np.zeros((self.steps + 1, lanes), np.int64)
        self.lane = np.arange(lanes)
        there = np.arange(self.width) < np.array([[layer.alphabet] for layer, _ in tables])
        for row, (layer, quantizer) in enumerate(tables):
            there[row] &= layer.states == 1 or offered(multiples[row], quantizer)
        prior = np.where(there, np.maximum(1, FIRST >> np.minimum(distance, 9)), 0)
        self.counts: Integers = np.repeat(prior, CLASSES**2, 0).astype(np.int64)
        self.spare: Integers = TOTAL - np.repeat(there.sum(1), CLASSES**2)
        self.present: Any = self.counts > 0
        self.names = np.tile(np.arange(self.width), len(self.counts))
        self.waiting: list[Integers] = []
        if self.dependent:
            self._begin_trellis(every, multiples, begun)
        self.learn()

    def _laid_out(self, values: NDArray[Any]) -> NDArray[Any]:
        """Values of all weights as steps x lanes."""
        return np.ascontiguousarray(values.reshape(self.lanes, self.steps).T)

    def _begin_trellis(self, every: Sequence[Layer], multiples: Integers, begun: Integers) -> None:
        """Lanes begin in states; ``moves`` leads from a layer's states and a parity to the next state."""
        self.state = begun
        self.parities = np.repeat(parity(multiples), CLASSES**2, 0).reshape(-1)
        sizes = [layer.size for layer in every]
        if any(layer.row < 1 for layer in every):
            raise ValueError("a path of no weights")
        kind = [0 if layer.states == 1 else STATES.index(layer.states) + 1 for layer in every]
        self.kind = self._laid_out(np.repeat(np.array(kind) * MOVES[0].size, sizes))
        ends = [np.arange(1, layer.size + 1) % layer.row == 0 for layer in every]
        self.goes_on = self._laid_out(~np.concatenate(ends)).astype(np.int64)
        self.moves = np.concatenate([np.zeros_like(MOVES[0]), *MOVES]).reshape(-1)

    def contexts(self, step: int) -> Integers:
        """The context of each lane's next weight: its table and the classes of its two neighbours."""
        layer = self.layer[step]
        if self.dependent:
            layer = layer + (self.state & 1)
        history = self.history.reshape(-1)
        one = history[np.maximum(step + 1 - self.near[layer], 0) * self.lanes + self.lane]
        two = history[np.maximum(step + 1 - self.far[layer], 0) * self.lanes + self.lane]
        found: Integers = (layer * CLASSES + one) * CLASSES + two
        return found

    def saw(self, step: int, at: Integers) -> None:
        """Learn from a step: what was coded, as index into ``shares``."""
        self.history[step + 1] = self.classes[at]
        if self.dependent:
            move = self.kind[step] + 2 * self.state + self.parities[at]
            self.state = self.moves[move] * self.goes_on[step]
        self.waiting.append(at)
        if len(self.waiting) > step // 8:
            seen = np.bincount(np.concatenate(self.waiting), minlength=self.counts.size)
            self.counts += GAIN * seen.reshape(self.counts.shape) * self.present
            self.waiting = []
            self.learn()

    def learn(self) -> None:
        """Probabilities from counts; each possible rank has at least one part of ``TOTAL``, the likeliest the rest."""
        shares = self.present + self.counts * self.spare[:, None] // self.counts.sum(1, keepdims=True)
        shares[np.arange(len(shares)), shares.argmax(1)] += TOTAL - shares.sum(1)
        self.starts = (np.cumsum(shares, 1) - shares).reshape(-1)
        self.shares = shares.reshape(-1)
        self.ranks = np.repeat(self.names, self.shares)
