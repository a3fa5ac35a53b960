"""What a few frames may spell: a CTC prefix beam search (Hannun et al. 2014)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Labels", "Odds", "odds", "spellings"]

TINY = 1e-100
"""Probabilities are rescaled below this: a long blurred stretch would come to 0."""
Labels = tuple[int, ...]


class Odds(NamedTuple):
    """What a frame may be: the probability of the blank, and of each other class that is not too unlikely."""

    blank: float
    classes: list[tuple[int, float]]


def odds(logs: NDArray[np.float32], least: float) -> list[Odds]:
    """The odds of frames, given as log probabilities (T, C); classes below ``least`` are left out."""
    times, tried = np.nonzero(logs > least)
    found = [Odds(blank, []) for blank in np.exp(logs[:, 0]).tolist()]
    for t, label, share in zip(times.tolist(), tried.tolist(), np.exp(logs[times, tried]).tolist(), strict=True):
        if label:
            found[t].classes.append((label, share))
    return found


def spellings(frames: Sequence[Odds], least: float, width: int) -> list[tuple[Labels, float]]:
    """Possible spellings of frames with log probabilities, best first.

    Args:
        frames: their odds.
        least: log probability, relative to the best spelling, below which others are dropped.
        width: number of spellings that are kept.
    """
    floor = math.exp(least)
    beams: dict[Labels, tuple[float, float]] = {(): (1.0, 0.0)}  # prefix -> probability that it ends in blank, in label
    scale = 0.0
    for blank, row in frames:
        grown: dict[Labels, tuple[float, float]] = {}
        for prefix, (in_blank, in_label) in beams.items():
            total = in_blank + in_label
            last = prefix[-1] if prefix else 0
            b, n = grown.get(prefix, (0.0, 0.0))
            b += total * blank
            for label, share in row:
                if label == last:
                    n += in_label * share
                    more = in_blank * share
                else:
                    more = total * share
                if more > 0.0:
                    longer = (*prefix, label)
                    there = grown.get(longer)
                    grown[longer] = (there[0], there[1] + more) if there else (0.0, more)
            grown[prefix] = (b, n)
        sums = {prefix: b + n for prefix, (b, n) in grown.items()}
        best = max(sums.values())
        likely = [prefix for prefix, share in sums.items() if share > best * floor]
        likely.sort(key=sums.__getitem__, reverse=True)
        beams = {prefix: grown[prefix] for prefix in likely[:width]}
        if best < TINY:
            beams = {prefix: (b / best, n / best) for prefix, (b, n) in beams.items()}
            scale += math.log(best)
    return [(prefix, math.log(sum(ends)) + scale) for prefix, ends in beams.items()]
