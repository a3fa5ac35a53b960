"""Stories as batches of word numbers, their loss and accuracy by kind; the table beside the paper's.

ocr train ask models/training/babi.toml --out work/babi      # trains on all kinds at once
python -m ocr.train.ask.stories work/babi                    # accuracy of each kind
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from ocr.train.ask.babi import KINDS, TITLES, Story, story
from ocr.train.ask.net import StoryNet
from ocr.train.checkpoint import load
from ocr.train.run import LAST

__all__ = ["ANSWERS", "WORDS", "Stories", "accuracies", "batch_of", "stories", "story_loss"]

SEEN = 12_000
"""Stories that the vocabulary is taken from."""
PUBLISHED = (
    100.0, 98.2, 95.2, 100.0, 99.3, 100.0, 96.9, 96.5, 100.0, 97.5, 99.9, 100.0, 99.8, 100.0, 100.0, 99.4, 59.6, 95.3,
    34.5, 100.0,
)  # fmt: skip
"""Accuracy of Kumar et al. 2016, table 1, in per cent: trained a kind at a time on 1,000 bAbI stories each, with
supporting facts given."""


class Stories(NamedTuple):
    """A batch: words (B, N, W), question (B, Q), answer (B,), supporting facts (B, N) as 0 or 1."""

    words: Tensor
    question: Tensor
    answer: Tensor
    support: Tensor


def _vocabulary() -> tuple[dict[str, int], dict[str, int]]:
    rng = random.Random(0)
    words: set[str] = set()
    answers: set[str] = set()
    for number in range(SEEN):
        told = story(number % len(KINDS) + 1, rng)
        words.update(word for sentence in (*told.facts, told.question) for word in sentence.split())
        answers.add(told.answer)
    return ({word: k for k, word in enumerate(sorted(words), 1)}, {word: k for k, word in enumerate(sorted(answers))})


WORDS, ANSWERS = _vocabulary()
"""Number of each word, from 1, and of each answer, from 0."""


def batch_of(told: Sequence[Story]) -> Stories:
    """Stories as one batch, padded by 0."""
    lines = max(len(one.facts) for one in told)
    across = max(len(fact.split()) for one in told for fact in one.facts)
    asked = max(len(one.question.split()) for one in told)
    words = torch.zeros(len(told), lines, across, dtype=torch.long)
    question = torch.zeros(len(told), asked, dtype=torch.long)
    support = torch.zeros(len(told), lines)
    for k, one in enumerate(told):
        for row, fact in enumerate(one.facts):
            numbers = [WORDS[word] for word in fact.split()]
            words[k, row, : len(numbers)] = torch.tensor(numbers)
        numbers = [WORDS[word] for word in one.question.split()]
        question[k, : len(numbers)] = torch.tensor(numbers)
        support[k, list(one.support)] = 1
    return Stories(words, question, torch.tensor([ANSWERS.get(one.answer, 0) for one in told]), support)


def stories(rng: random.Random, count: int, kinds: Sequence[int]) -> Stories:
    """A batch of stories of some kinds."""
    return batch_of([story(rng.choice(kinds), rng) for _ in range(count)])


def story_loss(net: StoryNet, batch: Stories) -> dict[str, Tensor]:
    """Cross-entropy of the answer, and of the attention: over all passes, every supporting fact is to be seen once."""
    answers, attention = net(batch.words, batch.question)
    entropy = F.cross_entropy(answers, batch.answer)
    seen = attention.log_softmax(2).amax(1)
    missed = -(seen * batch.support).sum(1) / batch.support.sum(1).clamp(min=1)
    wrong = (answers.argmax(1) != batch.answer).float().mean()
    return {"loss": entropy + 0.5 * missed.mean(), "entropy": entropy, "missed": missed.mean(), "wrong": wrong}


@torch.no_grad()
def accuracies(net: StoryNet, kinds: Sequence[int], count: int, seed: int = 77_000_000) -> dict[int, float]:
    """Share of right answers of each kind, on stories that training never draws."""
    found = {}
    for kind in kinds:
        held = stories(random.Random(seed + kind), count, [kind])
        found[kind] = float((net(held.words, held.question)[0].argmax(1) == held.answer).float().mean())
    return found


def table(run: Path, count: int) -> str:
    """The kinds with accuracy in per cent, ours and published."""
    trained = load(run / LAST, "ask")
    assert isinstance(trained.net, StoryNet)
    ours = accuracies(trained.net, range(1, len(KINDS) + 1), count)
    rows = ["| kind | ours | DMN 2016 |", "|---|---:|---:|"]
    rows += [f"| {k} {TITLES[k - 1]} | {100 * ours[k]:.1f} | {PUBLISHED[k - 1]:.1f} |" for k in ours]
    mean = sum(ours.values()) / len(ours)
    passed = sum(value > 0.95 for value in ours.values()), sum(value > 95 for value in PUBLISHED)
    rows += [f"| mean | {100 * mean:.1f} | {sum(PUBLISHED) / len(PUBLISHED):.1f} |"]
    return "\n".join([*rows, f"| kinds over 95 | {passed[0]} | {passed[1]} |"])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path, metavar="RUN", help="folder of a run, with its last.pt")
    parser.add_argument("--stories", type=int, default=1000, metavar="N", help="of each kind")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    print(table(arguments.run, arguments.stories))
