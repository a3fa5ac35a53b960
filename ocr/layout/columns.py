"""Columns: where text runs side by side on a page, and in which order the regions are read.

Recursive cuts as in the XY-cut (Nagy, Seth 1984; Ha, Haralick, Phillips 1995), except that vertical cuts are made along
maximal empty strips (Breuel 2002) over any run of rows, so that a heading across two columns or a figure below one does
not hide the gutter. A strip separates columns only if there is running text on both sides; the short aligned cells of a
table, or labels and values of a form, are read row by row.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import permutations
from statistics import median

from ocr.document import Line

__all__ = ["Segment", "read_order"]

GUTTER = 0.35
"""Least width of a gutter, in line heights."""
PROSE = 7.0
"""Lines of running text are at least this many times as long as they are high."""
FLOAT = 0.6
"""Text that interrupts a gutter has at most this share of the area of the text beside it."""
COLUMN_GAP = 2.5
"""Text on one side only, beyond a gap of this many line heights, does not belong to the columns."""

THIN = 1e-3
"""Pixels. No line counts as lower."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A line with its upright box on the deskewed page."""

    line: Line
    left: float
    top: float
    right: float
    bottom: float

    @property
    def height(self) -> float:
        """Across the text; text that a PDF brings along may be as low as nothing, and is divided by."""
        return max(self.bottom - self.top, THIN)

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
    """Segments that no horizontal cut separates."""

    top: float
    bottom: float
    segments: tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class Strip:
    """An empty vertical strip between ``left`` and ``right``, along the bands ``first`` to ``last``."""

    left: float
    right: float
    first: int
    last: int


def read_order(segments: Sequence[Segment]) -> list[list[Segment]]:
    """Regions of the page in reading order; within a region, text is read row by row."""
    if not segments:
        return []
    height = median(s.height for s in segments)
    bands = bands_of(segments)
    found = _gutter(bands, height)
    if found is None:
        return clusters_of(segments, height)
    inside = [s for band in bands[found.first : found.last + 1] for s in band.segments]
    floating = [s for s in inside if s.left < found.left and s.right > found.right]
    inside = [s for s in inside if s not in floating]
    cut = (found.left + found.right) / 2
    parts = [
        [s for band in bands[: found.first] for s in band.segments],
        [s for s in inside if s.right <= cut or (s.left + s.right) / 2 < cut],
        [s for s in inside if not (s.right <= cut or (s.left + s.right) / 2 < cut)],
        floating,
        [s for band in bands[found.last + 1 :] for s in band.segments],
    ]
    return [region for part in parts for region in read_order(part)]


def bands_of(segments: Sequence[Segment]) -> list[Band]:
    """Segments grouped into bands, from top to bottom. Boxes lose a quarter of their height at the top and at the
    bottom, so that lines which nearly touch stay apart.
    """
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
    """The strip that is most likely to separate two columns."""
    trimmed = [_trim(bands, strip, height) for strip in _strips(bands, GUTTER * height)]
    scores = {strip: score for strip in trimmed if (score := _score(bands, strip, height)) > 0}
    scores |= _bridged(bands, list(scores), height)
    return max(scores, key=scores.__getitem__, default=None)


def _bridged(bands: Sequence[Band], strips: Sequence[Strip], height: float) -> dict[Strip, float]:
    """Strips one above the other joined into one, where only text that the columns flow around lies between them.

    Such a caption or pull quote interrupts the gutter and has text of both columns beside it.
    """
    found = {}
    for above, below in permutations(strips, 2):
        left, right = max(above.left, below.left), min(above.right, below.right)
        if above.last < below.first and right - left >= GUTTER * height:
            between = [s for band in bands[above.last + 1 : below.first] for s in band.segments]
            across = [s for s in between if s.left < right and s.right > left]
            around = [s for s in between if s not in across]
            sides = [s for s in around if s.right <= left], [s for s in around if s.left >= right]
            if (
                all(s.left < left and s.right > right for s in across)
                and all(any(s.top < a.bottom and a.top < s.bottom for s in side) for side in sides for a in across)
                and _area(across) <= FLOAT * _area(around)
            ):
                whole = Strip(left, right, above.first, below.last)
                rest = [replace(band, segments=tuple(s for s in band.segments if s not in across)) for band in bands]
                found[whole] = _score(rest, whole, height)
    return found


def _area(segments: Sequence[Segment]) -> float:
    return sum(s.width * s.height for s in segments)


def _strips(bands: Sequence[Band], narrowest: float) -> list[Strip]:
    """Maximal empty strips between the leftmost and the rightmost segment, at least ``narrowest`` wide."""
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
    """Empty horizontal intervals of a band, including the unbounded ones at both ends."""
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
    """The strip without bands at its ends that have text on one side only, beyond a large gap."""
    first, last = strip.first, strip.last
    left, right = _sides(bands, strip)
    if not left or not right:
        return strip
    top = max(min(s.top for s in left), min(s.top for s in right))
    bottom = min(max(s.bottom for s in left), max(s.bottom for s in right))
    for index in range(strip.first, strip.last):
        gap = bands[index + 1].top - bands[index].bottom
        if gap > COLUMN_GAP * height:
            if bands[index].bottom <= top:
                first = index + 1
            elif bands[index + 1].top >= bottom:
                last = min(last, index)
    return Strip(strip.left, strip.right, first, max(first, last))


