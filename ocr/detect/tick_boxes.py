"""Tick boxes of forms: small square frames beside text or in a cell, empty or marked.

The recogniser would read their frames as letters. They are found by the openings with short, flat kernels that leave
their sides and take the mark away, and they stand alone, which tells them from letters (II with serifs, O, D). What
stands before and behind a box on its line become lines of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.detect import Region
from ocr.detect.grid import RuledPage
from ocr.detect.marks import components
from ocr.document import Quad
from ocr.geometry import invert

__all__ = ["EMPTY", "MARKED", "TickBox", "tick_boxes", "with_tick_boxes"]

Mask = NDArray[np.uint8]
Box = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels of the reduction."""

Read = Callable[[Sequence[Quad]], Sequence[tuple[str, float]]]

EMPTY, MARKED = "☐", "☑"
"""How they are written."""

SIDE = (0.4, 2.2)
"""Least and greatest side in line heights: 2 to 5 mm beside type of 8 to 12 points."""
LEAST_SIDE = 8
"""The same in pixels of the reduction."""
LEAST_INSIDE = 3
"""The same of what is inside."""
SQUARE = 0.8
"""Least ratio of the sides."""
WITH_MARK = 0.65
"""Least share of a frame and the ends of its mark that the frame is."""
FIGURE = 0.5
"""Least share of the box around a closed figure that it fills; what is open has no inside."""
CLOSED = 0.9
"""Least share of a side that is drawn."""
THICKEST = 0.14
"""Greatest thickness of the frame, as a share of its side; the corners of a QR code have a seventh."""
EVEN = 1.7
"""Greatest ratio of the thicknesses of two sides that cross; an upright and a serif differ by more."""
SPECK = 0.012
"""Less ink than this is a speck, as a share of the box."""
APART = 0.4
"""Least distance to other ink before and behind, in sides; words are closer."""
SPACED = 0.45
"""Least distance to other ink before or behind, in line heights: letters of a typewriter stand apart on both sides."""
BEYOND = 0.3
"""A row or column with more ink belongs to a side."""
BAR = 0.85
"""A row or column of the inside with more ink is a stroke of a letter."""
INK = 0.03
"""Least share of the inside of a marked box that is ink."""
FULL = 0.9
"""Greatest: a filled square is a bullet."""
NEAR = 12.0
"""Greatest distance to text on the same line, in sides."""
LIKE_MARKS = frozenset("XxVvYyKkTtJLlIir")
"""Letters that marks are read as."""
SURELY = 0.7
"""Least confidence of a character in a box."""
LEAST_PART = 0.3
"""What a box leaves of a line is a line of its own if it is as long as this, in its heights."""


@dataclass(frozen=True, slots=True)
class TickBox:
    """A tick box on the page: its frame, what is inside, and whether there is a mark."""

    quad: Quad
    inside: Quad
    marked: bool


def tick_boxes(ruled: RuledPage, regions: Sequence[Region]) -> list[TickBox]:
    """The tick boxes of a page.

    Args:
        ruled: the ink and the rules of the page.
        regions: its text; a box that stands neither near text nor in a cell of a table is left out.
    """
    dark, size = ruled.dark, ruled.size
    least = max(LEAST_SIDE, round(SIDE[0] * size))
    most = SIDE[1] * size
    hulls = np.array([region.quad.transformed(invert(ruled.matrix)).hull for region in regions]).reshape(-1, 4)
    found = []
    for left, top, width, height in _candidates(ruled, least, most / WITH_MARK):
        box = _framed(dark, left, top, width, height)
        thick = _frame(dark, box) if box else 0
        if box is None or not thick:
            continue
        if not _stands_alone(ruled, box) or not _belongs(ruled, hulls, box):
            continue
        x0, y0, x1, y1 = box
        inner = (x0 + thick + 1, y0 + thick + 1, x1 - thick - 1, y1 - thick - 1)
        part = dark[inner[1] : inner[3], inner[0] : inner[2]]
        if min(part.shape) < LEAST_INSIDE:
            continue
        share = _inked(part, y1 - y0)
        if share <= FULL and not _has_bars(part):
            frame, inside = (Quad.rect(*map(float, edges)).transformed(ruled.matrix) for edges in (box, inner))
            found.append(TickBox(frame, inside, share > INK))
    return found


