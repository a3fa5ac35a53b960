"""Program code: in type of one pitch, the spaces at the start of lines mean something.

A line is of one pitch if its characters stand at equal distances; in other type they drift from such a raster within a
few letters. Blocks are taken for code only if several lines share a pitch and have the signs that programs have, so
that typewritten letters stay as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from statistics import median
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ocr.document import Block, Line

__all__ = ["program_texts"]

LONG, SHORT = 8, 4
"""Lines of so many characters show their pitch; and shorter ones, whether they have one that is known."""
DRIFT, SAME = 0.12, 0.025
"""Greatest root mean square distance of characters from a raster, in pitches; greatest difference of pitches."""
OFF = 0.17
"""The same distance where characters between words may be missing: each from the nearest place of the raster."""
FEWEST, SHARE = 3, 0.6
"""Least number of lines of one pitch in a piece of code, and least share of those of a block that show it."""
SIGNS, SIGNED = frozenset("(){}[]=;_<>#"), 0.4
"""Signs of programs, and the least share of lines that have one or end with a colon."""
LEVEL = 2.0
"""Greatest slope of lines in degrees."""
MOST_ROWS = 2
"""Larger tables are no code."""
MOST_EMPTY = 2
"""Empty lines at most between two rows."""


class _Shown(NamedTuple):
    """A line and the middles of its characters; with the pitch that these show, if it is long enough, else 0."""

    line: Line
    places: NDArray[np.float64]
    pitch: float


def program_texts(blocks: Sequence[Block]) -> list[str | None]:
    """For each block of a page, the text of program code with the spaces that it is indented by.

    Consecutive blocks of code are one piece, whose text the first of them has; the others have an empty one. None where
    a block is no code.

    Args:
        blocks: in reading order.
    """
    texts: list[str | None] = [None] * len(blocks)
    if sum(_is_signed(line) for block in blocks for line in block.lines) < SIGNED * FEWEST:
        return texts
    shown = [[] if _is_other(block) else [_shown(line) for line in block.lines] for block in blocks]
    even = [one.pitch for lines in shown for one in lines if one.pitch]
    pitch = median(even) if even else 0.0
    if sum(abs(other - pitch) < SAME * pitch for other in even) < FEWEST:
        return texts
    first = 0
    while first < len(blocks):
        last = first
        while last < len(blocks) and _is_even(shown[last], pitch):
            last += 1
        piece = [one for lines in shown[first:last] for one in lines]
        if _is_program(piece, pitch):
            texts[first:last] = [_indented(piece, pitch), *[""] * (last - first - 1)]
        first = max(last, first + 1)
    return texts


def _is_other(block: Block) -> bool:
    """Whether a block is a heading, or a table and not a gap in a row or two of code."""
    table = block.table
    return block.kind == "heading" or (table is not None and (table.ruled or table.rows > MOST_ROWS))


def _shown(line: Line) -> _Shown:
    """A line with its pitch."""
    at, places, count = list[int](), list[float](), 0
    for word in line.words:
        at += range(count, count + len(word.chars))
        corners = (char.box.points for char in word.chars)
        places += [(first[0] + third[0]) / 2 for first, _, third, _ in corners]
        count += len(word.chars) + 1
    x = np.array(places or [line.box.hull[0]])  # what another engine read may have no boxes of characters
    if len(places) < LONG or abs(line.box.angle) > LEVEL:
        return _Shown(line, x, 0.0)
    pitch, origin = np.polyfit(at, x, 1)
    drift = float(np.sqrt(((x - origin - pitch * np.array(at)) ** 2).mean()))
    return _Shown(line, x, float(pitch) if drift < DRIFT * pitch else 0.0)


def _is_even(lines: Sequence[_Shown], pitch: float) -> bool:
    """Whether the lines of a block are of one pitch; one of very short lines alone may be."""
    long = [one for one in lines if len(one.places) >= SHORT]
    level = not long or median(abs(one.line.box.angle) for one in long) <= LEVEL
    return bool(lines) and level and sum(_has(one, pitch) for one in long) >= SHARE * len(long)


def _has(one: _Shown, pitch: float) -> bool:
    """Whether the characters of a line stand in the raster of a pitch."""
    at = (one.places - one.places[0]) / pitch
    return len(at) >= SHORT and float(np.sqrt(((at - np.round(at)) ** 2).mean())) < OFF


def _is_program(lines: Sequence[_Shown], pitch: float) -> bool:
    """Whether lines of one pitch are code: enough of them have its signs."""
    signed = sum(_is_signed(one.line) for one in lines)
    return sum(_has(one, pitch) for one in lines) >= FEWEST and signed >= SIGNED * len(lines)


def _is_signed(line: Line) -> bool:
    """Whether a line has signs of programs."""
    return line.text.endswith(":") or not SIGNS.isdisjoint(line.text)


def _indented(lines: Sequence[_Shown], pitch: float) -> str:
    """The rows of a piece of code, each character in its column as far as it was read."""
    origin = min(float(one.places[0]) for one in lines)
    rows: list[list[_Shown]] = []
    for one in sorted(lines, key=lambda one: one.line.box.center[1]):
        level = rows and one.line.box.center[1] - rows[-1][0].line.box.center[1] < 0.5 * one.line.box.height
        if level:
            rows[-1].append(one)
        else:
            rows.append([one])
    middles = [median(one.line.box.center[1] for one in row) for row in rows]
    steps = [b - a for a, b in pairwise(middles)]
    step = median(steps) if steps else 1.0
    text = ""
    for row, before in zip(rows, [0.0, *steps], strict=True):
        written = ""
        for one in sorted(row, key=lambda one: float(one.places[0])):
            column = round((float(one.places[0]) - origin) / pitch)
            written = written.ljust(max(column, len(written) + bool(written))) + one.line.text
        empty = min(MOST_EMPTY, max(0, round(before / step) - 1)) if before else 0
        text += ("\n" * (1 + empty) if text else "") + written
    return text
