"""The citizen identification number of China: GB 11643-1999.

Six digits of a division code (GB/T 2260), eight of the date of birth, three of sequence, the last odd for men, and a
check character: ISO 7064 MOD 11-2, where X stands for ten.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from ocr.idcard.divisions import division

__all__ = ["CHARACTERS", "ReadNumber", "best_number", "birth_of", "check_character", "is_valid", "sex_of"]

CHARACTERS = "0123456789X"
LENGTH = 18
WEIGHTS = tuple(2 ** (LENGTH - 1 - i) % 11 for i in range(LENGTH - 1))
OLDEST = 1900
MISPRINT = 1e-2
"""Prior odds of a card whose number is printed wrong, against one whose number is right."""
TRIED = 20_000
"""Most strings that are tried, the most likely first."""


@dataclass(frozen=True, slots=True)
class ReadNumber:
    """A number as read, the probability that it is right, and whether it is valid."""

    text: str
    confidence: float
    valid: bool


def check_character(seventeen: str) -> str:
    """The check character for the first seventeen digits.

    Raises:
        ValueError: not seventeen digits were given.

    Example:
        >>> check_character("11010519491231002")
        'X'
    """
    if len(seventeen) != LENGTH - 1 or not (seventeen.isascii() and seventeen.isdigit()):
        raise ValueError(f"a number has seventeen digits before its check character, not {seventeen!r}")
    total = sum(int(digit) * weight for digit, weight in zip(seventeen, WEIGHTS, strict=True))
    return CHARACTERS[(12 - total % 11) % 11]


def birth_of(number: str) -> date | None:
    """The date of birth in a number; None if the digits are no date."""
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None


def sex_of(number: str) -> str:
    """男 or 女 by the seventeenth digit; empty if there is none."""
    digit = number[16:17]
    return ("男" if int(digit) % 2 else "女") if digit.isdigit() else ""


def is_valid(number: str, today: date | None = None) -> bool:
    """Whether the check character is right, the date of birth is in the past, and the division exists or existed."""
    if len(number) != LENGTH or not (number[:-1].isascii() and number[:-1].isdigit()):
        return False
    born = birth_of(number)
    return (
        number[-1] == check_character(number[:-1])
        and born is not None
        and born.year >= OLDEST
        and born <= (today or date.today())
        and bool(division(number[:6]))
    )


def best_number(places: NDArray[np.float64], today: date | None = None) -> ReadNumber:
    """The most likely number, with validity as prior: a valid one is preferred to one that is slightly clearer.

    A number that is clearly printed wrong is kept as printed.

    Args:
        places: (18, 11) probabilities of ``CHARACTERS``; with any other number of rows, validity is not considered.
        today: the latest date of birth; the current day when left out.
    """
    printed = "".join(CHARACTERS[k] for k in places.argmax(1))
    most = float(places.max(1).prod())
    if len(places) != LENGTH:
        return ReadNumber(printed, most, False)
    best, mass = (printed, most * MISPRINT), most * MISPRINT
    for tried, (text, probability) in enumerate(ranked(places)):
        if tried == TRIED or probability < most * MISPRINT**2:
            break
        if is_valid(text, today):
            mass += probability
            if probability > best[1]:
                best = text, probability
    text, score = best
    return ReadNumber(text, min(1.0, score / mass), is_valid(text, today))


def ranked(places: NDArray[np.float64]) -> Iterator[tuple[str, float]]:
    """Strings and their probabilities, the most likely first.

    Args:
        places: (L, 11) probabilities of ``CHARACTERS``.
    """
    order = np.argsort(-places, axis=1)
    sorted_places = np.take_along_axis(places, order, 1)
    start = (0,) * len(places)
    # Each string is reached from one parent only: the one whose last changed place is one rank better.
    queue = [(-float(sorted_places[:, 0].prod()), start, 0)]
    while queue:
        negative, ranks, first = heapq.heappop(queue)
        yield "".join(CHARACTERS[order[i, k]] for i, k in enumerate(ranks)), -negative
        for i in range(first, len(ranks)):
            k = ranks[i] + 1
            if k < len(CHARACTERS) and sorted_places[i, k] > 0:
                share = float(sorted_places[i, k] / sorted_places[i, k - 1])
                heapq.heappush(queue, (negative * share, (*ranks[:i], k, *ranks[i + 1 :]), i))
