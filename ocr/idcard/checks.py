"""Validity of the fields of a Chinese resident identity card, each by itself and in relation to the others.

Nothing is corrected. A card that contradicts itself keeps its values as printed; the fields concerned are not valid,
and the problem is reported.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from ocr.idcard.card import BACK, LONG_TERM, Field, IdCard, Problem
from ocr.idcard.divisions import leading
from ocr.idcard.number import LENGTH, check_character, is_valid, sex_of

__all__ = ["authority_in", "checked", "ethnicities", "is_address", "is_authority", "possible", "span_of", "spans_for"]

SPANS = ((16, (5,)), (26, (10, 5)), (46, (20, 10)), (200, (None, 20)))
"""Age at issue and years of validity: Law on Resident Identity Cards (2003), article 5. Application and issue may fall
into two brackets, so the one before is accepted as well; None means long-term."""
AUTHORITY = re.compile("公安[局处]|公安局.{1,8}分局|(公安)?分局")
"""How the name of an issuing authority continues after the divisions."""
SURE_FIELD = 0.6
"""If all fields that show a contradiction have at least this confidence, the contradiction is taken to be printed.
Misread numbers had at most 0.3, numbers that were printed wrong at least 0.8."""
GUESSED = 0.5
"""Confidence below which a value that is not possible either is left out; chosen on drawn cards of one seed."""
DATE = re.compile(r"\d{4}-\d\d-\d\d")
NUMBER = re.compile(r"\d{1,17}[\dX]", re.ASCII)
NAME = re.compile(r"[\u3007\u3400-\u9fff\U00020000-\U000323af·]{2,30}")
HIDING = frozenset((Problem.CROPPED, Problem.GLARE, Problem.COVERED))
"""What takes parts of a card out of sight."""


@cache
def ethnicities() -> tuple[str, ...]:
    """The names as printed on cards, including two former ones: ``data/ethnicities.txt``."""
    text = (files("ocr.idcard") / "data" / "ethnicities.txt").read_text(encoding="utf-8")
    return tuple(line for line in text.splitlines() if line and not line.startswith("#"))


def span_of(start: date, end: date) -> int | None:
    """Whole years between two dates of the same day and month; None if the days differ."""
    same = (start.month, start.day) == (end.month, end.day)
    leap = (start.month, start.day) == (2, 29) and (end.month, end.day) in ((2, 28), (3, 1))
    return end.year - start.year if same or leap else None


def spans_for(age: int) -> tuple[int | None, ...]:
    """Possible years of validity of a card issued at an age; None stands for long-term."""
    return next(spans for below, spans in SPANS if age < below)


def checked(card: IdCard, today: date | None = None) -> IdCard:
    """The card with ``valid`` set for every field, and with the problems that its text shows.

    Args:
        card: as read; fields that were not read are empty and stay invalid.
        today: the date for which ``expired`` is decided; the current day when left out.
    """
    today = today or date.today()
    values = {name: field.value for name, field in card.fields.items() if field.value}
    faults = list(_faults(values, today))
    wrong = {*_impossible(values, today), *(name for fault in faults for name in fault.fields)}
    fields: dict[str, Any] = {
        name: replace(field, valid=bool(field.value) and name not in wrong) for name, field in card.fields.items()
    }
    shown = (
        fault.problem for fault in faults if all(card.fields[name].confidence > SURE_FIELD for name in fault.shown_by)
    )
    problems = {*card.problems, *shown}
    if _runs_out(values, today):
        problems.add(Problem.EXPIRED)
    return replace(card, **fields, problems=tuple(problem for problem in Problem if problem in problems))


def possible(card: IdCard) -> IdCard:
    """The card without values that the format cannot hold, and without what is probably not printed at all.

    Names are Han characters, dates are days of the calendar, no number has more than 18 places, there are two sexes. A
    number with fewer places stays, as some cards are printed so, and is never valid; but not where something hides a
    part of the card: then it is the rest of a number. An address or an authority that begins with no division, or a
    group that there is not, is left out where the reading is in doubt.
    """
    out = {name for name, can in HELD.items() if (text := card.fields[name].value) and not can(text)}
    if len(card.number.value) < LENGTH and not HIDING.isdisjoint(card.problems):
        out.add("number")
    for name in ("ethnicity", "address", "issuer"):
        field = card.fields[name]
        if field.confidence < GUESSED and not POSSIBLE[name](field.value):
            out.add(name)
    return replace(card, **{name: Field() for name in out})  # type: ignore[arg-type]


class Fault(NamedTuple):
    """Invalid fields, the problem, and the fields that show it: it is printed so if these were read correctly."""

    fields: tuple[str, ...]
    problem: Problem
    shown_by: tuple[str, ...]


def _impossible(values: Mapping[str, str], today: date) -> Iterator[str]:
    """Fields with an impossible value. These are more likely misread than printed so."""
    yield from (name for name, can in POSSIBLE.items() if name in values and not can(values[name]))
    birth = _date(values.get("birth", ""))
    if birth is None or birth > today:
        yield "birth"
    yield from (name for name in BACK[1:] if values.get(name) != LONG_TERM and _date(values.get(name, "")) is None)


def _faults(values: Mapping[str, str], today: date) -> Iterator[Fault]:
    """All contradictions between the values of a card, or within the number."""
    number = values.get("number", "")
    if number and not is_valid(number, today):
        wrong = len(number) != LENGTH or not number[:-1].isdigit() or number[-1] != check_character(number[:-1])
        yield Fault(("number",), Problem.CHECKSUM if wrong else Problem.INCONSISTENT, ("number",))
    birth = values.get("birth", "")
    if number and DATE.fullmatch(birth) and number[6:14] != birth.replace("-", ""):
        yield _denied("birth", number, today)
    if number and "sex" in values and sex_of(number) != values["sex"]:
        yield _denied("sex", number, today)
    yield from (Fault(BACK[1:], Problem.INCONSISTENT, shown_by) for shown_by in _spans(values))


def _denied(name: str, number: str, today: date) -> Fault:
    """A field that contradicts the number: neither can be trusted, unless the number is invalid by itself."""
    wrong = (name, "number") if is_valid(number, today) else (name,)
    return Fault(wrong, Problem.INCONSISTENT, (name, "number"))


def _is_name(text: str) -> bool:
    return NAME.fullmatch(text) is not None


def _is_day(text: str) -> bool:
    return DATE.fullmatch(text) is not None and _date(text) is not None


def _is_number(text: str) -> bool:
    return NUMBER.fullmatch(text) is not None


def is_address(text: str) -> bool:
    """Whether it begins with divisions down to a county, or to a city without counties, and continues after them."""
    parts = leading(text)
    return bool(parts) and parts[-1].is_lowest and sum(len(part.name) for part in parts) < len(text)


def is_authority(text: str) -> bool:
    """Whether it begins with divisions and continues as names of issuing authorities do."""
    parts = leading(text)
    rest = text.partition(parts[-1].name)[2] if parts else text
    return bool(parts) and AUTHORITY.fullmatch(rest) is not None


def authority_in(text: str) -> str:
    """The name of an authority with which a text begins, the longest one; empty if it begins with none.

    Example:
        >>> authority_in("安阳市公安局印无效")
        '安阳市公安局'
    """
    return next((text[:end] for end in range(len(text), 0, -1) if is_authority(text[:end])), "")


HELD: Mapping[str, Callable[[str], bool]] = {
    "name": _is_name,
    "sex": lambda text: text in ("男", "女"),
    "birth": _is_day,
    "number": _is_number,
    "valid_from": _is_day,
    "valid_to": lambda text: text == LONG_TERM or _is_day(text),
}
"""What the format of a card can hold."""
POSSIBLE: Mapping[str, Callable[[str], bool]] = {
    "name": HELD["name"],
    "sex": HELD["sex"],
    "ethnicity": lambda text: text in ethnicities(),
    "address": is_address,
    "issuer": is_authority,
}


def _spans(values: Mapping[str, str]) -> Iterator[tuple[str, ...]]:
    """Fields that show that the period of validity is not one that is issued, or not one for this age."""
    start, end, birth = (_date(values.get(name, "")) for name in ("valid_from", "valid_to", "birth"))
    endless = values.get("valid_to") == LONG_TERM
    if start and (end or endless):
        years = span_of(start, end) if end else None
        if not endless and years not in (5, 10, 20):
            yield BACK[1:]
        if birth:
            age = start.year - birth.year - ((start.month, start.day) < (birth.month, birth.day))
            if age < 0 or years not in spans_for(age):
                yield "birth", *BACK[1:]


def _runs_out(values: Mapping[str, str], today: date) -> bool:
    end = _date(values.get("valid_to", ""))
    return end is not None and end < today


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
