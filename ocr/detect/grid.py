"""Ruled cells: where rules close boxes on an upright page, and the ink in them that the detector passed over.

The kernel of a short text between thick rules is small and faint, and the net misses many. Rules are found by
morphology (openings with long, flat kernels), cells are what they enclose, and ink in a cell that no region covers is
proposed as text; the recogniser decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import mean, median
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.detect import Region
from ocr.detect.dashes import dash_in
from ocr.detect.marks import components
from ocr.document import Matrix, Quad
from ocr.geometry import invert, multiply, rotation_matrix, skew_of

__all__ = ["Grid", "GridCell", "RuledPage", "ruled_page"]

Mask = NDArray[np.uint8]
Box = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels of the reduction."""

LONG_SIDE = 1700
"""Rules are searched on a reduction to about this many pixels, each as dark as the darkest that it stands for."""
WINDOW, DARKER = 41, 12
"""Ink is darker than the mean of a window of this many pixels by this many grey levels."""
DARK = 110
"""Pages with a darker median are looked at as negatives."""
SKEWED = 0.2
"""Degrees of skew from which on the reduction is straightened."""
SHORTEST = 1.6
"""Least length of a rule, in line heights."""
SHORT_RULE, THICK = 0.9, 0.35
"""Least length and greatest width of an upright rule that is held by level ones, in line heights."""
STROKE = 0.32
"""Least length of a stroke, in line heights."""
LEAST_CELL, FULL = 0.7, 0.8
"""Least side of a cell in line heights, and the least share of its box that it fills."""
SAME_RULE = 0.5
"""Edges of cells closer than this, in line heights, lie on one rule."""
TEXT_HEIGHT = (0.3, 2.2)
"""Least and greatest height of what may be a text line, in line heights."""
LETTER_GAP, LINE_GAP = 1.5, 0.12
"""Ink of one line has smaller gaps than this, along and across it, in line heights."""
RIM = 0.18
"""Margin around the ink of a line, as a share of its height."""
SHORT_BY, A_LETTER = 0.2, 0.8
"""A region that ends so many line heights before its line does has lost part of a letter, or one, and is drawn out."""
FOUND = 0.5
"""Score of a region that was found by its ink."""
SHORT = 3.0
"""Greatest length, in its heights, of a token that is shown with the room of its row."""
OF_ONE_ROW, LEAST_ROOM, MOST_ROOM = 0.5, 0.06, 0.5
"""Tokens of a row have their middles this close to each other; least and most room given to one, in line heights."""


@dataclass(frozen=True, slots=True)
class GridCell:
    """A cell between rules, its place in the grid, and how many rows and columns it spans."""

    box: Quad
    row: int
    column: int
    row_span: int = 1
    column_span: int = 1


@dataclass(frozen=True, slots=True)
class Grid:
    """Cells that share rules."""

    cells: tuple[GridCell, ...]
    rows: int
    columns: int

    @property
    def is_table(self) -> bool:
        """Whether it has rows and columns, and is no frame or ornament."""
        return self.rows > 1 and self.columns > 1

    def cell_at(self, x: float, y: float) -> GridCell | None:
        """The cell around a point of the page."""
        for cell in self.cells:
            left, top, right, bottom = cell.box.hull
            if left <= x <= right and top <= y <= bottom:
                return cell
        return None


