"""The Latin charset and the class numbering."""

from __future__ import annotations

import pytest

from ocr.recognize.charset import Charset


def test_round_trip_and_blank() -> None:
    charset = Charset("abc")
    assert len(charset) == 4
    assert charset.encode("cab") == [3, 1, 2]
    assert charset.decode([3, 1, 2]) == "cab"
    assert "d" not in charset


def test_latin_spells_what_documents_need() -> None:
    latin = Charset.load("latin")
    wanted = "".join(map(chr, range(32, 127))) + "àâäáãåæçéèêëíïîñóòôöõøœßúùûüÿÀÉÖÜŒ£€¥¢•–—‘’“”„«»…§©®™°±×÷½¼¾¿¡†‡"
    assert not [c for c in wanted if c not in latin]


def test_unknown_character_and_duplicates_raise() -> None:
    with pytest.raises(KeyError):
        Charset("ab").encode("abz")
    with pytest.raises(ValueError, match="once"):
        Charset("aa")
