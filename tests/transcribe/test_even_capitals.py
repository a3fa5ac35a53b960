"""Words of small capitals are in one case."""

from __future__ import annotations

import pytest

from ocr.transcribe.even_capitals import even_capitals
from tests.transcribe.test_small_capitals import line


@pytest.mark.parametrize(
    ("text", "tall", "spelled"),
    [
        ("Federal ReQuiremenTs", "T.......T...........", "FEDERAL REQUIREMENTS"),
        ("and AUTHorizations", "....T.............", "and AUTHORIZATIONS"),
        ("by McDonald", "...T.T..T.T", "by McDonald"),
        ("in LaTeX and windOWs", "...T.T.T....TT..T..", "in LaTeX and windOWs"),
        ("of Nobles and others", "...T..T.......T..T..", "of Nobles and others"),
    ],
)
def test_letters_of_one_height_are_of_one_case(text: str, tall: str, spelled: str) -> None:
    assert even_capitals(*line(text, tall.ljust(len(text), "."))) == spelled
