"""Which two neighbours tell most about a weight: chosen for each tensor when it is packed, and kept in the file."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["neighbours"]

NEAREST: Final = (1, 2)
FARTHEST: Final = 1200
"""Neighbours that are farther away lie in another lane too often."""


def neighbours(ranks: NDArray[np.uint8], zero: int, shape: Sequence[int]) -> tuple[int, int]:
    """Distances, in places, to the two neighbours under which the ranks have the least conditional entropy.

    Args:
        ranks: of the weights of a tensor, in the order in which they are coded.
        zero: rank of the value nearest zero.
        shape: of the tensor; the neighbours tried are those along its axes, and the one before the last.

    Example:
        >>> neighbours(np.tile(np.array([0, 0, 1], np.uint8), 200), 0, (200, 3))
        (1, 2)
    """
    strides = np.cumprod([1, *reversed(shape[1:])]).tolist()
    candidates = sorted({*NEAREST, *(s for s in strides if s <= FARTHEST)} & set(range(1, len(ranks))))
    if len(candidates) < 2:
        return NEAREST
    classes = np.minimum(np.abs(ranks.astype(np.int64) - zero), 2)
    return min(combinations(candidates, 2), key=lambda pair: _entropy(ranks, classes, pair))


def _entropy(ranks: NDArray[np.uint8], classes: NDArray[np.int64], distances: tuple[int, int]) -> float:
    """Conditional entropy of the ranks in bits, over all of them."""
    near, far = (np.concatenate([np.zeros(d, np.int64), classes[:-d]]) for d in distances)
    joint = np.bincount((near * 3 + far) * 256 + ranks, minlength=9 * 256).reshape(9, 256).astype(float)
    row = np.broadcast_to(joint.sum(1, keepdims=True), joint.shape)
    seen = joint > 0
    return float((joint[seen] * np.log2(row[seen] / joint[seen])).sum())
