"""The thin space that printers once set before a colon, a semicolon and the marks of question and exclamation."""

from __future__ import annotations

import re

__all__ = ["thin_spaces"]

THIN = re.compile(r"(?<=[a-z]) (?=[;!?](?:['\"’”)]|\s|$))|(?<=[a-z]) (?=:(?:\s*$|—))")
PROSE = re.compile(r"(?<=[a-z]) (?=: [A-Za-z'\"‘“])")
WORDS = 5
"""A line of so many words is prose, and its colon none of a form."""


def thin_spaces(text: str) -> list[int]:
    """Places of the spaces in a line that are set and not meant.

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
