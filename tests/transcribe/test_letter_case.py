"""Capitals that look like small letters are told by their height."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from ocr.transcribe.letter_case import spell_letter_case

ADVANCE = 12
Line = tuple[str, list[tuple[float, float]], NDArray[np.uint8]]


def line(text: str, tall: str) -> Line:
    """A picture with a bar for each character: T as high as a capital, p low as a descender, else as high as an x."""
    picture = np.full((40, ADVANCE * len(text)), 255, np.uint8)
    for i, (character, kind) in enumerate(zip(text, tall, strict=True)):
        if character != " ":
            top, bottom = 28 - (20 if kind == "T" else 14), 34 if kind == "p" else 28
            picture[top:bottom, i * ADVANCE + 2 : i * ADVANCE + 10] = 0
    return text, [(i / len(text), (i + 1) / len(text)) for i in range(len(text))], picture


@pytest.mark.parametrize(
    ("text", "tall", "spelled"),
    [
        ("pCS", "p..", "pcs"),
        ("WindOW", "T..T..", "Window"),
        ("NO", "T.", "NO"),
        ("MASTERCARD", "TTTTTT.TTT", "MASTERCARD"),
        ("McSorley", "T.T..T.p", "McSorley"),
        ("NO SOX", "TT TTT", "NO SOX"),
        ("iOS", ".TT", "iOS"),
        ("SOS", "...", "SOS"),
        ("plain", "pT...", "plain"),
        ("2 X TEA", "T . TTT", "2 x TEA"),
        ("2 X TEA", "T T TTT", "2 X TEA"),
        ("2 X Tea", "T . T..", "2 X Tea"),
        ("ВНосит Плату В дом, где", "T..............T...T...", "Вносит плату в дом, где"),
        ("В Москве он", "T T.... ...", "В Москве он"),
        ("СССР", "....", "СССР"),
    ],
)
def test_height_tells_the_case(text: str, tall: str, spelled: str) -> None:
    assert spell_letter_case(*line(text, tall)) == spelled


def test_light_on_dark() -> None:
    text, spans, picture = line("pCS", "p..")
    assert spell_letter_case(text, spans, (255 - picture).astype(np.uint8)) == "pcs"


def test_blank_pictures_change_nothing() -> None:
    spans = [(0.0, 0.3), (0.3, 0.6), (0.6, 1.0)]
    assert spell_letter_case("pCS", spans, np.full((30, 36), 255, np.uint8)) == "pCS"
