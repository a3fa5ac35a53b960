"""The trellis of dependent quantization: which multiples of a step a weight may have, given the weights before it.

ISO/IEC 15938-17 (Neural Network Coding) and H.266 (VVC) quantize with two quantizers in turn. The first one, Q0, offers
the even multiples of a step, the second one, Q1, the odd multiples and zero; each has about half of the values, so each
weight takes about a bit less at high rates than with all multiples. Which of the two is used is the lowest bit of a
state. The state moves with the parity of what was chosen, ``k`` for the ``k``-th value from zero. So whoever chooses
well (:mod:`ocr.compress.trellis`) gets nearly the precision of all multiples, and whoever reads needs to know nothing
but the weights so far.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["MOVES", "STATES", "offered", "parity", "states_along"]

STATES: Final = (4, 8)
"""Sizes of the trellis."""
MOVES: Final = (
    np.array([(0, 1), (2, 3), (1, 0), (3, 2), (0, 0), (0, 0), (0, 0), (0, 0)]),
    np.array([(0, 2), (7, 5), (1, 3), (6, 4), (2, 0), (5, 7), (3, 1), (4, 6)]),
)
"""For each of ``STATES`` the next state by state and parity: of 4 states that of VVC (states 1 and 2 exchanged, so that
the lowest bit tells the quantizer), of 8 states that of NNC."""

Integers = NDArray[np.int64]


def parity(multiples: Integers) -> Integers:
    """Parity of the place of a value in its quantizer, counted from zero.

    Example:
        >>> parity(np.array([0, 2, 4, -2, 1, 3, -1])).tolist()
        [0, 1, 0, 1, 1, 0, 1]
    """
    found: Integers = (np.abs(multiples) + 1) // 2 & 1
    return found


def offered(multiples: Integers, quantizer: int | Integers) -> NDArray[np.bool_]:
    """Whether a quantizer (0 or 1) has multiples among its values."""
    found: NDArray[np.bool_] = (multiples % 2 == quantizer) | (multiples == 0)
    return found


def states_along(multiples: Integers, states: int) -> NDArray[np.uint8] | None:
    """The state before each weight; None where the weights are not a path through the trellis.

    Args:
        multiples: rows x length, each row a path of its own from state 0 on.
        states: of the trellis, 4 or 8.

    Example:
        >>> states_along(np.array([[2, 0, 0, 3]]), 8)
        array([[0, 2, 1, 7]], dtype=uint8)
    """
    moves = MOVES[STATES.index(states)]
    state = np.zeros(len(multiples), np.int64)
    found = np.empty(multiples.shape, np.uint8)
    for place, column in enumerate(np.ascontiguousarray(multiples.T)):
        if not offered(column, state & 1).all():
            return None
        found[:, place] = state
        state = moves[state, parity(column)]
    return found
