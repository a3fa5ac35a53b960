"""Stories of twenty kinds: answers that follow from the facts named."""

from __future__ import annotations

import random

import pytest

from ocr.train.ask.babi import KINDS, story
from ocr.train.ask.worlds import PLACES


@pytest.mark.parametrize("kind", range(1, len(KINDS) + 1))
def test_every_kind_names_the_facts_its_answer_follows_from(kind: int) -> None:
    rng = random.Random(kind)
    for _ in range(60):
        told = story(kind, rng)
        assert told.facts and told.question and told.answer
        assert all(0 <= number < len(told.facts) for number in told.support)
        assert kind in (7, 8) or told.support


def test_where_somebody_is_follows_from_the_last_move() -> None:
    rng = random.Random(1)
    for _ in range(50):
        told = story(1, rng)
        who = told.question.split()[-1]
        last = [fact for fact in told.facts if fact.startswith(f"{who} ")][-1]
        assert last.endswith(told.answer) and told.answer in PLACES


def test_things_are_counted() -> None:
    rng = random.Random(2)
    for _ in range(50):
        told = story(7, rng)
        who = told.question.split()[-2]
        count = 0
        for fact in told.facts:
            if fact.startswith(f"{who} "):
                verb = fact.split()[1]
                count += (verb in ("took", "picked", "got")) - (verb in ("dropped", "put", "left"))
        assert told.answer == ("none", "one", "two", "three", "four")[count]


def test_paths_lead_there() -> None:
    steps = {"north": (0, 1), "south": (0, -1), "east": (1, 0), "west": (-1, 0)}
    rng = random.Random(3)
    for _ in range(50):
        told = story(19, rng)
        start, end = told.question.split()[6], told.question.split()[-1]
        at = {start: (0, 0)}
        for _ in told.facts:
            for fact in told.facts:
                _, new, _, way, _, _, known = fact.split()
                x, y = steps[way]
                if known in at:
                    at[new] = (at[known][0] + x, at[known][1] + y)
                elif new in at:
                    at[known] = (at[new][0] - x, at[new][1] - y)
        first, second = (steps[way] for way in told.answer.split(","))
        assert at[end] == (first[0] + second[0], first[1] + second[1])
