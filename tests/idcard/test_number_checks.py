"""Checks of the numbers of cards that have a description."""

from __future__ import annotations

import pytest

from ocr.idcard.number_checks import CHECKS


@pytest.mark.parametrize(
    ("check", "number", "right"),
    [
        ("Hong Kong check digit", "A123456(3)", True),
        ("Hong Kong check digit", "G123456(A)", True),
        ("Hong Kong check digit", "AB123456(9)", True),
        ("Hong Kong check digit", "A123456(9)", False),
        ("Hong Kong check digit", "A128456(3)", False),
        ("Hong Kong check digit", "A1234563", False),
        ("Macau number", "1234567(8)", True),
        ("Macau number", "5/123456/7", True),
        ("Macau number", "3234567(8)", False),
        ("Hong Kong or Macau permit", "H01234567", True),
        ("Hong Kong or Macau permit", "M0123456701", True),
        ("Hong Kong or Macau permit", "K01234567", False),
        ("Taiwan permit", "01234567", True),
        ("Taiwan permit", "1234567", False),
        ("foreign permanent resident", "911124198108030024", True),
        ("foreign permanent resident", "911124198108030025", False),
        ("foreign permanent resident", "911124198113030024", False),
        ("foreign permanent resident", "CAN110078080301", True),
        ("foreign permanent resident", "CAN110078130301", False),
        ("payment card", "4111 1111 1111 1111", True),
        ("payment card", "4111111111111112", False),
        ("payment card", "0000000000000000", False),
        ("payment card", "١" * 16, False),
        ("payment card", "18", False),
        ("payment card", "7000000000000005", False),
    ],
)
def test_numbers(check: str, number: str, right: bool) -> None:
    assert CHECKS[check](number, {}) is right


def test_every_single_digit_that_is_misread_is_noticed() -> None:
    for check, number in (("Hong Kong check digit", "A123456(3)"), ("payment card", "4111111111111111")):
        for k, digit in enumerate(number):
            for other in "0123456789" if digit.isdigit() else "":
                changed = number[:k] + other + number[k + 1 :]
                assert CHECKS[check](changed, {}) is (other == digit), changed


def test_a_number_has_to_agree_with_the_date_of_birth() -> None:
    for number in ("911124198108030024", "CAN110081080301"):
        assert CHECKS["foreign permanent resident"](number, {"birth": "1981-08-03"})
        assert not CHECKS["foreign permanent resident"](number, {"birth": "1981-08-04"})
