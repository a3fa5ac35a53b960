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
MARGIN = 0.2
"""Margin that the box of an initial has to the right, in heights of it; frames have none."""
FRAME = 3.0
"""Greatest height of the frame around an initial, in heights of it."""


def with_initials(lines: Sequence[Line], frames: Sequence[Quad] = ()) -> list[Line]:
    """Lines of a page, where each initial is the first letter of the line that it begins.

    Args:
        lines: in any order.
        frames: boxes of rules, each around one cell; an initial in one stands where its frame does.
    """
    joined = list(lines)
    for initial in [line for line in lines if len(line.text) == 1 and line.text.isupper()]:
        box = _with_frame(initial.box, frames)
        margin = MARGIN if box is initial.box else 0.0
        begun = (line for line in joined if _begins(box, line, margin))
        first = min(begun, key=lambda line: line.box.hull[1], default=None)
        if first is not None and sum(_is_beside(box, line, margin) for line in joined) >= 2:
            joined[joined.index(first)] = _join(initial, first, box)
            joined.remove(initial)
    return joined


def _with_frame(initial: Quad, frames: Sequence[Quad]) -> Quad:
    """The frame around an initial, if there is one that fits it, or else its box."""
    x, y = initial.center
    for frame in frames:
        left, top, right, bottom = frame.hull
        if left < x < right and top < y < bottom and bottom - top < FRAME * initial.height:
            return frame
    return initial


def _is_beside(initial: Quad, line: Line, margin: float) -> bool:
    """Whether a line of running text stands to the right of an initial, whose box has a margin, in its heights."""
    left, top, right, bottom = line.box.hull
    _, high, edge, low = initial.hull
    height = bottom - top
    beside = -0.5 * height < left - edge + margin * (low - high) < (NEAR + 0.4) * height
    return beside and high < (top + bottom) / 2 < low and low - high > TALLER * height and right - left > 4 * height


def _begins(initial: Quad, line: Line, margin: float) -> bool:
    """Whether an initial and a line have their tops at the same height."""
    height = line.box.hull[3] - line.box.hull[1]
    return _is_beside(initial, line, margin) and abs(line.box.hull[1] - initial.hull[1]) < 0.9 * height


def _join(initial: Line, line: Line, room: Quad) -> Line:
    """The line with the initial as its first letter; ``room`` is what it takes up."""
    gap = line.box.hull[0] - room.hull[2]
    apart = initial.text in WORDS and gap > APART * line.box.height
    left = initial.box.hull[0]
    confidence = min(initial.confidence, line.confidence)
    box = _widened(line.box, left)
    if apart or not line.words:
        words: tuple[Word, ...] = (*initial.words, *line.words)
        text = f"{initial.text}{' ' if apart else ''}{line.text}"
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
