"""A ring or a stroke that is all of a line is a digit where numbers stand in its row or column.

Of a ring alone, a recogniser cannot tell whether it is 0, O or o, and of a stroke whether it is 1, I or l; its
confidence is shared among them, and a zero of a table or an axis would be taken for a speck. Numbers beside it tell.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ocr.detect.marks import marks
from ocr.document import Quad
from ocr.recognize import Reading
from ocr.transcribe.ink import ink_of

__all__ = ["RINGS", "beside", "beside_numbers", "is_number", "kept_among_numbers", "lone_digits"]

RINGS, STROKES = frozenset("0OoÔÖQΘ©"), frozenset("1Il")
"""What 0 and 1 are read as, zeros with a dot or a stroke in them too."""
NUMBER = re.compile(r"[-−–+]?[$€£]?\d[\d.,:]*%?")
"""What stands beside them."""
SURE, MANY = 0.7, 2
"""Least confidence of a number, and least count of them; letters must be fewer."""
TALLER, SLIM = 1.15, 0.6
"""Least height of a zero in its widths: rings to be ticked are round; and greatest width of a one in its heights."""
ALIKE = 1.45
"""Greatest ratio of heights of what stands in one row or column."""
LIKELY, SEVERAL = 0.5, 3
"""Least confidence of a number among such, and how many different ones, other than rings and strokes, show that a page
holds numbers."""
EDGE, FAR_DOWN, FAR_ALONG = 0.35, 15.0, 25.0
"""How far edges or middles of a column may be apart, and how far away the others may be, in heights."""


def lone_digits(
    quads: Sequence[Quad], readings: Sequence[Reading], pictures: Sequence[NDArray[np.uint8]]
) -> dict[int, str]:
    """The digits among the lines of a page that are a ring or a stroke, by their numbers.

    Args:
        quads: where the lines are.
        readings: of them.
        pictures: (H, W) grey, one of each.
    """
    texts = [reading.text.strip() for reading in readings]
    shaped = {k: _shaped(text, pictures[k]) for k, text in enumerate(texts) if text in RINGS or text in STROKES}
    lone = [k for k, digit in shaped.items() if digit]
    return {k: shaped[k] for k in beside_numbers(quads, readings, lone)}


def is_number(reading: Reading) -> bool:
    """Whether a reading is a number, with its sign, currency or per cent."""
    return bool(NUMBER.fullmatch(reading.text.strip()))


def kept_among_numbers(quads: Sequence[Quad], readings: Sequence[Reading], kept: Sequence[bool]) -> list[bool]:
    """Which readings of a page to keep: those that are kept already, and numbers in rows and columns of numbers.

    Short readings alone are what noise is read as; noise is not in rows and columns of different numbers.

    Args:
        quads: where the lines are.
        readings: of them.
        kept: which of them are text for other reasons.
    """
    numbers = [is_number(reading) for reading in readings]
    texts = {reading.text.strip() for reading, number in zip(readings, numbers, strict=True)
             if number and reading.confidence >= SURE}  # fmt: skip
    if len([text for text in texts if not set(text) <= RINGS | STROKES]) < SEVERAL:
        return list(kept)
    lost = [k for k, reading in enumerate(readings) if numbers[k] and not kept[k] and reading.confidence >= LIKELY]
    found = set(beside_numbers(quads, readings, lost))
    return [keep or k in found for k, keep in enumerate(kept)]


def beside_numbers(quads: Sequence[Quad], readings: Sequence[Reading], which: Sequence[int]) -> list[int]:
    """Those of some lines of a page in whose row or column numbers stand that are read surely, and fewer words.

    Args:
        quads: where the lines are.
        readings: of them.
        which: the numbers of the lines in question.
    """
    if not which:
        return []
    steep = np.array([abs(quad.angle) > 45 for quad in quads])
    boxes = np.array([quad.hull for quad in quads])
    boxes[steep] = boxes[steep][:, [1, 0, 3, 2]]  # along and across what runs up or down
    sure = np.array([reading.confidence >= SURE for reading in readings])
    alone = np.array([reading.text.strip() in RINGS | STROKES for reading in readings])
    number = sure & [is_number(reading) for reading in readings]
    word = sure & ~number & ~alone
    found = []
    for k in which:
        alike = steep == steep[k]
        if any(_are_numbers(near & alike & number, near & alike & word) for near in beside(boxes, k)):
            found.append(k)
    return found


def _are_numbers(numbers: NDArray[np.bool_], words: NDArray[np.bool_]) -> bool:
    return bool(numbers.sum() >= MANY and numbers.sum() > words.sum())


def beside(boxes: NDArray[np.float64], k: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """What stands in the column and what in the row of a box of (N, 4): left, top, right, bottom."""
    left, top, right, bottom = boxes.T
    size = bottom[k] - top[k]
    alike = (bottom - top < ALIKE * size) & (size < ALIKE * (bottom - top))
    alike[k] = False
    middle, level = (left + right) / 2, (top + bottom) / 2
    edges = np.abs([left - left[k], right - right[k], middle - middle[k]])
    down = np.abs(level - level[k])
    column = alike & (edges.min(0) < EDGE * size) & (down > size / 2) & (down < FAR_DOWN * size)
    return column, alike & (down < EDGE * size) & (np.abs(middle - middle[k]) < FAR_ALONG * size)


def _shaped(text: str, picture: NDArray[np.uint8]) -> str:
    """The digit that a character looks like, the largest mark of its picture; "" where it is round, or no stroke."""
    found = marks(ink_of(picture).astype(np.uint8))
    if not len(found):
        return ""
    left, top, right, bottom, _ = found[found[:, 4].argmax()].tolist()
    wide, tall = right - left, bottom - top
    if text in RINGS:
        return "0" if tall >= TALLER * wide else ""
    return "1" if wide <= SLIM * tall else ""
