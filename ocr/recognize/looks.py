"""Re-reading of doubtful lines: shifted up by a pixel, with the net's logits averaged over both passes.

The net sees the same ink at another phase of its pooling, so that its errors differ while the frames stay aligned
(test-time augmentation; Krizhevsky, Sutskever, Hinton 2012 average over ten crops in the same way).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ocr.recognize.doubtful import Frames

__all__ = ["higher", "mean_frames", "mean_of_two"]

Lines = NDArray[np.float32]
"""Line images as input of the net: (N, 1, H, W)."""
FLOOR = -16.0
"""Least logit of a class relative to the blank: a single pass cannot rule out a character."""

LATE = 1.0
"""Nats that it costs another net to see a character a frame earlier or later."""


def higher(lines: Lines) -> Lines:
    """The lines shifted up by a pixel."""
    return np.concatenate([lines[:, :, 1:], lines[:, :, -1:]], 2)


def mean_frames(looks: Sequence[Frames]) -> Frames:
    """The mean of several passes over the same lines, frames (T, N) each; logits where any pass saw a character."""
    seen = np.logical_or.reduce([look.row >= 0 for look in looks])
    mean = np.zeros((int(seen.sum()), looks[0].rows.shape[1]), np.float32)
    for look in looks:
        inside = look.row[seen] >= 0
        rows = look.rows[look.row[seen][inside]]
        mean[inside] += np.maximum(rows - rows[:, :1], FLOOR)
        mean[~inside, 1:] += FLOOR
    mean /= len(looks)
    return _spread(mean, seen)


def mean_of_two(own: Frames, other: Frames) -> Frames:
    """The mean of two nets' frames (T, N) of the same lines; logits where either saw a character.

    Nets trained with CTC see a narrow character in one frame each, and not always in the same: a plain mean would lose
    it. The other net's characters therefore count in the neighbouring frames as well.
    """
    seen = (own.row >= 0) | (other.row >= 0)
    earlier, later = np.full_like(other.row, -1), np.full_like(other.row, -1)
    earlier[1:], later[:-1] = other.row[:-1], other.row[1:]
    probable = _log_probabilities(other)
    same = probable[other.row[seen]]
    near = np.maximum(np.maximum(probable[earlier[seen]], probable[later[seen]]) - LATE, same)
    near[:, 0] = same[:, 0]
    mean = np.asarray((_log_probabilities(own)[own.row[seen]] + near) / 2, np.float32)
    return _spread(mean, seen)


def _log_probabilities(look: Frames) -> NDArray[np.float32]:
    """Those of the rows (K, C), at least ``FLOOR``, and after them those of a frame that is clearly blank."""
    at = np.nonzero(look.row >= 0)
    best = np.zeros(len(look.rows), np.float32)
    best[look.row[at]] = np.log(look.probabilities[at])
    rows = look.rows - (look.rows.max(1) - best)[:, None]
    blank = np.full((1, rows.shape[1]), FLOOR, np.float32)
    blank[0, 0] = 0.0
    return np.concatenate([np.maximum(rows, FLOOR), blank])


def _spread(rows: NDArray[np.float32], seen: NDArray[np.bool_]) -> Frames:
    """Frames from logits (K, C) of those that are ``seen`` (T, N); the others are blank."""
    classes, probabilities = np.zeros(seen.shape, np.int64), np.ones(seen.shape, np.float32)
    classes[seen] = rows.argmax(1)
    probabilities[seen] = 1 / np.exp(rows - rows.max(1, keepdims=True)).sum(1)
    return Frames(classes, probabilities, rows, np.where(seen, np.cumsum(seen).reshape(seen.shape) - 1, -1))
