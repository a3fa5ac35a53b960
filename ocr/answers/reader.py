"""Answers to questions by a dynamic memory network over the lines of each page."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ocr.answers.answer import Answer, Reason
from ocr.answers.evidence import evidence
from ocr.answers.facts import ACROSS, BUCKETS, GRAMS, Facts, asked, facts
from ocr.answers.spans import Span, best_span, softmax
from ocr.document import Document, Page
from ocr.engine import Session
from ocr.errors import UsageError
from ocr.weights import model

__all__ = ["GIVEN", "MODEL", "WEIGHTS", "Settings", "ask", "check_questions", "fields"]

MODEL: Final = "ask"
LONGEST: Final = 1500
"""Facts of a page that are looked at."""
WEIGHTS: Final = 6
"""Of the curve that gives the confidence."""
GIVEN: Final = 0.5
"""Least confidence of an answer that is given."""
KNOWN: Final = 0.5
"""Least share of a question's words that are known from training or stand in the document."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What was fitted to the weights.

    Attributes:
        weights: of the logistic curve that gives the confidence: constant, log-odds of the answer, log-odds of none,
            and what the page says for the answer, as :func:`ocr.answers.evidence.evidence` gives it.
        buckets: numbers of n-grams.
        grams: n-grams of a word.
        across: words of a fact.
        vocabulary: words of questions that training has seen.
    """

    weights: tuple[float, ...]
    buckets: int
    grams: int
    across: int
    vocabulary: tuple[str, ...]


def ask(document: Document, question: str) -> Answer:
    """The answer of a document to a question in English, as it stands there.

    Args:
        document: as :func:`ocr.read` gives it.
        question: a question such as "What is the total?", or the name of what is wanted, such as "due date".

    Returns:
        The answer; where ``bool(answer)`` is false, its ``reason`` says why there is none.

    Raises:
        UsageError: the question is empty, or an argument is of another type.
        DependencyError: the model is not installed.

    Example:
        >>> document = ocr.read("samples/receipt.jpg")
        >>> ocr.ask(document, "Quelle est la date ?").reason.name
        'NOT_UNDERSTOOD'
    """
    return _answers(document, [question])[0]


def fields(document: Document, names: Sequence[str]) -> dict[str, Answer]:
    """The answers of a document to the names of several fields.

    Args:
        document: as :func:`ocr.read` gives it.
        names: such as ``("company", "date", "address", "total")``; any words that a label in the document may have.

    Raises:
        UsageError: a name is empty, or an argument is of another type.
        DependencyError: the model is not installed.

    Example:
        >>> list(ocr.fields(ocr.read("samples/receipt.jpg"), ("date", "total")))
        ['date', 'total']
    """
    if isinstance(names, str):
        raise UsageError(f'names must be several, not one string; write fields(document, ("{names}",))')
    return dict(zip(names, _answers(document, list(names)), strict=True)) if names else {}


def _answers(document: Document, questions: list[str]) -> list[Answer]:
    if not isinstance(document, Document):
        raise UsageError(f"document must be an ocr.Document, as ocr.read gives it, not {type(document).__name__}")
    check_questions(questions)
    pages = [page for page in document if any(line.text.strip() for line in page.lines)]
    if not pages:
        return [Answer("", 0.0, reason=Reason.NO_TEXT) for _ in questions]
    known = {word for page in pages for line in page.lines for word in _words(line.text) if len(word) > 3}
    understood = [_understood(question, known) for question in questions]
    found = [Answer("", 0.0, reason=Reason.NOT_UNDERSTOOD)] * len(questions)
    numbers = [k for k, clear in enumerate(understood) if clear]
    for page in pages if numbers else ():
        for k, answer in zip(numbers, _asked(page, [questions[k] for k in numbers]), strict=True):
            if found[k].reason is Reason.NOT_UNDERSTOOD or answer.confidence > found[k].confidence:
                found[k] = answer
    return [_decided(answer) for answer in found]


def check_questions(questions: Sequence[str]) -> None:
    """Check questions before a document is read.

    Raises:
        UsageError: one is empty or no string.
    """
    for question in questions:
        if not isinstance(question, str):
            raise UsageError(f"a question must be a string, not {type(question).__name__}")
        if not any(map(str.isalnum, question)):
            raise UsageError('the question is empty; ask for example "What is the total?"')


def _decided(answer: Answer) -> Answer:
    """The answer, or that there is none where the best is rather wrong than right."""
    if answer.reason or answer.confidence >= GIVEN:
        return answer
    sure = 1 - answer.confidence
    return replace(answer, text="", confidence=sure, lines=(), page=0, reason=Reason.NOT_IN_DOCUMENT)


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", text.lower())


def _understood(question: str, known: set[str]) -> bool:
    """Whether enough words of a question are known; one of digits alone is not a question."""
    words = _words(question)
    vocabulary = set(_settings().vocabulary) | known
    return bool(words) and sum(word in vocabulary for word in words) >= KNOWN * len(words)


def _asked(page: Page, questions: Sequence[str]) -> list[Answer]:
    """The best answer of a page to each question, however unlikely."""
    texts = [line.text for line in page.lines]
    known = facts(texts, [line.box.hull for line in page.lines], LONGEST)
    spelt = [asked(question) for question in questions]
    given = np.zeros((1, len(spelt), max(map(len, spelt)), GRAMS), np.int64)
    for k, numbers in enumerate(spelt):
        given[0, k, : len(numbers)] = numbers
    feed: dict[str, NDArray[Any]] = {
        "words": known.words[None],
        "near": known.near[None],
        "place": known.place[None],
        "question": given,
    }
    first, last, attention = _net().run(feed, ("first", "last", "attention"))
    seen = zip(questions, first, last, attention, strict=True)
    return [_answer(page, texts, known, question, *each) for question, *each in seen]


def _answer(
    page: Page,
    texts: Sequence[str],
    known: Facts,
    question: str,
    first: NDArray[np.float32],
    last: NDArray[np.float32],
    attention: NDArray[np.float32],
) -> Answer:
    weights = np.zeros((len(attention), len(texts)))
    for passed, shares in enumerate(softmax(attention)):
        np.add.at(weights[passed], [piece.line for piece in known.pieces], shares)
    seen = tuple(tuple(float(weight) for weight in row) for row in weights)
    span = best_span(first, last, known, texts)
    if span is None:
        return Answer("", 0.0, page=page.number, weights=seen, looked_at=page.number)
    nothing = float(softmax(first)[0] * softmax(last)[0])
    confidence = confidence_of(span, nothing, evidence(question, span, known, texts), _settings().weights)
    lines = tuple(page.lines[line] for line in span.lines)
    return Answer(span.text, confidence, lines, page.number, None, seen, page.number)


def log_odds(probability: float) -> float:
    """Of a probability that may be 0 or 1."""
    kept = min(max(probability, 1e-6), 1 - 1e-6)
    return math.log(kept / (1 - kept))


def confidence_of(span: Span, nothing: float, beside: Sequence[float], weights: Sequence[float]) -> float:
    """Probability that a span is exactly right, by the fitted curve; ``beside``: what the page says for it."""
    sum_ = float(np.dot(weights, (1.0, log_odds(span.probability), log_odds(nothing), *beside)))
    return 1 / (1 + math.exp(-min(max(sum_, -30.0), 30.0)))


@cache
def _net() -> Session:
    return Session(model(MODEL, "ask").path)


@cache
def _settings() -> Settings:
    found = model(MODEL, "ask")
    settings = found.metadata.settings_as(Settings, found.path)
    made_for = settings.buckets, settings.grams, settings.across, len(settings.weights)
    if made_for != (BUCKETS, GRAMS, ACROSS, WEIGHTS):
        raise UsageError(f"{found.path}: made for another version of ocr; run: pip install --force-reinstall ocr")
    return settings
