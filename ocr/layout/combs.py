"""What was read in boxes for one character each: every character belongs to its box."""

from __future__ import annotations

from dataclasses import replace

from ocr.detect.combs import CombPicture
from ocr.recognize import Glyph, Reading

__all__ = ["in_boxes"]


def in_boxes(reading: Reading, picture: CombPicture) -> Reading | None:
    """A reading of a comb, its characters spread over their boxes, with a space for empty ones.

    Returns:
        None if there is not one character for each box that holds one.
    """
    glyphs = [glyph for glyph in reading.glyphs if glyph.text.strip()]
    places = [picture.box_at((glyph.start + glyph.end) / 2) for glyph in glyphs]
    if len(glyphs) != picture.filled or len(set(places)) != len(places):
        return None
    step = 1 / len(picture.columns)
    at = dict(zip(places, glyphs, strict=True))
    spread = [
        replace(at[k], start=k * step, end=(k + 1) * step) if k in at else Glyph(" ", k * step, (k + 1) * step, 1.0)
        for k in range(len(picture.columns))
    ]
    return replace(reading, glyphs=tuple(spread))
