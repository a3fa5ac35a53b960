"""Drop capitals are joined to the first line of their paragraph."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ocr.document import Line, Quad, Word

__all__ = ["with_initials"]

TALLER = 1.6
"""Least height of an initial in heights of the line that it begins."""
NEAR = 1.2
"""Greatest distance of an initial from that line, in heights of it."""
APART = 0.45
"""Distance from which on an initial that is a word is one, in heights of the line."""
WORDS = frozenset("AIO")


def with_initials(lines: Sequence[Line]) -> list[Line]:
    """Lines of a page, where each initial is the first letter of the line that it begins."""
    joined = list(lines)
    for initial in [line for line in lines if len(line.text) == 1 and line.text.isupper()]:
        first = min(
            (line for line in joined if _begins(initial, line)), key=lambda line: line.box.hull[1], default=None
        )
        if first is not None and sum(_is_beside(initial, line) for line in joined) >= 2:
            joined[joined.index(first)] = _join(initial, first)
            joined.remove(initial)
    return joined


def _is_beside(initial: Line, line: Line) -> bool:
    """Whether a line of running text stands to the right of an initial."""
    left, top, right, bottom = line.box.hull
    _, high, edge, low = initial.box.hull
    height = bottom - top
    beside = -0.5 * height < left - edge + 0.2 * (low - high) < (NEAR + 0.4) * height
    return beside and high < (top + bottom) / 2 < low and low - high > TALLER * height and right - left > 4 * height


def _begins(initial: Line, line: Line) -> bool:
    """Whether an initial and a line have their tops at the same height."""
    height = line.box.hull[3] - line.box.hull[1]
    return _is_beside(initial, line) and abs(line.box.hull[1] - initial.box.hull[1]) < 0.9 * height


def _join(initial: Line, line: Line) -> Line:
    """The line with the initial as its first letter."""
    gap = line.box.hull[0] - initial.box.hull[2]
    apart = initial.text in WORDS and gap > APART * line.box.height
    left = initial.box.hull[0]
    confidence = min(initial.confidence, line.confidence)
    box = _widened(line.box, left)
    if apart or not line.words:
        words: tuple[Word, ...] = (*initial.words, *line.words)
        text = f"{initial.text} {line.text}"
    else:
        word, *others = line.words
        chars = tuple(char for each in initial.words for char in each.chars) + word.chars if word.chars else ()
        sure = min(initial.confidence, word.confidence)
        words = (
            replace(word, text=initial.text + word.text, box=_widened(word.box, left), confidence=sure, chars=chars),
            *others,
        )
        text = initial.text + line.text
    return replace(line, text=text, confidence=confidence, box=box, words=words)


def _widened(box: Quad, left: float) -> Quad:
    """A box that begins further to the left."""
    (_, y0), b, c, (_, y3) = box.points
    return Quad(((left, y0), b, c, (left, y3)))
