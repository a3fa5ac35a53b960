"""A reading becomes a line with words: spaces are decided here, once."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

from ocr.document import Char, Line, Quad, Word
from ocr.geometry import grow, rotation_matrix
from ocr.recognize import Glyph, Reading
from ocr.recognize.script import is_han

__all__ = ["aired", "join", "to_line"]

AIR = 0.05
"""White that the boxes of lines and words keep around the ink, in line heights: who shows or copies a box shall not cut
off an accent or a full stop that sticks out."""


def to_line(quad: Quad, reading: Reading) -> Line:
    """A line whose words and characters have their boxes, from the spans of the glyphs along the quad.

    Space glyphs part words, except between two Han characters; spaces at the ends are dropped. A word is as likely to
    be right as its characters together, and never less than the line: if that is right, all of its words are.
    """
    words = tuple(_word(quad, glyphs, reading.confidence) for glyphs in _split(reading.glyphs))
    return Line(" ".join(word.text for word in words), reading.confidence, quad, words, reading.engine)


def aired(line: Line) -> Line:
    """The line with some white in its box."""
    return replace(line, box=grow(line.box, AIR * line.box.height, AIR * line.box.height))


def join(lines: Sequence[Line]) -> Line:
    """Segments of one row, from left to right, as one line: right as a whole when every segment is."""
    if len(lines) == 1:
        return lines[0]
    box = _hull([line.box for line in lines])
    return Line(
        " ".join(line.text for line in lines),
        math.prod(line.confidence for line in lines),
        box,
        tuple(word for line in lines for word in line.words),
        max(lines, key=lambda line: len(line.text)).engine,
    )


def _split(glyphs: Iterable[Glyph]) -> list[list[Glyph]]:
    words: list[list[Glyph]] = []
    parted = True
    for glyph in glyphs:
        if not glyph.text.strip():
            parted = True
        elif not words or (parted and not (is_han(words[-1][-1].text) and is_han(glyph.text))):
            words.append([glyph])
            parted = False
        else:
            words[-1].append(glyph)
            parted = False
    return words


def _word(quad: Quad, glyphs: Sequence[Glyph], least: float) -> Word:
    chars = tuple(Char(g.text, g.confidence, _span(quad, g.start, g.end)) for g in glyphs)
    confidence = max(least, math.prod(g.confidence for g in glyphs))
    air = AIR * quad.height / max(quad.width, 1e-6)
    box = _span(quad, min(g.start for g in glyphs) - air, max(g.end for g in glyphs) + air)
    return Word("".join(g.text for g in glyphs), confidence, box, chars)


def _span(quad: Quad, start: float, end: float) -> Quad:
    """The part of a quad from ``start`` to ``end``, fractions of its length."""
    a, b, c, d = quad.points

    def at(p: tuple[float, float], q: tuple[float, float], t: float) -> tuple[float, float]:
        return p[0] + (q[0] - p[0]) * t, p[1] + (q[1] - p[1]) * t

    return Quad((at(a, b, start), at(a, b, end), at(d, c, end), at(d, c, start)))


def _hull(quads: Sequence[Quad]) -> Quad:
    """The smallest quad in the direction of the text that holds all of them."""
    east = sum(q.width * math.cos(math.radians(q.angle)) for q in quads)
    south = sum(q.width * math.sin(math.radians(q.angle)) for q in quads)
    angle = math.degrees(math.atan2(south, east))
    left, top, right, bottom = zip(*(q.transformed(rotation_matrix(-angle)).hull for q in quads), strict=True)
    return Quad.rect(min(left), min(top), max(right), max(bottom)).transformed(rotation_matrix(angle))
