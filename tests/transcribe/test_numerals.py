"""Look-alikes of digits become digits only inside numbers."""

from __future__ import annotations

import pytest

from ocr.transcribe.numerals import one_width, spell_hexadecimal, spell_numbers


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("I785", "1785"),
        ("3o Nov. 179I", "30 Nov. 1791"),
        ("2l, 2|", "21, 21"),
        ("$I2.5O", "$12.50"),
        ("you'1l", "you'll"),
    ],
)
def test_numbers_lose_their_letters(read: str, meant: str) -> None:
    assert spell_numbers(read) == meant


@pytest.mark.parametrize("text", ["ISO 9001", "Io", "I", "oil", "H2O", "A1O", "I'll", "we’ll", "STAGS1", "IOU 5", "o"])
def test_words_stay(text: str) -> None:
    assert spell_numbers(text) == text


def test_figures_of_a_line_have_one_width() -> None:
    assert one_width("4 ５６８ mm") == "4 568 mm"
    assert one_width("电话：０１２３") == "电话：０１２３"
    assert one_width("Ａ１ and ｂ2") == "Ａ1 and ｂ2"


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("ab40ffala8ae2e", "ab40ffa1a8ae2e"),
        ("id 8a9a9c26-c429-l7e7-8133-cb6abZaeb5fe", "id 8a9a9c26-c429-l7e7-8133-cb6abZaeb5fe"),
        ("OO:1B:44:ll:3A:B7", "00:1B:44:11:3A:B7"),
        ("50 al 8c a4 lf all", "50 a1 8c a4 1f all"),
        ("on 12 and 13 at 15 of 20 to 30", "on 12 and 13 at 15 of 20 to 30"),
        ("all 12 of the 15 members of these 20 councils", "all 12 of the 15 members of these 20 councils"),
        ("Defaced bed of lead", "Defaced bed of lead"),
        ("FOLDEDOLD 123", "FOLDEDOLD 123"),
    ],
)
def test_hexadecimal_numbers_have_no_letters_beyond_f(read: str, meant: str) -> None:
    assert spell_hexadecimal(read) == meant
