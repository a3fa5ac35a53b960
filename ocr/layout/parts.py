"""Tables that come out in several parts, because their groups of rows stand apart, and the labels of these groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ocr.layout.tables import Row, aligned
from ocr.table import Cell, Table

__all__ = ["in_parts"]

Part = tuple[Sequence[Row], Sequence[bool]]
"""The rows of a part, and for each whether it stands halfway between two others."""


def in_parts(parts: Sequence[Part]) -> list[Table | None]:
    """The tables that parts form which follow each other; where they have the same columns, with the labels of all.

    A label that spans the rows of its group looks like any other cell where no second group is beside it.
    """
    own = [aligned(rows, between) for rows, between in parts]
    tables = [table for table in own if table]
    if len(tables) < max(2, len(parts)) or len({table.columns for table in tables}) > 1:
        return own
    whole = aligned([row for rows, _ in parts for row in rows], [flag for _, between in parts for flag in between])
    if not whole or (whole.rows, whole.columns) != (sum(table.rows for table in tables), tables[0].columns):
        return own
    cut: list[Table | None] = []
    row = line = 0
    for table, (rows, _) in zip(tables, parts, strict=True):
        cells = [cell for cell in whole.cells if row <= cell.row < row + table.rows]
        if any(cell.row + cell.row_span > row + table.rows for cell in cells):
            return own
        cut.append(replace(table, cells=tuple(_moved(cell, row, line) for cell in cells)))
        row, line = row + table.rows, line + sum(len(lines) for _, lines in rows)
    return cut if _tall(cut) > _tall(own) else own


def _moved(cell: Cell, row: int, line: int) -> Cell:
    """A cell of the whole as one of a part that begins with these."""
    return replace(cell, row=cell.row - row, lines=tuple(number - line for number in cell.lines))


def _tall(tables: Sequence[Table | None]) -> int:
    return sum(cell.row_span > 1 for table in tables if table for cell in table.cells)
