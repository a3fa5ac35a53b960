"""Thin spaces before punctuation, as old prints have them."""

from __future__ import annotations

import re

__all__ = ["thin_spaces"]

THIN = re.compile(r"(?<=[a-z]) (?=[;!?](?:['\"’”)]|\s|$))|(?<=[a-z]) (?=:(?:\s*$|—))")
PROSE = re.compile(r"(?<=[a-z]) (?=: [A-Za-z'\"‘“])")
WORDS = 5
"""A line with more words is prose, and its colon does not follow a label of a form."""


def thin_spaces(text: str) -> list[int]:
    """Indices of the thin spaces in a line that are not to be transcribed.

    Example:
        >>> thin_spaces("Children :")
        [8]
        >>> thin_spaces("Name : Smith")
        []
    """
    found = [match.start() for match in THIN.finditer(text)]
    if len(text.split()) > WORDS:
        found += [match.start() for match in PROSE.finditer(text)]
    return sorted(found)
