"""Forms of numbers and dates, as descriptions of cards write them: ``A000000(?)``, ``DD-MM-YYYY``."""

from __future__ import annotations

import math
import string
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from ocr.idcard.card import LONG_TERM
from ocr.recognize.lattice import posteriors

__all__ = ["Written", "characters_of", "dates", "fits", "read_as"]

SIGNS = {
    "number": {"A": string.ascii_uppercase, "0": string.digits, "?": string.digits + string.ascii_uppercase},
    "date": dict.fromkeys("YMD", string.digits),
    "period": dict.fromkeys("YMD", string.digits),
}
"""What stands for characters in the forms of a number, a date and a period."""
CENTURY = 100
ENDLESS = ("长期", "長期", "------")
"""What is printed in place of the last day of a card that does not run out."""


@dataclass(frozen=True, slots=True)
class Written:
    """What an image shows under a form, and the probability of it; empty if it shows none."""

    text: str
    confidence: float
    form: str = ""


def characters_of(holds: str, form: str) -> list[str]:
    """The characters that are possible in each place of a form.

    Example:
        >>> characters_of("date", "YY.")
        ['0123456789', '0123456789', '.']
    """
    return [SIGNS[holds].get(sign, sign) for sign in form]


def fits(holds: str, form: str, text: str) -> bool:
    """Whether a text is written in a form; spaces do not count."""
    places, text = characters_of(holds, "".join(form.split())), "".join(text.split())
    return len(places) == len(text) and all(character in place for character, place in zip(text, places, strict=True))


def read_as(holds: str, forms: Sequence[str], logs: NDArray[np.float32], characters: Sequence[str]) -> Written:
    """What a line most likely says under one of some forms.

    Args:
        holds: what the field holds: a number, a date or a period.
        forms: how it may be written.
        logs: (T, 1 + C) log probabilities, class 0 the CTC blank.
        characters: of the classes from 1.
    """
    classes = {character: k for k, character in enumerate(characters, 1)}
    found, total = [], 0.0
    for form in forms:
        places = characters_of(holds, "".join(form.split()))
        symbols = sorted(set("".join(places)) & classes.keys())
        allowed = np.array([[symbol in place for symbol in symbols] for place in places])
        if not allowed.any(1).all():
            continue
        read = posteriors(logs[:, [0, *(classes[symbol] for symbol in symbols)]], allowed)
        if math.isfinite(read.likelihood):
            text = "".join(symbols[k] for k in read.characters.argmax(1))
            share = math.exp(read.likelihood)
            total += share
            found.append((share, Written(text, float(read.characters.max(1).prod()), form)))
    if not found:
        return Written("", 0.0)
    share, best = max(found, key=lambda pair: pair[0])
    return Written(best.text, best.confidence * share / max(total, 1e-300), best.form)


def dates(form: str, text: str, today: date, *, ahead: bool = False) -> tuple[str, ...]:
    """The days of a date or a period, each empty if it is none: ``YYYY-MM-DD``, ``YYYY-MM`` or ``long-term``.

    Args:
        form: how it is written.
        text: written so.
        today: years of two digits are in its century, or in the one before if they would be in the future.
        ahead: dates may be in the future.

    Example:
        >>> dates("DD-MM-YY", "03-11-18", date(2026, 1, 1))
        ('2018-11-03',)
    """
    places = "".join(form.split())
    if any(places.endswith(word) for word in ENDLESS):
        return *_days(places, text, today, ahead)[:1], LONG_TERM
    return _days(places, text, today, ahead)


def _days(form: str, text: str, today: date, ahead: bool) -> tuple[str, ...]:
    found: list[str] = []
    lengths = {sign: length for sign, length in (("Y", 4 if "YYYY" in form else 2), ("M", 2), ("D", 2)) if sign in form}
    parts = dict.fromkeys(lengths, "")
    for sign, character in zip(form, text, strict=False):
        if sign in parts:
            parts[sign] += character
        if all(len(parts[key]) == length for key, length in lengths.items()):
            found.append(_day(parts, today, ahead))
            parts = dict.fromkeys(lengths, "")
    return tuple(found)


def _day(parts: dict[str, str], today: date, ahead: bool) -> str:
    year = int(parts["Y"])
    if len(parts["Y"]) == 2:
        year += today.year // CENTURY * CENTURY
        year -= CENTURY * (year > today.year and not ahead)
    try:
        day = date(year, int(parts["M"]), int(parts.get("D", 1))).isoformat()
    except ValueError:
        return ""
    return day if "D" in parts else day[: len("YYYY-MM")]
