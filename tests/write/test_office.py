"""Markdown, Word, Excel, CSV and Docling: read back by the programs that they are for."""

from __future__ import annotations

import csv
import io
import sys

import docx
import openpyxl
import pytest
from docling_core.types.doc import DoclingDocument

from ocr.document import Block, Cell, Line, Page, Quad, Table
from ocr.errors import DependencyError, ExitCode
from ocr.source.page import Closed
from ocr.write import FORMATS, writer_for

from .pages import ENGINE, line_of, page_of, upright
from .tables import TEXTS, page_with_table

TEXT_GRID = [[text or "" for text in row] for row in TEXTS]


def written(format: str, *pages: Page) -> bytes:
    out = io.BytesIO()
    writer_for(format)(pages, out, Closed("parts.png", [page.number for page in pages]), ENGINE)
    return out.getvalue()


def test_markdown() -> None:
    assert written("md", page_with_table()).decode().split("\n\n") == [
        "# \\# Parts\\_list",
        "1\\. A first line of \\*prose\\*\nand a second \\<one\\>",
        "- glue",
        "2) nails",
        '<table>\n<tr><td>Name</td><td colspan="2">Size &amp; weight</td></tr>\n<tr><td>Nut</td><td>3 mm</td>'
        "<td>=1+1</td></tr>\n<tr><td>Bolt | M4</td><td></td><td>0.5 g</td></tr>\n</table>\n",
    ]


def test_markdown_table_without_spans_has_pipes() -> None:
    box = Quad.rect(0, 0, 9, 9)
    texts = (("a", "b|c"), ("two\nlines", ""))
    cells = tuple(Cell(r, c, box, text) for r, row in enumerate(texts) for c, text in enumerate(row))
    block = Block("table", box, (Line("a", 1.0, box),), Table(2, 2, cells))
    page = Page(1, 9, 9, 300.0, (block,))
    assert written("md", page, page_of([line_of("next", 0, 0)], number=2, matrix=upright(9, 9))).decode() == (
        "| a | b\\|c |\n| --- | --- |\n| two<br>lines |  |\n\n---\n\nnext\n"
    )


def test_word_document() -> None:
    document = docx.Document(io.BytesIO(written("docx", page_with_table(), page_with_table(2))))
    found = [(paragraph.style.name, paragraph.text) for paragraph in document.paragraphs[:4]]
    assert found == [
        ("Heading 1", "# Parts_list"),
        ("Normal", "1. A first line of *prose* and a second <one>"),
        ("List Bullet", "glue"),
        ("List", "2)\tnails"),
    ]
    assert len(document.tables) == 2
    rows = [[cell.text for cell in row.cells] for row in document.tables[0].rows]
    assert rows == [["Name", "Size & weight", "Size & weight"], ["Nut", "3 mm", "=1+1"], ["Bolt | M4", "", "0.5 g"]]


def test_csv_of_two_tables() -> None:
    rows = list(csv.reader(io.StringIO(written("csv", page_with_table(), page_with_table(2)).decode(), newline="")))
    assert rows == [*TEXT_GRID, [], *TEXT_GRID]


def test_excel_workbook() -> None:
    book = openpyxl.load_workbook(io.BytesIO(written("xlsx", page_with_table(), page_with_table(2))))
    assert book.sheetnames == ["page 1 table 1", "page 2 table 1"]
    sheet = book.worksheets[0]
    assert [[cell.value or "" for cell in row] for row in sheet.iter_rows()] == TEXT_GRID
    assert [str(area) for area in sheet.merged_cells.ranges] == ["B1:C1"]
    assert sheet["C2"].data_type == "s"


def test_excel_workbook_without_tables() -> None:
    assert openpyxl.load_workbook(io.BytesIO(written("xlsx"))).sheetnames == ["no tables"]


def test_docling_reads_its_own() -> None:
    page = page_with_table()
    document = DoclingDocument.model_validate_json(written("docling", page))
    assert (document.name, document.num_pages()) == ("parts", 1)
    [table] = document.tables
    assert (table.data.num_rows, table.data.num_cols) == (3, 3)
    assert table.prov[0].page_no == 1
    text = document.export_to_markdown(escape_html=False, escape_underscores=False)
    for part in ("# Parts_list", "A first line of", "and a second <one>", "glue", "nails", "Size & weight", "0.5 g"):
        assert part in text


@pytest.mark.parametrize("format", [format.name for format in FORMATS.values() if format.needs])
def test_a_missing_package_is_named(format: str, monkeypatch: pytest.MonkeyPatch) -> None:
    needs = FORMATS[format].needs
    for name in [name for name in sys.modules if name.partition(".")[0] == needs]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "path", [])
    monkeypatch.setattr(sys, "path_importer_cache", {})
    with pytest.raises(DependencyError, match=rf"pip install 'ocr\[{FORMATS[format].extra}\]'") as error:
        writer_for(format)
    assert error.value.exit_code is ExitCode.MISSING_DEPENDENCY
