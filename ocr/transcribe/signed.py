"""Numbers with the minus sign that is printed before them."""

from __future__ import annotations

from dataclasses import replace

from ocr.recognize import Glyph, Reading

__all__ = ["signed_number"]

MINUS = frozenset("-\N{MINUS SIGN}\N{EN DASH}\N{EM DASH}")
SEEN, UNREAD = 0.85, 0.7
"""Greatest confidence of a number before which a stroke is seen, where it is read as a sign, and where it is not."""


def signed_number(number: Reading, longer: Reading) -> Reading | None:
    """The number with a minus sign; None where the two readings differ in their digits.

    Args:
        number: as it was read, without a sign.
        longer: the reading of it together with the stroke before it.

    Example:
        >>> one, two = (Reading((Glyph("7", 0.5, 1.0, 0.9),), confidence, "net") for confidence in (0.9, 0.8))
        >>> signed_number(one, two).text
        '-7'
    """
    text = longer.text.strip()
    if text[:1] in MINUS and text[1:].lstrip() == number.text:
        return replace(longer, confidence=max(longer.confidence, min(number.confidence, SEEN)))
    if text != number.text:
        return None
    sign = Glyph("-", 0.0, longer.glyphs[0].start, UNREAD)
    return replace(longer, glyphs=(sign, *longer.glyphs), confidence=min(number.confidence, UNREAD))
