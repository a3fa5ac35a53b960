"""A small world of people who go about, pick things up and put them down, for stories."""

from __future__ import annotations

import random
from collections.abc import Iterable

__all__ = ["PEOPLE", "PLACES", "THINGS", "World", "choose", "go"]

PEOPLE = {"Anna": "she", "Marie": "she", "Julia": "she", "Tom": "he", "Peter": "he", "Karl": "he"}
PLACES = ("kitchen", "garden", "office", "bedroom", "hallway", "pantry", "school", "park")
THINGS = ("football", "milk", "apple", "book")
VERBS = ("went to", "walked to", "moved to", "travelled to")


def go(rng: random.Random, who: str, where: str) -> str:
    """A sentence: somebody goes somewhere."""
    return f"{who} {rng.choice(VERBS)} the {where}"


def choose(rng: random.Random, names: Iterable[str]) -> str:
    """One of some names."""
    return rng.choice(list(names))


class World:
    """Who is where and has what, and the sentences that tell it.

    Args:
        rng: decides what happens.
        people, things: how many there are.

    Attributes:
        facts: the sentences.
        place: where each person is known to be, and ``since`` which fact.
        holds: what each person carries.
        found: places where each thing has been while someone who was somewhere known carried or left it.
    """

    def __init__(self, rng: random.Random, people: int = 4, things: int = 0) -> None:
        self.rng = rng
        self.people = rng.sample(list(PEOPLE), people)
        self.things = rng.sample(THINGS, things)
        self.facts: list[str] = []
        self.place: dict[str, str] = {}
        self.since: dict[str, int] = {}
        self.holds: dict[str, list[str]] = {who: [] for who in self.people}
        self.taken: dict[str, int] = {}
        self.found: dict[str, list[str]] = {}
        self.reasons: dict[str, list[tuple[int, ...]]] = {}

    def move(self) -> None:
        """Somebody goes somewhere."""
        who = self.rng.choice(self.people)
        where = self.rng.choice([place for place in PLACES if place != self.place.get(who)])
        self.facts.append(go(self.rng, who, where))
        self.place[who], self.since[who] = where, len(self.facts) - 1
        for thing in self.holds[who]:
            self._seen(thing, who)

    def step(self, moves: float = 0.55) -> None:
        """Somebody goes somewhere, takes something or puts something down."""
        who = self.rng.choice(self.people)
        free = [thing for thing in self.things if all(thing not in held for held in self.holds.values())]
        if self.rng.random() < moves or not (free or self.holds[who]):
            self.move()
        elif free and (not self.holds[who] or self.rng.random() < 0.65):
            thing = self.rng.choice(free)
            where = self.found.get(thing, [""])[-1]
            if where and self.place.get(who) != where:
                self.move()  # things are taken where they are
                return
            self.facts.append(f"{who} {self.rng.choice(('took', 'picked up', 'got'))} the {thing}")
            self.holds[who].append(thing)
            self.taken[thing] = len(self.facts) - 1
            if who in self.place:
                self._seen(thing, who)
        else:
            thing = self.rng.choice(self.holds[who])
            self.facts.append(f"{who} {self.rng.choice(('dropped', 'put down', 'left'))} the {thing}")
            self.holds[who].remove(thing)

    def _seen(self, thing: str, who: str) -> None:
        """A thing is where its bearer is."""
        where, why = self.place[who], (self.taken[thing], self.since[who])
        places = self.found.setdefault(thing, [])
        if not places or places[-1] != where:
            places.append(where)
            self.reasons.setdefault(thing, []).append(why)

    def because(self, thing: str) -> tuple[int, ...]:
        """The facts from which its last place follows."""
        return tuple(sorted(set(self.reasons[thing][-1])))

    def between(self, thing: str, turn: int) -> tuple[int, ...]:
        """The facts from which the place before place ``turn`` follows."""
        return tuple(sorted({*self.reasons[thing][turn - 1], *self.reasons[thing][turn]}))

    def handled(self, who: str) -> tuple[int, ...]:
        """The facts in which somebody takes something or puts it down."""
        verbs = ("took", "picked", "got", "dropped", "put", "left")
        return tuple(k for k, fact in enumerate(self.facts) if fact.startswith(who) and fact.split()[1] in verbs)
