"""Texts that values of cards begin with, by tables: ethnicities, divisions, issuing authorities."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache

from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from ocr.idcard.checks import ethnicities, is_address, is_authority
from ocr.idcard.divisions import authorities, places

__all__ = ["LISTED", "known_texts", "prior", "unlike"]

MOST_NEAR, EDITS = 8, 3
"""Most entries of a table that are tried, and most characters by which they may differ from a reading."""
BRANCH = 0.1
"""Share of authorities that are branches of a name that the table of divisions does not have."""

LISTED: Mapping[str, Callable[[str], bool]] = {"address": is_address, "issuer": is_authority}
"""Whether a value begins as one of a table."""


def known_texts(cell: str, readings: Sequence[str]) -> Iterator[str]:
    """Entries of the tables for a cell that are similar to the readings."""
    if cell == "sex":
        yield from "男女"
    elif cell == "ethnicity":
        yield from ethnicities()
    elif cell == "address":
        yield from filter(is_address, readings)
        yield from (text for reading in readings if not is_address(reading) for text in _addresses_near(reading))
    elif cell == "issuer":
        yield from filter(is_authority, readings)
        for reading in readings:
            if reading not in _authorities():
                near = process.extract(
                    reading, authorities(), scorer=Levenshtein.distance, score_cutoff=EDITS, limit=MOST_NEAR
                )
                yield from (text for text, _, _ in near)


@cache
def _authorities() -> frozenset[str]:
    return frozenset(authorities())


def prior(text: str) -> float:
    """Prior of a text that begins as one of a table: the names of branches are not all in it."""
    return BRANCH if text.endswith("分局") and text not in _authorities() else 1.0


def _addresses_near(text: str) -> Iterator[str]:
    """The text with similar divisions at its beginning; a character may have been inserted or missed."""
    near = [
        (distance / length, name)
        for length, names in _by_length().items()
        for name, distance, _ in process.extract(
            text[:length], names, scorer=Levenshtein.distance, score_cutoff=min(EDITS, length // 3), limit=MOST_NEAR
        )
    ]
    for _, name in sorted(near)[:MOST_NEAR]:
        yield from (name + text[len(name) + more :] for more in (-1, 0, 1))


@cache
def _by_length() -> dict[int, list[str]]:
    """Beginnings of addresses, by length."""
    lists: defaultdict[int, list[str]] = defaultdict(list)
    for name in places():
        lists[len(name)].append(name)
    return lists


def unlike(text: str, known: Iterable[str]) -> int:
    """In how many characters a text differs from the most similar one that is known, at most ``EDITS``."""
    if not text:
        return 1
    return min((Levenshtein.distance(text, other, score_cutoff=EDITS - 1) for other in known), default=1)
