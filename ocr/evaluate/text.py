"""Texts and boxes made comparable."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["LabelledBox", "Row", "match", "normalise", "squash", "words"]

Row = Mapping[str, Any]
"""One picture of the files."""

LabelledBox = Sequence[Any]
"""``[quad, text]`` as in the files."""

SAME = 0.5
"""Least overlap (IoU) of two boxes that are taken for the same one."""

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


def _hull(box: Sequence[Sequence[float]]) -> tuple[float, float, float, float]:
    xs, ys = [point[0] for point in box], [point[1] for point in box]
    return min(xs), min(ys), max(xs), max(ys)


def _overlap(a: tuple[float, ...], b: tuple[float, ...]) -> float:
    """Intersection over union of two upright boxes."""
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    common = width * height
    return common / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - common)
