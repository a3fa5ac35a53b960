"""Digits that look like other characters: an old-style 1 like I or l, an old-style 0 like o, full-width digits."""

from __future__ import annotations

import re

__all__ = ["one_width", "spell_hexadecimal", "spell_numbers"]

SHORT_WILL = re.compile(r"(?<=[a-z]['’])(?:1l|l1|11|Il|lI|I1|1I|II)(?![A-Za-z0-9])")
LETTERS = str.maketrans({"I": "1", "l": "1", "|": "1", "o": "0", "O": "0"})
WIDE = {0xFF10 + digit: str(digit) for digit in range(10)}
NUMBER = re.compile(r"(?<![A-Za-z0-9'’])(?=[IlOo|]*\d)[\dIlOo|]{2,}(?![A-Za-z0-9])")

HEXADECIMAL = re.compile(r"(?<![\w])(?=(?:[A-Za-z|]*\d){3})(?=\d*[A-Fa-f])[\dA-Fa-flIOo|]{8,}(?!\w)")
BYTE, BYTES = re.compile(r"(?<![\w])[\dA-Fa-flIOo]{2}(?!\w)"), 3
"""A byte; a line with so many that have a digit, and hardly another word, is a dump of bytes."""
WORD = re.compile(r"\w+")
OF_TWO = re.compile(r"(?<![\w])\w{2}(?!\w)")


def spell_hexadecimal(text: str) -> str:
    """Long hexadecimal numbers, and bytes in a row, lose the letters that look like 1 and 0; of the same length.

    Example:
        >>> spell_hexadecimal("f749693006ala8ae2d, 50 al 8c a4 lf all")
        'f749693006a1a8ae2d, 50 a1 8c a4 1f all'
    """
    text = HEXADECIMAL.sub(lambda match: match.group().translate(LETTERS), text)
    words = OF_TWO.findall(text)
    bytes_ = sum(any(map(str.isdigit, word)) for word in words)
    if bytes_ >= BYTES and all(map(BYTE.fullmatch, words)) and 2 * len(words) > len(WORD.findall(text)):
        text = BYTE.sub(lambda match: match.group().translate(LETTERS), text)
    return text


def spell_numbers(text: str) -> str:
    """Words of digits and letters that look like digits, with at least one digit, become numbers.

    In "we'11" the digits become letters. The length never changes. Of 10,400 such words in the ground truth of the
    training sets, 12 really contain a letter.

    Example:
        >>> spell_numbers("born in I85o, 2l May; ISO 9001, I'll")
        "born in 1850, 21 May; ISO 9001, I'll"
    """
    return SHORT_WILL.sub("ll", NUMBER.sub(lambda match: match.group().translate(LETTERS), text))


def one_width(text: str) -> str:
    """Full-width digits in a line that also has half-width ones become half-width: they were letter-spaced.

    Example:
        >>> one_width("4 ５６８")
        '4 568'
        >>> one_width("４５６，第２章")
        '４５６，第２章'
    """
    return text.translate(WIDE) if any("0" <= c <= "9" for c in text) else text
