"""Docling's JSON: a ``DoclingDocument`` of docling-core, with the place of every item on its page."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePath
from typing import TYPE_CHECKING, BinaryIO

from ocr.document import Block, Engine, Page, Quad
from ocr.table import Table
from ocr.write.flow import heading_level, list_item, text_of
from ocr.write.markup import printable

if TYPE_CHECKING:
    from docling_core.types.doc import BoundingBox, DoclingDocument, ProvenanceItem, TableData
    from docling_core.types.doc.document import ListGroup

    from ocr.source import Source

__all__ = ["write"]


def write(pages: Iterable[Page], file: BinaryIO, source: Source, engine: Engine) -> None:
    """Write a document, once all pages are read."""
    from docling_core.types.doc import DoclingDocument, Size

    document = DoclingDocument(name=PurePath(source.name).stem)
    for page in pages:
        document.add_page(page_no=page.number, size=Size(width=page.width, height=page.height))
        items: ListGroup | None = None
        for block in page.blocks:
            items = (items or document.add_list_group()) if block.kind == "list" else None
            _add(document, block, page, items)
    file.write(document.model_dump_json(by_alias=True, exclude_none=True).encode("utf-8", "replace") + b"\n")
    file.flush()


def _add(document: DoclingDocument, block: Block, page: Page, items: ListGroup | None) -> None:
    from docling_core.types.doc import ContentLayer, DocItemLabel

    text = printable(text_of(block))
    place = _place(block, page, text)
    if block.table:
        document.add_table(_data(block.table), prov=place)
    elif items is not None:
        marker, rest = list_item(text)
        document.add_list_item(rest, bool(marker), marker or None, orig=text, prov=place, parent=items)
    elif block.kind == "heading" and heading_level(block, page) == 1:
        document.add_text(DocItemLabel.TITLE, text, prov=place)
    elif block.kind == "heading":
        document.add_heading(text, prov=place)
    elif block.kind in {"header", "footer"}:
        label = DocItemLabel.PAGE_HEADER if block.kind == "header" else DocItemLabel.PAGE_FOOTER
        document.add_text(label, text, prov=place, content_layer=ContentLayer.FURNITURE)
    else:
        document.add_text(DocItemLabel.PARAGRAPH, text, prov=place)


def _data(table: Table) -> TableData:
    from docling_core.types.doc import TableCell, TableData

    cells = [
        TableCell(
            text=printable(" ".join(cell.text.split("\n"))),
            row_span=cell.row_span,
            col_span=cell.column_span,
            start_row_offset_idx=cell.row,
            end_row_offset_idx=cell.row + cell.row_span,
            start_col_offset_idx=cell.column,
            end_col_offset_idx=cell.column + cell.column_span,
            column_header=cell.row == 0,
            bbox=_box(cell.box),
        )
        for cell in table.cells
    ]
    return TableData(num_rows=table.rows, num_cols=table.columns, table_cells=cells)


def _place(block: Block, page: Page, text: str) -> ProvenanceItem:
    from docling_core.types.doc import ProvenanceItem

    return ProvenanceItem(page_no=page.number, bbox=_box(block.box), charspan=(0, len(text)))


def _box(quad: Quad) -> BoundingBox:
    from docling_core.types.doc import BoundingBox, CoordOrigin

    left, top, right, bottom = quad.hull
    return BoundingBox(l=left, t=top, r=right, b=bottom, coord_origin=CoordOrigin.TOPLEFT)
