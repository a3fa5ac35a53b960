"""Character n-grams: estimates from texts, pruning to a size, and the file of the ``lm`` decoder."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ocr.output import replacing
from ocr.recognize.language import BACKOFF_ZERO, LINE_END, OTHER, STEP, LanguageModel, fold
from ocr.train.language.corpus import Weighted

__all__ = ["Level", "backoffs", "bits", "estimate", "prune", "shares", "write"]

Codes = NDArray[np.uint64]


@dataclass(slots=True)
class Level:
    """The n-grams of one length.

    Attributes:
        width: bits of a character's class in a code.
        codes: the n-grams, one number each, sorted.
        counts: their weighted counts.
        logs: natural logarithm of the probability of the last character after the others.
    """

    width: int
    codes: Codes
    counts: NDArray[np.float64]
    logs: NDArray[np.float64]

    def at(self, codes: Codes) -> NDArray[np.int64]:
        """Indices of codes, all of which have to be among ``self.codes``."""
        return np.searchsorted(self.codes, codes)

    def heads(self) -> Codes:
        """Codes of the n-grams without their last character."""
        return self.codes >> np.uint64(self.width)

    def tails(self, length: int) -> Codes:
        """Codes of the last ``length`` characters."""
        return self.codes & np.uint64((1 << self.width * length) - 1)


def estimate(weighted: Sequence[Weighted], alphabet: str, order: int) -> list[Level]:
    """Interpolated Witten-Bell estimates (Bell, Cleary, Witten 1990) of every n-gram up to a length.

    Args:
        weighted: folded texts, and how much an occurrence in each counts.
        alphabet: characters with a class of their own; class ``k + 1`` is ``alphabet[k]``.
        order: length of the longest n-grams.
    """
    index = {character: k + 1 for k, character in enumerate(alphabet)}
    width = 64 // order
    streams = []
    for text, weight in weighted:
        other = index[OTHER]
        streams.append((np.array([index.get(c, other) for c in f"{LINE_END}{text}{LINE_END}"], np.uint64), weight))
    levels: list[Level] = []
    for n in range(1, order + 1):
        grams, weights = [], []
        for stream, weight in streams:
            if len(stream) < n:
                continue
            codes = np.zeros(len(stream) - n + 1, np.uint64)
            for k in range(n):
                codes = (codes << np.uint64(width)) | stream[k : len(stream) - n + 1 + k]
            grams.append(codes)
            weights.append(np.full(len(codes), weight))
        codes, inverse = np.unique(np.concatenate(grams), return_inverse=True)
        level = Level(width, codes, np.bincount(inverse, np.concatenate(weights)).astype(np.float64), np.zeros(0))
        starts = np.flatnonzero(np.diff(level.heads(), prepend=np.uint64(2**63)))
        family = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(codes))))
        total, kinds = np.add.reduceat(level.counts, starts)[family], np.bincount(family)[family]
        shorter = np.full(len(codes), 1 / len(alphabet)) if n == 1 else np.exp(_shorter(levels, level, n))
        level.logs = np.log((level.counts + kinds * shorter) / (total + kinds))
        levels.append(level)
    return levels


def _shorter(levels: Sequence[Level], level: Level, n: int) -> NDArray[np.float64]:
    """Log probability of the last character of each n-gram after a context shorter by one."""
    below = levels[n - 2]
    return below.logs[below.at(level.tails(n - 1))]


def prune(levels: Sequence[Level], nodes: int) -> list[Level]:
    """The n-grams whose removal would cost the most likelihood, with all their beginnings and ends.

    Args:
        levels: of :func:`estimate`.
        nodes: n-grams that are kept, all of the first level among them.
    """
    gains = [lv.counts * np.abs(lv.logs - _shorter(levels, lv, n + 1)) for n, lv in enumerate(levels) if n]
    pool = np.concatenate(gains)
    room = nodes - len(levels[0].codes)
    low, high = 0.0, float(pool.max())
    for _ in range(40):  # beginnings and ends are added, so the threshold has to be searched
        middle = (low + high) / 2 if high - low > 1e-3 * high else high
        kept = _closed(levels, [gain > middle for gain in gains])
        if sum(int(k.sum()) for k in kept) > room:
            low = middle
        else:
            high = middle
    kept = _closed(levels, [gain > high for gain in gains])
    return [levels[0]] + [_some(level, k) for level, k in zip(levels[1:], kept, strict=True)]


def _some(level: Level, kept: NDArray[np.bool_]) -> Level:
    return Level(level.width, level.codes[kept], level.counts[kept], level.logs[kept])


def _closed(levels: Sequence[Level], kept: Sequence[NDArray[np.bool_]]) -> list[NDArray[np.bool_]]:
    closed = [k.copy() for k in kept]
    for n in range(len(closed) - 1, 0, -1):
        here, below = _some(levels[n + 1], closed[n]), levels[n]
        closed[n - 1][below.at(here.heads())] = True
        closed[n - 1][below.at(here.tails(n + 1))] = True
    return closed


def backoffs(levels: Sequence[Level]) -> list[NDArray[np.float64]]:
    """Log weight, for each n-gram, of the shorter context's estimates where no longer n-gram is kept; 0 for leaves."""
    logs = []
    for n, level in enumerate(levels):
        weights = np.zeros(len(level.codes))
        if n + 1 < len(levels):
            longer = levels[n + 1]
            parent = level.at(longer.heads())
            here = np.bincount(parent, np.exp(longer.logs), len(weights))
            there = np.bincount(parent, np.exp(_shorter(levels, longer, n + 2)), len(weights))
            weights = np.log(np.maximum(1 - here, 1e-6) / np.maximum(1 - there, 1e-6))
        logs.append(weights)
    return logs


