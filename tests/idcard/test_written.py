"""Forms of numbers and dates."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from numpy.typing import NDArray

from ocr.idcard.written import dates, fits, read_as

TODAY = date(2026, 1, 1)
CHARACTERS = "0123456789AO-(). "


@pytest.mark.parametrize(
    ("form", "text", "days"),
    [
        ("DD-MM-YYYY", "03-11-1985", ("1985-11-03",)),
        ("DD-MM-YY", "03-11-85", ("1985-11-03",)),
        ("DD-MM-YYYY", "31-02-1985", ("",)),
        ("YYYY.MM.DD-YYYY.MM.DD", "2013.01.02-2023.01.01", ("2013-01-02", "2023-01-01")),
        ("YYYY.MM.DD-长期", "2013.01.02-长期", ("2013-01-02", "long-term")),
    ],
)
def test_dates(form: str, text: str, days: tuple[str, ...]) -> None:
    assert dates(form, text, TODAY) == days


def test_two_digits_of_a_year_that_is_to_come() -> None:
    assert dates("MM/YY", "09/31", TODAY, ahead=True) == ("2031-09",)
    assert dates("MM/YY", "09/31", TODAY) == ("1931-09",)


def test_forms() -> None:
    assert fits("number", "A000000(?)", "A123456(A)") and fits("number", "0000 0000", "12345678")
    assert not fits("number", "A000000(?)", "0123456(7)") and not fits("date", "DD.MM", "1.12")


def logs(text: str, doubt: float = 0.01) -> NDArray[np.float32]:
    """What a net gives that reads a text, each character with a blank after it."""
    classes = len(CHARACTERS) + 1
    rows = np.full((2 * len(text), classes), doubt / classes, np.float32)
    for k, character in enumerate(text):
        rows[2 * k, CHARACTERS.index(character) + 1] += 1 - doubt
        rows[2 * k + 1, 0] += 1 - doubt
    return np.asarray(np.log(rows / rows.sum(1, keepdims=True)), np.float32)


def test_a_line_is_read_under_its_form() -> None:
    read = read_as("number", ["A000(0)", "000(0)"], logs("A123(4)"), CHARACTERS)
    assert (read.text, read.form) == ("A123(4)", "A000(0)") and read.confidence > 0.9
    assert read_as("number", ["A000(0)"], logs("A1O3(4)"), CHARACTERS).confidence < 0.5
    assert read_as("number", ["%000"], logs("A123(4)"), CHARACTERS).text == ""