def with_tick_boxes(ruled: RuledPage, regions: Sequence[Region], read: Read) -> list[Region]:
    """The regions of a page with its tick boxes; a region that runs over a box is divided there.

    Args:
        ruled: the ink and the rules of the page.
        regions: its text.
        read: text and confidence of what is in a box: a letter or a digit is a field of one character.
    """
    boxes = tick_boxes(ruled, regions)
    marked = [box for box in boxes if box.marked]
    said = zip(marked, read([box.inside for box in marked]) if marked else (), strict=True)
    fields = [box for box, (text, confidence) in said if _is_character(text.strip(), confidence)]
    parts = list(regions)
    for box in boxes:
        whole: list[Region] = []
        cut: list[Region] = []
        for region in parts:
            rest = _apart(region, box.quad.hull)
            (whole if rest == [region] else cut).extend(rest)
        sure = [part for part in cut if not part.leftover]
        cut = [part for part in cut if not _is_among(part, [*whole, *sure] if part.leftover else whole)]
        parts = [*(region for region in whole if not _is_among(region, cut)), *cut]
        inside = Region(box.inside, 1.0) if box in fields else None
        parts.append(inside or Region(box.quad, 1.0, text=MARKED if box.marked else EMPTY))
    return parts


def _is_among(part: Region, others: Sequence[Region]) -> bool:
    """Whether what is left of a region is mostly a part of another one."""
    left, top, right, bottom = part.quad.hull
    area = (right - left) * (bottom - top)
    hulls = (other.quad.hull for other in others)
    shared = (
        max(0.0, min(right, h[2]) - max(left, h[0])) * max(0.0, min(bottom, h[3]) - max(top, h[1])) for h in hulls
    )
    return any(share > area / 2 for share in shared)


def _is_character(text: str, confidence: float) -> bool:
    return len(text) == 1 and text.isalnum() and text not in LIKE_MARKS and confidence >= SURELY


