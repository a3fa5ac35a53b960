"""Accents that a font draws over or under a letter, joined with that letter to one character: old fonts need it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import replace

from ocr.source.pdf_glyphs import Glyph

__all__ = ["with_accents"]

COMBINING = {
    "`": "\u0300", "\u00b4": "\u0301", "\u02c6": "\u0302", "\u02dc": "\u0303", "~": "\u0303", "\u00af": "\u0304",
    "\u02c9": "\u0304", "\u02d8": "\u0306", "\u02d9": "\u0307", "\u00a8": "\u0308", "\u02da": "\u030a",
    "\u02dd": "\u030b", "\u02c7": "\u030c", "\u00b8": "\u0327", "\u02db": "\u0328", "^": "\u0302",
}  # fmt: skip
"""Signs that stand for themselves -> the same over or under a letter."""
DOTLESS = {"\u0131": "i", "\u0237": "j"}
OVER = 0.6
"""It shares this part of the narrower of both with it."""


def with_accents(glyphs: Sequence[Glyph]) -> list[Glyph]:
    """The characters, without the accents that lie on letters, which have them."""
    if not any(glyph.text in COMBINING for glyph in glyphs):
        return list(glyphs)
    texts = [glyph.text for glyph in glyphs]
    gone: set[int] = set()
    for index, glyph in enumerate(glyphs):
        if glyph.text not in COMBINING or glyph.blank:
            continue
        for at in _outwards(glyphs, index):
            if at not in gone and _is_over(glyph, glyphs[at]):
                base = DOTLESS.get(texts[at], texts[at])
                joined = unicodedata.normalize("NFC", base + COMBINING[glyph.text])
                if len(joined) == 1:
                    texts[at] = joined
                    gone.add(index)
                    break
    gone |= {n + 1 for n in gone if n + 1 < len(glyphs) and glyphs[n + 1].text == " " and not glyphs[n + 1].known}
    return [
        glyph if text == glyph.text else replace(glyph, text=text)
        for index, (glyph, text) in enumerate(zip(glyphs, texts, strict=True))
        if index not in gone
    ]


def _outwards(glyphs: Sequence[Glyph], index: int) -> Iterator[int]:
    """The other characters of a line, the next ones first; PDFium has some accents at the end of the line."""
    ways = {1: index, -1: index}
    while ways:
        for step in list(ways):
            ways[step] += step
            if 0 <= ways[step] < len(glyphs) and glyphs[ways[step]].text != "\n":
                yield ways[step]
            else:
                del ways[step]


def _is_over(accent: Glyph, letter: Glyph) -> bool:
    """Whether an accent is drawn over or under a letter of the same line."""
    if letter.blank or not letter.text.isalpha() or abs(accent.angle - letter.angle) > 1:
        return False
    left, right, bottom, top = accent.along()
    start, end, low, high = letter.along()
    shared = min(right, end) - max(left, start)
    level = min(top, high) - max(bottom, low)
    return shared > OVER * min(right - left, end - start) and level > 0.3 * min(top - bottom, high - low)
