"""A page with a heading, a list and a table with spans, for the writers' tests."""

from __future__ import annotations

from ocr.document import Baseline, Block, Cell, Line, Page, Quad, Table

from .pages import SIZE, line_of, upright

TEXTS = (("Name", "Size & weight", None), ("Nut", "3 mm", "=1+1"), ("Bolt | M4", "", "0.5 g"))
"""Rows of the table; the second cell of the head spans two columns."""


def boxed(*lines: Line) -> Quad:
    """Around the lines."""
    left, top, right, bottom = zip(*(line.box.hull for line in lines), strict=True)
    return Quad.rect(min(left), min(top), max(right), max(bottom))


def table_block(top: float = 400) -> Block:
    """The table, ruled."""
    lines: list[Line] = []
    cells = []
    for row, texts in enumerate(TEXTS):
        for column, text in enumerate(texts):
            if text is None:
                continue
            left, up = 100 + 200 * column, top + 40 * row
            at: tuple[int, ...] = ()
            if text:
                at = (len(lines),)
                lines.append(line_of(text, left + 10, up + 10))
            span = 2 if text == "Size & weight" else 1
            box = Quad.rect(left, up, left + 200 * span, up + 40)
            cells.append(Cell(row, column, box, text, at, column_span=span))
    return Block("table", boxed(*lines), tuple(lines), Table(3, 3, tuple(cells), ruled=True))


def page_with_table(number: int = 1) -> Page:
    """The page."""
    title = line_of("# Parts_list", 100, 50, size=44)
    prose = [line_of("1. A first line of *prose*", 100, 150), line_of("and a second <one>", 100, 180)]
    prose[0] = Line(
        prose[0].text, 0.9, prose[0].box, prose[0].words, "crnn-test", Baseline((100.0, 166.0), (360.0, 167.0), 9.5)
    )
    items = [line_of("• glue", 100, 250), line_of("2) nails", 100, 280)]
    blocks = (
        Block("heading", boxed(title), (title,)),
        Block("par", boxed(*prose), tuple(prose)),
        *(Block("list", boxed(item), (item,)) for item in items),
        table_block(),
    )
    text = "\n\n".join(block.text for block in blocks)
    return Page(number, *SIZE, 100.0, blocks, text=text, matrix=upright(*SIZE))
