"""The text layer of a page: PDF operators that put each word, invisible, over its place in the image."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from ocr.document import Line, Matrix, Page, Quad
from ocr.write.pdf.glyphless import ADVANCE, GlyphlessFont

__all__ = ["text_layer"]

WORD_GAP = 0.15
"""Smallest gap between words, in em: PDF viewers that go by geometry alone join words closer than about 0.1."""

MIN_SCALE = 0.001
"""Smallest horizontal scale; 0 would make the text matrix singular."""

MAX_SKEW = math.sin(math.radians(6))
"""Words of lines skewed by less than this (as a sine) are set level, each at its own height."""


@dataclass(frozen=True, slots=True)
class _Run:
    """A word, and where it starts and ends along its line, in points."""

    text: str
    start: float
    end: float


def text_layer(page: Page, font: GlyphlessFont, resource: str) -> bytes:
    """The content stream with the text of a page, in reading order, each word scaled to its box.

    Args:
        page: its text; ``Page.matrix`` maps its coordinates to the user space of the PDF page.
        font: encodes the text.
        resource: name of the font in the resources of the PDF page.
    """
    lines = [operators for line in page.lines for operators in _line(line, page.matrix, font, resource)]
    return b"\n".join([b"q BT 3 Tr", *lines, b"ET Q\n"]) if lines else b""


def _line(line: Line, matrix: Matrix, font: GlyphlessFont, resource: str) -> Iterator[bytes]:
    a, b, c, d = line.box.transformed(matrix).points
    length, size = math.dist(c, d), (math.dist(a, d) + math.dist(b, c)) / 2
    if length < 1e-3 or size < 1e-3:
        return
    cos, sin = (c[0] - d[0]) / length, (c[1] - d[1]) / length
    level_cos, level_sin = _level(cos, sin)
    yield f"/{resource} {_number(size)} Tf".encode()
    end = 0.0
    for index, word in enumerate(_words(line, matrix, (cos, sin), d, size)):
        # A space and the word after it are one string: pdfium infers the direction of text from strings of two or
        # more characters, and takes a single space in upward text for a line break.
        start = end if index else word.start
        em = size * max(MIN_SCALE, (word.end - word.start) / (len(word.text) * ADVANCE * size))
        space = font.encode(" ") + _number(1000 * (ADVANCE - (word.start - start) / em)).encode() if index else b""
        middle, back = (word.start + word.end) / 2, (word.start + word.end) / 2 - start
        x, y = d[0] + cos * middle - level_cos * back, d[1] + sin * middle - level_sin * back
        place = " ".join(_number(v) for v in (level_cos, level_sin, -level_sin, level_cos, x, y))
        yield f"{place} Tm {_number(100 * em / size)} Tz [".encode() + space + font.encode(word.text) + b"] TJ"
        end = word.end


def _level(cos: float, sin: float) -> tuple[float, float]:
    """The direction in which the words of a line are set: along the nearest axis, if the line is only skewed.

    poppler ends a word where its baseline has moved by half a point, so rotated glyphs would break long words.
    """
    if min(abs(cos), abs(sin)) > MAX_SKEW:
        return cos, sin
    return (math.copysign(1, cos), 0.0) if abs(cos) > abs(sin) else (0.0, math.copysign(1, sin))


def _words(
    line: Line, matrix: Matrix, direction: tuple[float, float], origin: tuple[float, float], size: float
) -> list[_Run]:
    """The words, with their start and end along the line."""

    def run(text: str, box: Quad) -> _Run:
        along = [
            (x - origin[0]) * direction[0] + (y - origin[1]) * direction[1] for x, y in box.transformed(matrix).points
        ]
        return _Run(text, min(along), max(along))

    texts = [(word.text, word.box) for word in line.words] or [(line.text, line.box)]
    runs = [run(text, box) for raw, box in texts if (text := " ".join(raw.split()))]
    # Words that touch or overlap are shortened, so that viewers see the space between them.
    separated = [
        replace(run, end=max((run.start + run.end) / 2, min(run.end, following.start - WORD_GAP * size)))
        for run, following in pairwise(runs)
    ]
    return separated + runs[-1:]


def _number(value: float) -> str:
    """A number in PDF syntax: decimal, without exponent."""
    return f"{value:.4f}".rstrip("0").rstrip(".")
