"""How often a net for documents answers right: with what stands on the page, or that it is not there."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from ocr.answers.evidence import evidence
from ocr.answers.facts import Facts, facts
from ocr.answers.spans import Span, best_span, span_text
from ocr.train.ask.layouts import Drawn
from ocr.train.ask.net import DocumentNet
from ocr.train.ask.pages import Pages, Question, batch_of, invented, questions, worn

__all__ = ["Asked", "Case", "Look", "case", "held_sets", "looking", "outcomes", "share_right"]

SEED = 55_000_000
"""Of what is measured; training draws from others."""


Look = Callable[[Pages], tuple[NDArray[np.float32], NDArray[np.float32]]]
"""Logits of the first and of the last word for each question of a page."""


@dataclass(frozen=True, slots=True)
class Case:
    """A page with questions, and what may be answered to each (nothing where it is not there)."""

    texts: tuple[str, ...]
    page: Facts
    questions: tuple[Question, ...]
    right: tuple[frozenset[str], ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a net made of a question.

    Attributes:
        span: the best.
        nothing: probability that there is none.
        right: what may be answered.
        beside: what the page says for the span, as :func:`ocr.answers.evidence.evidence` gives it.
    """

    span: Span | None
    nothing: float
    right: frozenset[str]
    beside: tuple[float, ...] = ()

    @property
    def hit(self) -> bool:
        """Whether the span is the answer."""
        return self.span is not None and self.span.text in self.right


def case(page: Drawn, asking: Sequence[Question]) -> Case:
    """A page with questions."""
    texts = tuple(row.text for row in page.rows)
    right = tuple(
        frozenset(span_text(texts, range(a, b + 1), begin, end) for a, begin, b, end in one.answers) for one in asking
    )
    return Case(texts, facts(texts, [row.box for row in page.rows]), tuple(asking), right)


def held_sets(real: Sequence[Drawn], count: int) -> Mapping[str, Sequence[Case]]:
    """What is measured while training: layouts that it sees, one of each kind that it does not, real receipts."""
    sets = {}
    for name, unseen in (("seen layouts", False), ("unseen layouts", True)):
        rng = random.Random(SEED + unseen)
        drawn = [worn(invented(rng, unseen), rng) for _ in range(count)]
        sets[name] = [case(page, questions(page, rng, 4)) for page in drawn]
    rng = random.Random(SEED)
    if real:
        sets["receipts"] = [case(page, questions(page, rng, 6, 0.2)) for page in real]
    return sets


def looking(net: DocumentNet) -> Look:
    """A net as it is asked here."""

    @torch.no_grad()
    def look(batch: Pages) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        first, last, _ = net(batch.words, batch.near, batch.place, batch.question)
        return first.numpy(), last.numpy()

    return look


def outcomes(look: Look, cases: Sequence[Case]) -> list[Asked]:
    """Each question of each page, asked."""
    found = []
    for one in cases:
        first, last = look(batch_of([(one.page, one.questions)]))
        for k, (asked, right) in enumerate(zip(one.questions, one.right, strict=True)):
            span = best_span(first[k], last[k], one.page, one.texts)
            beside = evidence(asked.text, span, one.page, one.texts) if span else ()
            found.append(Asked(span, absence(first[k], last[k]), right, beside))
    return found


def absence(first: NDArray[np.float32], last: NDArray[np.float32]) -> float:
    """Probability that there is no answer."""
    shares = [float(np.exp(row[0] - np.logaddexp.reduce(row.astype(np.float64)))) for row in (first, last)]
    return shares[0] * shares[1]


def share_right(net: DocumentNet, cases: Sequence[Case]) -> float:
    """Share of questions with the right answer: of what stands there, or that it does not."""
    found = outcomes(looking(net), cases)
    right = sum((one.hit if one.right else True) if _answers(one) == bool(one.right) else False for one in found)
    return right / max(len(found), 1)


def _answers(one: Asked) -> bool:
    return one.span is not None and one.span.probability > one.nothing
