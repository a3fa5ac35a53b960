"""What a page says for or against an answer, besides the net: whether the words of the question stand beside it.

A net is sure of itself on layouts that it has not seen. What it points at is more often right where the words of the
question, as a label has them, stand before or above the answer, and less often where they stand elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from rapidfuzz.distance import Levenshtein

from ocr.answers.facts import Facts
from ocr.answers.spans import Span

__all__ = ["content", "evidence"]

FUNCTION_WORDS: Final = frozenset(
    "a an and are as at be by can could did do does find for from give given had has have how i in is it "
    "its made many me much my name of on or our please s say says shall should stated tell that the their "
    "them there these they this to under us was we were what when where which who whom whose why will "
    "with would written you your".split()
)
"""Words of questions that say nothing of what is wanted."""
SAME: Final = 0.75
"""Least similarity of two spellings of a word, as readers confuse letters."""
SHORT: Final = 3
"""Words of so many letters must be the same."""
BESIDE: Final = (0, 1, 3)
"""Neighbours that may be the label of an answer: at its left, above it, below it; see ``Facts.near``."""
HALF: Final = 0.5


def content(question: str) -> tuple[str, ...]:
    """The words of a question that say what is wanted; all, if none does.

    Example:
        >>> content("What is the invoice number?")
        ('invoice', 'number')
    """
    words = _words(question)
    return tuple(dict.fromkeys(word for word in words if word not in FUNCTION_WORDS)) or tuple(words)


def evidence(question: str, span: Span, page: Facts, texts: Sequence[str]) -> tuple[float, float, float]:
    """Share of the question's words that stand beside an answer; the greatest share in any one line; 1 if all of them
    stand in one line, but most of them not beside the answer.

    Args:
        question: what was asked.
        span: the answer.
        page: its facts.
        texts: its lines.
    """
    wanted = content(question)
    if not wanted:
        return 0.0, 0.0, 0.0
    said = _words(texts[span.lines[0]][: span.first])[-len(wanted) - 1 :]
    if not said:
        place = next(k for k, piece in enumerate(page.pieces) if piece.line == span.lines[0])
        near = [int(page.near[place, side]) for side in BESIDE]
        lines = {page.pieces[number - 1].line for number in near if number} - set(span.lines)
        said = [word for line in lines for word in _words(texts[line])]
    beside, most = _share(wanted, said), max(_share(wanted, _words(text)) for text in texts)
    return beside, most, float(most == 1 and beside < HALF)


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", text.lower())


def _share(wanted: Sequence[str], said: Iterable[str]) -> float:
    said = set(said)
    return sum(any(_same(word, other) for other in said) for word in wanted) / len(wanted)


def _same(one: str, other: str) -> bool:
    if min(len(one), len(other)) <= SHORT:
        return one == other
    return Levenshtein.normalized_similarity(one, other, score_cutoff=SAME) > 0
