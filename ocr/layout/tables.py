"""Tables: lines become cells in rows and columns, by the rules around them or by their alignment."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from ocr.detect.grid import Grid, GridCell
from ocr.document import Block, Line, Quad
from ocr.layout.columns import Segment
from ocr.recognize.script import is_han
from ocr.table import Cell, Table

__all__ = ["aligned", "around", "reads_by_cells", "table_text", "with_ruled_tables"]

SHARE = 0.3
"""A segment belongs to the columns that it overlaps by more than this share of the narrower of both."""
ALIKE = 0.85
"""Rows that share a label have text at this share of the places where one of them has."""
SHORT = 3
"""Cells of a table that is read cell by cell have at most this many lines."""


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
    """Number of the cell that holds the middle of a line, or is nearest to it; empty if it is not in the grid."""
    x, y = line.box.center
    left, top, right, bottom = around_quads([cell.box for cell in grid.cells]).hull
    if not (left <= x <= right and top <= y <= bottom):
        return []
    return [min(range(len(grid.cells)), key=lambda k: _distance(grid.cells[k].box.hull, x, y))]


def _distance(hull: tuple[float, float, float, float], x: float, y: float) -> float:
    left, top, right, bottom = hull
    return math.hypot(max(left - x, 0.0, x - right), max(top - y, 0.0, y - bottom))


def _replaced(blocks: Sequence[Block], grid: Grid, where: dict[int, int]) -> list[Block]:
    """The blocks with a table in the place of its first line."""
    inside = [line for block in blocks for line in block.lines if id(line) in where]
    own = [_reading_order([line for line in inside if where[id(line)] == k]) for k in range(len(grid.cells))]
    if _wrapped(list(zip(grid.cells, map(len, own), strict=True))):
        inside = [line for lines in own for line in lines]
    number = {id(line): at for at, line in enumerate(inside)}
    cells = tuple(
        Cell(
            cell.row,
            cell.column,
            cell.box,
            "\n".join(line.text for line in lines),
            tuple(number[id(line)] for line in lines),
            cell.row_span,
            cell.column_span,
        )
        for cell, lines in zip(grid.cells, own, strict=True)
    )
    table = Block("table", around(inside), tuple(inside), Table(grid.rows, grid.columns, cells, ruled=True))
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
    return around_quads([line.box for line in lines])


def around_quads(quads: Sequence[Quad]) -> Quad:
    """The upright box around boxes."""
    xs, ys = zip(*(point for quad in quads for point in quad.points), strict=True)
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


Row = tuple[Sequence[Segment], Sequence[Line]]
"""A row's segments, and the same lines as they are in the block."""


def aligned(rows: Sequence[Row], between: Sequence[bool] = ()) -> Table | None:
    """The table that rows of separate segments form; a segment over several columns spans them.

    Args:
        rows: from top to bottom.
        between: for each row, whether it stands halfway between two others: cells in it span rows.

    Returns:
        None where all stands in one column.
    """
    halfway = [bool(between) and 0 < k < len(rows) - 1 and between[k] and not between[k - 1] for k in range(len(rows))]
    columns = _columns([s for segments, _ in rows for s in segments])
    if len(columns) < 2:
        return None
    cells: list[Cell] = []
    centered: list[Cell] = []
    number, row = 0, -1
    for (segments, lines), half in zip(rows, halfway, strict=True):
        row += not half
        found: list[Cell] = []
        for s, line in zip(segments, lines, strict=True):
            held = [k for k, column in enumerate(columns) if column.holds(s)] or [_nearest(columns, s)]
            first, last = held[0], held[-1]
            if found and first < found[-1].column + found[-1].column_span:  # two pieces of one cell
                p = found.pop()
                span = max(p.column + p.column_span, last + 1) - p.column
                found.append(replace(_with(p, Cell(row, first, line.box, line.text, (number,))), column_span=span))
            else:
                found.append(Cell(row, first, line.box, line.text, (number,), 1, last - first + 1))
            number += 1
        if half:
            centered += [replace(cell, column_span=1) for cell in found]
        else:
            cells += found
    cells = _with_row_spans(cells, centered, row + 1, len(columns))
    return Table(row + 1, len(columns), tuple(sorted(cells, key=lambda cell: (cell.row, cell.column))))


def _with_row_spans(cells: list[Cell], centered: list[Cell], rows: int, columns: int) -> list[Cell]:
    """The cells, of which those that stand in the middle of several rows span them.

    The cells of a column share out its rows from top to bottom, each with as many above as below it. Where that comes
    out even, and no cell could as well be the head of the rows below it, they span these rows. Else a cell halfway
    between two rows spans these two.

    Args:
        cells: of all rows.
        centered: cells halfway between a row, which is the one that they have, and the next.
        rows: number of rows.
        columns: number of columns.
    """
    result = list(cells)
    headed = _has_head(cells)
    for column in range(columns):
        half = [cell for cell in centered if cell.column == column]
        own = [cell for cell in cells if cell.column <= column < cell.column + cell.column_span]
        places = sorted(
            [(2 * cell.row, cell) for cell in own] + [(2 * cell.row + 1, cell) for cell in half], key=_place
        )
        if spans := _centered([place for place, _ in places], rows, sure=bool(half), headed=headed):
            for (_, cell), (top, bottom) in zip(places, spans, strict=True):
                if cell.column_span == 1 and (cell in half or bottom > top):
                    result = [other for other in result if other is not cell]
                    result.append(replace(cell, row=top, row_span=bottom - top + 1))
            continue
        if not half and (spans := _topped(column, own, result, rows, headed=headed)):
            for cell, (top, bottom) in zip(own, spans, strict=True):
                result[result.index(cell)] = replace(cell, row_span=bottom - top + 1)
            continue
        taken = {cell.row for cell in own}
        for cell in half:
            free = [row for row in (cell.row, cell.row + 1) if row not in taken]
            taken.update(free)
            if free:
                result.append(replace(cell, row=free[0], row_span=len(free), column_span=1))
            else:
                result = [_with(other, cell) if _holds(other, cell) else other for other in result]
    return result


