"""Markdown: headings, lists, tables, program code and paragraphs whose rows are those of the page.

A rule separates pages.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, BinaryIO

from ocr.document import Block, Engine, Page
from ocr.program_text import program_texts
from ocr.table import Cell, Table
from ocr.write.flow import heading_level, list_item, rows_of, text_of
from ocr.write.markup import clean

if TYPE_CHECKING:
    from ocr.source import Source

__all__ = ["table_html", "write"]

_ANYWHERE = re.compile(r"([\\`*_\[\]<>|~$&])")
_FIRST = re.compile(r"^([#+=>-]|\d+(?=[.)]))")


def write(pages: Iterable[Page], file: BinaryIO, source: Source, engine: Engine) -> None:
    """Write every page."""
    for index, page in enumerate(pages):
        codes = program_texts(page.blocks)
        parts = [
            _block(block, page) if code is None else _fenced(code)
            for block, code in zip(page.blocks, codes, strict=True)
        ]
        text = "\n\n".join(part for part in parts if part)
        file.write((("\n---\n\n" if index else "") + (text + "\n" if text else "")).encode("utf-8", "replace"))
        file.flush()


def _block(block: Block, page: Page) -> str:
    if block.table:
        return table_html(block.table) if block.table.has_spans else _pipes(block.table)
    if block.kind == "heading":
        return "#" * heading_level(block, page) + " " + _escaped(text_of(block))
    rows = rows_of(block)
    if block.kind == "list":
        marker, first = list_item(rows[0])
        number = marker.strip("().")
        # Markdown knows numbers alone; letters and Roman numerals stay in the text.
        start = f"{number}{marker[-1]} " if number.isdigit() else "- "
        first = first if number.isdigit() or not marker else f"{marker} {first}"
        return start + ("\n" + " " * len(start)).join(map(_escaped, [first, *rows[1:]]))
    return "\n".join(map(_escaped, rows))


def _fenced(code: str) -> str:
    """A piece of program code; nothing where it belongs to the piece before it."""
    fence = "```" if "```" not in code else "````"
    return f"{fence}\n{code}\n{fence}" if code else ""


def _escaped(text: str) -> str:
    """The text with backslashes before characters that Markdown would take for its own."""
    text = _ANYWHERE.sub(r"\\\1", " ".join(text.split()))
    found = _FIRST.match(text)
    if not found:
        return text
    end = found.end()
    return f"{text[:end]}\\{text[end:]}" if text[0].isdigit() else f"\\{text}"


def _pipes(table: Table) -> str:
    """A table of GitHub's kind; the first row is its head, as it must have one."""
    head, *rows = [[_cell(text) for text in row] for row in table.grid()]
    lines = [head, ["---"] * table.columns, *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _cell(text: str) -> str:
    return "<br>".join(_ANYWHERE.sub(r"\\\1", " ".join(part.split())) for part in text.split("\n"))


def table_html(table: Table) -> str:
    """A table as HTML, which has cells over several rows or columns.

    Example:
        >>> from ocr.document import Quad
        >>> table_html(Table(1, 2, (Cell(0, 0, Quad.rect(0, 0, 9, 9), "a & b", column_span=2),)))
        '<table>\\n<tr><td colspan="2">a &amp; b</td></tr>\\n</table>'
    """
    rows = ("<tr>" + "".join(map(_html_cell, row)) + "</tr>" for row in table.by_row())
    return "\n".join(["<table>", *rows, "</table>"])


def _html_cell(cell: Cell) -> str:
    across = f' colspan="{cell.column_span}"' if cell.column_span > 1 else ""
    down = f' rowspan="{cell.row_span}"' if cell.row_span > 1 else ""
    return f"<td{across}{down}>" + "<br>".join(map(clean, cell.text.split("\n"))) + "</td>"
