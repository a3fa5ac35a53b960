"""Numbers of GB 11643-1999: the standard's own examples, and decoding of doubtful ones."""

from __future__ import annotations

import itertools
from datetime import date

import numpy as np
import pytest
from numpy.typing import NDArray

from ocr.idcard.number import CHARACTERS, best_number, birth_of, check_character, is_valid, ranked, sex_of

TODAY = date(2026, 7, 1)
WOMAN, MAN = "11010519491231002X", "440524188001010014"
"""The two examples of the standard; the man's year of birth is too long ago for a card."""


def places(text: str, doubts: dict[int, dict[str, float]] | None = None) -> NDArray[np.float64]:
    """Probabilities of a net that sees the text, with doubts in some places."""
    rows = np.full((len(text), len(CHARACTERS)), 1e-6)
    for i, character in enumerate(text):
        for alternative, probability in (doubts or {}).get(i, {character: 1.0}).items():
            rows[i, CHARACTERS.index(alternative)] = probability
    return np.asarray(rows / rows.sum(1, keepdims=True))


def test_examples_of_the_standard() -> None:
    assert check_character(WOMAN[:17]) == "X"
    assert check_character(MAN[:17]) == "4"
    assert (birth_of(WOMAN), sex_of(WOMAN), sex_of(MAN)) == (date(1949, 12, 31), "女", "男")


@pytest.mark.parametrize("text", ["", "1234", "1101051949123100a", "１１０１０５１９４９１２３１００２"])
def test_no_seventeen_digits(text: str) -> None:
    with pytest.raises(ValueError, match="seventeen"):
        check_character(text)


@pytest.mark.parametrize(
    ("number", "valid"),
    [
        (WOMAN, True),
        (MAN, False),  # born before 1900
        ("110105194912310021", False),  # check character
        ("11010519491231002", False),  # as made-up cards have them
        ("999999194912310023", False),  # no such division
        ("110105194913310022", False),  # no such month
        ("", False),
    ],
)
def test_validity(number: str, valid: bool) -> None:
    assert is_valid(number, TODAY) is valid


def test_a_birth_to_come_is_not_valid() -> None:
    stem = "11010520270101001"
    assert not is_valid(stem + check_character(stem), TODAY)
    assert is_valid(stem + check_character(stem), date(2027, 1, 2))


def test_validity_settles_what_the_picture_leaves_open() -> None:
    doubts = {3: {"7": 0.7, "1": 0.3}, 9: {"4": 0.8, "9": 0.2}}
    found = best_number(places(WOMAN, doubts), TODAY)
    assert (found.text, found.valid) == (WOMAN, True)
    assert found.confidence > 0.9


def test_what_is_clearly_printed_stays() -> None:
    printed = "110105194912310021"
    found = best_number(places(printed), TODAY)
    assert (found.text, found.valid) == (printed, False)
    assert found.confidence > 0.9


@pytest.mark.parametrize("length", [15, 17, 19])
def test_another_length_is_reported_as_printed(length: int) -> None:
    printed = (WOMAN[:17] * 2)[:length]
    found = best_number(places(printed), TODAY)
    assert (found.text, found.valid) == (printed, False)


def test_strings_come_in_order_and_once() -> None:
    rng = np.random.default_rng(4)
    rows = rng.dirichlet(np.ones(len(CHARACTERS)), 2)
    found = list(ranked(rows))
    assert len({text for text, _ in found}) == len(found) == len(CHARACTERS) ** 2
    assert all(a >= b - 1e-12 for (_, a), (_, b) in itertools.pairwise(found))
    for text, probability in found:
        assert probability == pytest.approx(rows[0, CHARACTERS.index(text[0])] * rows[1, CHARACTERS.index(text[1])])
