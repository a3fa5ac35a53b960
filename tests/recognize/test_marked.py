"""Which of two readings stays: that with the marks that a lower crop cuts off, or the surer one."""

from __future__ import annotations

import pytest

from ocr.recognize import Glyph, Reading
from ocr.recognize.marked import with_marks


def reading(text: str, confidence: float) -> Reading:
    glyphs = tuple(Glyph(c, k / len(text), (k + 1) / len(text), confidence) for k, c in enumerate(text))
    return Reading(glyphs, confidence, "net")


@pytest.mark.parametrize(
    ("cut", "whole", "better"),
    [
        (("E vero", 0.97), ("È vero", 0.4), True),
        (("È vero", 0.4), ("E vero", 0.97), False),
        (("È vero", 0.5), ("È vero", 0.9), False),
        (("tiên", 0.2), ("tiến", 0.1), True),
        (("Checks a", 0.6), ("Checks ®", 0.9), True),
        (("il v a", 0.2), ("il y a", 0.7), False),
        (("01:31", 0.96), ("0f:31", 0.66), False),
        (("ÖE", 0.9), ("OÈ", 0.9), False),
    ],
)
def test_marks_are_gained_and_letters_only_exchanged_for_surer_ones(
    cut: tuple[str, float], whole: tuple[str, float], better: bool
) -> None:
    found = with_marks(reading(*cut), reading(*whole))
    assert (found is not None) is better
    if found:
        assert (found.text, found.confidence) == (whole[0], max(cut[1], whole[1]))
