"""Lines that run another way than their page: from their other end, up or down, and short tokens beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ocr.detect import Region
from ocr.detect.on_end import on_end, on_others
from ocr.document import Quad
from ocr.page.orient import Orienter
from ocr.page.upright import to_turn_about
from ocr.read_page import POOR, FoundLine

__all__ = ["Read", "is_surer", "tokens_on_end", "turned_about", "words_on_end"]

Read = Callable[[Sequence[Region]], list[FoundLine]]
"""Reads regions of a page."""

SURER = 0.2
"""By how much a line has to be read more surely another way to be turned."""
ODDS = 4.0
"""Or how much less likely an error has to be."""
ALIKE, APART = 10.0, 0.8
"""Greatest difference of the directions of neighbouring lines, in degrees, and their greatest distance, in heights."""
ACROSS = (60.0, 120.0)
"""Degrees between which a line runs up or down."""
WORD, SURE = 2.5, 0.8
"""Least length of a line in heights, and its least confidence, that shows which way tokens beside it run."""
SHORT, DOUBTFUL = 2.2, 0.9
"""Greatest height of a token in its widths, and its confidence below which it may run another way."""
LEAST, BETTER = 0.75, 0.05
"""Least confidence of a token that is turned, and by how much more surely it has to be read."""
LETTERS = 2
"""And so many letters or digits: a stroke with a hook is a letter any way it lies."""
LONE = 0.1
"""The same of a character beside such tokens: what it is, its row tells."""
EITHER_WAY = frozenset("01689HINOSXZilosxz")
"""Letters and digits that are some either way up: 66 is 99."""
NEAREST = 2
"""So many regions nearest to it have to be such tokens."""


def is_surer(again: FoundLine, before: FoundLine) -> bool:
    """Whether a line is read clearly more surely another way."""
    sure, was = again.reading.confidence, before.reading.confidence
    return sure > was + SURER or (sure > was and (1 - was) > ODDS * (1 - sure))


def turned_about(
    pixels: NDArray[np.uint8], found: Sequence[FoundLine], orienter: Orienter, read: Read
) -> Iterator[tuple[int, FoundLine]]:
    """Lines that are read more surely from their other end, and those beside them that are so, too, with their index.

    Letters upside down are often letters: what is beside a line that is turned is suspected sooner.
    """
    doubtful = to_turn_about(pixels, [each.region for each in found], [each.reading for each in found], orienter)
    left, beside = set(range(len(found))), False
    while doubtful:
        about = [replace(found[i].region, quad=found[i].region.quad.turned_about()) for i in doubtful]
        again = zip(doubtful, read(about), strict=True)
        turned = [
            (i, each)
            for i, each in again
            if (is_surer(each, found[i]) and (beside or _tells(each))) or (beside and _is_sure(each, found[i]))
        ]
        yield from turned
        left.difference_update(doubtful if beside else (i for i, _ in turned))
        beside = True
        doubtful = [i for i in left if any(_are_beside(found[i], found[k]) for k, _ in turned)]


def _tells(line: FoundLine) -> bool:
    """Whether the characters of a line tell which way up it is."""
    return any(sign.isalnum() and sign not in EITHER_WAY for sign in line.reading.text)


def _is_sure(again: FoundLine, before: FoundLine) -> bool:
    """Whether a line beside one that is turned is read surely that way, and no less so than before."""
    sure, was = again.reading.confidence, before.reading.confidence
    return sure >= max(SURE, was) or sure > was + SURER / 2


def _are_beside(line: FoundLine, other: FoundLine) -> bool:
    """Whether two lines run alike and are no further apart than those of a paragraph."""
    if abs((line.shown.angle - other.shown.angle + 90) % 180 - 90) > ALIKE:
        return False
    room = APART * other.shown.height
    left, top, right, bottom = other.shown.hull
    x0, y0, x1, y1 = line.shown.hull
    return left - room < x1 and x0 < right + room and top - room < y1 and y0 < bottom + room


def words_on_end(pixels: NDArray[np.uint8], found: Sequence[FoundLine], read: Read) -> Iterator[tuple[int, FoundLine]]:
    """Tall regions that were read badly, and are read surely as a word that runs up or down, with their index."""
    usual = float(np.median([each.shown.height for each in found])) if found else 0.0
    poor = [i for i, each in enumerate(found) if each.reading.confidence < POOR and abs(each.shown.angle) < 45]
    turned = [(i, region) for i in poor if (region := on_end(pixels, found[i].region, usual))]
    read_well = [each.region.quad.hull for each in found if each.reading.confidence >= POOR]
    turned = [(i, region) for i, region in turned if not on_others(np.array(read_well).reshape(-1, 4), region)]
    both = [(i, each) for i, up in turned for each in (up, replace(up, quad=up.quad.turned_about()))]
    best: dict[int, FoundLine] = {}
    for (i, _), again in zip(both, read([region for _, region in both]), strict=True):
        if again.reading.confidence > max(POOR, best.get(i, found[i]).reading.confidence):
            best[i] = again
    yield from best.items()


def tokens_on_end(found: Sequence[FoundLine], read: Read) -> Iterator[tuple[int, FoundLine]]:
    """Short tokens that run up or down, as longer lines of their page do that do not run along it; with their index.

    A page whose longest lines run upwards, as a chart with many labels, lies on its side when these are upright, and
    the numbers at its axes run across it.
    """
    across = [each for each in found if _runs_across(each)]
    if not across:
        return
    upwards = max(across, key=lambda each: each.shown.width).shown.angle < 0
    short = [i for i, each in enumerate(found) if _is_token(each)]
    on_side = [replace(found[i].region, quad=_on_side(found[i].region.quad, upwards)) for i in short]
    seen = dict(zip(short, read(on_side), strict=True))
    turned = {i: again for i, again in seen.items() if _reads_better(again, found[i])}
    yield from turned.items()
    centers = np.array([each.region.quad.center for each in found])
    for i, again in seen.items():
        if i in turned or again.reading.confidence < LONE or len(again.reading.text.strip()) != 1:
            continue
        nearest = np.argsort(np.abs(centers - centers[i]).max(1), kind="stable")[1 : NEAREST + 1].tolist()
        if found[i].reading.confidence < POOR and all(k in turned for k in nearest):
            yield i, again


def _runs_across(line: FoundLine) -> bool:
    steep = ACROSS[0] < abs(line.shown.angle) < ACROSS[1]
    return steep and line.shown.width > WORD * line.shown.height and line.reading.confidence >= SURE


def _is_token(line: FoundLine) -> bool:
    left, top, right, bottom = line.region.quad.hull
    level = abs(line.shown.angle) < 45 and line.reading.confidence < DOUBTFUL
    return level and right - left < SHORT * (bottom - top) < SHORT * SHORT * (right - left)


def _reads_better(again: FoundLine, before: FoundLine) -> bool:
    sure, letters = again.reading.confidence, sum(map(str.isalnum, again.reading.text))
    return sure >= LEAST and sure > before.reading.confidence + BETTER and letters >= LETTERS


def _on_side(quad: Quad, upwards: bool) -> Quad:
    """The box of a level region as that of a line that runs up or down."""
    left, top, right, bottom = quad.hull
    up = Quad.of(((left, bottom), (left, top), (right, top), (right, bottom)))
    return up if upwards else up.turned_about()
