"""Checks of the numbers of cards, by the names that descriptions use.

Each takes the number as it is printed and the other values of the card, and says whether the number can be one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date

from ocr.idcard.number import birth_of, check_character

__all__ = ["CHECKS", "Check"]

Check = Callable[[str, Mapping[str, str]], bool]

HKID = re.compile(r"([A-Z]{1,2})(\d{6})\(([\dA])\)", re.ASCII)
MACAU = re.compile(r"[157]\d{6}\(\d\)|[157]/\d{6}/\d", re.ASCII)
PERMIT = re.compile(r"[HM]\d{8}(\d\d)?", re.ASCII)
TAIWAN = re.compile(r"\d{8}", re.ASCII)
FOREIGN_NEW = re.compile(r"9\d{16}[\dX]", re.ASCII)
FOREIGN_OLD = re.compile(r"[A-Z]{3}\d{12}", re.ASCII)
LENGTHS = range(12, 20)
"""Possible numbers of digits of a payment card: ISO/IEC 7812-1."""

ISSUERS = (2, 3, 4, 5, 6, 9)
"""Major industry identifiers of payment cards."""


def hong_kong(number: str, values: Mapping[str, str]) -> bool:
    """A number of the Hong Kong identity card: ``A123456(3)``.

    Places from the second last to the first count 2, 3, ..., 9; letters count 10 to 35, a missing first letter 36; with
    the check digit (``A`` for ten) the sum is a multiple of 11.

    Example:
        >>> hong_kong("A123456(3)", {}), hong_kong("A123456(4)", {})
        (True, False)
    """
    match = HKID.fullmatch(number)
    if match is None:
        return False
    letters, digits, last = match.groups()
    places = [36] * (2 - len(letters)) + [int(c, 36) for c in letters + digits]
    return (sum(k * n for k, n in zip(range(9, 1, -1), places, strict=True)) + int(last, 36)) % 11 == 0


def macau(number: str, values: Mapping[str, str]) -> bool:
    """A number of the Macau resident identity card: eight digits, the first 1, 5 or 7.

    How the last one checks the others is not published.

    Example:
        >>> macau("1234567(8)", {}), macau("2234567(8)", {})
        (True, False)
    """
    return MACAU.fullmatch(number) is not None


def hong_kong_macau_permit(number: str, values: Mapping[str, str]) -> bool:
    """A number of the mainland travel permit of residents of Hong Kong (H) or Macau (M), which has no check digit.

    Eight digits, and two for the renewal on cards before 2013.
    """
    return PERMIT.fullmatch(number) is not None


def taiwan_permit(number: str, values: Mapping[str, str]) -> bool:
    """A number of the mainland travel permit of residents of Taiwan: eight digits, without a check digit."""
    return TAIWAN.fullmatch(number) is not None


def foreign_resident(number: str, values: Mapping[str, str]) -> bool:
    """A number of the permanent residence card of foreigners in China.

    Since 2023 as a citizen's (GB 11643) with a 9 in front; before, a country and twelve digits, among them the date
    of birth as YYMMDD. Both have to agree with the date of birth that is printed.
    """
    birth = values.get("birth", "")
    if FOREIGN_NEW.fullmatch(number):
        born = birth_of(number)
        good = born is not None and number[-1] == check_character(number[:-1])
        return good and (not birth or birth == str(born))
    if FOREIGN_OLD.fullmatch(number):
        day = number[7:13]
        return _is_day(day) and (not birth or birth.replace("-", "")[2:] == day)
    return False


def payment_card(number: str, values: Mapping[str, str]) -> bool:
    """A number of a payment card (ISO/IEC 7812-1): 12 to 19 digits, the last by Luhn's formula.

    The first digit is that of banks, travel companies or national issuers.

    Example:
        >>> payment_card("6222 0200 0000 0000 004", {}), payment_card("4111 1111 1111 1112", {})
        (False, False)
        >>> payment_card("4111 1111 1111 1111", {})
        True
    """
    digits = [int(c) for c in number if c.isascii() and c.isdigit()]
    doubled = [d if i % 2 == 0 else 2 * d - 9 * (d > 4) for i, d in enumerate(reversed(digits))]
    return len(digits) in LENGTHS and digits[0] in ISSUERS and sum(doubled) % 10 == 0


def _is_day(text: str) -> bool:
    """Whether YYMMDD is a day in this century or the last."""
    for century in (1900, 2000):
        try:
            date(century + int(text[:2]), int(text[2:4]), int(text[4:]))
        except ValueError:
            continue
        return True
    return False


CHECKS: Mapping[str, Check] = {
    "Hong Kong check digit": hong_kong,
    "Macau number": macau,
    "Hong Kong or Macau permit": hong_kong_macau_permit,
    "Taiwan permit": taiwan_permit,
    "foreign permanent resident": foreign_resident,
    "payment card": payment_card,
}
