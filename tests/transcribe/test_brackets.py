"""Brackets that do not match."""

from __future__ import annotations

import pytest

from ocr.transcribe.brackets import matched_brackets


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Sapling vinegar (6]", "Sapling vinegar (6)"),
        ("[a) one, (b} two.", "(a) one, (b) two."),
        ("x[3] and f(4) stay", "x[3] and f(4) stay"),
        ("[0, 1) and (0,1] are intervals", "[0, 1) and (0,1] are intervals"),
        ("a(6]", "a(6]"),
        ("", ""),
    ],
)
def test_brackets_match(text: str, expected: str) -> None:
    assert matched_brackets(text) == expected
