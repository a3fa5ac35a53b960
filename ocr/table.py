"""Tables of a page: which cells there are, in which rows and columns, and what they hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from ocr.quad import Map, Quad

__all__ = ["Cell", "Table"]


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell.

    Attributes:
        row: from 0; the first one of a cell that spans several.
        column: from 0, likewise.
        row_span: number of rows.
        column_span: number of columns.
        box: between the rules around it; around its text where there are none.
        text: its lines, separated by line feeds; empty for an empty cell.
        lines: positions of its lines in the block that the table belongs to.
    """

    row: int
    column: int
    box: Quad
    text: str = ""
    lines: tuple[int, ...] = ()
    row_span: int = 1
    column_span: int = 1

    def transformed(self, matrix: Map) -> Cell:
        """The cell after a map."""
        return replace(self, box=self.box.transformed(matrix))

    def to_json(self) -> dict[str, Any]:
        """``{"row", "column", "row_span", "column_span", "text", "box", "lines"}``."""
        place = {"row": self.row, "column": self.column, "row_span": self.row_span, "column_span": self.column_span}
        return place | {"text": self.text, "box": self.box.to_json(), "lines": list(self.lines)}


@dataclass(frozen=True, slots=True)
class Table:
    """Rows and columns of cells, which cover every place of the grid once.

    Attributes:
        rows: number of rows.
        columns: number of columns.
        cells: by row, then by column.
        ruled: whether rules separate the cells, so that empty cells and spans are known; else the alignment does.

    Raises:
        ValueError: cells overlap, or reach over the edge.

    Example:
        >>> box = Quad.rect(0, 0, 9, 9)
        >>> Table(1, 3, (Cell(0, 0, box, "a", column_span=2), Cell(0, 2, box, "b"))).grid()
        [['a', '', 'b']]
    """

    rows: int
    columns: int
    cells: tuple[Cell, ...]
    ruled: bool = False

    def __post_init__(self) -> None:
        places = [place for cell in self.cells for place in _places(cell)]
        if len(set(places)) < len(places) or any(r >= self.rows or c >= self.columns for r, c in places):
            raise ValueError("cells of a table overlap or reach over its edge")

    @property
    def has_spans(self) -> bool:
        """Whether any cell spans several rows or columns."""
        return any(cell.row_span > 1 or cell.column_span > 1 for cell in self.cells)

    def grid(self) -> list[list[str]]:
        """The text at each place, row by row; a spanning cell has its text at its first place."""
        texts = [[""] * self.columns for _ in range(self.rows)]
        for cell in self.cells:
            texts[cell.row][cell.column] = cell.text
        return texts

    def by_row(self) -> list[list[Cell]]:
        """The cells that begin in each row, from left to right."""
        rows: list[list[Cell]] = [[] for _ in range(self.rows)]
        for cell in sorted(self.cells, key=lambda cell: (cell.row, cell.column)):
            rows[cell.row].append(cell)
        return rows

    def transformed(self, matrix: Map) -> Table:
        """The table after a map."""
        return replace(self, cells=tuple(cell.transformed(matrix) for cell in self.cells))

    def to_json(self) -> dict[str, Any]:
        """``{"rows", "columns", "ruled", "cells"}``."""
        cells = [cell.to_json() for cell in self.cells]
        return {"rows": self.rows, "columns": self.columns, "ruled": self.ruled, "cells": cells}


def _places(cell: Cell) -> Sequence[tuple[int, int]]:
    rows, columns = range(cell.row, cell.row + cell.row_span), range(cell.column, cell.column + cell.column_span)
    return [(row, column) for row in rows for column in columns]
