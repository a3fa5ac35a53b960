"""Letters as high as an x are small letters, whatever their shape."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from ocr.transcribe.small_capitals import spell_small_capitals

ADVANCE = 12
Line = tuple[str, list[tuple[float, float]], NDArray[np.uint8]]


def line(text: str, tall: str, cap: int = 20, low: int = 14) -> Line:
    """A picture with a bar for each character, as high as a capital where ``tall`` has a T, else as high as an x."""
    picture = np.full((32, ADVANCE * len(text)), 255, np.uint8)
    for i, (character, kind) in enumerate(zip(text, tall, strict=True)):
        if character != " ":
            height = cap if kind == "T" else low
            picture[26 - height : 26, i * ADVANCE + 2 : i * ADVANCE + 9] = 0
    return text, [(i / len(text), (i + 1) / len(text)) for i in range(len(text))], picture


@pytest.mark.parametrize(
    ("text", "tall", "spelled"),
    [
        ("we saw ROBERT YOUNG once again", ".......T......T...............", "we saw Robert Young once again"),
        ("saw rows on rows AT NOON", "." * 24, "saw rows on rows AT NOON"),
        ("Run on nouns as MEN SAW on", "T" + "." * 25, "Run on nouns as MEN SAW on"),
        ("someone saw NASA once", "............TTTT.....", "someone saw NASA once"),
        ("NAME someone", "T...........", "Name someone"),
        ("PROGRAM DATE now or", "T.......T..........", "PROGRAM DATE now or"),
    ],
)
def test_height_tells_small_capitals(text: str, tall: str, spelled: str) -> None:
    assert spell_small_capitals(*line(text, tall)) == spelled


def test_light_on_dark() -> None:
    text, spans, picture = line("we saw PAMELA OGDEN once again", ".......T......T...............")
    assert spell_small_capitals(text, spans, (255 - picture).astype(np.uint8)) == "we saw Pamela Ogden once again"


def test_nothing_to_see() -> None:
    assert (
        spell_small_capitals("ABC", [(0, 1 / 3), (1 / 3, 2 / 3), (2 / 3, 1)], np.full((32, 12), 255, np.uint8)) == "ABC"
    )
    assert spell_small_capitals("", [], np.zeros((32, 0), np.uint8)) == ""
