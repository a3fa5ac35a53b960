"""What the writers of XML share: escaped text, whole-pixel boxes and baselines."""

from __future__ import annotations

import math
import re
from html import escape

from ocr.document import Baseline, Line, Page, Quad, Word

__all__ = ["bounds", "clean", "line_baseline", "points", "printable", "words_of"]

DESCENT, X_HEIGHT = 0.2, 0.5
"""Share of the height of a line that is below its baseline, and that of letters without ascenders, in Latin print: for
lines whose baseline could not be measured."""

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def printable(text: str) -> str:
    """The text with replacement characters for those that XML forbids."""
    return _NOT_XML.sub("\ufffd", text)


def clean(text: str) -> str:
    """The text as XML."""
    return escape(printable(text))


def bounds(quad: Quad, page: Page) -> tuple[int, int, int, int]:
    """The upright bounding box in whole pixels, on the page: left, top, right, bottom."""
    left, top, right, bottom = quad.hull
    left, top = min(max(0, math.floor(left)), page.width), min(max(0, math.floor(top)), page.height)
    right, bottom = min(page.width, math.ceil(right)), min(page.height, math.ceil(bottom))
    return left, top, max(left, right), max(top, bottom)


def points(quad: Quad, page: Page) -> str:
    """The corners in whole pixels, on the page: ``x,y x,y x,y x,y``."""
    on_page = ((min(max(0, round(x)), page.width), min(max(0, round(y)), page.height)) for x, y in quad.points)
    return " ".join(f"{x},{y}" for x, y in on_page)


def line_baseline(line: Line) -> Baseline:
    """The measured baseline of a line; else one at a fifth of its height, as is typical of Latin print."""
    if line.baseline:
        return line.baseline
    a, b, c, d = line.box.points
    start = (d[0] + DESCENT * (a[0] - d[0]), d[1] + DESCENT * (a[1] - d[1]))
    end = (c[0] + DESCENT * (b[0] - c[0]), c[1] + DESCENT * (b[1] - c[1]))
    return Baseline(start, end, X_HEIGHT * line.box.height)


def words_of(line: Line) -> tuple[Word, ...]:
    """The words of a line; one without word boxes is one word, so that its text is not lost."""
    return line.words or (Word(line.text, line.confidence, line.box),)
