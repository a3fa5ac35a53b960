"""Signs: what is neither a letter, a digit nor common punctuation, as the section sign, arrows, fractions and the pipe.

A recogniser reads the signs that it was trained on, and looks for something similar in place of others: a copyright
sign becomes an at sign, a fraction a percent sign, the apostrophe of "I'm" an I. Where two recognisers read a line, the
signs of the one that was trained on them go into the reading of the other.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from difflib import SequenceMatcher

from ocr.recognize import Glyph, Reading

__all__ = ["has_signs", "is_sign", "with_signs"]

PLAIN = frozenset(' .,;:!?"()-/%$#*+=[]<>&@')
"""ASCII that every recogniser reads."""
SURE, LESS_SURE = 0.5, 0.15
"""Least mean confidence of the characters that go into another reading, and by how much that may be below the
confidence of those that they replace."""
LONGEST = 6
"""Characters at most that two readings differ in at a sign; where more differ, they disagree about the line."""
STROKES = frozenset("Il1")
"""What a pipe looks like."""
MISTAKEN = {
    "©": "@", "®": "@", "†": "t", "‡": "t", "¼": "%", "½": "%", "¾": "%", "÷": "+", "≈": "=", "≠": "#", "→": "–—->",
    "←": "–—-<", "↑": "1t", "↓": "!1", "™": "TM", "§": "S", "»": ">", "«": "<", "{": "(", "}": ")", "×": "x", "√": "V",
}  # fmt: skip
"""What a recogniser that does not know a sign reads in its place, and is sure of."""
KINDS = str.maketrans("‘’‚“”„–—−", "'''\"\"\"---")
"""Kinds of quotes and dashes, which are compared as one."""


def is_sign(character: str) -> bool:
    """Whether a character is a sign; superscripts and fractions are.

    Example:
        >>> [c for c in "a§1½²|. µé" if is_sign(c)]
        ['§', '½', '²', '|', 'µ']
    """
    if character in PLAIN:
        return False
    return unicodedata.category(character) not in {"Lu", "Ll", "Lo", "Lm", "Nd", "Zs"} or character == "µ"


def has_signs(text: str) -> bool:
    """Whether a text has any sign."""
    return any(map(is_sign, text))


def with_signs(reading: Reading, other: Reading) -> Reading:
    """The reading of a line with the signs that another reading of the same line has in their places.

    Args:
        reading: by a recogniser that knows few signs.
        other: by one that knows them.
    """
    if not has_signs(other.text):
        return reading
    glyphs = list[Glyph]()
    texts = (other.text.translate(KINDS), reading.text.translate(KINDS))
    for kind, a, b, c, d in SequenceMatcher(None, *texts, autojunk=False).get_opcodes():
        theirs, ours = other.glyphs[a:b], reading.glyphs[c:d]
        if kind == "equal":
            glyphs += [their if is_sign(their.text) else our for their, our in zip(theirs, ours, strict=True)]
        else:
            glyphs += theirs if _are_signs(theirs, ours) else ours
    return replace(reading, glyphs=tuple(glyphs))


def _are_signs(glyphs: Sequence[Glyph], others: Sequence[Glyph]) -> bool:
    """Whether there are signs among some characters, which are read as surely as what another reading has there."""
    text, instead = ("".join(glyph.text for glyph in some) for some in (glyphs, others))
    if not has_signs(text) or max(len(text), len(instead)) > LONGEST or (text == "|" and instead in STROKES):
        return False
    mistaken = bool(instead) and instead in MISTAKEN.get(text, "")
    return _sureness(glyphs) >= (SURE if mistaken or not others else max(SURE, _sureness(others) - LESS_SURE))


def _sureness(glyphs: Sequence[Glyph]) -> float:
    """Mean confidence of some characters."""
    return sum(glyph.confidence for glyph in glyphs) / len(glyphs)
