"""Lines of a page and questions as numbers: words by hashed character n-grams, lines by their place and neighbours."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["ACROSS", "BUCKETS", "GRAMS", "PLACES", "SIDES", "Box", "Facts", "Piece", "asked", "facts", "tokens"]

BUCKETS: Final = 4096
"""Numbers of n-grams; 0 is padding."""
GRAMS: Final = 10
"""N-grams of a word."""
ACROSS: Final = 8
"""Words of a fact; a longer line becomes several."""
ASKED: Final = 16
"""Words of a question that count."""
SIDES: Final = 4
"""Neighbours of a line: to the left, above, to the right, below."""
PLACES: Final = 8
"""Numbers that say where a line is."""
TALLEST: Final = 3.0
"""Heights and distances are limited to this many median heights."""

Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""

OPENING: Final = frozenset("([{#*\"'<>=~|@")
CLOSING: Final = frozenset(")]}:;,*\"'<>=~|!?")
"""Signs before and after a word that are words of their own."""
CURRENCY: Final = r"RM|MYR|USD|EUR|GBP|SGD|CHF|US\$|S\$|[$€£¥]"
INSIDE: Final = re.compile(
    rf"(?P<label>[A-Za-z][A-Za-z.]*[:=#])(?=.)|(?P<before>{CURRENCY})(?=-?\.?\d)|(?P<amount>-?[\d.,]*\d)(?={CURRENCY})",
    re.IGNORECASE,
)
"""A label or a currency that its value touches, an amount that its currency touches."""


def tokens(text: str) -> list[tuple[int, int]]:
    """Where words begin and end; signs around a word, currencies and labels count as words of their own.

    Example:
        >>> [text[a:b] for text in ["DATE:11/02/18 (RM23.00)"] for a, b in tokens(text)]
        ['DATE:', '11/02/18', '(', 'RM', '23.00', ')']
    """
    found: list[tuple[int, int]] = []
    for match in re.finditer(r"\S+", text):
        begin, end = match.span()
        first = next((k for k in range(begin, end) if text[k] not in OPENING), end)
        last = next((k for k in range(end, first, -1) if text[k - 1] not in CLOSING), first)
        cuts = [begin, first]
        while inside := INSIDE.match(text, cuts[-1], last):
            cuts.append(inside.end())
        cuts += [last, end]
        found += [(a, b) for a, b in pairwise(cuts) if a < b]
    return found


@lru_cache(maxsize=50_000)
def grams(word: str) -> tuple[int, ...]:
    """Numbers of a word's n-grams: itself, its shape, its case, its ends and its trigrams; a digit is any digit."""
    lower = re.sub(r"\d", "0", word.lower())
    shape = re.sub(r"[^\W\d_]+", "a", re.sub(r"0{6,}", "000000+", lower))
    case = "A" if word.isupper() else "a" if word.islower() else "Aa" if word[:1].isupper() else "-"
    framed = f"<{lower}>"
    found = [f"w{lower}", f"s{shape}", f"c{case}{min(len(word), 9)}", f"p{lower[:2]}", f"e{lower[-2:]}"]
    found += [framed[k : k + 3] for k in range(len(framed) - 2)]
    return tuple(dict.fromkeys(zlib.crc32(gram.encode()) % (BUCKETS - 1) + 1 for gram in found))[:GRAMS]


def spelt(words: Sequence[str]) -> NDArray[np.int64]:
    """N-grams (W, K) of words, padded by 0."""
    numbers = np.zeros((len(words), GRAMS), np.int64)
    for row, word in enumerate(words):
        found = grams(word)
        numbers[row, : len(found)] = found
    return numbers


def asked(question: str) -> NDArray[np.int64]:
    """N-grams (Q, K) of a question's first words; at least one row."""
    words = [question[a:b] for a, b in tokens(question)][:ASKED]
    return spelt([word.lower() for word in words if any(map(str.isalnum, word))] or ["?"])


