"""Short tokens beside the lines that the detector found: page numbers, labels, large numerals, letters of rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ocr.detect import Region
from ocr.detect.grid import RuledPage
from ocr.detect.leftover import settled
from ocr.detect.short_tokens import ShortTokens, surely_read
from ocr.document import Quad
from ocr.read_page import POOR, FoundLine
from ocr.recognize import Reading
from ocr.transcribe.ink import ink_of, tallest
from ocr.transcribe.lone_letters import beside_letters, is_letter

__all__ = ["LIKELY", "holds", "is_short", "with_short_tokens"]

SHORT = 3.0
"""Greatest length of what is short, in its heights."""
TALLER, LEGIBLE_TALL = 1.35, 0.9
"""Short regions so much taller than a typical line are cut to their ink below this confidence."""
PIECE = 0.6
"""Regions lower than this, in heights of a typical line, that say nothing may be a piece of something larger."""
SURE_LINE = 0.94
"""A region in a much taller mark is a piece of that below this confidence."""
CENTS = 5.0
"""Greatest length, in its heights, of what stands beside a much taller digit; a signature may touch longer lines."""
HARDLY = 0.3
"""A region of a second look that is read less surely covers nothing."""
LIKELY = 0.5
"""A short token that the first recogniser reads less surely is no text, and not read again."""
ABOVE, BELOW = 0.12, 0.16
"""Room above and below a capital, in heights of it."""

ReadLines = Callable[[list[NDArray[np.uint8]]], list[Reading]]


class Read(Protocol):
    """Reads regions of a page; ``others`` are beside them, ``reader`` is not the usual one."""

    def __call__(
        self, regions: Sequence[Region], others: Sequence[Region] = (), reader: ReadLines | None = None
    ) -> list[FoundLine]: ...


def is_short(found: FoundLine) -> bool:
    """Whether a region holds a few characters at most."""
    return found.shown.width < SHORT * found.shown.height and not found.region.text


def holds(found: FoundLine, points: NDArray[np.float64]) -> bool:
    """Whether one of some points (N, 2) lies in a region."""
    left, top, right, bottom = found.region.quad.hull
    return bool(((points > (left, top)) & (points < (right, bottom))).all(1).any())


def with_short_tokens(
    found: Sequence[FoundLine], ruled: RuledPage, read: Read, read_lines: ReadLines, first_look: ReadLines | None
) -> tuple[list[FoundLine], list[FoundLine], list[FoundLine]]:
    """The lines, short tokens that none of them covers or that are surer by their ink, and doubtful tokens.

    Args:
        found: the lines of a page.
        ruled: its ink.
        read: reads regions of it.
        read_lines: reads pictures of lines.
        first_look: the same by a faster recogniser; None where there is none.
    """
    short_tokens = ShortTokens(ruled)
    found = _without_large_marks(found, short_tokens, read)
    loose = {id(each) for each in _loose(found, short_tokens)}
    firm = [each for each in found if id(each) not in loose]
    regions = [each.region for each in firm]
    every, sides = list[FoundLine](), short_tokens.sides()

    def read_tokens(some: Sequence[Region]) -> list[FoundLine]:
        seen = read(some, [*regions, *sides], first_look)
        likely = [k for k, each in enumerate(seen) if each.reading.confidence >= LIKELY]
        for k, reading in zip(likely, read_lines([seen[k].picture for k in likely]), strict=True):
            seen[k] = replace(seen[k], reading=reading)
        every.extend(seen)
        return seen

    def reading(each: FoundLine) -> tuple[str, float]:
        return each.reading.text, each.reading.confidence

    tokens = surely_read(short_tokens.beside(regions), read_tokens, reading)
    taken = {id(each) for each in tokens}
    doubtful = [each for each in every if id(each) not in taken]
    letters = _among_letters([*firm, *tokens], doubtful, read)
    tokens += letters.values()
    centers = np.array([each.region.quad.center for each in tokens]).reshape(-1, 2)
    kept = [each for each in found if not (id(each) in loose and holds(each, centers))]
    return kept, tokens, [each for k, each in enumerate(doubtful) if k not in letters]


def _without_large_marks(found: Sequence[FoundLine], short_tokens: ShortTokens, read: Read) -> list[FoundLine]:
    """The lines, short ones without the much taller marks at their ends where they are read more surely so."""
    written = [(i, each.region) for i, each in enumerate(found) if each.reading.text.strip()]
    short = [(i, region) for i, region in written if region.quad.width < CENTS * region.quad.height]
    legible = [region for i, region in written if found[i].reading.confidence >= POOR]
    cut = [(i, part) for i, each in short if (part := short_tokens.without_large_mark(each, legible))]
    result = list(found)
    for (i, _), again in zip(cut, read([part for _, part in cut]), strict=True):
        if again.reading.confidence > found[i].reading.confidence:
            result[i] = again
    return result


def _loose(found: Sequence[FoundLine], short_tokens: ShortTokens) -> list[FoundLine]:
    """The lines whose ink may be tokens all the same."""
    usual = float(np.median([each.shown.height for each in found])) if found else 0.0
    won = settled([each.region for each in found], [each.reading.confidence for each in found])

    def is_loose(each: FoundLine, best: bool) -> bool:
        sure, region = each.reading.confidence, each.region
        if region.leftover and (sure < HARDLY or not best):
            return True
        if region.quad.height < PIECE * usual and not each.reading.text.strip():
            return True
        if sure < SURE_LINE and short_tokens.is_piece(region):
            return True
        badges = short_tokens.is_badge(region) or (sure < POOR and short_tokens.is_row_of_badges(region))
        return badges or _may_be_tighter(each, usual)

    return [each for each, best in zip(found, won, strict=True) if is_loose(each, best)]


def _may_be_tighter(found: FoundLine, usual: float) -> bool:
    """Whether a short region was read badly or is taller than the lines of the page: a column of numbers, or one."""
    tall = found.shown.height > TALLER * usual and found.reading.confidence < LEGIBLE_TALL
    return is_short(found) and (tall or found.reading.confidence < POOR)


def _among_letters(sure: Sequence[FoundLine], doubtful: Sequence[FoundLine], read: Read) -> dict[int, FoundLine]:
    """Doubtful tokens that are letters in a column of letters, as at the rows of seats, by their numbers."""
    lines = [*sure, *doubtful]
    shown, readings = [each.shown for each in lines], [each.reading for each in lines]
    some = [k - len(sure) for k in beside_letters(shown, readings, range(len(sure), len(lines)))]
    centers = np.array([each.region.quad.center for each in doubtful]).reshape(-1, 2)
    some = [k for k in some if not any(holds(each, centers[k : k + 1]) for each in sure)]
    letters = {k: doubtful[k] for k in some if is_letter(doubtful[k].reading)}
    capitals = sum(each.reading.text.strip().isupper() for each in letters.values()) > len(letters) / 2
    again = [k for k in some if k not in letters or (capitals and letters[k].reading.text.strip().islower())]
    for k, each in zip(again, read([_as_capital(doubtful[k]) for k in again]), strict=True):
        if is_letter(each.reading):
            letters[k] = each
    return letters


def _as_capital(found: FoundLine) -> Region:
    """The region of a letter that is as high as its line: with less room above it than a small letter has."""
    top, bottom = tallest(ink_of(found.picture))
    scale = found.shown.height / len(found.picture)
    tall = (bottom - top) * scale
    left, upper, right, _ = found.shown.hull
    upper += top * scale
    return replace(found.region, quad=Quad.rect(left, upper - ABOVE * tall, right, upper + (1 + BELOW) * tall))
