"""Combs: boxes for one character each, side by side, as forms have them for numbers and names.

The rules between the boxes are read as letters. A comb is a row of narrow cells of one width; what stands in them is
one line of text, and is shown to the recogniser without the rules.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ocr.detect.grid import Grid, GridCell
from ocr.document import Quad
from ocr.percentiles import percentiles

__all__ = ["Comb", "CombPicture", "comb_picture", "combs_of"]

FEWEST = 4
"""Least number of boxes."""
NARROW = (0.4, 1.35)
"""Least and greatest width of a box in its heights."""
ALIKE = 0.2
"""Greatest deviation of the width of a box, as a share of the usual one."""
INNER = 0.09
"""Share of a box at each side that may be its rule."""
GAP = 0.16
"""Distance between characters in the picture, in its heights."""
ROOM = 0.25
"""Room above and below the characters in the picture, in heights of them."""
CONTRAST, LEAST_INK = 40, 0.015
"""Least difference of ink and paper in grey levels, and least share of a box that is ink where it holds a character."""
LEVEL = 1.5
"""Greatest slope of a comb, in degrees."""


@dataclass(frozen=True, slots=True)
class Comb:
    """The boxes of a comb from left to right."""

    cells: tuple[GridCell, ...]

    @property
    def box(self) -> Quad:
        """Around all of them."""
        hulls = np.array([cell.box.hull for cell in self.cells])
        return Quad.rect(*hulls[:, :2].min(0).tolist(), *hulls[:, 2:].max(0).tolist())


@dataclass(frozen=True, slots=True, eq=False)
class CombPicture:
    """The characters of a comb as a line of text.

    Attributes:
        pixels: (H, W) grey.
        quad: from the first to the last box that holds a character, on the page.
        columns: first and last column + 1 of each of these boxes in ``pixels``; -1, -1 of empty ones.
    """

    pixels: NDArray[np.uint8]
    quad: Quad
    columns: tuple[tuple[int, int], ...]

    def box_at(self, share: float) -> int:
        """Number of the box with a character that is nearest to a share of the picture's width."""
        at = share * self.pixels.shape[1]
        filled = [k for k, (first, _) in enumerate(self.columns) if first >= 0]
        return min(filled, key=lambda k: abs(sum(self.columns[k]) / 2 - at))

    @property
    def outline(self) -> Quad:
        """Of the whole picture."""
        return Quad.rect(0, 0, self.pixels.shape[1], self.pixels.shape[0])

    @property
    def filled(self) -> int:
        """Number of boxes that hold a character."""
        return sum(first >= 0 for first, _ in self.columns)


def combs_of(grids: Sequence[Grid]) -> list[Comb]:
    """The grids of one row that are combs."""
    found = []
    for grid in grids:
        widths = np.array([cell.box.width for cell in grid.cells])
        heights = np.array([cell.box.height for cell in grid.cells])
        if grid.rows != 1 or len(widths) < FEWEST or abs(grid.cells[0].box.angle) > LEVEL:
            continue
        usual = float(np.median(widths))
        narrow = NARROW[0] <= usual / float(np.median(heights)) <= NARROW[1]
        if narrow and (np.abs(widths - usual) <= ALIKE * usual).all():
            found.append(Comb(tuple(sorted(grid.cells, key=lambda cell: cell.box.hull[0]))))
    return found


def comb_picture(comb: Comb, grey: NDArray[np.uint8]) -> CombPicture | None:
    """The characters of a comb next to each other; None where fewer than two boxes hold any.

    Args:
        comb: on the page.
        grey: the page, (H, W).
    """
    parts = [_inside(cell.box, grey) for cell in comb.cells]
    strip = np.concatenate([part.ravel() for part in parts])
    dark, paper = percentiles(strip, 1, 70)
    if paper - dark < CONTRAST:
        return None
    inks = [part < (dark + paper) / 2 for part in parts]
    filled = [k for k, ink in enumerate(inks) if ink.mean() > LEAST_INK]
    if len(filled) < 2:
        return None
    tall = min(len(part) for part in parts)
    rows = np.flatnonzero(np.any([inks[k][:tall].any(1) for k in filled], axis=0))
    room = round(ROOM * (rows[-1] + 1 - rows[0]))
    top, bottom = max(0, int(rows[0]) - room), min(tall, int(rows[-1]) + 1 + room)
    gap = np.full((bottom - top, max(1, round(GAP * (bottom - top)))), round(paper), np.uint8)
    pieces, columns, at = [gap], list[tuple[int, int]](), gap.shape[1]
    for k in range(filled[0], filled[-1] + 1):
        found = np.flatnonzero(inks[k].any(0)) if k in filled else np.zeros(0, int)
        piece = parts[k][top:bottom, found[0] : found[-1] + 1] if len(found) else np.repeat(gap, 3, axis=1)
        pieces += [piece, gap]
        columns.append((at, at + piece.shape[1]) if len(found) else (-1, -1))
        at += piece.shape[1] + gap.shape[1]
    used = comb.cells[filled[0] : filled[-1] + 1]
    left, right = used[0].box.hull[0], used[-1].box.hull[2]
    inset = INNER * used[0].box.height + used[0].box.hull[1]
    quad = Quad.rect(left, inset + top, right, inset + bottom)
    return CombPicture(np.concatenate(pieces, axis=1), quad, tuple(columns))


def _inside(box: Quad, grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A box without its rules."""
    left, top, right, bottom = box.hull
    across, down = INNER * (right - left), INNER * (bottom - top)
    x0, y0 = max(0, round(left + across)), max(0, round(top + down))
    return grey[y0 : max(y0 + 1, round(bottom - down)), x0 : max(x0 + 1, round(right - across))]
