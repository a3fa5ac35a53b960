"""Full stops directly before a number or a word: ``.75`` without its dot is another number, ``.name`` another name.

A recogniser is used to specks at the margin of a line, which are no characters, and leaves such dots out.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ocr.detect.marks import marks

__all__ = ["dot_before"]

INK, PALE = 2.0, 0.45
"""Percentile of the grey levels that is ink, and the least contrast of a dot as a share of that of ink."""
SIZE = (0.05, 0.19)
"""Least and greatest side of a dot, in heights of the picture."""
ROUND, SOLID = 1.6, 0.6
"""Greatest ratio of its sides, and least share of its box that is ink."""
GAP = 0.22
"""Greatest distance to the next character, in heights."""
BASE = 0.09
"""How far its foot may be from that of the characters after it, in heights."""
LOOKED_AT = 3
"""Length of the beginning of a line that is looked at, in heights."""
TALL, NEXT = 0.3, 3
"""Least height of characters, and how many of them show where they stand."""


def dot_before(line: NDArray[np.uint8]) -> bool:
    """Whether the first ink of a line is a dot that stands where a full stop stands, close to the next character.

    Args:
        line: (H, W) grey, upright.
    """
    height = line.shape[0]
    line = line[:, : LOOKED_AT * height]
    ground, ink = float(np.median(line)), float(np.percentile(line, INK))
    found = marks((np.abs(line - ground) > PALE * abs(ink - ground)).astype(np.uint8))
    if len(found) < 2:
        return False
    left, top, right, bottom, area = found[np.argsort(found[:, 0], kind="stable")].T
    wide, tall = float(right[0] - left[0]), float(bottom[0] - top[0])
    small = SIZE[0] * height <= min(wide, tall) and max(wide, tall) <= min(
        SIZE[1] * height, ROUND * min(wide, tall) + 1
    )
    characters = np.flatnonzero(bottom - top > TALL * height)[:NEXT]
    if left[0] < 1 or not small or area[0] < SOLID * wide * tall or not len(characters):
        return False
    close = 0 < left[characters[0]] - right[0] < GAP * height and characters[0] == 1
    return bool(close and abs(bottom[characters].min() - bottom[0]) < BASE * height)
