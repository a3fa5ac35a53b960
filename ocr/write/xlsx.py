"""The tables of a document as an Excel workbook: one sheet a table."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import TYPE_CHECKING, BinaryIO

from ocr.document import Engine, Page
from ocr.table import Table

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

    from ocr.source import Source

__all__ = ["write"]


def write(pages: Iterable[Page], file: BinaryIO, source: Source, engine: Engine) -> None:
    """Write a workbook, once all pages are read. All cells are text, as printed: no number or formula is guessed."""
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.active)
    for page in pages:
        tables = [block.table for block in page.blocks if block.table]
        for number, table in enumerate(tables, 1):
            _fill(book.create_sheet(f"page {page.number} table {number}"), table)
    if not book.worksheets:
        book.create_sheet("no tables")  # a workbook without sheets cannot be opened
    content = io.BytesIO()  # the archive is written back and forth, which a pipe cannot do
    book.save(content)
    file.write(content.getvalue())
    file.flush()


def _fill(sheet: Worksheet, table: Table) -> None:
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
    from openpyxl.styles import Alignment

    for cell in table.cells:
        row, column = cell.row + 1, cell.column + 1
        place = sheet.cell(row, column)
        place.value = ILLEGAL_CHARACTERS_RE.sub("\ufffd", cell.text) or None
        if place.value:
            place.data_type = "s"  # "=1+1" is text, not a formula
        place.alignment = Alignment(wrap_text="\n" in cell.text, vertical="top")
        if cell.row_span > 1 or cell.column_span > 1:
            sheet.merge_cells(
                start_row=row,
                start_column=column,
                end_row=row + cell.row_span - 1,
                end_column=column + cell.column_span - 1,
            )
