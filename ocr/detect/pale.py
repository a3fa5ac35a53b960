"""Pale words in a line of dark ones, as links and names in a light colour: they are no gap between cells."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["with_pale_words"]

PALE, LEAST = 0.1, 24
"""Least contrast of pale ink: share of that of the line, and grey levels."""
STROKES, FULL = 0.12, 0.9
"""Share of its rows that a column through a letter has ink in; from the second on it is a rule or a shaded cell."""
LONG, DENSE, VARIED = 0.5, 0.25, 0.06
"""Of a pale word: least length of the columns through its letters, in line heights; least share of the columns between
them that they are; and least standard deviation of their ink, which a band or a line does not have."""


def with_pale_words(
    strip: NDArray[np.uint8], ink: NDArray[np.bool_], paper: float, contrast: float, widest: float
) -> NDArray[np.bool_]:
    """The columns of a line with ink, and in its wide gaps those of words in paler ink.

    Args:
        strip: upright image of the line, (H, W).
        ink: which of its columns have ink, (W,).
        paper: grey level of its ground.
        contrast: by how many levels its ink differs from it.
        widest: gaps of more columns are searched.
    """
    edges = np.concatenate([[-1], np.flatnonzero(ink), [len(ink)]])
    limit, least = max(LEAST, PALE * contrast), LONG * len(strip)
    for k in np.flatnonzero(np.diff(edges) > widest + 1):
        gap = slice(int(edges[k]) + 1, int(edges[k + 1]))
        share = (np.abs(strip[:, gap].astype(np.int16) - paper) > limit).mean(0)
        letters = np.flatnonzero((share > STROKES) & (share < FULL))
        if len(letters) < max(1.0, least):
            continue
        if len(letters) > DENSE * (letters[-1] - letters[0] + 1) and share[letters].std() > VARIED:
            ink = ink.copy()
            ink[gap.start + letters] = True
    return ink