def shares(weighted: Iterable[Weighted], alphabet: str, characters: str) -> dict[str, float]:
    """Log share of each rare character among all of them; one that never occurs counts as half an occurrence.

    Args:
        weighted: folded texts, and how much an occurrence in each counts.
        alphabet: characters that are not rare.
        characters: those that are looked at.
    """
    rare = dict.fromkeys(c for c in fold(characters) if c not in alphabet)
    counts = dict.fromkeys(rare, 0.5)
    for text, weight in weighted:
        for c, n in Counter(text).items():
            if c in rare:
                counts[c] += n * weight
    total = sum(counts.values())
    return {c: math.log(n / total) for c, n in counts.items()}


def write(
    path: Path,
    levels: Sequence[Level],
    alphabet: str,
    words: Sequence[str],
    grain: int = 1,
    rare: Mapping[str, float] | None = None,
) -> None:
    """Write the file that ``ocr.recognize.language`` describes; it appears whole or not at all.

    Args:
        path: of the file.
        levels: of :func:`prune`.
        alphabet: that the levels were estimated with.
        words: known words, sorted.
        grain: steps of ``STEP`` that logarithms are rounded to.
        rare: of :func:`shares`.
    """
    step = grain * STEP
    symbols: list[ArrayLike] = [[0]]
    probabilities: list[ArrayLike] = [[0]]
    weights: list[ArrayLike] = [[BACKOFF_ZERO]]
    children: list[ArrayLike] = [[len(levels[0].codes)]]
    for n, (level, back) in enumerate(zip(levels, backoffs(levels), strict=True)):
        symbols.append(level.tails(1))
        probabilities.append(np.round(-level.logs / step) * grain)
        weights.append(np.round(-back / step) * grain + BACKOFF_ZERO)
        longer = levels[n + 1].heads() if n + 1 < len(levels) else np.zeros(0, np.uint64)
        children.append(np.bincount(level.at(longer), minlength=len(level.codes)))
    own = np.array([round(-log / step) * grain for log in (rare or {}).values()])
    with replacing(path) as file:
        np.savez_compressed(
            file,
            alphabet=np.array(alphabet),
            levels=np.array([1, *(len(level.codes) for level in levels)], np.int64),
            symbols=_integers(symbols),
            probabilities=_integers(probabilities).clip(0, 255).astype(np.uint8),
            backoffs=_integers(weights).clip(0, 255).astype(np.uint8),
            children=_integers(children),
            words=np.array("\n".join(words)),
            rare=np.array("".join(rare or ())),
            shares=own.clip(0, 255).astype(np.uint8),
        )


def _integers(parts: Sequence[ArrayLike]) -> NDArray[Any]:
    """One array, of the smallest integer type that holds its values."""
    values = np.concatenate([np.asarray(part, np.int64) for part in parts])
    return values.astype(np.result_type(np.min_scalar_type(values.min()), np.min_scalar_type(values.max())))


def bits(model: LanguageModel, lines: Iterable[str]) -> float:
    """Bits for each character of some lines, line ends included."""
    scores = [(model.advance(model.start, line + LINE_END)[0], len(line) + 1) for line in lines]
    return -sum(score for score, _ in scores) / math.log(2) / max(1, sum(n for _, n in scores))
