"""Rows of a region, and the blocks that they form: paragraphs, headings, tables, lists, headers and footers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from statistics import median

from ocr.document import Block, Line
from ocr.layout.cells import Box, are_cells, are_one_line
from ocr.layout.columns import Segment
from ocr.layout.parts import in_parts
from ocr.layout.spacing import join, padded
from ocr.layout.tables import around
from ocr.source.page import TEXT_LAYER
from ocr.table import Table

__all__ = ["Row", "blocks_of", "rows_of", "take_margins"]

BULLET = re.compile(r"^(?:[•·●▪■◦*–—-]|\(?(?:\d{1,2}|[a-zA-Z]|[ivx]{1,4})[.)])(?:\s|$)")

CLOSE = 1.4
"""Two rows that are closer than this share of the usual distance have no row between them."""


@dataclass(frozen=True, slots=True)
class Row:
    """Segments at the same height, from left to right."""

    segments: tuple[Segment, ...]

    @property
    def left(self) -> float:
        """Left edge."""
        return self.segments[0].left

    @property
    def right(self) -> float:
        """Right edge."""
        return max(s.right for s in self.segments)

    @property
    def top(self) -> float:
        """Top edge."""
        return min(s.top for s in self.segments)

    @property
    def bottom(self) -> float:
        """Bottom edge."""
        return max(s.bottom for s in self.segments)

    @property
    def middle(self) -> float:
        """Height of its middle."""
        return (self.top + self.bottom) / 2

    @property
    def height(self) -> float:
        """Type size: that of the longest segment."""
        return max(self.segments, key=lambda s: s.width).height

    @property
    def text(self) -> str:
        """The segments' text."""
        return " ".join(s.line.text for s in self.segments)


def rows_of(segments: Sequence[Segment], ruled: Sequence[Box] | None = None) -> list[Row]:
    """Segments grouped into rows by their height on the page, from top to bottom.

    Args:
        segments: in any order.
        ruled: gaps in which a vertical rule stands; pieces of a line without one between them are joined. If left
            out, all segments stay as they are.
    """
    rows: list[list[Segment]] = []
    for s in sorted(segments, key=lambda s: s.middle):
        level = [row for row in rows[-3:] if _level(row, s) and not any(_overlap(o, s) for o in row)]
        if level:
            min(level, key=lambda row: min(abs(o.middle - s.middle) for o in row)).append(s)
        else:
            rows.append([s])
    rows.sort(key=lambda row: sum(s.middle for s in row) / len(row))
    across = [sorted(row, key=lambda s: s.left) for row in rows]
    return [Row(tuple(row if ruled is None else _joined(row, ruled))) for row in across]


def _level(row: Sequence[Segment], s: Segment) -> bool:
    """Whether a segment is at the same height as the nearest segment of a row."""
    near = min(row, key=lambda o: max(o.left - s.right, s.left - o.right))
    return abs(near.middle - s.middle) < 0.5 * min(max(near.height, s.height), 1.5 * min(near.height, s.height))


def _overlap(a: Segment, b: Segment) -> bool:
    return min(a.right, b.right) - max(a.left, b.left) > 0.5 * min(a.width, b.width)


def _joined(row: Sequence[Segment], ruled: Sequence[Box]) -> list[Segment]:
    out: list[Segment] = []
    for s in row:
        if out and are_one_line(out[-1], s, ruled) and _same_source(out[-1].line, s.line):
            p = out[-1]
            line = join([p.line, s.line])
            out[-1] = Segment(line, p.left, min(p.top, s.top), max(p.right, s.right), max(p.bottom, s.bottom))
        else:
            out.append(s)
    return out


def _same_source(a: Line, b: Line) -> bool:
    """Whether two pieces are both text that a PDF has, or both were read: a copy of it gets only what was read."""
    return (a.engine == TEXT_LAYER) == (b.engine == TEXT_LAYER)


def take_margins(rows: Sequence[Row], page_height: float) -> tuple[list[Row], list[Row], list[Row]]:
    """Header, body and footer; a header or footer is a single row near the edge, well apart from the rest."""
    if len(rows) < 4:
        return [], list(rows), []
    pitch = _pitch(rows)
    first, last = 0, len(rows)
    if rows[0].bottom < 0.12 * page_height and rows[1].top - rows[0].bottom > 0.9 * pitch:
        first = 1
    if rows[-1].top > 0.88 * page_height and rows[-1].top - rows[-2].bottom > 0.9 * pitch:
        last -= 1
    return list(rows[:first]), list(rows[first:last]), list(rows[last:])