def _holds(cell: Cell, other: Cell) -> bool:
    """Whether a cell is where another one starts."""
    return 0 <= other.row - cell.row < cell.row_span and 0 <= other.column - cell.column < cell.column_span


def _place(item: tuple[int, Cell]) -> int:
    return item[0]


def _has_head(cells: Sequence[Cell]) -> bool:
    """Whether the first row differs from those below it: it has no figures, and they have."""
    figures = {cell.row for cell in cells if any(char.isdigit() for char in cell.text)}
    return bool(figures) and 0 not in figures


def _centered(places: Sequence[int], rows: int, *, sure: bool, headed: bool) -> list[tuple[int, int]]:
    """What :func:`_shared` finds, also below a head without text in this column if each cell has several rows there."""
    if (spans := _shared(places, rows, sure=sure)) or not headed:
        return spans
    below = _shared([place - 2 for place in places], rows - 1, sure=True) if len(places) > 1 and places[0] > 1 else []
    return [(top + 1, bottom + 1) for top, bottom in below] if all(bottom > top for top, bottom in below) else []


def _shared(places: Sequence[int], rows: int, *, sure: bool) -> list[tuple[int, int]]:
    """First and last row of each cell of a column, if its cells share out all rows; else nothing.

    Args:
        places: of the cells in half rows, from top to bottom.
        rows: number of rows.
        sure: whether some cell can be nothing but one over several rows.
    """
    spans: list[tuple[int, int]] = []
    for place in places:
        top = spans[-1][1] + 1 if spans else 0
        if place - top < top:
            return []
        spans.append((top, place - top))
    sizes = [bottom - top + 1 for top, bottom in spans]
    if not spans or spans[-1][1] != rows - 1 or not (sure or (len(sizes) > 2 and min(sizes[1:]) > 1)):
        return []
    return spans


def _topped(
    column: int, own: Sequence[Cell], cells: Sequence[Cell], rows: int, *, headed: bool
) -> list[tuple[int, int]]:
    """First and last row of each cell of a column of labels that stand at the top of their rows; else nothing.

    Each label but the head has two rows or more, which have text in the same columns, but for few cells: a row that
    goes on with the text of the one above, and a sum without a label, do not look like that. Columns before it are of
    labels as well.

    Args:
        column: the column.
        own: its cells, from top to bottom.
        cells: all cells, with the spans that were found in columns before this one.
        rows: number of rows.
        headed: whether the first row is a head, which then may have no text in this column.
    """
    places = [cell.row for cell in own]
    head = int(places[:1] != [1])
    if not head and not headed:
        return []
    spans = [(top, bottom - 1) for top, bottom in pairwise([*places, rows])]
    labels = spans[head:]
    if places[:head] != [0] * head or len(labels) < 2 or labels[0][0] != 1 or any(cell.column_span > 1 for cell in own):
        return []
    before = [c for c in cells if c.column < column and c.row >= 1]
    if any(c.row_span == 1 for c in before) or any(bottom == top for top, bottom in labels):
        return []
    filled = [{c.column for c in cells if c.row == row and c.column > column} for row in range(rows)]
    groups = [filled[top : bottom + 1] for top, bottom in labels]
    there = sum(len(columns) for group in groups for columns in group)
    alike = there >= ALIKE * sum(len(group) * len(set().union(*group)) for group in groups)
    return spans if alike else []


def _with(cell: Cell, more: Cell) -> Cell:
    """A cell with the text of another one."""
    box = around_quads([cell.box, more.box])
    return replace(cell, box=box, text=f"{cell.text} {more.text}", lines=(*cell.lines, *more.lines))


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


def reads_by_cells(table: Table) -> bool:
    """Whether a table is read cell by cell: the rows of the page would tear wrapped text of its cells apart."""
    return table.ruled and _wrapped([(cell, len(cell.lines)) for cell in table.cells])


def _wrapped(cells: Sequence[tuple[Cell | GridCell, int]]) -> bool:
    """Whether cells with these numbers of lines hold short wrapped texts, each in a row of its own.

    A cell with more lines, or over several rows, may hold rows that no rule separates.
    """
    most = max((lines for _, lines in cells), default=0)
    return 1 < most <= SHORT and all(lines < 2 or cell.row_span == 1 for cell, lines in cells)


def table_text(table: Table) -> str:
    """A table as text: a row each, its cells separated by tabs; empty cells are left out."""
    rows = ("\t".join(_one_line(cell.text) for cell in cells if cell.text) for cells in table.by_row())
    return "\n".join(row for row in rows if row)


def _one_line(text: str) -> str:
    """Lines of a cell as one, without spaces between Han characters."""
    line = ""
    for part in text.split("\n"):
        spaced = line and part and not (is_han(line[-1]) and is_han(part[0]))
        line += (" " if spaced else "") + part
    return line
