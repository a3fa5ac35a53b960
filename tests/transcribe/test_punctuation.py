"""Thin spaces before signs are left out, spaces of forms and tables stay."""

from __future__ import annotations

import pytest

from ocr.transcribe.punctuation import thin_spaces


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("had he gone ? No ; never !", "had he gone? No; never!"),
        ("and these are their names :", "and these are their names:"),
        ("he said to them all : Go on your way", "he said to them all: Go on your way"),
        ("Total : 12.00", "Total : 12.00"),
        ("a ?b and x := 3", "a ?b and x := 3"),
        ("5 ; 6", "5 ; 6"),
        ("", ""),
    ],
)
def test_thin_spaces(text: str, kept: str) -> None:
    gone = thin_spaces(text)
    assert "".join(c for i, c in enumerate(text) if i not in gone) == kept
