"""Re-reading of doubtful lines: shifted up by a pixel, with the net's logits averaged over both passes.

The net sees the same ink at another phase of its pooling, so that its errors differ while the frames stay aligned
(test-time augmentation; Krizhevsky, Sutskever, Hinton 2012 average over ten crops in the same way).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ocr.recognize.doubtful import Frames

__all__ = ["higher", "mean_frames"]

Lines = NDArray[np.float32]
"""Line images as input of the net: (N, 1, H, W)."""
FLOOR = -16.0
"""Least logit of a class relative to the blank: a single pass cannot rule out a character."""


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
    classes, probabilities = np.zeros(seen.shape, np.int64), np.ones(seen.shape, np.float32)
    classes[seen] = mean.argmax(1)
    probabilities[seen] = 1 / np.exp(mean - mean.max(1, keepdims=True)).sum(1)
    return Frames(classes, probabilities, mean, np.where(seen, np.cumsum(seen).reshape(seen.shape) - 1, -1))
