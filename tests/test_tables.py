"""Lines in ruled cells and in aligned columns become tables."""

from __future__ import annotations

import random

import pytest

from ocr.detect.grid import Grid, GridCell
from ocr.document import Block, Cell, Line, Quad, Table
from ocr.layout import lay_out, page_text

WIDTH, HEIGHT = 900, 1400
LETTER, TALL = 10, 20


def at(x: float, y: float, text: str) -> Line:
    return Line(text, 0.9, Quad.rect(x, y, x + LETTER * len(text), y + TALL))


def grid(rows: int, columns: int, left: float = 100, top: float = 200, wide: float = 200, tall: float = 80) -> Grid:
    cells = tuple(
        GridCell(Quad.rect(left + c * wide, top + r * tall, left + (c + 1) * wide, top + (r + 1) * tall), r, c)
        for r in range(rows)
        for c in range(columns)
    )
    return Grid(cells, rows, columns)


def test_lines_in_ruled_cells() -> None:
    above, below = at(100, 170, "A line above the table"), at(100, 500, "A line below the table")
    cells = [at(110, 210, "one"), at(310, 210, "two"), at(110, 290, "three"), at(510, 370, "nine")]
    blocks = lay_out([above, *cells, below], WIDTH, HEIGHT, (), [grid(3, 3)])
    assert [block.kind for block in blocks] == ["par", "table", "par"]
    table = blocks[1].table
    assert table and table.ruled
    assert table.grid() == [["one", "two", ""], ["three", "", ""], ["", "", "nine"]]
    assert [blocks[1].lines[k].text for cell in table.cells for k in cell.lines] == ["one", "two", "three", "nine"]
    assert table.cells[0].box.hull == (100, 200, 300, 280)


def test_wrapped_text_of_a_ruled_cell_stays_together() -> None:
    lines = [at(110, 205, "first part"), at(110, 240, "second part"), at(310, 222, "beside"), at(110, 290, "next")]
    [block] = lay_out([*lines, at(310, 290, "last")], WIDTH, HEIGHT, (), [grid(2, 2)])
    assert page_text([block]) == "first part second part\tbeside\nnext\tlast"
    assert block.table and block.table.cells[0].text == "first part\nsecond part"


def test_a_frame_is_no_table() -> None:
    lines = [at(110, 210 + 30 * k, "text in a frame") for k in range(4)]
    [block] = lay_out(lines, WIDTH, HEIGHT, (), [grid(1, 1, wide=600, tall=200)])
    assert (block.kind, block.table) == ("par", None)


