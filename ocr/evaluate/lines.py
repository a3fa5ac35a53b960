"""Line recall without boxes: which lines of a page's ground truth occur in the text that was read.

A ground-truth line is found if some stretch of the predicted text is close to it: the edit distance is at most half of
its letters (``CLOSE``), a third for lines of fewer than eight letters, which resemble much by chance. Lines of fewer
than four letters have to occur as whole words. "Letters" are letters and digits; punctuation, spaces and case do not
count.

- Order does not matter: a stretch may lie anywhere in the text, and continue from one predicted line into the next.
- A stretch is used once. A line that is repeated on the page has to be found as often.
- Whole predicted lines are assigned before stretches, exact matches before approximate ones, and long lines before
  short ones, so that a missed line cannot claim what belongs to another.
- Cells side by side on a row (separated by a tab or three spaces) count as separate lines.
- A row of more than ``LONGEST_TEXT`` letters is a paragraph without line breaks. It is cut into pieces of about
  half a line, so that a missed line always misses a piece.
- Rows without letters or digits are not lines.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import accumulate, pairwise

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from ocr.evaluate.text import normalise, squash

__all__ = ["lines_of", "missed", "nearest"]

CLOSE, CLOSE_SHORT = 0.5, 0.34
"""Largest edit distance of a found line, as a share of its letters; the second for lines of under ``SHORT`` letters."""
SHORT = 8
CLEAR = 0.3
"""Edit distance of stretches that are assigned first."""
SAME_HEIGHT = 0.1
"""Edit distance of whole predicted lines, which are assigned before any stretch."""
LONG_TEXT = 12
"""Lines of this many letters are assigned before shorter ones."""
WORD = 4
"""Lines of fewer letters are searched for as words."""
LONGEST_TEXT, PIECE = 120, 30
"""Letters of a row beyond which it is a paragraph, and of the pieces that it is cut into."""

WALL = -1
"""Replaces letters that are used."""
FAR = 1_000_000
"""Cost of crossing them."""

Codes = NDArray[np.int64]


def lines_of(text: str) -> list[str]:
    """The lines of a page's ground truth, normalised."""
    rows = (part for row in text.splitlines() for part in re.split(r"\t+| {3,}", row.strip()))
    return [piece for row in rows for piece in _pieces(normalise(row)) if any(c.isalnum() for c in piece)]


def missed(truth: Iterable[str], found: str) -> list[str]:
    """The lines of ``truth`` (from :func:`lines_of`) that do not occur in ``found``, the text of a page; in order."""
    lines = list(truth)
    keys = [_letters(line) for line in lines]
    unused = Unused(found)
    taken = unused.take_rows({i: key for i, key in enumerate(keys) if len(key) >= WORD}, SAME_HEIGHT)
    long = [i for i, key in enumerate(keys) if len(key) >= LONG_TEXT]
    short = [i for i, key in enumerate(keys) if WORD <= len(key) < LONG_TEXT]
    for most in (CLEAR, CLOSE):
        for some in (long, short):
            taken |= unused.take({i: keys[i] for i in some if i not in taken}, most)
    bag = unused.words()
    for i, key in enumerate(keys):
        if len(key) < WORD and (wanted := Counter(filter(None, map(_letters, lines[i].split())))) <= bag:
            bag -= wanted
            taken.add(i)
    return [line for i, line in enumerate(lines) if i not in taken]


