"""Marks that stand alone, which the detector misses: initials of paragraphs, and a token that is all of a picture.

Such tokens are a word, a number or a digit, as in fields that were cut out of forms.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ocr.detect import Region
from ocr.detect.initials import initials
from ocr.detect.marks import binarized, grey_of, marks
from ocr.document import Quad

__all__ = ["with_lone_marks"]

MOST_REGIONS, MOST_MARKS = 2, 10
"""Pictures with more lines, or with more marks of ink, hold more than a token."""
CONTRAST = 50.0
"""Least difference of tone between ink and ground."""
MOST_INK = 0.5
SPECK = 0.01
"""Marks with less of the ink than this are specks."""
LOWEST, LONGEST = 8, 8.0
"""Least height of a token in pixels, and greatest length in its heights."""
MARGIN = 0.15
"""Margin around it in heights."""


def with_lone_marks(pixels: NDArray[np.uint8], regions: Sequence[Region]) -> tuple[list[Region], bool]:
    """The lines of a picture with its initials, and whether they are all that is in it.

    Where none was found, and the only ink is a few marks in a row, these are a line.

    Args:
        pixels: (H, W) grey or (H, W, 3) RGB.
        regions: its lines as detected.
    """
    if len(regions) > MOST_REGIONS:
        return initials(pixels, regions), False
    large = _large_marks(pixels)
    if not len(large):
        return list(regions), False
    if regions:
        boxes = np.array([region.quad.hull for region in regions])
        middle = (large[:, None, :2] + large[:, None, 2:]) / 2
        inside = ((middle > boxes[:, :2]) & (middle < boxes[:, 2:])).all(axis=2)
        return list(regions), bool(np.any(inside, axis=1).all())
    (left, top), (right, bottom) = large[:, :2].min(0), large[:, 2:].max(0)
    height = bottom - top
    row = (large[:, 3] > top + 0.4 * height) & (large[:, 1] < bottom - 0.2 * height)
    framed = left > 0 and top > 0 and right < pixels.shape[1] and bottom < pixels.shape[0]
    if not (framed and row.any() and height >= LOWEST and right - left < LONGEST * height):
        return [], False
    room = MARGIN * height
    quad = Quad.rect(max(0.0, left - room), max(0.0, top - room), right + room, bottom + room)
    return [Region(quad, 1.0, leftover=True)], True


def _large_marks(pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Boxes of the marks of ink, (N, 4: left, top, right, bottom); none where they are many or faint."""
    none = np.zeros((0, 4))
    grey = grey_of(pixels)
    ink = binarized(grey)
    if ink.mean() > MOST_INK:
        ink = np.asarray(1 - ink, np.uint8)
    if not ink.any() or abs(float(grey[ink == 0].mean()) - float(grey[ink == 1].mean())) < CONTRAST:
        return none
    found = marks(ink)
    large = found[found[:, 4] > SPECK * found[:, 4].sum()]
    if len(found) > 4 * MOST_MARKS or len(large) > MOST_MARKS:
        return none
    return np.asarray(large[:, :4])
