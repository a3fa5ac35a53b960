"""Pages written from right to left: they are laid out as their mirror image, whose order is that of other pages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ocr.detect.grid import Grid
from ocr.document import Block, Line, Quad
from ocr.recognize.script import is_right_to_left

__all__ = ["mirrored_block", "mirrored_grid", "mirrored_line", "mirrored_quad", "reads_from_right"]


def reads_from_right(lines: Iterable[Line]) -> bool:
    """Whether most lines of a page are written from right to left."""
    backward = [is_right_to_left(line.text) for line in lines]
    return 2 * sum(backward) > len(backward)


def mirrored_quad(quad: Quad, width: float) -> Quad:
    """A quad in the mirror image of a page of ``width`` pixels; its text is taken to run to the right again."""
    a, b, c, d = ((width - x, y) for x, y in quad.points)
    return Quad((b, a, d, c))


def mirrored_line(line: Line, width: float) -> Line:
    """A line and its words in the mirror image."""
    words = tuple(
        replace(
            word,
            box=mirrored_quad(word.box, width),
            chars=tuple(replace(char, box=mirrored_quad(char.box, width)) for char in word.chars),
        )
        for word in line.words
    )
    baseline = line.baseline
    if baseline:
        start, end = ((width - x, y) for x, y in (baseline.end, baseline.start))
        baseline = replace(baseline, start=start, end=end)
    return replace(line, box=mirrored_quad(line.box, width), words=words, baseline=baseline)


def mirrored_grid(grid: Grid, width: float) -> Grid:
    """Ruled cells in the mirror image, where the first column is the rightmost."""
    cells = tuple(
        replace(
            cell,
            box=mirrored_quad(cell.box, width),
            column=grid.columns - cell.column - cell.column_span,
        )
        for cell in grid.cells
    )
    return replace(grid, cells=cells)


def mirrored_block(block: Block, width: float) -> Block:
    """A block and its lines in the mirror image; the columns of its table are counted as they were."""
    table = block.table
    if table:
        table = replace(table, cells=tuple(replace(c, box=mirrored_quad(c.box, width)) for c in table.cells))
    lines = tuple(mirrored_line(line, width) for line in block.lines)
    return replace(block, box=mirrored_quad(block.box, width), lines=lines, table=table)