@dataclass(frozen=True, slots=True)
class Piece:
    """A line or a part of it.

    Attributes:
        line: its number, from 0.
        words: where each begins and ends in the line's text.
    """

    line: int
    words: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """A page as the net takes it.

    Attributes:
        pieces: what each fact is.
        words: n-grams (N, W, K).
        near: (N, 4): the facts to the left in its row, above, to the right and below, from 1; 0 where there is none.
        place: (N, P) box in the text's hull, size of type, order, distance to the line above.
    """

    pieces: tuple[Piece, ...]
    words: NDArray[np.int64]
    near: NDArray[np.int64]
    place: NDArray[np.float32]

    @property
    def across(self) -> int:
        """Words of the widest fact."""
        return int(self.words.shape[1])


def facts(texts: Sequence[str], boxes: Sequence[Box], limit: int = 10**6) -> Facts:
    """The facts of a page: one for each line, or for each eight words of it.

    Args:
        texts: of the lines, in reading order.
        boxes: of the lines, in any unit.
        limit: facts at most; what follows is left out.
    """
    pieces: list[Piece] = []
    where: list[Box] = []
    for number, (text, (left, top, right, bottom)) in enumerate(zip(texts, boxes, strict=True)):
        words = tokens(text)
        for begin in range(0, len(words), ACROSS):
            part = words[begin : begin + ACROSS]
            each = (right - left) / max(len(text), 1)
            where.append((left + part[0][0] * each, top, left + part[-1][1] * each, bottom))
            pieces.append(Piece(number, tuple(part)))
    del pieces[limit:], where[limit:]
    across = max((len(piece.words) for piece in pieces), default=1)
    numbers = np.zeros((len(pieces), across, GRAMS), np.int64)
    for row, piece in enumerate(pieces):
        numbers[row, : len(piece.words)] = spelt([texts[piece.line][a:b] for a, b in piece.words])
    at = np.array(where, np.float64).reshape(-1, 4)
    near = neighbours(at)
    return Facts(tuple(pieces), numbers, near, places(at, near))


def neighbours(at: NDArray[np.float64]) -> NDArray[np.int64]:
    """For boxes (N, 4) the nearest to the left in the same row, above, to the right and below, (N, 4), from 1."""
    if not len(at):
        return np.zeros((0, SIDES), np.int64)
    left, top, right, bottom = at.T
    height, middle = np.maximum(bottom - top, 1e-6), (top + bottom) / 2
    apart = middle[:, None] - middle[None]  # of the other to this one
    level = np.abs(apart) < 0.5 * np.minimum(height[:, None], height[None])
    gap = left[:, None] - right[None]
    before = level & (gap > -0.5 * height[:, None]) & (left[:, None] > left[None])
    shared = np.minimum(right[:, None], right[None]) - np.maximum(left[:, None], left[None])
    over = (shared > 0) & (apart > 0.5 * height[:, None])
    found = np.zeros((len(at), SIDES), np.int64)
    ways = ((before, gap), (over, apart), (before.T, gap.T), (over.T, apart.T))
    for side, (fits, distance) in enumerate(ways):
        best = np.where(fits, distance, np.inf)
        found[:, side] = np.where(fits.any(1), best.argmin(1) + 1, 0)
    return found


def places(at: NDArray[np.float64], near: NDArray[np.int64]) -> NDArray[np.float32]:
    """Where boxes (N, 4) are: (N, 8)."""
    if not len(at):
        return np.zeros((0, PLACES), np.float32)
    low, high = at[:, :2].min(0), at[:, 2:].max(0)
    size = np.maximum(high - low, 1e-6)
    height = at[:, 3] - at[:, 1]
    usual = max(float(np.median(height)), 1e-6)
    over = np.where(near[:, 1] > 0, at[:, 1] - at[np.maximum(near[:, 1] - 1, 0), 3], TALLEST * usual)
    columns = [
        (at[:, 0] - low[0]) / size[0], (at[:, 1] - low[1]) / size[1], (at[:, 2] - low[0]) / size[0],
        (at[:, 3] - low[1]) / size[1], np.clip(height / usual, 0, TALLEST) / TALLEST, np.arange(len(at)) / len(at),
        (near[:, 0] > 0).astype(float), np.clip(over / usual, 0, TALLEST) / TALLEST,
    ]  # fmt: skip
    return np.stack(columns, 1).astype(np.float32)