def _score(bands: Sequence[Band], strip: Strip, height: float) -> float:
    """How far two columns run side by side along the strip; 0 if these are not columns."""
    left, right = _sides(bands, strip)
    if not left or not right:
        return 0.0
    top = max(min(s.top for s in left), min(s.top for s in right))
    bottom = min(max(s.bottom for s in left), max(s.bottom for s in right))
    left, right = ([s for s in side if s.bottom > top and s.top < bottom] for side in (left, right))
    if not are_columns(left, right, height):
        return 0.0
    return (bottom - top) * (1 + min(0.5, (strip.right - strip.left) / (10 * height)))


def are_columns(left: Sequence[Segment], right: Sequence[Segment], height: float) -> bool:
    """Whether two texts side by side are columns, to be read one after the other, rather than cells of rows."""
    if min(len(left), len(right)) < 3:
        return False
    shortest = min(median(s.width for s in side) for side in (left, right)) / height
    if shortest < 3:
        return False
    rows = min(len(bands_of(left)), len(bands_of(right)))
    if rows < 3:
        return False
    full = min(median(s.width for s in side) / max(s.width for s in side) for side in (left, right))
    if rows < 5:
        return shortest >= 1.7 * PROSE and full >= 0.85
    level = are_level(left, right, height)
    if shortest >= PROSE and (full >= 0.7 or rows >= 8 or not level):
        return True
    return rows >= 8 and not level and min(_density(left), _density(right)) >= 0.45


def _density(side: Sequence[Segment]) -> float:
    """Share of a column's height that is text."""
    bands = bands_of(side)
    return sum(2 * (b.bottom - b.top) for b in bands) / max(1.0, bands[-1].bottom - bands[0].top)


def clusters_of(segments: Sequence[Segment], height: float) -> list[list[Segment]]:
    """Groups of segments in a region without gutters, from top to bottom: an address beside a date is read as a whole.

    Segments directly below each other form a group; groups side by side with lines at the same heights are a table.
    """
    group = list(range(len(segments)))

    def find(i: int) -> int:
        while group[i] != i:
            group[i] = i = group[group[i]]
        return i

    order = sorted(segments, key=lambda s: s.top)
    for i, a in enumerate(order):
        for j in range(i + 1, len(order)):
            b = order[j]
            if b.top - a.bottom > 0.9 * height:
                break
            if _hang_together(a, b, height):
                group[find(j)] = find(i)
    clusters: dict[int, list[Segment]] = {}
    for i, s in enumerate(order):
        clusters.setdefault(find(i), []).append(s)
    merged: list[list[Segment]] = []
    for cluster in clusters.values():
        beside = [other for other in merged if _beside(other, cluster) and are_level(other, cluster, height)]
        merged = [other for other in merged if other not in beside]
        merged.append([*(s for other in beside for s in other), *cluster])
    merged.sort(key=lambda c: min(s.top for s in c))
    for i in range(len(merged) - 1):
        this, after = merged[i], merged[i + 1]
        begins_level = min(s.top for s in after) - min(s.top for s in this) < 0.6 * height
        if begins_level and min(s.left for s in after) < min(s.left for s in this):
            merged[i], merged[i + 1] = after, this
    parts = merged[:1]
    for cluster in merged[1:]:
        if min(s.middle for s in cluster) > max(s.middle for s in parts[-1]) + 0.3 * height:
            parts[-1] = parts[-1] + cluster  # one below the other: their rows give the order
        else:
            parts.append(cluster)
    return parts


def _hang_together(a: Segment, b: Segment, height: float) -> bool:
    if abs(a.middle - b.middle) < 0.5 * height:
        return max(a.left, b.left) - min(a.right, b.right) < 1.2 * height
    shared = min(a.right, b.right) - max(a.left, b.left)
    return shared > 0.3 * min(a.width, b.width) and max(a.height, b.height) < 1.6 * min(a.height, b.height)


def _beside(some: Sequence[Segment], others: Sequence[Segment]) -> bool:
    top = max(min(s.top for s in some), min(s.top for s in others))
    return top < min(max(s.bottom for s in some), max(s.bottom for s in others))


def are_level(some: Sequence[Segment], others: Sequence[Segment], height: float) -> bool:
    """Whether most segments of the smaller group are at the same height as one of the other group."""
    fewer, more = sorted((some, others), key=len)
    middles = [float("-inf"), *sorted(s.middle for s in more), float("inf")]
    places = [bisect(middles, s.middle) for s in fewer]
    gaps = [min(s.middle - middles[i - 1], middles[i] - s.middle) for s, i in zip(fewer, places, strict=True)]
    return sum(gap < 0.35 * height for gap in gaps) >= 0.5 * len(fewer)
