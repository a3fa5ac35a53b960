"""Constrained reading: which characters are likely in each place of a line of known format, summed over all CTC paths.

The forward-backward pass of Graves et al. 2006 over all strings of one length at once. The states are the places of
the line times the characters that are allowed there, with a blank before, between and after them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Places", "likelihoods", "posteriors"]

LEAST_PROBABILITY = 1e-7
"""Least probability of a class in a frame: nets are overconfident."""
LOST = 1e-200
"""Paths with less than this share of the total count as impossible."""


@dataclass(frozen=True, slots=True)
class Places:
    """A line, place by place.

    Attributes:
        likelihood: log probability that the image shows any string of this length and format.
        characters: L x C probabilities of each character in each place, given the format; rows sum to one.
    """

    likelihood: float
    characters: NDArray[np.float64]


def posteriors(log_probabilities: NDArray[np.float32], allowed: NDArray[np.bool_]) -> Places:
    """Probabilities of the characters in each of L places.

    Args:
        log_probabilities: T x (1 + C), class 0 the CTC blank.
        allowed: L x C, which characters are allowed in each place.
    """
    p = np.maximum(np.exp(log_probabilities.astype(np.float64)), LEAST_PROBABILITY)
    frames, (length, count) = len(p), allowed.shape
    emit, blank = p[:, None, 1:] * allowed, p[:, 0]
    entries, scales = np.zeros((frames, length, count)), np.zeros(frames)
    in_blank, in_label = np.zeros(length + 1), np.zeros((length, count))
    in_blank[0], entries[0, 0] = blank[0], emit[0, 0]
    in_label[0] = entries[0, 0]
    scales[0] = in_blank.sum() + in_label.sum()
    for t in range(frames):
        if t:
            # A character follows a blank, or directly another character.
            ready = in_blank[:-1, None] + np.zeros((length, count))
            ready[1:] += in_label[:-1].sum(1, keepdims=True) - in_label[:-1]
            entries[t] = ready * emit[t]
            in_blank[1:] += in_label.sum(1)
            in_blank *= blank[t]
            in_label = in_label * emit[t] + entries[t]
            scales[t] = in_blank.sum() + in_label.sum()
        in_blank /= scales[t]
        in_label /= scales[t]
        entries[t] /= scales[t]
    complete = float(in_blank[-1] + in_label[-1].sum())
    if complete < LOST:
        return Places(-math.inf, allowed / allowed.sum(1, keepdims=True))
    from_blank, from_label = np.zeros(length + 1), np.zeros((length, count))
    from_blank[-1], from_label[-1] = 1.0, 1.0
    characters = entries[-1] * from_label
    for t in range(frames - 1, 0, -1):
        onward = from_label * emit[t]
        total = onward.sum(1)
        rest = np.zeros((length, count)) + blank[t] * from_blank[1:, None]
        rest[:-1] += total[1:, None] - onward[1:]
        from_blank *= blank[t]
        from_blank[:-1] += total
        from_label = onward + rest
        from_blank /= scales[t]
        from_label /= scales[t]
        characters += entries[t - 1] * from_label
    return Places(float(np.log(scales).sum() + math.log(complete)), characters / characters.sum(1, keepdims=True))


def likelihoods(log_probabilities: NDArray[np.float32], strings: Sequence[Sequence[int]]) -> NDArray[np.float64]:
    """Log probability that the image shows each of N strings, summed over all CTC paths of each.

    Args:
        log_probabilities: T x (1 + C), class 0 the CTC blank.
        strings: classes, 1 to C.
    """
    p = np.maximum(np.exp(log_probabilities.astype(np.float64)), LEAST_PROBABILITY)
    count, longest = len(strings), max(map(len, strings), default=0)
    classes = np.zeros((count, 2 * longest + 1), np.intp)  # blanks before, between and after the characters
    for row, string in zip(classes, strings, strict=True):
        row[1 : 2 * len(string) : 2] = string
    skips = np.zeros(classes.shape, np.bool_)
    skips[:, 3::2] = classes[:, 3::2] != classes[:, 1:-2:2]
    state, scale = np.zeros(classes.shape), np.zeros(count)
    state[:, 0] = 1.0  # before the first frame: only the first blank and the first character can be reached
    for frame in p:
        moved = state.copy()
        moved[:, 1:] += state[:, :-1]
        moved[:, 2:] += np.where(skips[:, 2:], state[:, :-2], 0.0)
        state = moved * frame[classes]
        total = np.maximum(state.sum(1), LOST)
        scale += np.log(total)
        state /= total[:, None]
    last = 2 * np.array([len(string) for string in strings], np.intp)
    rows = np.arange(count)
    ended = state[rows, last] + np.where(last > 0, state[rows, last - 1], 0.0)
    return np.asarray(scale + np.log(np.maximum(ended, LOST)), np.float64)