@dataclass(frozen=True, slots=True, eq=False)
class RuledPage:
    """The grids of a page.

    Attributes:
        grids: from top to bottom; a single box is one of one cell.
        ink: (h, w) what is dark and no rule, reduced and deskewed.
        grey: (h, w) the page, reduced and deskewed, dark on light.
        dark: (h, w) what is dark.
        strokes: (h, w) the level and upright strokes of it, from a third of a line height on.
        matrix: maps pixels of ``ink`` to those of the page.
        size: height of a typical line in pixels of ``ink``.
    """

    grids: tuple[Grid, ...]
    ink: Mask
    grey: Mask
    dark: Mask
    strokes: Mask
    matrix: Matrix
    size: float

    def completed(self, regions: Sequence[Region]) -> tuple[list[Region], list[Region]]:
        """The page's regions, drawn out to the ink of their line in a cell; and the ink that none of them covers, as
        regions of one text line each. Short ones get the room above and below that others of their row take up: an m
        that fills its picture looks like any letter.
        """
        whole, found = self._with_ink(regions)
        if not self.grids:
            return whole, found
        roomy = self._roomy([*whole, *found])
        return roomy[: len(whole)], roomy[len(whole) :]

    def _with_ink(self, regions: Sequence[Region]) -> tuple[list[Region], list[Region]]:
        """The page's regions, drawn out; and the ink that none of them covers."""
        whole = list(regions)
        found = []
        back = invert(self.matrix)
        hulls = np.array([region.quad.transformed(back).hull for region in regions]).reshape(-1, 4)
        for table, cell in ((grid.is_table, cell) for grid in self.grids for cell in grid.cells):
            left, top, right, bottom = (max(0, round(v)) for v in cell.box.transformed(back).hull)
            part = self.ink[top:bottom, left:right]
            if not part.any():
                continue
            if table and (dash := dash_in(part, self.size)):
                x0, y0, x1, y1 = dash.box
                line = (left + x0, top + y0, left + x1, top + y1)
                there, region = _on(hulls, line), replace(self._region(line, surely=True), text=dash.text)
                if not len(there):
                    found.append(region)
                elif len(there) == 1 and hulls[there[0], 2] - hulls[there[0], 0] < right - left:
                    whole[there[0]] = region
                continue
            for x0, y0, x1, y1 in _lines(part, self.size):
                line = (left + x0, top + y0, left + x1, top + y1)
                there = _on(hulls, line)
                if not len(there):
                    found.append(self._region(line, surely=table))
                elif len(there) == 1:
                    k = int(there[0])
                    whole[k] = self._drawn_out(whole[k], hulls[k], line)
        return whole, found

    def _drawn_out(self, region: Region, hull: NDArray[np.float64], line: Box) -> Region:
        """A region that covers the whole of its line, if it was much too short."""
        left, top, right, bottom = hull.tolist()
        short = max(left - line[0], line[2] - right) / self.size
        inside = left > line[0] - self.size and right < line[2] + self.size  # not one that runs over several cells
        if not (SHORT_BY < short < A_LETTER and inside) or _is_steep(region):
            return region
        rim = RIM / 2 * (line[3] - line[1])
        box = Quad.rect(min(left, line[0] - rim), min(top, line[1]), max(right, line[2] + rim), max(bottom, line[3]))
        return replace(region, quad=box.transformed(self.matrix))

    def _roomy(self, regions: Sequence[Region]) -> list[Region]:
        """The regions, of which short ones in cells are as high as their row."""
        back = invert(self.matrix)
        roomy = list(regions)
        for grid in self.grids:
            rows: dict[int, list[tuple[int, Any]]] = {}
            for k, region in enumerate(regions):
                cell = grid.cell_at(*region.quad.center)
                if cell and cell.row_span == 1 and not _is_steep(region):
                    rows.setdefault(cell.row, []).append((k, np.array(region.quad.transformed(back).hull)))
            for row in (row for row in rows.values() if len(row) > 1):
                hulls = np.array([hull for _, hull in row])
                middles = (hulls[:, 1] + hulls[:, 3]) / 2
                for at, (k, (left, top, right, bottom)) in enumerate(row):
                    level = np.abs(middles - middles[at]) < OF_ONE_ROW * self.size
                    level[at] = False
                    if right - left > SHORT * (bottom - top) or not level.any():
                        continue
                    up, down = top - np.median(hulls[level, 1]), np.median(hulls[level, 3]) - bottom
                    if LEAST_ROOM * self.size < max(up, down) < MOST_ROOM * self.size:
                        box = Quad.rect(left, top - max(0.0, up), right, bottom + max(0.0, down))
                        roomy[k] = replace(regions[k], quad=box.transformed(self.matrix))
        return roomy

    def _region(self, line: Box, *, surely: bool) -> Region:
        x0, y0, x1, y1 = line
        rim = RIM * (y1 - y0)
        edges = (x0 - rim / 2, y0 - rim, x1 + rim / 2, y1 + rim)
        height, width = self.ink.shape
        limits = (width, height, width, height)
        box = Quad.rect(*(min(max(0.0, v), most) for v, most in zip(edges, limits, strict=True)))
        return Region(box.transformed(self.matrix), FOUND, leftover=not surely)