def test_aligned_rows_have_columns_and_spans() -> None:
    rows = [("Item", "Weight", "Price"), *((f"thing {i}", f"{i} kg", f"{i}.50") for i in range(4))]
    places = [(80, 400, 700)[k % 3] for k in range(15)]
    lines = [at(x, 300 + 30 * (k // 3), rows[k // 3][k % 3]) for k, x in enumerate(places)]
    lines += [at(80, 450, "sum"), at(420, 450, "of weight, price and all others")]
    [block] = lay_out(lines, WIDTH, HEIGHT)
    table = block.table
    assert table and not table.ruled
    assert (table.rows, table.columns) == (6, 3)
    assert table.grid()[:5] == [list(row) for row in rows]
    assert [(cell.column, cell.column_span) for cell in table.cells if cell.row == 5] == [(0, 1), (1, 2)]


def test_prose_has_no_table() -> None:
    blocks = lay_out([at(80, 200 + 30 * i, "a line of prose that goes on and on") for i in range(6)], WIDTH, HEIGHT)
    assert all(block.table is None for block in blocks)


def test_a_table_moves_with_its_block() -> None:
    box = Quad.rect(0, 0, 10, 10)
    block = Block("table", box, (at(0, 0, "a"),), Table(1, 1, (Cell(0, 0, box, "a", (0,)),)))
    moved = block.transformed((1, 0, 0, 1, 5, 7)).table
    assert moved and moved.cells[0].box.hull == (5, 7, 15, 17)
    assert block.to_json()["table"] == {
        "rows": 1,
        "columns": 1,
        "ruled": False,
        "cells": [
            {
                "row": 0, "column": 0, "row_span": 1, "column_span": 1, "text": "a",
                "box": [[0, 0], [10, 0], [10, 10], [0, 10]], "lines": [0],
            }
        ],
    }  # fmt: skip


def test_overlapping_cells_are_refused() -> None:
    box = Quad.rect(0, 0, 10, 10)
    with pytest.raises(ValueError, match="overlap"):
        Table(1, 2, (Cell(0, 0, box, column_span=2), Cell(0, 1, box)))
    with pytest.raises(ValueError, match="edge"):
        Table(1, 1, (Cell(0, 0, box, row_span=2),))


def table_of(*rows: tuple[float, dict[int, str]]) -> Table:
    """The table of lines without rules: each row with its height on the page, and texts by their left edges."""
    [table] = [
        block.table
        for block in lay_out([at(x, y, text) for y, row in rows for x, text in row.items()], WIDTH, HEIGHT)
        if block.table
    ]
    return table


def regions(rows: int, pitch: float) -> Table:
    """Two regions, each in the middle of as many rows as given, under a row of heads."""
    cities = [(300 + pitch * (k + 1), {300: f"city {k}", 550: f"{k}4 kg"}) for k in range(2 * rows)]
    middle = (rows + 1) / 2
    labels = [(300 + pitch * (middle + k * rows), {80: name}) for k, name in enumerate(("north", "south"))]
    return table_of((300, {80: "region", 300: "city", 550: "weight"}), *cities, *labels)


@pytest.mark.parametrize("pitch", [40.0, 55.0])
@pytest.mark.parametrize("rows", [2, 3, 4, 5])
def test_cells_in_the_middle_of_rows_span_them(rows: int, pitch: float) -> None:
    table = regions(rows, pitch)
    spans = [(cell.text, cell.row, cell.row_span) for cell in table.cells if cell.column == 0]
    assert spans == [("region", 0, 1), ("north", 1, rows), ("south", 1 + rows, rows)]
    assert table.rows == 1 + 2 * rows and not table.ruled
    assert [cell.text for cell in table.cells if cell.column == 1] == ["city", *(f"city {k}" for k in range(2 * rows))]


def test_heads_of_groups_of_rows_span_nothing() -> None:
    rows = [
        (300 + 40 * k, {300: f"city {k}", 550: f"{k}4 kg"} | ({80: f"head {k}"} if k % 3 == 1 else {}))
        for k in range(7)
    ]
    assert not table_of(*rows).has_spans


def labelled(*tall: int, head: str = "region") -> Table:
    """Labels at the top of as many rows as given, under a row of heads."""
    tops = [1 + sum(tall[:k]) for k in range(len(tall))]
    rows = [
        (300 + 40 * k, {300: f"city {k}", 550: f"{k}4 kg"} | ({80: f"label {k}"} if k in tops else {}))
        for k in range(1, 1 + sum(tall))
    ]
    return table_of((300, ({80: head} if head else {}) | {300: "city", 550: "weight"}), *rows)


@pytest.mark.parametrize("head", ["region", ""])
@pytest.mark.parametrize("tall", [(2, 3), (3, 2, 2), (2, 4, 3)])
def test_labels_at_the_top_of_rows_span_them(tall: tuple[int, ...], head: str) -> None:
    table = labelled(*tall, head=head)
    spans = [cell.row_span for cell in table.cells if cell.column == 0 and cell.row]
    assert spans == list(tall) and table.rows == 1 + sum(tall)


@pytest.mark.parametrize("tall", [(1, 1, 1, 2), (3, 1, 2), (6,)])
def test_a_sum_or_a_lone_row_without_a_label_is_not_spanned(tall: tuple[int, ...]) -> None:
    assert not labelled(*tall).has_spans


def test_text_that_goes_on_in_one_column_is_not_spanned() -> None:
    rows = [
        (300 + 40 * k, {300: f"text {k}", 700: f"more {k}"} | ({80: f"label {k}", 500: f"{k}5"} if k % 2 else {}))
        for k in range(1, 7)
    ]
    assert not table_of((300, {80: "label", 300: "text", 500: "kg", 700: "more"}), *rows).has_spans


def test_a_cell_between_rows_that_do_not_come_out_even_spans_two() -> None:
    rows = [(300 + 40 * k, {300: f"city {k}", 550: f"{k}4 kg"}) for k in range(7)]
    table = table_of(*rows, (420 - 20, {80: "middle"}))
    assert [(cell.row, cell.row_span) for cell in table.cells if cell.text == "middle"] == [(2, 2)]


@pytest.mark.parametrize("seed", range(40))
def test_no_text_is_lost_in_tables_of_any_kind(seed: int) -> None:
    chance = random.Random(seed)
    lines = [
        at(x, 300 + 20 * k + chance.randrange(6), f"{chance.choice('abc')}{k}x{x}")
        for k in range(16)
        for x in (80, 300, 550)
        if chance.random() < (0.9 if k % 2 == 0 else 0.2)
    ]
    blocks = lay_out(lines, WIDTH, HEIGHT)
    assert sorted(line.text for block in blocks for line in block.lines) == sorted(line.text for line in lines)
    for block in blocks:
        if block.table:
            cells = [word for cell in block.table.cells for word in cell.text.split()]
            assert sorted(cells) == sorted(line.text for line in block.lines)
            assert sorted(k for cell in block.table.cells for k in cell.lines) == list(range(len(block.lines)))


@pytest.mark.parametrize("place", [0.0, 0.5])
@pytest.mark.parametrize("tall", [(3, 2, 3), (2, 3, 5)])
def test_labels_span_their_rows_where_each_group_is_a_table_of_its_own(tall: tuple[int, ...], place: float) -> None:
    lines, y = [at(80, 300, "region"), at(300, 300, "city"), at(550, 300, "weight")], 340.0
    for group, rows in enumerate(tall):
        lines.append(at(80, y + place * 40 * (rows - 1), f"label {group}"))
        lines += [at(x, y + 40 * k, f"{text} {k}") for k in range(rows) for x, text in ((300, "city"), (550, "12 kg"))]
        y += 40 * rows + 70
    tables = [block.table for block in lay_out(lines, WIDTH, HEIGHT)]
    found = [[(c.row, c.row_span, c.text) for c in t.cells if c.column == 0 and c.row_span > 1] for t in tables if t]
    assert len(tables) == len(tall)
    assert found == [[(int(not group), rows, f"label {group}")] for group, rows in enumerate(tall)]
    for table, block in zip(tables, lay_out(lines, WIDTH, HEIGHT), strict=True):
        assert table and all(block.lines[n].text == cell.text for cell in table.cells for n in cell.lines)


def test_tables_of_other_columns_do_not_share_labels() -> None:
    lines = [at(x, 300 + 40 * k, f"{text} {k}") for k in range(3) for x, text in ((300, "city"), (550, "12 kg"))]
    lines += [at(80, 300, "first"), at(80, 600, "second")]
    lines += [at(x, 600 + 40 * k, f"more {k}") for k in range(3) for x in (300, 450, 600)]
    assert not any(block.table and block.table.has_spans for block in lay_out(lines, WIDTH, HEIGHT))
