"""Pages from right to left: columns, rows and cells begin at the right."""

from __future__ import annotations

from ocr.detect.grid import Grid, GridCell
from ocr.document import Line, Quad, Word
from ocr.layout import lay_out, page_text
from ocr.layout.right_to_left import mirrored_line


def line(text: str, left: float, top: float, width: float = 300) -> Line:
    box = Quad.rect(left, top, left + width, top + 30)
    return Line(text, 0.9, box, (Word(text, 0.9, box),), "tesseract")


def test_the_right_column_comes_first() -> None:
    rows = range(6)
    lines = [line(f"שמאל{i}", 100, 100 + 50 * i) for i in rows] + [line(f"ימין{i}", 600, 100 + 50 * i) for i in rows]
    blocks = lay_out(lines, 1000, 600)
    found = [line.text for block in blocks for line in block.lines]
    assert found == [f"ימין{i}" for i in rows] + [f"שמאל{i}" for i in rows]
    assert page_text(blocks).split() == found
    assert {round(line.box.hull[0], -1) for block in blocks for line in block.lines} == {100, 600}


def test_a_row_begins_at_the_right() -> None:
    blocks = lay_out([line("שלום", 300, 100, 100), line("עולם", 180, 100, 100)], 800, 300)
    assert page_text(blocks) == "שלום עולם"


def test_the_first_column_of_a_ruled_table_is_the_rightmost() -> None:
    boxes = {
        (r, c): Quad.rect(100 + 200 * c, 100 + 60 * r, 300 + 200 * c, 160 + 60 * r) for r in (0, 1) for c in (0, 1)
    }
    grid = Grid(tuple(GridCell(box, r, c) for (r, c), box in boxes.items()), 2, 2)
    lines = [line(f"תא{r}{c}", 120 + 200 * c, 115 + 60 * r, 120) for r in (0, 1) for c in (0, 1)]
    [block] = lay_out(lines, 600, 300, grids=[grid])
    assert block.table is not None
    assert block.table.grid() == [["תא01", "תא00"], ["תא11", "תא10"]]
    assert {(c.column, c.box.hull[0]) for c in block.table.cells} == {(0, 300), (1, 100)}


def test_two_mirrors_are_none() -> None:
    before = line("שלום", 300, 100)
    assert mirrored_line(mirrored_line(before, 1000), 1000) == before
