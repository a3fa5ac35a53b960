"""Comparing texts and boxes: normalization, and matching boxes with each other."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["LabelledBox", "Row", "inside", "match", "normalise", "squash", "words"]

Row = Mapping[str, Any]
"""One image of a ground truth or prediction file."""

LabelledBox = Sequence[Any]
"""``[quad, text]`` as in the files."""

SAME_LINE = 0.5
"""Least overlap (IoU) at which two boxes match."""

WITHIN = 0.3
"""Least share of a predicted box that lies inside the ground-truth box it belongs to."""

PUNCTUATION = ".,;:!?'\"()[]{}<>|*_-~"

FOLDED = str.maketrans(
    dict.fromkeys("‘’‚`´", "'")
    | dict.fromkeys("“”„«»", '"')
    | dict.fromkeys("‐‑‒–—―−", "-")
    | dict.fromkeys("•·●▪\u00ad\u200b\ufeff", "")
)


def normalise(text: str) -> str:
    """Remove differences that are not errors: full-width forms, quote and dash shapes, bullets, white space.

    Example:
        >>> normalise("“one”  –  two")
        '"one" - two'
    """
    text = unicodedata.normalize("NFKC", text).translate(FOLDED).replace("''", '"')
    return re.sub(r"\s+", " ", text).strip()


def words(text: str) -> list[str]:
    """Words, stripped of punctuation at both ends, so that ``total:`` and ``total`` agree."""
    return [word for part in normalise(text).split(" ") if (word := part.strip(PUNCTUATION))]


def squash(text: str) -> str:
    """Normalised text without spaces, in lower case."""
    return re.sub(r"\s+", "", normalise(text)).casefold()


def match(truth: Sequence[LabelledBox], found: Sequence[LabelledBox]) -> list[tuple[int, int]]:
    """Match boxes one to one, best overlap first.

    Returns:
        Pairs of indices into ``truth`` and ``found``.
    """
    hulls = [[_hull(box) for box, _ in boxes] for boxes in (truth, found)]
    overlaps = ((_overlap(a, b), i, j) for i, a in enumerate(hulls[0]) for j, b in enumerate(hulls[1]))
    pairs: list[tuple[int, int]] = []
    used: tuple[set[int], set[int]] = set(), set()
    for _, i, j in sorted((triple for triple in overlaps if triple[0] >= SAME_LINE), reverse=True):
        if i not in used[0] and j not in used[1]:
            used[0].add(i)
            used[1].add(j)
            pairs.append((i, j))
    return pairs


def inside(truth: Sequence[LabelledBox], found: Sequence[LabelledBox]) -> list[str]:
    """The text inside each box of ``truth``: the texts of ``found`` that lie in it, row by row.

    Used for table cells, whose ground truth does not say how tightly a box must fit. A predicted box belongs to the
    cell that holds most of it.
    """
    cells = [_hull(box) for box, _ in truth]
    parts: list[list[tuple[float, float, float, str]]] = [[] for _ in cells]
    for box, text in found:
        own = _hull(box)
        shares = [_common(own, cell) / max(1e-6, (own[2] - own[0]) * (own[3] - own[1])) for cell in cells]
        best = max(range(len(cells)), key=shares.__getitem__, default=-1)
        if best >= 0 and shares[best] > WITHIN:
            parts[best].append(((own[1] + own[3]) / 2, own[0], own[3] - own[1], text))
    return [_in_rows(pieces) for pieces in parts]


def _in_rows(pieces: Sequence[tuple[float, float, float, str]]) -> str:
    """Join (vertical middle, left edge, height, text) of boxes in reading order."""
    rows: list[list[tuple[float, float, float, str]]] = []
    for piece in sorted(pieces):
        if rows and piece[0] - rows[-1][0][0] < piece[2] / 2:
            rows[-1].append(piece)
        else:
            rows.append([piece])
    return " ".join(text for row in rows for *_, text in sorted(row, key=lambda piece: piece[1]))


def _hull(box: Sequence[Sequence[float]]) -> tuple[float, float, float, float]:
    xs, ys = [point[0] for point in box], [point[1] for point in box]
    return min(xs), min(ys), max(xs), max(ys)


def _overlap(a: tuple[float, ...], b: tuple[float, ...]) -> float:
    """Intersection over union of two upright boxes."""
    common = _common(a, b)
    return common / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - common) if common else 0.0


def _common(a: tuple[float, ...], b: tuple[float, ...]) -> float:
    """Area of the intersection of two upright boxes."""
    return max(0.0, min(a[2], b[2]) - max(a[0], b[0])) * max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
