"""Context-adaptive entropy coding of quantized weights, in lanes that numpy decodes side by side.

The idea of DeepCABAC (Wiedemann et al. 2019): the probabilities of a weight's level are learned while coding, from the
layer and from whether its neighbours were zero. There a binary arithmetic coder does it weight by weight, which needs
compiled code. Here the weights are cut into some hundred lanes of equal length, each with a range coder of its own
(rANS, Duda 2013; interleaved as in Giesen 2014), and one step codes one weight of every lane. All lanes share the
probabilities, which are brought up to date between steps, so they are learned as quickly as from one stream.

Everything is integer arithmetic: the decoder repeats exactly what the encoder did, on any machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

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
    """

    size: int
    alphabet: int
    zero: int
    near: int = 1
    far: int = 2


def lanes_for(size: int) -> int:
    """Lanes for a number of weights: few cost fewer bytes (four each), many are decoded faster."""
    return max(1, min(8192, -(-size // STEPS)))


def encode(ranks: Levels, layers: Sequence[Layer], lanes: int) -> bytes:
    """The weights of all layers, one after another, as bytes: the states of the lanes, then the stream.

    Args:
        ranks: rank of each weight's value.
        layers: what ``ranks`` consists of.
        lanes: of the coder; see ``lanes_for``.
    """
    walk = _Walk(layers, lanes)
    padded = np.zeros(walk.steps * lanes, np.int64)
    padded[: len(ranks)] = ranks
    columns = padded.reshape(lanes, walk.steps).T
    shares, starts = np.zeros(columns.shape, np.int64), np.zeros(columns.shape, np.int64)
    for step, symbols in enumerate(columns):
        at = walk.contexts(step) * walk.width + symbols
        shares[step], starts[step] = walk.shares[at], walk.starts[at]
        walk.saw(step, at, symbols)
    state = np.full(lanes, LOW, np.int64)
    words: list[NDArray[np.uint16]] = []
    for share, start in zip(shares[::-1], starts[::-1], strict=True):
        full = state >= share << (32 - BITS)
        words.append(state[full].astype(np.uint16))
        state[full] >>= 16
        state = (state // share << BITS) + state % share + start
    stream = np.concatenate(words[::-1])
    return state.astype("<u4").tobytes() + stream.astype("<u2").tobytes()


def decode(data: bytes, layers: Sequence[Layer], lanes: int) -> Levels:
    """The ranks that ``encode`` was given.

    Raises:
        ValueError: the bytes are not those of these layers.
    """
    walk = _Walk(layers, lanes)
    if len(data) < 4 * lanes or len(data) % 2:
        raise ValueError("coded weights are cut off")
    state = np.frombuffer(data, "<u4", lanes).astype(np.int64)
    ahead = np.zeros(lanes, np.int64)  # so that a damaged stream cannot be read past its end
    stream = np.concatenate([np.frombuffer(data, "<u2", offset=4 * lanes).astype(np.int64), ahead])
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
        walk.saw(step, where, symbols)
    if at != len(stream) - lanes or (state != LOW).any():
        raise ValueError("coded weights are damaged")
    return out.T.reshape(-1)[: sum(layer.size for layer in layers)]


class _Walk:
    """The probabilities of each step, learned from the steps before: what encoder and decoder have in common.

    Attributes:
        steps: of the walk; each codes a weight of every lane.
        width: of the largest alphabet.
        shares, starts: for each context and rank its share of ``TOTAL`` and where that begins.
        ranks: for each context and slot of ``TOTAL`` the rank that it belongs to.
    """

    def __init__(self, layers: Sequence[Layer], lanes: int) -> None:
        sizes = [layer.size for layer in layers]
        self.lanes, self.steps = lanes, -(-sum(sizes) // lanes)
        padding = self.steps * lanes - sum(sizes)
        every = (*layers, Layer(padding, 1, 0))  # padding has one value, which costs nothing
        numbers = np.repeat(np.arange(len(every)), [*sizes, padding])
        self.layer = np.ascontiguousarray(numbers.reshape(lanes, self.steps).T)
        self.near, self.far = (np.array([getattr(layer, key) for layer in every]) for key in ("near", "far"))
        self.width = max(layer.alphabet for layer in every)
        alphabets = np.array([layer.alphabet for layer in every])
        distance = np.abs(np.arange(self.width) - np.array([[layer.zero] for layer in every]))
        self.classes = np.minimum(distance, CLASSES - 1).astype(np.int64)
        self.history = np.zeros((self.steps + 1, lanes), np.int64)
        self.lane = np.arange(lanes)
        prior = np.where(np.arange(self.width) < alphabets[:, None], np.maximum(1, FIRST >> np.minimum(distance, 9)), 0)
        self.counts: Integers = np.repeat(prior, CLASSES**2, 0).astype(np.int64)
        self.spare: Integers = TOTAL - np.repeat(alphabets, CLASSES**2)
        self.present: Any = self.counts > 0
        self.names = np.tile(np.arange(self.width), len(self.counts))
        self.waiting: list[Integers] = []
        self.learn()

    def contexts(self, step: int) -> Integers:
        """The context of each lane's next weight: its layer and the classes of its two neighbours."""
        layer = self.layer[step]
        history = self.history.reshape(-1)
        one = history[np.maximum(step + 1 - self.near[layer], 0) * self.lanes + self.lane]
        two = history[np.maximum(step + 1 - self.far[layer], 0) * self.lanes + self.lane]
        found: Integers = (layer * CLASSES + one) * CLASSES + two
        return found

    def saw(self, step: int, at: Integers, symbols: Integers) -> None:
        """Learn from a step: what was coded, as index into ``shares`` and as ranks."""
        self.history[step + 1] = self.classes[self.layer[step], symbols]
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
