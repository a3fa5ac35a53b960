"""What separates the cells of a row: wide gaps and vertical rules. Every such decision is made here.

The evidence comes from detection: ``ocr.detect.gutters`` splits boxes that run over several cells, and
``ocr.detect.rules`` finds the gaps in which a vertical rule stands. Gaps are measured in line heights.
"""

from __future__ import annotations

from collections.abc import Sequence

from ocr.detect import Region
from ocr.detect.grid import RuledPage
from ocr.document import Line
from ocr.layout.columns import Segment

__all__ = ["Box", "are_cells", "are_one_line", "is_cell_break", "unread_cells"]

Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""

SAME_LINE = 0.7
"""Segments of a row closer than this are pieces of one line, unless a rule stands between them."""
CELL_GAP = 1.5
"""Segments of a row further apart than this are cells."""
RULED_GAP = 0.5
"""Segments closer than this that were not made one line have a rule between them."""


def are_one_line(before: Segment, after: Segment, ruled: Sequence[Box]) -> bool:
    """Whether two neighbouring segments of a row are pieces of one line.

    Args:
        before: the left one.
        after: the right one.
        ruled: gaps in which a vertical rule stands.
    """
    close = after.left - before.right < SAME_LINE * min(after.height, before.height)
    return close and not any(_stands_between(before, gap, after) for gap in ruled)


def are_cells(before: Segment, after: Segment, height: float) -> bool:
    """Whether the gap between two neighbouring segments of a row is one between cells of a table.

    Args:
        before: the left one.
        after: the right one.
        height: of the row's lines.
    """
    return after.left - before.right > CELL_GAP * height


def is_cell_break(before: Segment, after: Segment) -> bool:
    """Whether a tab, not a space, separates two neighbouring segments of a row in the page's text."""
    gap = after.left - before.right
    return gap > CELL_GAP * after.height or gap < RULED_GAP * min(before.height, after.height)


def _stands_between(before: Segment, gap: Box, after: Segment) -> bool:
    left, top, right, bottom = gap
    level = top < after.middle < bottom or top < before.middle < bottom
    middle = (left + right) / 2
    return level and before.right - before.height / 2 < middle < after.left + after.height / 2


def unread_cells(number: int, ruled: RuledPage, lost: Sequence[Region], lines: Sequence[Line]) -> tuple[str, ...]:
    """A warning about cells of ruled tables of a page that have ink, ``lost``, but no line."""
    count = 0
    for grid in ruled.grids:
        filled = {grid.cell_at(*line.box.center) for line in lines} - {None}
        if grid.is_table and len(filled) > 1:
            count += len({grid.cell_at(*region.quad.center) for region in lost} - filled - {None})
    cells = "1 ruled cell holds marks" if count == 1 else f"{count} ruled cells hold marks"
    return (f"page {number}: {cells} that could not be read",) if count else ()
