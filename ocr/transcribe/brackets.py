"""Brackets around a number or a word that do not match: ``(6]`` is ``(6)``."""

from __future__ import annotations

import re

__all__ = ["matched_brackets"]

CLOSED = re.compile(r"(?<!\S)(\(\w{1,12})[\]}](?=[\s.,;:]|$)")
OPENED = re.compile(r"(?<!\S)[\[{](\w{1,12}\))(?=[\s.,;:]|$)")


def matched_brackets(text: str) -> str:
    """The text of a line, with parentheses around single numbers and words that one parenthesis is read at.

    Half-open intervals have a comma in them, and stay.

    Example:
        >>> matched_brackets("Walnut whisker (6] and {b) but (0,1]")
        'Walnut whisker (6) and (b) but (0,1]'
    """
    return OPENED.sub(r"(\1", CLOSED.sub(r"\1)", text))
