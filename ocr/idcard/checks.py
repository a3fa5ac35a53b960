"""What a Chinese resident identity card can say: each field by itself and against the others.

Nothing is corrected here. A card that contradicts itself keeps its values as printed; the fields in question are not
valid, and the problem is named.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from ocr.idcard.card import BACK, LONG_TERM, IdCard, Problem
from ocr.idcard.divisions import leading
from ocr.idcard.number import LENGTH, birth_of, check_character, is_valid, sex_of

__all__ = ["checked", "ethnicities", "is_address", "is_authority", "span_of", "spans_for"]

SPANS = ((16, (5,)), (26, (10, 5)), (46, (20, 10)), (200, (None, 20)))
"""Age at issue, and years that a card runs: Law on Resident Identity Cards (2003), article 5. Issue and application may
lie in two brackets, so the one before counts as well; none means long-term."""
AUTHORITY = re.compile("公安[局处]|公安局.{1,8}分局|(公安)?分局")
"""How the name of an issuing authority goes on behind the divisions."""
NAME_LENGTHS = range(2, 31)


@cache
def ethnicities() -> tuple[str, ...]:
    """The names that cards print, with two former ones: ``data/ethnicities.txt``."""
    text = (files("ocr.idcard") / "data" / "ethnicities.txt").read_text(encoding="utf-8")
    return tuple(line for line in text.splitlines() if line and not line.startswith("#"))


def span_of(start: date, end: date) -> int | None:
    """Whole years between two dates of the same day and month; none where the days differ."""
    same = (start.month, start.day) == (end.month, end.day)
    leap = (start.month, start.day) == (2, 29) and (end.month, end.day) in ((2, 28), (3, 1))
    return end.year - start.year if same or leap else None


def spans_for(age: int) -> tuple[int | None, ...]:
    """Years that a card may run which is issued at an age; none stands for long-term."""
    return next(spans for below, spans in SPANS if age < below)


def checked(card: IdCard, today: date | None = None) -> IdCard:
    """The card with ``valid`` set for every field, and the problems that its text shows added to those it has.

    Args:
        card: as read; fields that were not read are empty and stay invalid.
        today: what a card runs out before; the current day when left out.
    """
    today = today or date.today()
    values = {name: field.value for name, field in card.fields.items() if field.value}
    faults = dict(_faults(values, today))
    fields: dict[str, Any] = {
        name: replace(field, valid=bool(field.value) and name not in faults) for name, field in card.fields.items()
    }
    problems = {*card.problems, *faults.values()}
    if _runs_out(values, today):
        problems.add(Problem.EXPIRED)
    return replace(card, **fields, problems=tuple(problem for problem in Problem if problem in problems))


def _faults(values: Mapping[str, str], today: date) -> Iterator[tuple[str, Problem]]:
    """Fields that are not valid and why."""
    yield from _single(values)
    number = values.get("number", "")
    if number and not is_valid(number, today):
        wrong = len(number) != LENGTH or not number[:-1].isdigit() or number[-1] != check_character(number[:-1])
        yield "number", Problem.CHECKSUM if wrong else Problem.INCONSISTENT
    birth = _date(values.get("birth", ""))
    if "birth" in values and (birth is None or birth > today):
        yield "birth", Problem.INCONSISTENT
    if number and birth and birth_of(number) != birth:
        yield from _both("birth", number, today)
    if number and "sex" in values and sex_of(number) != values["sex"]:
        yield from _both("sex", number, today)
    if not all(_spans(values, birth)):
        yield from ((name, Problem.INCONSISTENT) for name in BACK[1:] if name in values)


def _both(name: str, number: str, today: date) -> Iterator[tuple[str, Problem]]:
    """A field that contradicts the number: neither is to be trusted, unless the number is wrong in itself."""
    yield name, Problem.INCONSISTENT
    if is_valid(number, today):
        yield "number", Problem.INCONSISTENT


def _single(values: Mapping[str, str]) -> Iterator[tuple[str, Problem]]:
    """Fields whose value none can have."""
    yield from (
        (name, Problem.INCONSISTENT) for name, can in POSSIBLE.items() if name in values and not can(values[name])
    )


def _is_name(text: str) -> bool:
    return len(text) in NAME_LENGTHS and all(character.isalpha() or character == "·" for character in text)


def is_address(text: str) -> bool:
    """Whether it begins with divisions down to a county, or to a city that has none, and goes on behind them."""
    parts = leading(text)
    return bool(parts) and parts[-1].is_lowest and sum(len(part.name) for part in parts) < len(text)


def is_authority(text: str) -> bool:
    """Whether it begins with divisions and goes on as names of issuing authorities do."""
    parts = leading(text)
    rest = text.partition(parts[-1].name)[2] if parts else text
    return bool(parts) and AUTHORITY.fullmatch(rest) is not None


POSSIBLE: Mapping[str, Callable[[str], bool]] = {
    "name": _is_name,
    "sex": lambda text: text in ("男", "女"),
    "ethnicity": lambda text: text in ethnicities(),
    "address": is_address,
    "issuer": is_authority,
}


def _spans(values: Mapping[str, str], birth: date | None) -> Iterator[bool]:
    """Whether the dates of validity are dates, in order, of a span that is given out, and of one for the age."""
    start, end = _date(values.get("valid_from", "")), _date(values.get("valid_to", ""))
    endless = values.get("valid_to") == LONG_TERM
    yield "valid_from" not in values or start is not None
    yield "valid_to" not in values or endless or end is not None
    if start and (end or endless):
        years = span_of(start, end) if end else None
        yield endless or years in (5, 10, 20)
        if birth:
            age = start.year - birth.year - ((start.month, start.day) < (birth.month, birth.day))
            yield age >= 0 and years in spans_for(age)


def _runs_out(values: Mapping[str, str], today: date) -> bool:
    end = _date(values.get("valid_to", ""))
    return end is not None and end < today


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