class Unused:
    """The part of a page's text that no line has used yet."""

    def __init__(self, text: str) -> None:
        rows = [[_letters(word) for word in row.split()] for row in re.split(r"[\n\t\f]+", text)]
        self._words = _spans(word for row in rows for word in row)
        self._rows = _spans("".join(row) for row in rows)
        self._text = "".join(word for row in rows for word in row)
        self._codes = codes(self._text)

    def take_rows(self, keys: dict[int, str], most: float) -> set[int]:
        """Assign whole predicted lines to lines, the closest first; returns the lines that got one."""
        names, rows = list(keys), [self._text[start:end] for start, end in self._rows]
        if not keys:
            return set()
        edits = process.cdist(list(keys.values()), rows, scorer=Levenshtein.distance)
        shares = edits / np.array([[len(key)] for key in keys.values()])
        order = np.argwhere(shares <= most)
        order = order[np.argsort(shares[tuple(order.T)], kind="stable")]
        taken: set[int] = set()
        used: set[int] = set()
        for i, j in order.tolist():
            if names[i] not in taken and j not in used:
                used.add(j)
                taken.add(names[i])
                offset, row = self._rows[j][0], self._codes[slice(*self._rows[j])]
                _, start, end = nearest(codes(keys[names[i]]), row)
                self._use(offset + start, offset + end)
        return taken

    def take(self, keys: dict[int, str], most: float) -> set[int]:
        """Assign stretches to lines, the closest first, then the longest; returns the lines that got one."""
        taken: set[int] = set()
        near = {i: self._nearest(key) for i, key in keys.items()}
        while near:
            i = min(near, key=lambda i: (near[i][0], -len(keys[i])))
            share, start, end = near.pop(i)
            if share > min(most, CLOSE if len(keys[i]) >= SHORT else CLOSE_SHORT):
                continue
            if (self._codes[start:end] == WALL).any():
                near[i] = self._nearest(keys[i])
                continue
            self._use(start, end)
            taken.add(i)
        return taken

    def words(self) -> Counter[str]:
        """Words of which no letter is used."""
        return Counter(word for start, end in self._words if " " not in (word := self._text[start:end]))

    def _use(self, start: int, end: int) -> None:
        self._codes[start:end] = WALL
        self._text = f"{self._text[:start]}{' ' * (end - start)}{self._text[end:]}"

    def _nearest(self, key: str) -> tuple[float, int, int]:
        at = self._text.find(key)
        if at >= 0:
            return 0.0, at, at + len(key)
        edits, start, end = nearest(codes(key), self._codes)
        return edits / len(key), start, end


def _spans(parts: Iterable[str]) -> list[tuple[int, int]]:
    return list(pairwise([0, *accumulate(len(part) for part in parts)]))


def codes(text: str) -> Codes:
    """Code points."""
    return np.array([ord(c) for c in text], np.int64)


def nearest(key: Codes, text: Codes) -> tuple[int, int, int]:
    """The stretch of ``text`` with the least edit distance to ``key``: distance, start and end (Sellers 1980).

    No stretch goes over a ``WALL``.
    """
    costs = _ends(key, text, anywhere=True)
    end = int(costs.argmin())
    back = _ends(key[::-1], text[max(0, end - 2 * len(key)) : end][::-1], anywhere=False)
    return int(costs[end]), end - int(back.argmin()), end


def _ends(key: Codes, text: Codes, *, anywhere: bool) -> Codes:
    """Edit distance of ``key`` to the best stretch that ends before each letter, and after the last."""
    step = np.where(text == WALL, FAR, 1)
    reach = np.concatenate([[0], np.cumsum(step)])
    row = np.zeros(len(text) + 1, np.int64) if anywhere else reach
    for k, code in enumerate(key, 1):
        best = np.minimum(row[:-1] + np.where(text == code, 0, step), row[1:] + 1)
        row = np.minimum.accumulate(np.concatenate([[k], best]) - reach) + reach
    return row


def _letters(text: str) -> str:
    return "".join(character for character in squash(text) if character.isalnum())


def _pieces(row: str) -> Iterator[str]:
    if len(row) <= LONGEST_TEXT:
        yield row
        return
    size = len(row) / round(len(row) / PIECE)
    start = 0
    for k in range(1, round(len(row) / size) + 1):
        end = row.find(" ", round(k * size) - 1)
        end = len(row) if end < 0 or k * size > len(row) - size / 2 else end
        if piece := row[start:end].strip():
            yield piece
        start = end
