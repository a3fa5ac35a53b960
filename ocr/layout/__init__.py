"""Layout: lines in any order become blocks in reading order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ocr.detect.grid import Grid
from ocr.document import Block, Line, Matrix, Quad
from ocr.geometry import multiply, rotation_matrix, skew_of
from ocr.layout.blocks import Row, blocks_of, rows_of, take_margins
from ocr.layout.cells import is_cell_break
from ocr.layout.columns import Segment, read_order
from ocr.layout.initials import with_initials
from ocr.layout.right_to_left import (
    mirrored_block,
    mirrored_grid,
    mirrored_line,
    mirrored_quad,
    reads_from_right,
)
from ocr.layout.spacing import to_line
from ocr.layout.tables import reads_by_cells, table_text, with_ruled_tables
from ocr.program_text import program_texts

__all__ = ["lay_out", "page_text", "to_line"]


def lay_out(
    lines: Sequence[Line], width: float, height: float, ruled: Sequence[Quad] = (), grids: Sequence[Grid] = ()
) -> tuple[Block, ...]:
    """Blocks of a page in reading order. Text that runs in other directions than most of it follows, on its own.

    Args:
        lines: in any order; a row may consist of several.
        width: of the page, pixels.
        height: of the page, pixels.
        ruled: gaps between neighbouring lines of a row in which a vertical rule stands: those are separate cells.
        grids: of cells that rules enclose.
    """
    lines = with_initials(lines, [grid.cells[0].box for grid in grids if len(grid.cells) == 1])
    if reads_from_right(lines):
        mirror = [mirrored_line(line, width) for line in lines]
        gaps = [mirrored_quad(quad, width) for quad in ruled]
        blocks = _lay_out(mirror, width, height, gaps, [mirrored_grid(grid, width) for grid in grids])
        return tuple(mirrored_block(block, width) for block in blocks)
    return _lay_out(lines, width, height, ruled, grids)


def _lay_out(
    lines: Sequence[Line], width: float, height: float, ruled: Sequence[Quad] = (), grids: Sequence[Grid] = ()
) -> tuple[Block, ...]:
    direction = direction_of(lines)
    across = [line for line in lines if _quarter(line.box.angle - direction)]
    if across:
        along = [line for line in lines if not _quarter(line.box.angle - direction)]
        return (*_lay_out(along, width, height, ruled, grids), *_lay_out(across, width, height))
    sideways = round(direction / 90) % 2 == 1
    extent = width if sideways else height
    turn = rotation_matrix(-direction, (width / 2, height / 2))
    turn = multiply(turn, (1, 0, 0, 1, 0, (extent - height) / 2))
    segments = _straight(lines, turn)
    gaps = [gap.transformed(turn).hull for gap in ruled]
    header, body, footer = take_margins(rows_of(segments), extent)
    parts = [(segments_of(header), "header")]
    parts += [(part, "") for part in read_order(segments_of(body))]
    parts += [(segments_of(footer), "footer")]
    blocks = [block for part, kind in parts for block in blocks_of(rows_of(part, gaps), kind)]
    return with_ruled_tables(blocks, grids)


def segments_of(rows: Iterable[Row]) -> list[Segment]:
    """All segments of some rows."""
    return [segment for row in rows for segment in row.segments]


def page_text(blocks: Iterable[Block]) -> str:
    """The text of a page: one line a row; a tab separates the cells of a row, an empty line the blocks.

    Program code keeps the spaces that its lines begin with.
    """
    parts = list(blocks)
    if reads_from_right(line for block in parts for line in block.lines):
        parts = [mirrored_block(block, 0) for block in parts]
    direction = direction_of([line for block in parts for line in block.lines])
    codes = program_texts(parts)
    texts = (_block_text(block, direction) if code is None else code for block, code in zip(parts, codes, strict=True))
    return "\n\n".join(text for text, code in zip(texts, codes, strict=True) if code != "")


def direction_of(lines: Sequence[Line]) -> float:
    """Direction of most of the text in degrees: the nearest multiple of 90, plus the skew."""
    turns = [0.0] * 4
    for line in lines:
        turns[round(line.box.angle / 90) % 4] += line.box.width
    return 90.0 * turns.index(max(turns)) + skew_of(line.box for line in lines)


def _quarter(degrees: float) -> int:
    """The quarter turn nearest to an angle: 0 to 3."""
    return round(degrees / 90) % 4


def _block_text(block: Block, direction: float) -> str:
    own = direction_of(block.lines)
    turn = rotation_matrix(-(own if _quarter(own - direction) else direction))
    if block.table and reads_by_cells(block.table):
        return table_text(block.table)
    text, previous = "", None
    for s in _straight(block.lines, turn):
        if previous is not None:
            gap = s.left - previous.right
            level = abs(s.middle - previous.middle) < 0.5 * max(s.height, previous.height)
            beside = level and gap > -0.5 * min(s.width, previous.width)
            text += ("\t" if is_cell_break(previous, s) else " ") if beside else "\n"
        text += s.line.text
        previous = s
    return text


def _straight(lines: Iterable[Line], turn: Matrix) -> list[Segment]:
    """Lines with their upright boxes after a turn."""
    return [Segment(line, *line.box.transformed(turn).hull) for line in lines]
