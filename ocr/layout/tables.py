"""Tables: lines become cells in rows and columns, by the rules around them or by their alignment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ocr.detect.grid import Grid
from ocr.document import Block, Line, Quad
from ocr.layout.columns import Segment
from ocr.recognize.script import is_han
from ocr.table import Cell, Table

__all__ = ["Region", "aligned", "around", "table_text", "with_ruled_tables"]

SHARE = 0.3
"""A segment belongs to the columns that it overlaps by more than this share of the narrower of both."""
SHORT = 3
"""A row of the table is one row of text if no cell of it has more lines."""


def with_ruled_tables(blocks: Sequence[Block], grids: Sequence[Grid]) -> tuple[Block, ...]:
    """The blocks with those lines that stand in ruled cells as tables; the order of all others stays.

    A grid of a single row or column, or with text in fewer than two of its cells, frames text and is no table.
    """
    result = list(blocks)
    for grid in grids:
        if grid.rows < 2 or grid.columns < 2:
            continue
        where = {id(line): cell for block in result for line in block.lines for cell in _cell_of(line, grid)}
        if len(set(where.values())) >= 2:
            result = _replaced(result, grid, where)
    return tuple(result)


def _cell_of(line: Line, grid: Grid) -> list[int]:
    """Number of the cell that holds the middle of a line; empty if none does."""
    x, y = line.box.center
    hulls = enumerate(cell.box.hull for cell in grid.cells)
    return [k for k, (left, top, right, bottom) in hulls if left <= x <= right and top <= y <= bottom][:1]


def _replaced(blocks: Sequence[Block], grid: Grid, where: dict[int, int]) -> list[Block]:
    """The blocks with a table in the place of its first line."""
    inside = [line for block in blocks for line in block.lines if id(line) in where]
    lines: list[Line] = []
    cells = []
    for number, cell in enumerate(grid.cells):
        own = _reading_order([line for line in inside if where[id(line)] == number])
        at = tuple(range(len(lines), len(lines) + len(own)))
        text = "\n".join(line.text for line in own)
        cells.append(Cell(cell.row, cell.column, cell.box, text, at, cell.row_span, cell.column_span))
        lines += own
    table = Block("table", around(lines), tuple(lines), Table(grid.rows, grid.columns, tuple(cells), ruled=True))
    result: list[Block] = []
    placed = False
    for block in blocks:
        mine = [id(line) in where for line in block.lines]
        if not any(mine):
            result.append(block)
            continue
        first = mine.index(True)
        before = block.lines[:first]
        after = [line for line, own in zip(block.lines[first:], mine[first:], strict=True) if not own]
        result += [_rest(block, before)] if before else []
        result += [] if placed else [table]
        placed = True
        result += [_rest(block, after)] if after else []
    return result


def _rest(block: Block, lines: Sequence[Line]) -> Block:
    """What a table left of a block."""
    kind = "par" if block.kind == "table" else block.kind
    return replace(block, kind=kind, box=around(lines), lines=tuple(lines), table=None)


def _reading_order(lines: Sequence[Line]) -> list[Line]:
    """Lines of a cell, row by row."""
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: line.box.center[1]):
        if rows and line.box.center[1] - rows[-1][0].box.center[1] < 0.5 * line.box.height:
            rows[-1].append(line)
        else:
            rows.append([line])
    return [line for row in rows for line in sorted(row, key=lambda line: line.box.center[0])]


def around(lines: Sequence[Line]) -> Quad:
    """The upright box around lines."""
    xs, ys = zip(*(point for line in lines for point in line.box.points), strict=True)
    return Quad.rect(min(xs), min(ys), max(xs), max(ys))


@dataclass(slots=True)
class Column:
    """The horizontal extent of a column."""

    left: float
    right: float

    def holds(self, s: Segment) -> bool:
        """Whether a segment overlaps the column."""
        shared = min(self.right, s.right) - max(self.left, s.left)
        return shared > SHARE * min(s.width, self.right - self.left)


Region = tuple[Sequence[Segment], Sequence[Line]]
"""A row's segments, and the same lines as they are in the block."""


def aligned(rows: Sequence[Region]) -> Table | None:
    """The table that rows of separate segments form; a segment over several columns spans them.

    Returns:
        None where all stands in one column.
    """
    columns = _columns([s for segments, _ in rows for s in segments])
    if len(columns) < 2:
        return None
    cells: list[Cell] = []
    number = 0
    for row, (segments, lines) in enumerate(rows):
        found: list[Cell] = []
        for s, line in zip(segments, lines, strict=True):
            held = [k for k, column in enumerate(columns) if column.holds(s)] or [_nearest(columns, s)]
            first, last = held[0], held[-1]
            if found and first < found[-1].column + found[-1].column_span:  # two pieces of one cell
                p = found.pop()
                span = max(p.column + p.column_span, last + 1) - p.column
                both = Quad.rect(*_hull(p.box, line.box))
                text = f"{p.text} {line.text}"
                found.append(replace(p, box=both, text=text, lines=(*p.lines, number), column_span=span))
            else:
                found.append(Cell(row, first, line.box, line.text, (number,), 1, last - first + 1))
            number += 1
        cells += found
    return Table(len(rows), len(columns), tuple(cells))


def _columns(segments: Sequence[Segment]) -> list[Column]:
    """Columns from left to right: those of narrow segments first; wider ones may span them."""
    columns: list[Column] = []
    for s in sorted(segments, key=lambda s: s.width):
        held = [column for column in columns if column.holds(s)]
        if not held:
            columns.append(Column(s.left, s.right))
        elif len(held) == 1:
            others = [column for column in columns if column is not held[0]]
            left, right = min(held[0].left, s.left), max(held[0].right, s.right)
            if not any(min(right, o.right) > max(left, o.left) for o in others):
                held[0].left, held[0].right = left, right
    return sorted(columns, key=lambda column: column.left)


def _nearest(columns: Sequence[Column], s: Segment) -> int:
    middle = (s.left + s.right) / 2
    return min(range(len(columns)), key=lambda k: abs(columns[k].left + columns[k].right - 2 * middle))


def _hull(one: Quad, other: Quad) -> tuple[float, float, float, float]:
    left, top, right, bottom = zip(one.hull, other.hull, strict=True)
    return min(left), min(top), max(right), max(bottom)


def table_text(table: Table) -> str:
    """A ruled table as text: a row each, its cells separated by tabs; empty cells are left out.

    Where a cell holds a paragraph, its row is written cell by cell, line by line.
    """
    rows = []
    for cells in table.by_row():
        texts = [cell.text for cell in cells if cell.text]
        if any(text.count("\n") >= SHORT for text in texts):
            rows += texts
        elif texts:
            rows.append("\t".join(_one_line(text) for text in texts))
    return "\n".join(rows)


def _one_line(text: str) -> str:
    """Lines of a cell as one, without spaces between Han characters."""
    line = ""
    for part in text.split("\n"):
        spaced = line and part and not (is_han(line[-1]) and is_han(part[0]))
        line += (" " if spaced else "") + part
    return line