def blocks_of(rows: Sequence[Row], kind: str = "") -> list[Block]:
    """The blocks that rows form, from top to bottom; ``kind``, if given, is the kind of all of them."""
    if not rows:
        return []
    pitch, size = _pitch(rows), median(r.height for r in rows)
    left, right = min(r.left for r in rows), max(r.right for r in rows)
    halfway = _halfway(rows)
    cells = _tabular(rows, halfway)
    groups: list[list[Row]] = [[]]
    kinds = [cells[0]]
    for row, tabular in zip(rows, cells, strict=True):
        if groups[-1] and _starts_block(groups[-1][-1], row, kinds[-1], tabular, (left, right, pitch, size)):
            groups.append([])
            kinds.append(tabular)
        groups[-1].append(row)
    blocks: list[Block] = []
    for tabular, run in groupby(zip(groups, kinds, strict=True), key=lambda item: item[1]):
        parts = [group for group, _ in run]
        if (kind or "table") == "table" and tabular:
            blocks += _tables(parts, halfway)
        else:
            blocks += [_block(kind or _kind(group, size, right - left), group) for group in parts]
    return blocks


def _tabular(rows: Sequence[Row], halfway: frozenset[Row]) -> list[bool]:
    """For each row, whether it belongs to a table: it has cells and so has the row above or below."""
    cells = [False, *(row in halfway or _is_cells(row) for row in rows), False]
    return [cells[i] and (cells[i - 1] or cells[i + 1]) for i in range(1, len(cells) - 1)]


def _halfway(rows: Sequence[Row]) -> frozenset[Row]:
    """Rows between two rows of cells that are no further apart than rows are: cells that span these rows."""
    cells = [row for row in rows if _is_cells(row)]
    steps = [b.middle - a.middle for a, b in pairwise(rows) if _is_cells(a) and _is_cells(b)]
    pitch = median(steps) if steps else 1.6 * median([row.height for row in cells] or [0])
    return frozenset(
        row
        for above, row, below in zip(rows, rows[1:], rows[2:], strict=False)
        if _is_cells(above)
        and _is_cells(below)
        and below.middle - above.middle < CLOSE * pitch
        and not any(_overlap(s, o) for s in row.segments for o in (*above.segments, *below.segments))
    )


def _starts_block(
    above: Row, row: Row, was_table: bool, is_table: bool, frame: tuple[float, float, float, float]
) -> bool:
    """Whether ``row`` starts a new block."""
    left, right, pitch, size = frame
    gap = row.top - above.bottom
    if was_table != is_table or gap > 3 * size:
        return True
    if is_table:
        return False
    resized = not 0.75 < row.height / above.height < 1.33 and max(row.height, above.height) > 1.25 * size
    indented = row.left - above.left > 0.8 * size and above.left - left < 0.8 * size
    ended = right - above.right > 0.5 * (right - left)
    return gap > max(0.5 * size, 1.35 * pitch - size) or resized or _bullet(row) or (indented and ended)


def _is_cells(row: Row) -> bool:
    return any(are_cells(a, b, row.height) for a, b in pairwise(row.segments))


def _bullet(row: Row) -> bool:
    return bool(BULLET.match(row.text))


def _kind(rows: Sequence[Row], size: float, width: float) -> str:
    if _bullet(rows[0]):
        return "list"
    text = " ".join(row.text for row in rows)
    short = len(rows) <= 3 and len(text) < 120 and any(c.isalpha() for c in text)
    if short and min(row.height for row in rows) > 1.25 * size:
        return "heading"
    capitals = text.isupper() and max(row.right - row.left for row in rows) < 0.9 * width
    return "heading" if short and capitals else "par"


def _pitch(rows: Sequence[Row]) -> float:
    """Typical distance from one row to the next."""
    steps = [(b.top + b.bottom - a.top - a.bottom) / 2 for a, b in pairwise(rows)]
    size = median(row.height for row in rows)
    return median([step for step in steps if step < 3 * size] or [1.5 * size])


def _block(kind: str, rows: Sequence[Row], table: Table | None = None) -> Block:
    lines = [padded(s.line) for row in rows for s in row.segments]
    return Block(kind, around(lines), tuple(lines), table)


def _tables(groups: Sequence[Sequence[Row]], halfway: frozenset[Row]) -> list[Block]:
    """The blocks of tables that follow each other."""
    parts = [
        ([(row.segments, [padded(s.line) for s in row.segments]) for row in rows], [row in halfway for row in rows])
        for rows in groups
    ]
    return [_block("table", rows, table) for rows, table in zip(groups, in_parts(parts), strict=True)]
