"""Train the nets that answer questions: configurations, runs, in that order.

    ocr train ask models/training/babi.toml --out RUN [--resume]
    ocr train ask models/training/ask.toml --out RUN [--resume]

``net`` in the configuration says which one: ``story`` (the twenty kinds of bAbI, which prove the memory) or
``document`` (lines of pages).
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from ocr.answers.facts import BUCKETS, PLACES
from ocr.errors import UsageError
from ocr.train.ask.layouts import Drawn
from ocr.train.ask.measure import held_sets, share_right
from ocr.train.ask.net import DocumentNet, StoryNet
from ocr.train.ask.pages import Pages, document_loss, pages, receipts
from ocr.train.ask.stories import ANSWERS, WORDS, accuracies, stories, story_loss
from ocr.train.config import read_table
from ocr.train.loop import Feed, fit
from ocr.train.run import Model, Run, RunConfig, start
from ocr.train.series import train_series

__all__ = ["DocumentConfig", "Endless", "StoryConfig", "real_pages", "train"]

Batch = TypeVar("Batch")


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentConfig(RunConfig):
    """A run of the net for documents.

    Attributes:
        net: ``document``.
        real: ground truth of real receipts with ``key_fields``; empty: invented documents alone.
        real_share: share of real receipts among the pages.
        held: real receipts, the last of the file, that are measured and not trained on.
        measured: invented documents, of layouts that training does not see, that are measured.
        batch: pages a step.
        questions: a page.
        letters: width of the embedding of n-grams.
        width: of the net.
        passes: over the lines.
        sides: neighbours of a line that are looked at: to the left, above, to the right, below.
    """

    net: str
    real: str = ""
    real_share: float = 0.35
    held: int = 20
    measured: int = 60
    batch: int = 8
    questions: int = 4
    letters: int = 40
    width: int = 64
    passes: int = 3
    sides: int = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryConfig(RunConfig):
    """A run of the net for stories.

    Attributes:
        net: ``story``.
        kinds: of stories, 1 to 20.
        batch: stories a step.
        width: of the net.
        passes: over the facts.
        held: stories of each kind that are measured.
    """

    net: str
    kinds: tuple[int, ...] = tuple(range(1, 21))
    batch: int = 100
    width: int = 64
    passes: int = 3
    held: int = 200


class Endless(Feed[Batch]):
    """Batches that are drawn one after the other; which ones follows from the run's step.

    Args:
        draw: makes a batch.
        seed: with the step it determines a batch.
        step: of the first batch.
    """

    def __init__(self, draw: Callable[[random.Random], Batch], seed: int, step: int) -> None:
        self.draw, self.seed, self.step = draw, seed, step

    def __iter__(self) -> Iterator[Batch]:
        for step in itertools.count(self.step):
            yield self.draw(random.Random(self.seed * 1_000_003 + step))


def train(config_path: Path, out: Path, resume: bool = False) -> Path:
    """Train until the budget is spent; returns the checkpoint.

    Raises:
        InputError: training data is missing.
        UsageError: a fault in the configuration, or ``out`` holds a run and ``resume`` is false.
    """
    net = read_table(config_path).get("net")
    if net == "document":
        return train_series(DocumentConfig, config_path, out, resume, _train_document)
    if net == "story":
        return train_series(StoryConfig, config_path, out, resume, _train_story)
    raise UsageError(f"{config_path}: net must be story or document, not {net!r}")


def _train_document(config: DocumentConfig, out: Path, last: Path) -> None:
    arguments: dict[str, Any] = {
        "buckets": BUCKETS, "letters": config.letters, "width": config.width, "passes": config.passes, "places": PLACES,
        "sides": config.sides,
    }  # fmt: skip
    run: Run[DocumentNet] = start(Model("ask", config.net, arguments), config, last)
    trained, held = real_pages(config)
    sets = held_sets(held, config.measured)

    def evaluate() -> dict[str, float]:
        return {name: round(share_right(run.averaged, cases), 4) for name, cases in sets.items()}

    def draw(rng: random.Random) -> Pages:
        return pages(rng, config.batch, config.questions, trained, config.real_share)

    fit(run, Endless(draw, config.seed, run.step), document_loss, out, evaluate)


def real_pages(config: DocumentConfig) -> tuple[list[Drawn], list[Drawn]]:
    """Real receipts to train on, and those that are held back.

    Raises:
        InputError: the file is missing or of another form.
    """
    real = receipts(Path(config.real)) if config.real else []
    kept = len(real) - config.held
    return real[:kept], real[kept:]


def _train_story(config: StoryConfig, out: Path, last: Path) -> None:
    arguments: dict[str, Any] = {
        "words": len(WORDS) + 1, "answers": len(ANSWERS), "width": config.width, "passes": config.passes,
    }  # fmt: skip
    run: Run[StoryNet] = start(Model("ask", config.net, arguments), config, last)

    def evaluate() -> dict[str, float]:
        found = accuracies(run.averaged, config.kinds, config.held)
        return {f"kind {kind}": round(value, 4) for kind, value in found.items()}

    feed = Endless(lambda rng: stories(rng, config.batch, config.kinds), config.seed, run.step)
    fit(run, feed, story_loss, out, evaluate)
