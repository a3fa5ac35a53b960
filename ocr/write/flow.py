"""What the writers of running text share: the rows of a block, list markers and levels of headings."""

from __future__ import annotations

import re
from collections.abc import Sequence
from statistics import median

from ocr.document import Block, Line, Page

__all__ = ["heading_level", "list_item", "rows_of", "text_of"]

MARKER = re.compile(r"^(?:([•·●▪■◦*–—-])|(\(?(?:\d{1,3}|[a-zA-Z]|[ivx]{1,4})[.)]))\s+")
LARGE = 1.8
"""Headings at least this many times as high as the page's other lines are titles."""


def rows_of(block: Block) -> list[str]:
    """The text of a block, one row of the page each; a row may consist of several lines side by side."""
    rows: list[str] = []
    previous: Line | None = None
    for line in block.lines:
        if previous and _beside(previous, line):
            rows[-1] += " " + line.text
        else:
            rows.append(line.text)
        previous = line
    return rows


def text_of(block: Block) -> str:
    """The text of a block in one line."""
    return " ".join(rows_of(block))


def list_item(text: str) -> tuple[str, str]:
    """The marker of a list item, and what follows it; the marker of one without a number is empty.

    Example:
        >>> list_item("2) nails"), list_item("• glue")
        (('2)', 'nails'), ('', 'glue'))
    """
    found = MARKER.match(text)
    return (found.group(2) or "", text[found.end() :]) if found else ("", text)


def heading_level(block: Block, page: Page) -> int:
    """1 for a title in much larger type than the page's paragraphs, else 2."""
    usual = _size([line for other in page.blocks if other.kind == "par" for line in other.lines])
    return 1 if usual and _size(block.lines) > LARGE * usual else 2


def _size(lines: Sequence[Line]) -> float:
    return median(line.box.height for line in lines) if lines else 0.0


def _beside(before: Line, after: Line) -> bool:
    (x, y), (u, v) = before.box.center, after.box.center
    level = abs(v - y) < 0.5 * min(before.box.height, after.box.height)
    return level and u > x + min(before.box.width, after.box.width) / 2
