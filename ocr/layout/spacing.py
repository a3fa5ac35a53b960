"""Turns what the recogniser read into a line with words, and decides where spaces are."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

from ocr.document import Baseline, Char, Line, Quad, Word
from ocr.geometry import grow, rotation_matrix
from ocr.recognize import Glyph, Reading
from ocr.recognize.script import is_han

__all__ = ["join", "padded", "to_line"]

PADDING = 0.05
"""Margin between the ink and the boxes of lines and words, in line heights, so that a crop along the box does not cut
off accents or full stops."""


def to_line(quad: Quad, reading: Reading) -> Line:
    """The line with boxes of its words and characters, which follow from the spans of the glyphs along the quad.

    Spaces separate words, except between two Han characters; those at the ends are dropped. The confidence of a word is
    the product of its characters' and never lower than that of the line: if the line is right, so are its words.
    """
    words = tuple(_word(quad, glyphs, reading.confidence) for glyphs in _split(reading.glyphs))
    return Line(" ".join(word.text for word in words), reading.confidence, quad, words, reading.engine)


def padded(line: Line) -> Line:
    """The line with some margin around its box."""
    return replace(line, box=grow(line.box, PADDING * line.box.height, PADDING * line.box.height))


def join(lines: Sequence[Line]) -> Line:
    """Segments of one row, from left to right, as one line, which is right if every segment is."""
    if len(lines) == 1:
        return lines[0]
    box = _hull([line.box for line in lines])
    return Line(
        " ".join(line.text for line in lines),
        math.prod(line.confidence for line in lines),
        box,
        tuple(word for line in lines for word in line.words),
        max(lines, key=lambda line: len(line.text)).engine,
        _joined_baseline(lines),
    )


def _joined_baseline(lines: Sequence[Line]) -> Baseline | None:
    """From the start of the first to the end of the last baseline that was measured."""
    measured = [line.baseline for line in lines if line.baseline]
    if not measured:
        return None
    return Baseline(measured[0].start, measured[-1].end, max(baseline.x_height for baseline in measured))


def _split(glyphs: Iterable[Glyph]) -> list[list[Glyph]]:
    words: list[list[Glyph]] = []
    separated = True
    for glyph in glyphs:
        if not glyph.text.strip():
            separated = True
        elif not words or (separated and not (is_han(words[-1][-1].text) and is_han(glyph.text))):
            words.append([glyph])
            separated = False
        else:
            words[-1].append(glyph)
            separated = False
    return words


def _word(quad: Quad, glyphs: Sequence[Glyph], least: float) -> Word:
    chars = tuple(Char(g.text, g.confidence, _span(quad, g.start, g.end)) for g in glyphs)
    confidence = max(least, math.prod(g.confidence for g in glyphs))
    padding = PADDING * quad.height / max(quad.width, 1e-6)
    box = _span(quad, min(g.start for g in glyphs) - padding, max(g.end for g in glyphs) + padding)
    return Word("".join(g.text for g in glyphs), confidence, box, chars)


def _span(quad: Quad, start: float, end: float) -> Quad:
    """The part of a quad from ``start`` to ``end``, fractions of its length."""
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = quad.points
    above, below = (bx - ax, by - ay), (cx - dx, cy - dy)
    return Quad(
        (
            (ax + above[0] * start, ay + above[1] * start),
            (ax + above[0] * end, ay + above[1] * end),
            (dx + below[0] * end, dy + below[1] * end),
            (dx + below[0] * start, dy + below[1] * start),
        )
    )


def _hull(quads: Sequence[Quad]) -> Quad:
    """The smallest quad along the text that contains all of them."""
    east = sum(q.width * math.cos(math.radians(q.angle)) for q in quads)
    south = sum(q.width * math.sin(math.radians(q.angle)) for q in quads)
    angle = math.degrees(math.atan2(south, east))
    left, top, right, bottom = zip(*(q.transformed(rotation_matrix(-angle)).hull for q in quads), strict=True)
    return Quad.rect(min(left), min(top), max(right), max(bottom)).transformed(rotation_matrix(angle))
