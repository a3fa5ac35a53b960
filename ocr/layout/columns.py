"""Columns: where a page's text runs side by side, and in which order its parts are read.

A recursive cut in the manner of the XY-cut (Nagy, Seth 1984; Ha, Haralick, Phillips 1995), but vertical cuts are looked
for in maximal empty strips (Breuel 2002) over any run of rows, so a heading over two columns or a figure under one
does not hide the gutter. A strip parts columns only if both sides look like running text; between the short, aligned
cells of a table or the labels and values of a form it is left alone, and rows are read across.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from ocr.document import Line

__all__ = ["Segment", "read_order"]

GUTTER = 0.55
"""Narrowest gutter, in line heights."""
PROSE = 7.0
"""Lines of running text are at least this many times longer than high."""
APART = 2.5
"""A one-sided part of a strip beyond a gap of so many line heights does not belong to the columns."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A line with its upright box on the page after skew is removed."""

    line: Line
    left: float
    top: float
    right: float
    bottom: float

    @property
    def height(self) -> float:
        """Across the text."""
        return self.bottom - self.top

    @property
    def width(self) -> float:
        """Along the text."""
        return self.right - self.left

    @property
    def middle(self) -> float:
        """Height on the page."""
        return (self.top + self.bottom) / 2


@dataclass(frozen=True, slots=True)
class Band:
    """Segments whose heights overlap, so that no horizontal cut parts them."""

    top: float
    bottom: float
    segments: tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class Strip:
    """An empty upright rectangle: between ``left`` and ``right`` over the bands ``first`` to ``last``."""

    left: float
    right: float
    first: int
    last: int


def read_order(segments: Sequence[Segment]) -> list[list[Segment]]:
    """Parts of the page, in reading order; inside a part rows are read across."""
    if not segments:
        return []
    height = median(s.height for s in segments)
    bands = bands_of(segments)
    found = _gutter(bands, height)
    if found is None:
        return [list(segments)]
    inside = [s for band in bands[found.first : found.last + 1] for s in band.segments]
    cut = (found.left + found.right) / 2
    parts = [
        [s for band in bands[: found.first] for s in band.segments],
        [s for s in inside if s.right <= cut or (s.left + s.right) / 2 < cut],
        [s for s in inside if not (s.right <= cut or (s.left + s.right) / 2 < cut)],
        [s for band in bands[found.last + 1 :] for s in band.segments],
    ]
    return [region for part in parts for region in read_order(part)]


def bands_of(segments: Sequence[Segment]) -> list[Band]:
    """Segments grouped by overlapping heights, from the top down. Boxes lose a quarter of their height above and below,
    so that lines which nearly touch stay apart."""
    bands: list[Band] = []
    for s in sorted(segments, key=lambda s: s.top + s.height / 4):
        top, bottom = s.top + s.height / 4, s.bottom - s.height / 4
        if bands and top < bands[-1].bottom:
            last = bands[-1]
            bands[-1] = Band(last.top, max(last.bottom, bottom), (*last.segments, s))
        else:
            bands.append(Band(top, bottom, (s,)))
    return bands


def _gutter(bands: Sequence[Band], height: float) -> Strip | None:
    """The strip that most surely parts two columns."""
    best, best_score = None, 0.0
    for strip in _strips(bands, GUTTER * height):
        trimmed = _trim(bands, strip, height)
        score = _score(bands, trimmed, height)
        if score > best_score:
            best, best_score = trimmed, score
    return best


def _strips(bands: Sequence[Band], narrowest: float) -> list[Strip]:
    """Maximal empty strips between the leftmost and the rightmost segment."""
    found: list[Strip] = []
    open_strips: dict[tuple[float, float], int] = {}
    for index, band in enumerate(bands):
        free = _free(band)
        still_open: dict[tuple[float, float], int] = {}
        for (left, right), first in open_strips.items():
            whole = False
            for x0, x1 in free:
                key = (max(left, x0), min(right, x1))
                if key[1] - key[0] >= narrowest:
                    whole |= key == (left, right)
                    still_open[key] = min(first, still_open.get(key, first))
            if not whole:
                found.append(Strip(left, right, first, index - 1))
        for key in free:
            if key[1] - key[0] >= narrowest:
                still_open.setdefault(key, index)
        open_strips = still_open
    found += [Strip(*key, first, len(bands) - 1) for key, first in open_strips.items()]
    return [s for s in found if s.left > float("-inf") and s.right < float("inf")]


def _free(band: Band) -> list[tuple[float, float]]:
    """Empty intervals of a band along x, the endless ones at both sides included."""
    free = []
    reached = float("-inf")
    for s in sorted(band.segments, key=lambda s: s.left):
        if s.left > reached:
            free.append((reached, s.left))
        reached = max(reached, s.right)
    return [*free, (reached, float("inf"))]


def _sides(bands: Sequence[Band], strip: Strip) -> tuple[list[Segment], list[Segment]]:
    inside = [s for band in bands[strip.first : strip.last + 1] for s in band.segments]
    return [s for s in inside if s.right <= strip.left], [s for s in inside if s.left >= strip.right]


def _trim(bands: Sequence[Band], strip: Strip, height: float) -> Strip:
    """Without the bands at both ends that lie beyond a large gap and have text on one side only."""
    first, last = strip.first, strip.last
    left, right = _sides(bands, strip)
    if not left or not right:
        return strip
    top = max(min(s.top for s in left), min(s.top for s in right))
    bottom = min(max(s.bottom for s in left), max(s.bottom for s in right))
    for index in range(strip.first, strip.last):
        gap = bands[index + 1].top - bands[index].bottom
        if gap > APART * height:
            if bands[index].bottom <= top:
                first = index + 1
            elif bands[index + 1].top >= bottom:
                last = min(last, index)
    return Strip(strip.left, strip.right, first, max(first, last))


def _score(bands: Sequence[Band], strip: Strip, height: float) -> float:
    """How far two columns run side by side along the strip; 0 where these are no columns."""
    left, right = _sides(bands, strip)
    if not left or not right:
        return 0.0
    top = max(min(s.top for s in left), min(s.top for s in right))
    bottom = min(max(s.bottom for s in left), max(s.bottom for s in right))
    beside = [[s for s in side if s.bottom > top and s.top < bottom] for side in (left, right)]
    if not are_columns(*beside, height):
        return 0.0
    return (bottom - top) * (1 + min(1.0, (strip.right - strip.left) / (10 * height)))


def are_columns(left: Sequence[Segment], right: Sequence[Segment], height: float) -> bool:
    """Whether texts side by side are columns, read one after the other, and not cells, read row by row."""
    if min(len(left), len(right)) < 3:
        return False
    if all(median(s.width for s in side) >= PROSE * height for side in (left, right)):
        return True
    fewer, more = sorted((left, right), key=len)
    level = sum(any(abs(s.middle - o.middle) < 0.35 * height for o in more) for s in fewer)
    return level < 0.5 * len(fewer)
