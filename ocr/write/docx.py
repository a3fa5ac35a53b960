"""Word documents: headings, paragraphs, lists and tables, without the look of the page."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import TYPE_CHECKING, BinaryIO

from ocr.document import Block, Engine, Page
from ocr.table import Table
from ocr.write.flow import heading_level, list_item, text_of
from ocr.write.markup import printable

if TYPE_CHECKING:
    from docx.document import Document as Docx

    from ocr.source import Source

__all__ = ["write"]


def write(pages: Iterable[Page], file: BinaryIO, source: Source, engine: Engine) -> None:
    """Write a document, once all pages are read; each page of the input begins a page."""
    import docx

    document: Docx = docx.Document()
    document.core_properties.title = printable(source.name)[:255]
    document.core_properties.author = ""
    document.core_properties.comments = ""
    for index, page in enumerate(pages):
        if index:
            document.add_page_break()
        for block in page.blocks:
            _add(document, block, page)
    content = io.BytesIO()  # the archive is written back and forth, which a pipe cannot do
    document.save(content)
    file.write(content.getvalue())
    file.flush()


def _add(document: Docx, block: Block, page: Page) -> None:
    if block.table:
        _add_table(document, block.table)
        return
    text = printable(text_of(block))
    if block.kind == "heading":
        document.add_heading(text, heading_level(block, page))
    elif block.kind == "list":
        marker, rest = list_item(text)
        # Word numbers by itself and from 1; a number that is printed stays as it is.
        document.add_paragraph(f"{marker}\t{rest}" if marker else rest, "List" if marker else "List Bullet")
    else:
        document.add_paragraph(text)


def _add_table(document: Docx, table: Table) -> None:
    made = document.add_table(table.rows, table.columns, "Table Grid")
    places = [list(row.cells) for row in made.rows]
    for cell in table.cells:
        place = places[cell.row][cell.column]
        if cell.row_span > 1 or cell.column_span > 1:
            place = place.merge(places[cell.row + cell.row_span - 1][cell.column + cell.column_span - 1])
        place.text = printable(cell.text)
