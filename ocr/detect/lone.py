"""Marks that stand alone, which the detector misses: initials of paragraphs, and a token that is all of a picture.

Such tokens are a word, a number or a digit, as in fields that were cut out of forms.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ocr.detect import Region
from ocr.detect.initials import initials
from ocr.detect.marks import binarized, grey_of, marks
from ocr.document import Quad

__all__ = ["Lone", "few_letters", "with_lone_marks"]

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
TALLEST, RAISED = 0.55, 0.2
"""Least height of the tallest mark in heights of the token (two lines are none), and how far marks may hang or rise."""
ALIKE = 0.5
"""Least area in common of a line that was found and of the token, as a share of both, for it to be the same."""
SOLID, SLIM = 0.7, 0.4
"""A mark that fills more of its box than this is a blot, unless the box is narrower or flatter than this: a stroke."""
FEW = 5
"""So many marks or fewer show no slope."""
SLIMMEST = 0.06
"""Strokes that are more slender are rules or scratches."""


class Lone(NamedTuple):
    """The lines of a picture with its initials.

    Attributes:
        regions: the lines.
        bare: whether they hold all the ink that is in the picture.
        token: whether that ink is a few marks in a row, apart from the edges: a word or a number.
    """

    regions: list[Region]
    bare: bool = False
    token: bool = False


def with_lone_marks(pixels: NDArray[np.uint8], regions: Sequence[Region]) -> Lone:
    """The lines of a picture with its initials, and whether they are all that is in it.

    Where the only ink is a few marks in a row, these are a line, whatever part of them was found.

    Args:
        pixels: (H, W) grey or (H, W, 3) RGB.
        regions: its lines as detected.
    """
    if len(regions) > MOST_REGIONS:
        return Lone(initials(pixels, regions))
    large = _large_marks(pixels)
    if not len(large):
        return Lone(list(regions))
    token = _token(large, pixels.shape[1], pixels.shape[0])
    boxes = np.array([region.quad.hull for region in regions]).reshape(-1, 4)
    middle = (large[:, None, :2] + large[:, None, 2:4]) / 2
    inside = ((middle > boxes[:, :2]) & (middle < boxes[:, 2:])).all(axis=2)
    whole = bool(np.any(inside, axis=1).all())
    if not token:
        return Lone(list(regions), whole)
    found = whole and any(_in_common(region.quad, token) > ALIKE for region in regions)
    return Lone(list(regions) if found else [Region(token, 1.0, leftover=True)], bare=True, token=True)


def few_letters(pixels: NDArray[np.uint8]) -> bool:
    """Whether the only ink of an (H, W) or (H, W, 3) picture is a few letters in a row: their strokes, as those of A,
    V and X, do not show how a line runs.
    """
    large = _large_marks(pixels)
    return 0 < len(large) <= FEW and _token(large, pixels.shape[1], pixels.shape[0]) is not None


def _token(large: NDArray[np.float64], width: int, height: int) -> Quad | None:
    """The line that marks in a row are, with its margin."""
    wide, tall = large[:, 2] - large[:, 0], large[:, 3] - large[:, 1]
    slim = np.minimum(wide, tall) / np.maximum(wide, tall)
    blots = (large[:, 4] > SOLID * wide * tall) & (slim > SLIM) & (tall > TALLEST * tall.max())
    if blots.any() or slim[tall.argmax()] < SLIMMEST:
        return None
    (left, top), (right, bottom) = large[:, :2].min(0), large[:, 2:4].max(0)
    size = bottom - top
    framed = left > 0 and top > 0 and right < width and bottom < height
    if not (framed and size >= LOWEST and right - left < LONGEST * size and tall.max() >= TALLEST * size):
        return None
    tallest = large[tall.argmax()]
    if (large[:, 3] < tallest[1] - RAISED * size).any() or (large[:, 1] > tallest[3] + RAISED * size).any():
        return None
    room = MARGIN * size
    return Quad.rect(max(0.0, left - room), max(0.0, top - room), right + room, bottom + room)


def _in_common(one: Quad, other: Quad) -> float:
    """Area that two upright boxes around quads have in common, as a share of what they cover together."""
    a, b = np.array(one.hull), np.array(other.hull)
    common = float((np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2])).clip(0).prod())
    return common / float((a[2:] - a[:2]).prod() + (b[2:] - b[:2]).prod() - common)


def _large_marks(pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Marks of ink as ``marks`` gives them, without specks; none where they are many or faint."""
    none = np.zeros((0, 5))
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
    return np.asarray(large)
