"""Invented people: the values of an identity card, which agree with each other and belong to nobody."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache

from ocr.idcard.card import LONG_TERM
from ocr.idcard.checks import ethnicities, spans_for
from ocr.idcard.divisions import Division, divisions
from ocr.idcard.number import CHARACTERS, check_character
from ocr.train.synth.names import full_name, residence

__all__ = ["TODAY", "invent", "misprinted", "persons"]

MUNICIPALITIES = ("11", "12", "31", "50")
HAN = 0.5
"""So many are Han; each other group comes as often as any."""
NEWEST, ZONES = "202306", "71"
"""The last edition of the division codes; from these last digits on they are zones of statistics, on no card."""
TODAY = date(2026, 1, 1)
"""Fixed, so that a seed draws the same person in any year."""


@cache
def _counties() -> tuple[tuple[str, Division], ...]:
    """Counties and districts of today with the names above them."""
    newest = {code: next((row for row in rows if row.last == NEWEST), None) for code, rows in divisions().items()}
    found = []
    for code, row in newest.items():
        province, prefecture = newest.get(f"{code[:2]}0000"), newest.get(f"{code[:4]}00")
        if row is not None and province is not None and not code.endswith("00") and code[4:] < ZONES:
            direct = code[:2] in MUNICIPALITIES or code[2] == "9"
            if direct or prefecture is not None:
                found.append((province.name + ("" if direct or prefecture is None else prefecture.name), row))
    return tuple(found)


def invent(rng: random.Random) -> dict[str, str]:
    """Values of all nine fields, consistent, as :class:`ocr.idcard.card.IdCard` states them."""
    above, county = rng.choice(_counties())
    sex = rng.choice("男女")
    birth = TODAY - timedelta(days=rng.randint(365, 365 * 85))
    earliest = max(date(2004, 4, 1), birth + timedelta(days=30))
    issued = earliest + timedelta(days=rng.randrange((TODAY - earliest).days or 1))
    issued = issued.replace(day=min(issued.day, 28))
    age = issued.year - birth.year - ((issued.month, issued.day) < (birth.month, birth.day))
    years = spans_for(age)[0]
    sequence = 2 * rng.randrange(500) + (sex == "男")
    stem = f"{county.code}{birth:%Y%m%d}{sequence:03}"
    return {
        "name": full_name(rng),
        "sex": sex,
        "ethnicity": "汉" if rng.random() < HAN else rng.choice(ethnicities()[:56]),
        "birth": birth.isoformat(),
        "address": above + county.name + residence(rng),
        "number": stem + check_character(stem),
        "issuer": _authority(rng, above, county),
        "valid_from": issued.isoformat(),
        "valid_to": LONG_TERM if years is None else issued.replace(year=issued.year + years).isoformat(),
    }


def misprinted(rng: random.Random, values: dict[str, str]) -> dict[str, str]:
    """The values with one fault on the front: a wrong check character, or a birth or a sex that the number denies."""
    number, fault = values["number"], rng.choice(("number", "birth", "sex"))
    if fault == "number":
        return values | {"number": number[:-1] + rng.choice([c for c in CHARACTERS if c != number[-1]])}
    if fault == "sex":
        return values | {"sex": "女" if values["sex"] == "男" else "男"}
    other = date.fromisoformat(values["birth"]) - timedelta(days=rng.choice((1, 10, 31, 365, 3653)))
    return values | {"birth": other.isoformat()}


def persons(count: int, seed: int) -> Iterator[dict[str, str]]:
    """So many invented people, the same ones for a seed each time."""
    rng = random.Random(seed)
    return (invent(rng) for _ in range(count))


def _authority(rng: random.Random, above: str, county: Division) -> str:
    city = above[above.find("省") + 1 :] if "省" in above else above
    if county.name.endswith("区") and city.endswith("市") and rng.random() < 0.6:
        return f"{city}公安局{county.name.removesuffix('区')}分局"
    return f"{county.name if county.name.endswith(('县', '市')) else city + county.name}公安局"
