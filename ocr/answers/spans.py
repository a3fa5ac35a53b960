"""From logits of first and last words to the best answer and its probability."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ocr.answers.facts import ACROSS, Facts

__all__ = ["Span", "best_span", "span_text"]

FACTS: Final = 6
"""An answer goes on over so many facts at most."""
TRIED: Final = 12
"""Best spans that are compared by their text."""
ENDING: Final = " ,;:"
"""Not part of an answer's end."""


@dataclass(frozen=True, slots=True)
class Span:
    """An answer on a page.

    Attributes:
        text: as it stands there; its lines are joined by spaces.
        probability: of this text, 0..1; the same text elsewhere on the page counts.
        lines: numbers of the lines it stands on, from 0.
        first: where it begins in the first of them.
        last: where it ends in the last.
    """

    text: str
    probability: float
    lines: tuple[int, ...]
    first: int
    last: int


def softmax(logits: NDArray[np.float32]) -> NDArray[np.float64]:
    """Probabilities over the last axis."""
    shifted = np.exp(logits.astype(np.float64) - logits.max(-1, keepdims=True))
    return np.asarray(shifted / shifted.sum(-1, keepdims=True))


def best_span(first: NDArray[np.float32], last: NDArray[np.float32], page: Facts, texts: Sequence[str]) -> Span | None:
    """The most probable answer of a page; ``None`` where no word can begin or end one.

    Args:
        first: logits (1 + N W,) of where it begins; the first is that there is none.
        last: the same of where it ends.
        page: its facts.
        texts: its lines.
    """
    begins, ends = softmax(first)[1:], softmax(last)[1:]
    reach = min(FACTS * ACROSS, len(begins))
    if not reach:
        return None
    later = np.lib.stride_tricks.sliding_window_view(np.pad(ends, (0, reach - 1)), reach)
    joint = begins[:, None] * later
    order = np.argsort(joint, axis=None)[::-1][:TRIED]
    found: dict[str, Span] = {}
    for place in order:
        begin, length = divmod(int(place), reach)
        probability = float(joint[begin, length])
        one = located(page, texts, begin, begin + length, probability)
        if one is None or probability <= 0:
            continue
        before = found.get(one.text)
        if before is None:
            found[one.text] = one
        else:
            both = before.probability + probability
            found[one.text] = Span(before.text, both, before.lines, before.first, before.last)
    return max(found.values(), key=lambda one: one.probability, default=None)


def located(page: Facts, texts: Sequence[str], begin: int, end: int, probability: float) -> Span | None:
    """The span between two words, by their places among all N W; ``None`` if one of them is padding."""
    (a, first), (b, last) = divmod(begin, page.across), divmod(end, page.across)
    if b >= len(page.pieces) or first >= len(page.pieces[a].words) or last >= len(page.pieces[b].words):
        return None
    head, tail = page.pieces[a], page.pieces[b]
    lines = tuple(dict.fromkeys(piece.line for piece in page.pieces[a : b + 1]))
    start, stop = head.words[first][0], tail.words[last][1]
    text = span_text(texts, lines, start, stop)
    return Span(text, probability, lines, start, stop) if text else None


def span_text(texts: Sequence[str], lines: Sequence[int], first: int, last: int) -> str:
    """The text between a place in the first line and one in the last."""
    parts = [texts[line] for line in lines]
    parts[-1] = parts[-1][:last]
    parts[0] = parts[0][first:]
    return " ".join(" ".join(parts).split()).rstrip(ENDING)
