"""Short tokens that the net passes over: page numbers, numbers at lines or in a column, labels of diagrams, brackets.

The kernel of a single digit on open paper is a few points, and faint. Its ink is still there: what has the size of the
page's type and is covered by no line is proposed as text, and only what is read surely is text.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.detect import Region
from ocr.detect.grid import RuledPage
from ocr.document import Quad
from ocr.geometry import invert

__all__ = ["short_tokens", "surely_read"]

HEIGHT = (0.33, 1.3)
"""Least and greatest height of a token in heights of a typical line."""
SLIM, LONG = 0.05, 3.0
"""Least and greatest width in heights of a line."""
LETTER_GAP = 0.4
"""Greatest gap between the letters of a token, in heights of a line."""
CAPITAL, ABOVE, BELOW = 0.76, 0.06, 0.24
"""From the top of a capital with some room to the baseline, and the room above and below, in heights of a line."""
DIGIT = 0.7
"""Height of a digit in heights of a line."""
FIRST, MOST = 48, 400
"""So many are read first, those furthest from others; the rest, unless there are more than these, if half of them are
text."""
SURELY = 0.78
"""Least confidence of a reading that is text; single characters reach 0.85."""
NEAR = 3.0
"""Distance, in heights of a line, within which most tokens have to be text: marks of an illustration look like letters
now and then."""
BRACKETS = frozenset("{}[]<>+=")
"""What is text besides letters and digits; a speck or a stroke looks like other signs."""
Boxes = NDArray[np.float64]
Found = TypeVar("Found")


def short_tokens(ruled: RuledPage, regions: Sequence[Region]) -> list[Region]:
    """Regions of the tokens that no region of a page covers, those that stand furthest from others first.

    Args:
        ruled: the ink of the page.
        regions: its lines.
    """
    back, size = invert(ruled.matrix), ruled.size
    hulls = np.array([region.quad.transformed(back).hull for region in regions]).reshape(-1, 4)
    if not regions:
        small = _open_marks(ruled.ink, hulls, size / 2)
        size = float(np.median(small[:, 3] - small[:, 1])) / DIGIT if len(small) else size
    marks = _open_marks(ruled.ink, hulls, size)
    tokens = _words(marks, size)
    limits = np.array(ruled.ink.shape[::-1] * 2, float)
    boxes = [np.clip(_line_of(token, size), 0, limits).tolist() for token in tokens[_from_afar(tokens)]]
    return [Region(Quad.rect(*box).transformed(ruled.matrix), 0.0, leftover=True) for box in boxes]


def surely_read(
    tokens: Sequence[Region],
    read: Callable[[Sequence[Region]], list[Found]],
    reading: Callable[[Found], tuple[str, float]],
) -> list[Found]:
    """The tokens that are text, as they were read.

    Args:
        tokens: in the order of :func:`short_tokens`.
        read: reads some of them.
        reading: the text and the confidence of what was read.
    """
    if len(tokens) > MOST:
        return []
    found = read(tokens[:FIRST])
    sure = [_is_sure(*reading(each)) for each in found]
    if len(tokens) > FIRST and 2 * sum(sure) >= FIRST:
        found += read(tokens[FIRST:])
        sure = [_is_sure(*reading(each)) for each in found]
    centers = np.array([token.quad.center for token in tokens[: len(found)]]).reshape(-1, 2)
    kept = []
    for k in np.flatnonzero(sure).tolist():
        near = np.abs(centers - centers[k]).max(1) < NEAR * tokens[k].quad.height
        if 2 * sum(np.array(sure)[near]) > near.sum():
            kept.append(found[k])
    return kept


def _is_sure(text: str, confidence: float) -> bool:
    text = text.strip()
    return confidence >= SURELY and bool(text) and all(sign.isalnum() or sign in BRACKETS for sign in text)


def _open_marks(ink: NDArray[np.uint8], hulls: Boxes, size: float) -> Boxes:
    """Marks (N, 4: left, top, right, bottom) of the size of letters that lie in no hull and touch none."""
    free = ink.copy()
    whole = hulls.round().astype(int).clip(0)
    for left, top, right, bottom in whole.tolist():
        free[top:bottom, left:right] = 0
    outlines, _ = cv2.findContours(free, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)  # faster than components
    boxes = np.array([cv2.boundingRect(outline) for outline in outlines], np.float64).reshape(-1, 4)
    wide, tall = boxes[:, 2], boxes[:, 3]
    sized = (tall >= HEIGHT[0] * size) & (tall <= HEIGHT[1] * size) & (wide >= SLIM * size) & (wide <= LONG * size)
    boxes[:, 2:] += boxes[:, :2]
    boxes = boxes[sized]
    if not len(boxes) or not len(whole):
        return boxes
    touching = (boxes[:, None, :2] <= whole[:, 2:]) & (boxes[:, None, 2:] >= whole[:, :2])
    return np.asarray(boxes[~np.any(touching.all(axis=2), axis=1)])


def _words(marks: Boxes, size: float) -> Boxes:
    """Marks beside each other as words; what is longer than a token is left out."""
    words: list[list[float]] = []
    for mark in marks[np.argsort(marks[:, 0])].tolist():
        for word in reversed(words):
            level = min(mark[3], word[3]) - max(mark[1], word[1])
            if mark[0] - word[2] < LETTER_GAP * size and level > 0.5 * min(mark[3] - mark[1], word[3] - word[1]):
                word[1:] = [min(word[1], mark[1]), max(word[2], mark[2]), max(word[3], mark[3])]
                break
        else:
            words.append(mark)
    found = np.array(words).reshape(-1, 4)
    return np.asarray(found[found[:, 2] - found[:, 0] <= LONG * size])


def _line_of(token: NDArray[np.float64], size: float) -> NDArray[np.float64]:
    """The box of the line that a token is: with room for ascenders where it is low, as on a line of that size."""
    left, top, right, bottom = token
    tall = bottom - top
    if tall > CAPITAL * size:
        return np.array([left - ABOVE * size, top - 0.15 * tall, right + ABOVE * size, bottom + 0.2 * tall])
    upper = min(top - ABOVE * size, bottom - CAPITAL * size)
    return np.array([left - ABOVE * size, upper, right + ABOVE * size, bottom + BELOW * size])


def _from_afar(tokens: Boxes) -> NDArray[np.int64]:
    """Their numbers, from the token that is furthest from all others."""
    if len(tokens) < 2 or len(tokens) > MOST:
        return np.arange(len(tokens))
    center = (tokens[:, :2] + tokens[:, 2:]) / 2
    distance = np.abs(center[:, None] - center).max(2)
    np.fill_diagonal(distance, np.inf)
    return np.argsort(-distance.min(1), kind="stable")
