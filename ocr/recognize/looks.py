"""Doubtful lines are looked at again, a pixel higher and a pixel lower; the net's logits are averaged.

The net sees the same ink at other phases of its pooling, so that its errors differ while its frames stay where they
are (test-time augmentation; Krizhevsky, Sutskever, Hinton 2012 average ten crops in the same way).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ocr.recognize.doubtful import Frames

__all__ = ["LOOKS", "MeanFrames"]

Lines = NDArray[np.float32]
"""Line pictures as the net takes them: (N, 1, H, W)."""
FLOOR = -16.0
"""Least logit of a class against that of the blank: one look alone cannot rule a character out."""


def _higher(lines: Lines) -> Lines:
    return np.concatenate([lines[:, :, 1:], lines[:, :, -1:]], 2)


def _lower(lines: Lines) -> Lines:
    return np.concatenate([lines[:, :, :1], lines[:, :, :-1]], 2)


LOOKS: tuple[Callable[[Lines], Lines], ...] = (_higher, _lower)


class MeanFrames:
    """The mean of several looks at the same lines, kept only where a look saw more than a blank.

    Args:
        skipped: logit that stands in frames where the net did not look beyond the blank.
    """

    def __init__(self, skipped: float) -> None:
        self._skipped = skipped
        self._looks: list[tuple[NDArray[np.bool_], NDArray[np.float32]]] = []

    def add(self, logits: NDArray[np.float32]) -> None:
        """Logits (T, N, C) of one look at all N lines."""
        live = logits[..., 1] != self._skipped
        rows = logits[live]
        self._looks.append((live, np.maximum(rows - rows[:, :1], FLOOR)))

    def frames(self) -> Frames:
        """The mean: classes and probabilities (T, N), logits (T, N, C)."""
        seen = np.logical_or.reduce([live for live, _ in self._looks])
        classes = self._looks[0][1].shape[1]
        mean = np.zeros((int(seen.sum()), classes), np.float32)
        for live, rows in self._looks:
            inside = live[seen]
            mean[inside] += rows
            mean[~inside, 1:] += FLOOR
        mean /= len(self._looks)
        logits = np.full((*seen.shape, classes), self._skipped, np.float32)
        logits[..., 0] = 0.0
        logits[seen] = mean
        best = np.zeros(seen.shape, np.int64)
        best[seen] = mean.argmax(1)
        probabilities = np.ones(seen.shape, np.float32)
        probabilities[seen] = 1 / np.exp(mean - mean.max(1, keepdims=True)).sum(1)
        return Frames(best, probabilities, logits)
