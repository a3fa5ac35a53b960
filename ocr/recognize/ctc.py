"""CTC decoding (Graves et al. 2006): frames to characters with spans and confidence.

A spelling is a list of ``Spelled``: class, first frame, last frame + 1, probability. Class 0 is the blank.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from statistics import median

import numpy as np
from numpy.typing import NDArray

from ocr.recognize.script import is_han

__all__ = ["Spelled", "align", "beam", "extents", "greedy"]

Score = Callable[[tuple[int, ...], int], float]
"""Score of a language model: log probability of a class after a prefix of classes."""


@dataclass(frozen=True, slots=True)
class Spelled:
    """One character and its frames."""

    label: int
    start: int
    end: int
    confidence: float


def greedy(classes: NDArray[np.int64], probabilities: NDArray[np.float32]) -> list[Spelled]:
    """Best class of each frame, repeats merged, blanks dropped.

    Args:
        classes: T, most likely class of each frame.
        probabilities: T, its probability.
    """
    starts = np.flatnonzero(np.diff(classes, prepend=-1))
    if not len(starts):
        return []
    labels, ends = classes[starts], np.append(starts[1:], len(classes))
    columns = (labels, starts, ends, np.maximum.reduceat(probabilities, starts))
    return [Spelled(*one) for one in zip(*(column[labels != 0].tolist() for column in columns), strict=True)]


NARROW, WIDE = frozenset("iljtfrI1.,:;!|'’‘`()[] "), frozenset("mwMW—%@")


@lru_cache(1 << 14)
def _share(character: str) -> float:
    """Approximate width of a character, relative to a lower-case letter."""
    if is_han(character):
        return 2.0
    return 0.75 if character in NARROW else 1.3 if character in WIDE else 1.15 if character.isupper() else 1.0


def extents(spelled: list[Spelled], text: str, frames: int) -> list[tuple[float, float]]:
    """Where each character starts and ends, in frames.

    CTC outputs a character near its middle, for a frame or two. The width is inferred: half the line's pitch (median
    distance of neighbours, scaled by approximate widths) on both sides, but never past the middle of a gap.

    Args:
        spelled: characters in order.
        text: the same characters as text.
        frames: length of the line.
    """
    if not spelled:
        return []
    first, last = np.array([s.start for s in spelled], float), np.array([s.end for s in spelled], float)
    middle = (first + last) / 2
    share = np.array([_share(c) for c in text])
    gaps = middle[1:] - middle[:-1]
    solid = np.array([" " not in pair for pair in pairwise(text)], bool)
    steps = gaps[solid] / ((share[1:] + share[:-1]) / 2)[solid] if solid.any() else np.array([3.5])
    half = min(median(steps.tolist()), 12.0) * share / 2
    start, end = middle - half, middle + half
    edge = middle[:-1] + gaps * share[:-1] / (share[1:] + share[:-1])
    meet = end[:-1] > edge
    end[:-1] = np.where(meet | (solid & (gaps < 4 * half[:-1])), edge, end[:-1])
    start[1:] = np.maximum(start[1:], end[:-1])
    start, end = np.minimum(start, first), np.maximum(end, last)
    return list(zip(start.clip(0, frames).tolist(), end.clip(0, frames).tolist(), strict=True))


def beam(
    log_probabilities: NDArray[np.float32], width: int = 8, score: Score | None = None, floor: float = -9.0
) -> list[Spelled]:
    """Prefix beam search (Hannun et al. 2014): the most likely spelling over all its alignments.

    Args:
        log_probabilities: T x C.
        width: number of prefixes kept after each frame.
        score: of the language model for each new character.
        floor: classes below this log probability are skipped.
    """
    beams: dict[tuple[int, ...], tuple[float, float]] = {(): (0.0, -math.inf)}  # prefix -> ending in blank, in label
    bonus: dict[tuple[int, ...], float] = {(): 0.0}
    for frame in log_probabilities:
        blank = float(frame[0])
        if blank > -1e-4:  # only the blank is likely: all prefixes stay
            beams = {p: (float(np.logaddexp(b, n)) + blank, -math.inf) for p, (b, n) in beams.items()}
            continue
        candidates = [int(c) for c in np.flatnonzero(frame > floor) if c != 0]
        grown: dict[tuple[int, ...], tuple[float, float]] = {}
        for prefix, (in_blank, in_label) in beams.items():
            total = float(np.logaddexp(in_blank, in_label))
            last = prefix[-1] if prefix else 0
            stay = float(frame[last]) + in_label if last else -math.inf
            _add(grown, prefix, total + blank, stay)
            for label in candidates:
                longer = (*prefix, label)
                if longer not in bonus:
                    bonus[longer] = bonus[prefix] + (score(prefix, label) if score else 0.0)
                _add(grown, longer, -math.inf, float(frame[label]) + (in_blank if label == last else total))
        ranked = sorted(grown.items(), key=lambda item: -(float(np.logaddexp(*item[1])) + bonus[item[0]]))
        beams = dict(ranked[:width])
    best = max(beams, key=lambda p: float(np.logaddexp(*beams[p])) + bonus[p])
    return align(log_probabilities, best)


def _add(
    beams: dict[tuple[int, ...], tuple[float, float]], prefix: tuple[int, ...], in_blank: float, in_label: float
) -> None:
    b, n = beams.get(prefix, (-math.inf, -math.inf))
    beams[prefix] = (float(np.logaddexp(b, in_blank)), float(np.logaddexp(n, in_label)))


def align(log_probabilities: NDArray[np.float32], labels: tuple[int, ...]) -> list[Spelled]:
    """The most likely path that spells ``labels`` (Viterbi), as characters with their frames.

    Raises:
        ValueError: there are too few frames for the labels.
    """
    if not labels:
        return []
    frames, states = len(log_probabilities), 2 * len(labels) + 1
    path = np.zeros(states, np.int64)
    path[1::2] = labels
    skip = np.zeros(states, bool)
    skip[3::2] = path[3::2] != path[1:-2:2]
    emit = log_probabilities[:, path]
    best = np.full(states, -np.inf)
    best[:2] = emit[0, :2]
    came = np.zeros((frames, states), np.int8)
    for t in range(1, frames):
        options = np.stack(
            [best, np.append(-np.inf, best[:-1]), np.where(skip, np.concatenate([[-np.inf] * 2, best[:-2]]), -np.inf)]
        )
        came[t] = options.argmax(0)
        best = options.max(0) + emit[t]
    state = states - 1 if best[-1] >= best[-2] else states - 2
    if not np.isfinite(best[state]):
        raise ValueError(f"{len(labels)} labels do not fit {frames} frames")
    track = np.empty(frames, np.int64)
    for t in range(frames - 1, -1, -1):
        track[t] = state
        state -= int(came[t, state])
    spelled = []
    for i, label in enumerate(labels):
        at = np.flatnonzero(track == 2 * i + 1)
        spelled.append(Spelled(label, int(at[0]), int(at[-1]) + 1, float(np.exp(log_probabilities[at, label].max()))))
    return spelled
