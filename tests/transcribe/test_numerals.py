"""Look-alikes of digits become digits only inside numbers."""

from __future__ import annotations

import pytest

from ocr.transcribe.numerals import one_width, spell_numbers


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
