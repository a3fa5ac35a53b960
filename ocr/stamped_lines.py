"""Lines of coloured ink beside those that were read on the page as it is."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ocr.detect.leftover import covered, mostly_covered
from ocr.geometry import overlap
from ocr.read_page import LEGIBLE, FoundLine

__all__ = ["not_yet_read"]

ALIKE = 0.5
"""Area in common of a line and one of coloured ink, as a share of what they cover together, from which they are one."""
LIKELY = 0.5
"""A line that was read less surely gives way to the one of its ink alone, which may lack thin strokes."""


def not_yet_read(found: list[FoundLine], coloured: Sequence[FoundLine]) -> list[FoundLine]:
    """The lines of coloured ink that are no line of the page.

    Args:
        found: lines of the page; what is surer in its ink alone is replaced.
        coloured: lines that were read in the coloured ink alone.
    """
    known = [np.array(each.region.quad.points) for each in found if each.reading.confidence >= LEGIBLE]
    stamped = []
    for each in coloured:
        quad, text = each.region.quad, each.reading.text
        if covered(np.array([quad.hull]), known).any() or mostly_covered(quad, known):
            continue
        alike = [i for i, other in enumerate(found) if other.reading.text == text]
        same = [i for i in alike if math.dist(found[i].region.quad.center, quad.center) < quad.height]
        there = [i for i, other in enumerate(found) if overlap(other.region.quad, quad) > ALIKE]
        if same:
            found[same[0]] = max(found[same[0]], each, key=lambda line: line.reading.confidence)
        elif not there:
            stamped.append(each)
        elif found[there[0]].reading.confidence < LIKELY:
            found[there[0]] = each
    return stamped
