"""Whether a line is better read with what stands above it: accents of capitals, raised signs."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from typing import Final

from ocr.recognize import Reading

__all__ = ["with_marks"]

SURER: Final = 0.05
"""By how much a reading with other letters must be surer, ..."""
LEGIBLE: Final = 0.5
"""... and how sure the first one must be: what shines through from the back of a page is not to become legible."""


def with_marks(cut: Reading, whole: Reading) -> Reading | None:
    """The reading of a taller crop, where it is the better one; else None.

    It is where it has more marks on the same letters, which the lower crop could not show: then it is as sure as the
    surer of the two. Readings that differ in other ways have to be surer than a legible one.

    Args:
        cut: what was read without what stands above.
        whole: what was read with it.
    """
    before, after = _decomposed(cut.text), _decomposed(whole.text)
    if _bare(before) == _bare(after):
        sure = max(cut.confidence, whole.confidence)
        return replace(whole, confidence=sure) if len(after) > len(before) else None
    return whole if LEGIBLE < cut.confidence < whole.confidence - SURER else None


def _decomposed(text: str) -> str:
    return unicodedata.normalize("NFD", text)


def _bare(decomposed: str) -> str:
    """The letters without their marks."""
    return "".join(c for c in decomposed if not unicodedata.combining(c))