def ruled_page(page: NDArray[np.uint8], regions: Sequence[Region]) -> RuledPage:
    """The ruled grids of an upright (H, W) grey or (H, W, 3) RGB page.

    Args:
        page: upright; it may be skewed.
        regions: of its text, which tell the skew and the size of its type.
    """
    grey = page if page.ndim == 2 else cv2.cvtColor(page, cv2.COLOR_RGB2GRAY).astype(np.uint8)
    factor = max(1, round(max(grey.shape) / LONG_SIDE))
    if np.median(grey[::32, ::32]) < DARK:
        grey = cv2.bitwise_not(grey).astype(np.uint8, copy=False)
    height = median(region.quad.height for region in regions) if regions else 0.02 * max(grey.shape)
    size = max(6.0, height / factor)
    small = cv2.erode(grey, np.ones((factor, factor), np.uint8))[::factor, ::factor] if factor > 1 else grey
    matrix: Matrix = (factor, 0.0, 0.0, factor, 0.0, 0.0)
    angle = skew_of(region.quad for region in regions)
    if abs(angle) > SKEWED:
        tall, wide = small.shape
        turn = rotation_matrix(angle, (wide / 2, tall / 2))
        matrix = multiply(turn, matrix)
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        across = np.array(turn).reshape(3, 2).T
        small = cv2.warpAffine(small, across, (wide, tall), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    small = np.ascontiguousarray(small)
    by_mean = cv2.ADAPTIVE_THRESH_MEAN_C
    dark = np.asarray(cv2.adaptiveThreshold(small, 1, by_mean, cv2.THRESH_BINARY_INV, WINDOW, DARKER), np.uint8)
    long = max(12, round(SHORTEST * size))
    # One pixel to either side lets a rule climb by a pixel within the length of the kernel.
    flat, tall = cv2.dilate(dark, np.ones((3, 1), np.uint8)), cv2.dilate(dark, np.ones((1, 3), np.uint8))
    level = _opened(flat, 1, long)
    upright = _opened(tall, long, 1) | _held(dark, level, size)
    short = max(3, round(STROKE * size / 2)) * 2 + 1  # odd: others are shifted by a pixel
    strokes = _opened(flat, 1, short) | _opened(tall, short, 1)
    rules = np.asarray(cv2.dilate(level | upright, np.ones((3, 3), np.uint8)), np.uint8)
    grids = _grids(rules, size, matrix)
    ink = np.asarray(cv2.bitwise_and(dark, 1 - rules), np.uint8)
    return RuledPage(tuple(grids), ink, np.asarray(small, np.uint8), dark, np.asarray(strokes, np.uint8), matrix, size)


def _is_steep(region: Region) -> bool:
    """Whether its text runs up or down."""
    return 45 < abs(region.quad.angle) < 135


def _held(dark: Mask, level: Mask, size: float) -> Mask:
    """Short upright rules from one level rule to the next, as between the boxes of a comb."""
    held = np.zeros_like(dark)
    rows = np.flatnonzero(level.any(1))
    if not len(rows):
        return held
    top, bottom = max(0, int(rows[0]) - 2), int(rows[-1]) + 3
    short = _opened(cv2.dilate(dark[top:bottom], np.ones((1, 3), np.uint8)), max(8, round(SHORT_RULE * size)), 1)
    ends = cv2.dilate(level[top:bottom], np.ones((5, 3), np.uint8))
    outlines, _ = cv2.findContours(short, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    for x, y, w, h in map(cv2.boundingRect, outlines):
        column = ends[y : y + h, x : x + w]
        if h < 3 * size and w < THICK * size and column[:2].any() and column[-2:].any():
            held[top + y : top + y + h, x : x + w] |= short[y : y + h, x : x + w]
    return held


def _opened(mask: Any, height: int, width: int) -> Mask:
    """What a rectangle fits into."""
    return np.asarray(cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((height, width), np.uint8)), np.uint8)


def _grids(rules: Mask, size: float, matrix: Matrix) -> list[Grid]:
    # Outlines cost a tenth of the components that are needed once there is a table.
    outlines, _ = cv2.findContours(rules, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    sides = (cv2.boundingRect(outline)[2:] for outline in outlines)
    if not any(width >= 2 * size and height >= size for width, height in sides):
        return []
    labels, stats = components(rules)
    grids = []
    for label, (left, top, width, height, _) in enumerate(stats):
        if label == 0 or width < 2 * size or height < size:
            continue
        part = np.asarray(labels[top : top + height, left : left + width] == label, np.uint8)
        boxes = [
            (x + left - 1, y + top - 1, x + left + w + 1, y + top + h + 1)  # back to where the rules were not thickened
            for x, y, w, h in _holes(part, LEAST_CELL * size)
        ]
        grid = _grid(boxes, SAME_RULE * size, matrix) if boxes else None
        if grid:
            grids.append(grid)
    return sorted(grids, key=lambda grid: grid.cells[0].box.hull[1])


def _holes(rules: Mask, least: float) -> list[tuple[int, int, int, int]]:
    """What rules enclose: left, top, width, height. A table without rules at its sides is closed there."""
    framed = rules.copy()
    framed[0] = framed[-1] = 1
    framed[:, 0] = framed[:, -1] = 1
    _, _, stats, _ = cv2.connectedComponentsWithStats(1 - framed, connectivity=4)
    return [
        (int(x), int(y), int(w), int(h))
        for x, y, w, h, area in stats[1:]
        if min(w, h) >= least and area >= FULL * w * h
    ]


def _grid(boxes: Sequence[tuple[int, int, int, int]], same: float, matrix: Matrix) -> Grid | None:
    """Boxes as cells in rows and columns; the matrix maps boxes to the page. None if all are too thin to be cells."""
    columns = _edges([(box[0], box[2]) for box in boxes], same)
    rows = _edges([(box[1], box[3]) for box in boxes], same)
    cells = []
    taken: set[tuple[int, int]] = set()
    for left, top, right, bottom in sorted(boxes, key=lambda box: (rows[box[1]], columns[box[0]])):
        row, column = rows[top], columns[left]
        height, width = rows[bottom] - row, columns[right] - column
        places = {(row + r, column + c) for r in range(height) for c in range(width)}
        if places and not places & taken:  # no places: both edges lie at one rule
            taken |= places
            box = Quad.rect(left, top, right, bottom).transformed(matrix)
            cells.append(GridCell(box, row, column, height, width))
    if not cells:
        return None
    count = max(r for r, _ in taken) + 1, max(c for _, c in taken) + 1
    down, across = _positions(rows), _positions(columns)
    for row, column in sorted({(r, c) for r in range(count[0]) for c in range(count[1])} - taken):
        # A place that is no clean rectangle, because a rule is broken or something is printed over one.
        box = Quad.rect(across[column], down[row], across[column + 1], down[row + 1]).transformed(matrix)
        cells.append(GridCell(box, row, column))
    return Grid(tuple(sorted(cells, key=lambda cell: (cell.row, cell.column))), *count)


def _positions(numbers: dict[int, int]) -> list[float]:
    """Where each rule lies."""
    return [
        mean(value for value, own in numbers.items() if own == number) for number in range(max(numbers.values()) + 1)
    ]


def _edges(spans: Sequence[tuple[int, int]], same: float) -> dict[int, int]:
    """Number of the rule at which each start and end of a span lies."""
    values = sorted({value for span in spans for value in span})
    numbers, number, last = {}, 0, values[0]
    for value in values:
        number += value - last > same
        numbers[value], last = int(number), value
    return numbers


def _lines(ink: Mask, size: float) -> list[tuple[int, int, int, int]]:
    """Boxes of what may be text lines in a cell: left, top, right, bottom."""
    found = []
    for top, bottom in _runs(np.asarray(ink.any(1)), max(1, round(LINE_GAP * size))):
        if not TEXT_HEIGHT[0] * size <= bottom - top <= TEXT_HEIGHT[1] * size:
            continue
        for left, right in _runs(np.asarray(ink[top:bottom].any(0)), round(LETTER_GAP * size)):
            piece = np.flatnonzero(ink[top:bottom, left:right].any(1))
            up, down = top + int(piece[0]), top + int(piece[-1]) + 1
            if down - up >= TEXT_HEIGHT[0] * size and right - left >= 0.06 * size:
                found.append((left, up, right, down))
    return found


def _on(hulls: NDArray[np.float64], line: Box) -> NDArray[np.int64]:
    """Numbers of the hulls (N, 4) that overlap a line by a fifth of it at least, or by a third of themselves."""
    left, top, right, bottom = line
    across = (np.minimum(hulls[:, 2], right) - np.maximum(hulls[:, 0], left)).clip(0)
    down = (np.minimum(hulls[:, 3], bottom) - np.maximum(hulls[:, 1], top)).clip(0)
    own = (hulls[:, 2] - hulls[:, 0]) * (hulls[:, 3] - hulls[:, 1])
    share = across * down
    return np.flatnonzero((share > (right - left) * (bottom - top) / 5) | (share > own / 3))


def _runs(mask: NDArray[np.bool_], gap: int) -> list[tuple[int, int]]:
    """Start and end of each run of true values; runs with at most ``gap`` others between them are one."""
    places = np.flatnonzero(mask)
    if not len(places):
        return []
    cuts = np.flatnonzero(np.diff(places) > gap + 1)
    starts, ends = places[[0, *(cuts + 1)]], places[[*cuts, -1]] + 1
    return list(zip(starts.tolist(), ends.tolist(), strict=True))
