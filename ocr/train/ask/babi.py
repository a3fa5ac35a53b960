"""Stories of the twenty kinds of Weston et al., Towards AI-Complete Question Answering (2015), in words of our own.

Each kind tests one skill: from a single supporting fact to paths and motives. What the kinds ask is that of the
published descriptions; simulation, names and wordings are not those of the bAbI files, so figures on these stories
can be put beside published ones, but are not the same measurement.

    story(2, random.Random(1)).question
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from ocr.train.ask.worlds import PEOPLE, PLACES, THINGS, World, choose, go

__all__ = ["KINDS", "TITLES", "Story", "story"]

TITLES = (
    "one supporting fact", "two supporting facts", "three supporting facts", "two-argument relations",
    "three-argument relations", "yes or no", "counting", "lists", "negation", "indefinite knowledge", "coreference",
    "conjunction", "compound coreference", "time", "deduction", "induction", "positions", "sizes", "path finding",
    "motives",
)  # fmt: skip
TURNS = {"north": "south", "south": "north", "east": "west", "west": "east"}
BEASTS = ("mouse", "sheep", "wolf", "cat", "swan", "frog", "lion", "rhino")
PETS = ("Bella", "Otto", "Kira", "Max", "Nora", "Felix", "Tilda", "Hugo")
COLOURS = ("white", "green", "grey", "yellow", "black")
SHAPES = ("red square", "blue square", "pink rectangle", "yellow circle", "green triangle", "red circle")
SIZES = ("chest", "suitcase", "parcel", "box of sweets", "matchbox", "bar of soap")
MOODS = {"hungry": "kitchen", "tired": "bedroom", "bored": "garden", "thirsty": "pantry"}
GAINS = {"kitchen": "apple", "bedroom": "pyjamas", "garden": "football", "pantry": "milk"}


@dataclass(frozen=True, slots=True)
class Story:
    """Facts, a question, its answer, and which facts it follows from, from 0."""

    facts: tuple[str, ...]
    question: str
    answer: str
    support: tuple[int, ...]


def story(kind: int, rng: random.Random) -> Story:
    """A story of a kind, 1 to 20."""
    return KINDS[kind - 1](rng)


def _one_fact(rng: random.Random) -> Story:
    world = World(rng)
    for _ in range(rng.randint(2, 10)):
        world.move()
    who = choose(rng, world.place)
    return Story(tuple(world.facts), f"where is {who}", world.place[who], (world.since[who],))


def _two_facts(rng: random.Random) -> Story:
    world = World(rng, people=3, things=2)
    while not world.found:
        world.step()
    for _ in range(rng.randint(0, 6)):
        world.step()
    thing = choose(rng, world.found)
    return Story(tuple(world.facts), f"where is the {thing}", world.found[thing][-1], world.because(thing))


def _three_facts(rng: random.Random) -> Story:
    while True:
        world = World(rng, people=2, things=2)
        for _ in range(rng.randint(8, 16)):
            world.step()
        moved = {thing: places for thing, places in world.found.items() if len(places) > 1}
        if moved:
            thing = choose(rng, moved)
            turn = rng.randrange(1, len(moved[thing]))
            before, then = moved[thing][turn - 1 : turn + 1]
            if moved[thing].count(then) == 1:
                asked = f"where was the {thing} before the {then}"
                return Story(tuple(world.facts), asked, before, world.between(thing, turn))


def _two_arguments(rng: random.Random) -> Story:
    first, second, third = rng.sample(PLACES, 3)
    way = rng.choice(list(TURNS))
    other = rng.choice([turn for turn in TURNS if turn != way])
    facts = [f"the {first} is {way} of the {second}", f"the {third} is {other} of the {first}"]
    if other != TURNS[way] and rng.random() < 0.5:
        facts[1] = f"the {second} is {other} of the {third}"
    order = [0, 1]
    rng.shuffle(order)
    support = (order.index(0),)
    told = tuple(facts[k] for k in order)
    if rng.random() < 0.5:
        return Story(told, f"what is {way} of the {second}", first, support)
    return Story(told, f"what is the {first} {way} of", second, support)


def _three_arguments(rng: random.Random) -> Story:
    people = rng.sample(list(PEOPLE), 4)
    facts: list[str] = []
    gifts: list[tuple[str, str, str, int]] = []
    for _ in range(rng.randint(2, 8)):
        if rng.random() < 0.6:
            giver, taker = rng.sample(people, 2)
            thing = rng.choice(THINGS)
            facts.append(f"{giver} {rng.choice(('gave', 'handed', 'passed'))} the {thing} to {taker}")
            gifts = [gift for gift in gifts if gift[:2] != (giver, taker) and gift[1:3] != (taker, thing)]
            gifts = [gift for gift in gifts if (gift[0], gift[2]) != (giver, thing)]
            gifts.append((giver, taker, thing, len(facts) - 1))
        else:
            facts.append(go(rng, rng.choice(people), rng.choice(PLACES)))
    if not gifts:
        return _three_arguments(rng)
    giver, taker, thing, since = rng.choice(gifts)
    question, answer = rng.choice(
        (
            (f"who gave the {thing} to {taker}", giver),
            (f"what did {giver} give to {taker}", thing),
            (f"who did {giver} give the {thing} to", taker),
        )
    )
    return Story(tuple(facts), question, answer, (since,))


def _yes_or_no(rng: random.Random) -> Story:
    known = _one_fact(rng)
    yes = rng.random() < 0.5
    where = known.answer if yes else rng.choice([place for place in PLACES if place != known.answer])
    return Story(known.facts, f"is {known.question.split()[-1]} in the {where}", "yes" if yes else "no", known.support)


def _carrying(rng: random.Random) -> tuple[World, str]:
    world = World(rng, people=2, things=4)
    for _ in range(rng.randint(4, 14)):
        world.step(moves=0.35)
    return world, rng.choice(world.people)


def _counting(rng: random.Random) -> Story:
    world, who = _carrying(rng)
    count = ("none", "one", "two", "three", "four")[len(world.holds[who])]
    return Story(tuple(world.facts), f"how many things does {who} carry", count, world.handled(who))


def _lists(rng: random.Random) -> Story:
    while True:
        world, who = _carrying(rng)
        if len(world.holds[who]) < 3:
            what = ",".join(sorted(world.holds[who])) or "nothing"
            return Story(tuple(world.facts), f"what does {who} carry", what, world.handled(who))


def _negation(rng: random.Random) -> Story:
    people = rng.sample(list(PEOPLE), 4)
    facts: list[str] = []
    state: dict[str, tuple[str, bool, int]] = {}
    for _ in range(rng.randint(2, 9)):
        who, where, there = rng.choice(people), rng.choice(PLACES), rng.random() < 0.6
        facts.append(f"{who} is in the {where}" if there else f"{who} is no longer in the {where}")
        state[who] = (where, there, len(facts) - 1)
    who = choose(rng, state)
    where, there, since = state[who]
    asked = where if rng.random() < 0.7 or not there else rng.choice(PLACES)
    return Story(tuple(facts), f"is {who} in the {asked}", "yes" if there and asked == where else "no", (since,))


def _indefinite(rng: random.Random) -> Story:
    people = rng.sample(list(PEOPLE), 4)
    facts: list[str] = []
    state: dict[str, tuple[tuple[str, ...], int]] = {}
    for _ in range(rng.randint(2, 9)):
        who, (one, other) = rng.choice(people), rng.sample(PLACES, 2)
        sure = rng.random() < 0.5
        facts.append(f"{who} is in the {one}" if sure else f"{who} is either in the {one} or the {other}")
        state[who] = ((one,) if sure else (one, other), len(facts) - 1)
    who = choose(rng, state)
    places, since = state[who]
    asked = rng.choice(places) if rng.random() < 0.65 else rng.choice(PLACES)
    answer = "no" if asked not in places else "yes" if len(places) == 1 else "maybe"
    return Story(tuple(facts), f"is {who} in the {asked}", answer, (since,))


def _coreference(rng: random.Random) -> Story:
    facts: list[str] = []
    place: dict[str, tuple[str, int]] = {}
    people = rng.sample([name for name in PEOPLE if PEOPLE[name] == "he"], 2)
    people += rng.sample([name for name in PEOPLE if PEOPLE[name] == "she"], 2)
    for _ in range(rng.randint(1, 5)):
        who, (one, other) = rng.choice(people), rng.sample(PLACES, 2)
        facts += [go(rng, who, one), f"{rng.choice(('then', 'afterwards'))} {go(rng, PEOPLE[who], other)}"]
        place[who] = (other, len(facts) - 1)
    who = choose(rng, place)
    where, since = place[who]
    return Story(tuple(facts), f"where is {who}", where, (since - 1, since))


def _together(rng: random.Random, follow: bool) -> Story:
    people = rng.sample(list(PEOPLE), 4)
    facts: list[str] = []
    place: dict[str, tuple[str, tuple[int, ...]]] = {}
    for _ in range(rng.randint(1, 5)):
        pair, (one, other) = rng.sample(people, 2), rng.sample(PLACES, 2)
        facts.append(go(rng, " and ".join(pair), one))
        since: tuple[int, ...] = (len(facts) - 1,)
        if follow:
            facts.append(f"{rng.choice(('then', 'afterwards'))} {go(rng, 'they', other)}")
            one, since = other, (*since, len(facts) - 1)
        place.update(dict.fromkeys(pair, (one, since)))
    who = choose(rng, place)
    return Story(tuple(facts), f"where is {who}", *place[who])


def _time(rng: random.Random) -> Story:
    times = ("yesterday", "this morning", "this afternoon", "this evening")
    people = rng.sample(list(PEOPLE), 2)
    told: list[tuple[str, str, int, str]] = []
    route: dict[str, list[str]] = {}
    for who in people:
        route[who] = rng.sample(PLACES, rng.randint(2, 4))
        told += [(f"{times[k]} {go(rng, who, where)}", who, k, where) for k, where in enumerate(route[who])]
    rng.shuffle(told)
    who = rng.choice(people)
    turn = rng.randrange(1, len(route[who]))
    support = tuple(k for k, (_, by, when, _) in enumerate(told) if by == who and when in (turn - 1, turn))
    asked = f"where was {who} before the {route[who][turn]}"
    return Story(tuple(fact for fact, *_ in told), asked, route[who][turn - 1], support)


def _deduction(rng: random.Random) -> Story:
    kinds, pets = rng.sample(BEASTS, 4), rng.sample(PETS, 4)
    fears = {kind: rng.choice([other for other in kinds if other != kind]) for kind in kinds}
    facts = [f"every {kind} is afraid of a {fears[kind]}" for kind in kinds]
    facts += [f"{pet} is a {kind}" for pet, kind in zip(pets, kinds, strict=True)]
    order = list(range(8))
    rng.shuffle(order)
    which = rng.randrange(4)
    support = (order.index(which), order.index(which + 4))
    return Story(tuple(facts[k] for k in order), f"what is {pets[which]} afraid of", fears[kinds[which]], support)


def _induction(rng: random.Random) -> Story:
    kinds, pets = rng.sample(BEASTS, 3), rng.sample(PETS, 5)
    colour = {kind: rng.choice(COLOURS) for kind in kinds}
    of = dict(zip(pets, (*kinds, rng.choice(kinds), rng.choice(kinds)), strict=True))
    asked = pets[4]
    twin = next(pet for pet in pets if of[pet] == of[asked])
    facts = [f"{pet} is a {kind}" for pet, kind in of.items()]
    facts += [f"{pet} is {colour[kind]}" for pet, kind in of.items() if pet != asked]
    rng.shuffle(facts)
    needed = (f"{asked} is a {of[asked]}", f"{twin} is a {of[twin]}", f"{twin} is {colour[of[twin]]}")
    support = tuple(facts.index(fact) for fact in needed)
    return Story(tuple(facts), f"which colour is {asked}", colour[of[asked]], support)


def _positions(rng: random.Random) -> Story:
    one, two, three = rng.sample(SHAPES, 3)
    cells = {one: (0, 0)}
    steps = {"to the right of": (1, 0), "to the left of": (-1, 0), "above": (0, 1), "below": (0, -1)}
    facts = []
    for known, new in ((one, two), (two, three)):
        way = rng.choice(list(steps))
        cells[new] = (cells[known][0] + steps[way][0], cells[known][1] + steps[way][1])
        facts.append(f"the {new} is {way} the {known}")
    which, other = rng.sample((one, three), 2)
    across, up = (cells[which][axis] - cells[other][axis] for axis in (0, 1))
    way = rng.choice(list(steps))
    right, high = steps[way]
    yes = across * right + up * high > 0
    return Story(tuple(facts), f"is the {which} {way} the {other}", "yes" if yes else "no", (0, 1))


def _sizes(rng: random.Random) -> Story:
    chosen = sorted(rng.sample(range(len(SIZES)), 4))
    names = [SIZES[k] for k in chosen]
    facts = []
    for large, small in pairwise(names):
        wording = ("the {1} fits inside the {0}", "the {0} is bigger than the {1}")
        facts.append(rng.choice(wording).format(large, small))
    order = [0, 1, 2]
    rng.shuffle(order)
    one, other = sorted(rng.sample(range(4), 2))
    support = tuple(order.index(k) for k in range(one, other))
    yes = rng.random() < 0.5
    small, large = (names[other], names[one]) if yes else (names[one], names[other])
    asked = rng.choice((f"does the {small} fit in the {large}", f"is the {large} bigger than the {small}"))
    return Story(tuple(facts[k] for k in order), asked, "yes" if yes else "no", support)


def _path(rng: random.Random) -> Story:
    steps = {"north": (0, 1), "south": (0, -1), "east": (1, 0), "west": (-1, 0)}
    places = rng.sample(PLACES, 5)
    cells = {places[0]: (0, 0)}
    links: list[tuple[str, str, str]] = []
    for new in places[1:]:
        known, way = rng.choice(list(cells)), rng.choice(list(steps))
        cell = (cells[known][0] + steps[way][0], cells[known][1] + steps[way][1])
        if cell in cells.values():
            return _path(rng)
        cells[new] = cell
        links.append((new, way, known))
    rng.shuffle(links)
    hops = {(a, b): (TURNS[way], k) for k, (a, way, b) in enumerate(links)}
    hops |= {(b, a): (way, k) for k, (a, way, b) in enumerate(links)}
    routes = [(a, c, hops[a, b], hops[b, c]) for a, b in hops for b2, c in hops if b2 == b and c != a]
    if not routes:
        return _path(rng)
    start, end, (first, one), (second, two) = rng.choice(routes)
    facts = tuple(f"the {new} is {way} of the {known}" for new, way, known in links)
    return Story(facts, f"how do you go from the {start} to the {end}", f"{first},{second}", (one, two))


def _motives(rng: random.Random) -> Story:
    facts: list[str] = []
    asked: list[Story] = []
    for who in rng.sample(list(PEOPLE), rng.randint(1, 3)):
        mood = rng.choice(list(MOODS))
        where = MOODS[mood]
        begun = len(facts)
        facts += [f"{who} is {mood}", go(rng, who, where), f"{who} took the {GAINS[where]} there"]
        asked += [
            Story(tuple(facts[: begun + 1]), f"where will {who} go", where, (begun,)),
            Story(tuple(facts[: begun + 2]), f"why did {who} go to the {where}", mood, (begun,)),
            Story(tuple(facts), f"why did {who} get the {GAINS[where]}", mood, (begun,)),
        ]
    return rng.choice(asked)


KINDS: tuple[Callable[[random.Random], Story], ...] = (
    _one_fact, _two_facts, _three_facts, _two_arguments, _three_arguments, _yes_or_no, _counting, _lists, _negation,
    _indefinite, _coreference, lambda rng: _together(rng, follow=False), lambda rng: _together(rng, follow=True), _time,
    _deduction, _induction, _positions, _sizes, _path, _motives,
)  # fmt: skip
