"""Texts and boxes made comparable."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["LabelledBox", "Row", "inside", "match", "normalise", "squash", "words"]

Row = Mapping[str, Any]
"""One picture of the files."""

LabelledBox = Sequence[Any]
"""``[quad, text]`` as in the files."""

SAME = 0.5
"""Least overlap (IoU) of two boxes that are taken for the same one."""

WITHIN = 0.3
"""Least share of a box that lies in the one it belongs to."""

ENDS = ".,;:!?'\"()[]{}<>|*_-~"

FOLDED = str.maketrans(
    dict.fromkeys("‘’‚`´", "'")
    | dict.fromkeys("“”„«»", '"')
    | dict.fromkeys("‐‑‒–—―−", "-")
    | dict.fromkeys("•·●▪\u00ad\u200b\ufeff", "")
)


def normalise(text: str) -> str:
    """Fold what no reader would call an error: width forms, quote and dash shapes, bullets, white space.

    Example:
        >>> normalise("“one”  –  two")
        '"one" - two'
    """
    text = unicodedata.normalize("NFKC", text).translate(FOLDED).replace("''", '"')
    return re.sub(r"\s+", " ", text).strip()


def words(text: str) -> list[str]:
    """Words without the punctuation at their ends, so that ``total:`` and ``total`` agree."""
    return [word for part in normalise(text).split(" ") if (word := part.strip(ENDS))]


def squash(text: str) -> str:
    """Normalised, without spaces and capitals."""
    return re.sub(r"\s+", "", normalise(text)).casefold()


def match(truth: Sequence[LabelledBox], found: Sequence[LabelledBox]) -> list[tuple[int, int]]:
    """Pair boxes one to one, best overlap first; indices into ``truth`` and ``found``."""
    hulls = [[_hull(box) for box, _ in boxes] for boxes in (truth, found)]
    overlaps = ((_overlap(a, b), i, j) for i, a in enumerate(hulls[0]) for j, b in enumerate(hulls[1]))
    pairs: list[tuple[int, int]] = []
    used: tuple[set[int], set[int]] = set(), set()
    for _, i, j in sorted((triple for triple in overlaps if triple[0] >= SAME), reverse=True):
        if i not in used[0] and j not in used[1]:
            used[0].add(i)
            used[1].add(j)
            pairs.append((i, j))
    return pairs


def inside(truth: Sequence[LabelledBox], found: Sequence[LabelledBox]) -> list[str]:
    """What of ``found`` lies in each box of ``truth``, read row by row: a cell's text, however close our boxes fit it.

    A box of ours belongs where most of it lies.
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
    """Texts with the middle, left edge and height of their boxes, in reading order."""
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
    """Area that two upright boxes share."""
    return max(0.0, min(a[2], b[2]) - max(a[0], b[0])) * max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