def _candidates(ruled: RuledPage, least: float, most: float) -> Iterator[Box]:
    """Closed figures of strokes, about as wide as high: left, top, width, height."""
    labels, stats = components(ruled.strokes)
    width, height = stats[:, 2], stats[:, 3]
    shorter, longer = np.minimum(width, height), np.maximum(width, height)
    of_size = np.flatnonzero((longer <= most) & (shorter >= np.maximum(least, SQUARE * WITH_MARK * longer)))
    of_size = of_size[of_size > 0]
    boxes = stats[of_size, :4].astype(np.int64)
    apart = ~_in_words(ruled.ink, boxes)
    for label, (left, top, wide, high) in zip(of_size[apart], boxes[apart].tolist(), strict=True):
        figure = np.asarray(labels[top : top + high, left : left + wide] == label, np.uint8)
        [outline], _ = cv2.findContours(figure, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        if cv2.contourArea(outline) > FIGURE * wide * high:
            yield left, top, wide, high


def _in_words(ink: Mask, boxes: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether ink is close to each figure (left, top, width, height), as it is to most letters: a quick look."""
    left, top, width, height = boxes.T
    near = np.rint(APART / 2 * height).astype(np.int64)
    sums = cv2.integral(ink)
    most = ink.shape[1]

    def inked(start: NDArray[np.int64], end: NDArray[np.int64]) -> NDArray[np.int64]:
        start, end = np.clip(start, 0, most), np.clip(end, 0, most)
        end = np.maximum(start, end)
        whole = sums[top + height, end] - sums[top + height, start] - sums[top, end] + sums[top, start]
        return np.asarray(whole, np.int64)

    sides = inked(left - near, np.maximum(0, left - 1)), inked(left + width + 1, left + width + near)
    return np.asarray(np.maximum(*sides) > SPECK * height * width, np.bool_)


def _framed(dark: Mask, left: int, top: int, width: int, height: int) -> Box | None:
    """The frame among the long strokes of a component, which the ends of a mark may make larger; None without one."""
    top, left = max(0, top - 1), max(0, left - 1)
    part = dark[top : top + height + 2, left : left + width + 2]
    long = round(WITH_MARK * min(width, height))
    across, down = part.sum(0), part.sum(1)
    columns, rows = np.flatnonzero(across >= long), np.flatnonzero(down >= long)
    if len(rows) < 2 or len(columns) < 2:
        return None
    x0, x1 = _grown(across > BEYOND * part.shape[0], int(columns[0]), int(columns[-1]) + 1)
    y0, y1 = _grown(down > BEYOND * part.shape[1], int(rows[0]), int(rows[-1]) + 1)
    square = min(x1 - x0, y1 - y0) >= SQUARE * max(x1 - x0, y1 - y0)
    return (left + x0, top + y0, left + x1, top + y1) if square else None


def _grown(inked: NDArray[np.bool_], start: int, end: int) -> tuple[int, int]:
    """A span with the broken edge of a side beyond it, or the curve of a letter."""
    for _ in range(2):
        start -= start > 0 and bool(inked[start - 1])
        end += end < len(inked) and bool(inked[end])
    return start, end


def _frame(dark: Mask, box: Box) -> int:
    """Thickness of the frame in pixels; 0 if the box has not four sides."""
    left, top, right, bottom = box
    part = dark[top:bottom, left:right]
    side = min(part.shape)
    limit = int(THICKEST * side) + 1  # the reduction makes dark lines thicker
    thick, corners = [], 0
    for sides in (part, part[::-1, ::-1], part.T[::-1], part.T[:, ::-1]):
        edge = sides[: limit + 1]
        if edge[:2].any(0).mean() < CLOSED:
            return 0
        corners += int(sides[:2, :2].sum()) >= 2
        thick.append(int((edge.mean(1) > CLOSED / 2).sum()))
    if max(thick) > limit or max(thick[:2]) + max(thick[2:]) == 0 or corners < 3:  # round ones are letters
        return 0
    level, upright = (max(1.0, sum(pair) / 2) for pair in (thick[:2], thick[2:]))
    return max(thick) if max(level, upright) <= EVEN * min(level, upright) else 0


def _stands_alone(ruled: RuledPage, box: Box) -> bool:
    """Whether nothing else is close before or behind a box; its mark may go beyond it, and rules are cells."""
    left, top, right, bottom = box
    side = bottom - top
    reach = max(2, round(max(APART * side, SPACED * ruled.size)))
    start = max(0, left - reach)
    around = ruled.ink[top:bottom, start : right + reach].copy()
    own = np.s_[:, left - start : right - start]
    around[own] = ruled.dark[top:bottom, left:right]
    _, labels, stats, _ = cv2.connectedComponentsWithStats(around, connectivity=8)
    others = sorted(set(np.unique(labels).tolist()) - set(np.unique(labels[own]).tolist()))
    parts = stats[others][stats[others, cv2.CC_STAT_AREA] > SPECK * side * side].astype(float)
    x0, x1 = parts[:, cv2.CC_STAT_LEFT] + start, parts[:, cv2.CC_STAT_LEFT] + parts[:, cv2.CC_STAT_WIDTH] + start
    before, behind = (left - x1[x1 <= left]).min(initial=reach), (x0[x0 >= right] - right).min(initial=reach)
    inside = bool(((x1 > left) & (x0 < right)).any())
    apart = max(2, round(APART * side))
    return not inside and min(before, behind) >= apart and max(before, behind) >= min(reach, SPACED * ruled.size)


def _has_bars(part: Mask) -> bool:
    """Whether a level or upright stroke runs through the inside of a box, as in B, 8 and 日; marks are oblique."""
    return bool((part.mean(1) > BAR).any() or (part.mean(0) > BAR).any())


def _inked(part: Mask, side: int) -> float:
    """Share of the inside of a box that is ink, without specks."""
    stats = cv2.connectedComponentsWithStats(np.ascontiguousarray(part), connectivity=8)[2][1:]
    areas = stats[:, cv2.CC_STAT_AREA]
    return float(areas[areas > SPECK * side * side].sum()) / max(1, part.size)


def _belongs(ruled: RuledPage, hulls: NDArray[np.float64], box: Box) -> bool:
    """Whether text stands on the line of a box, or the box in a cell of a table."""
    left, top, right, bottom = box
    side = right - left
    level = (hulls[:, 1] < (top + bottom) / 2) & (hulls[:, 3] > (top + bottom) / 2)
    gaps = np.maximum(hulls[:, 0] - right, left - hulls[:, 2])
    text = hulls[:, 2] - hulls[:, 0] > 1.5 * side  # more than the box itself
    if (level & text & (gaps < NEAR * side)).any():
        return True
    middle = Quad.rect(*map(float, box)).transformed(ruled.matrix).center
    return any(grid.is_table and grid.cell_at(*middle) for grid in ruled.grids)


def _apart(region: Region, box: tuple[float, float, float, float]) -> list[Region]:
    """What is left of a region beside a box."""
    left, top, right, bottom = region.quad.hull
    x0, y0, x1, y1 = box
    shared = min(bottom, y1) - max(top, y0)
    if region.text or shared < 0.4 * min(y1 - y0, bottom - top) or x1 <= left or x0 >= right:
        return [region]
    a, b, c, d = region.quad.points

    def between(start: float, end: float) -> Region:
        first, last = (start - left) / (right - left), (end - left) / (right - left)
        corners = ((p[0] + (q[0] - p[0]) * t, p[1] + (q[1] - p[1]) * t)
                   for p, q, t in ((a, b, first), (a, b, last), (d, c, last), (d, c, first)))  # fmt: skip
        return replace(region, quad=Quad.of(list(corners)))

    gap = 0.1 * (x1 - x0)
    least = LEAST_PART * (bottom - top)
    return [between(s, e) for s, e in ((left, x0 - gap), (x1 + gap, right)) if e - s >= least]
