"""Docstrings as mkdocstrings wants them: an extension of griffe (see ``mkdocs.yml``).

``Example:`` becomes the section of doctest blocks, and Sphinx's roles become plain code.
"""

from __future__ import annotations

import re
from typing import Any

import griffe

ROLE = re.compile(r":(?:class|func|meth|mod|attr|data):`([^`]+)`")


class PlainDocstrings(griffe.Extension):  # type: ignore[misc]  # griffe is not installed where types are checked
    """Rewrites each docstring before it is parsed."""

    def on_object(self, *, obj: griffe.Object, **kwargs: Any) -> None:
        """Called for every object that griffe loads."""
        if obj.docstring:
            text = re.sub(r"^( *)Example:$", r"\1Examples:", obj.docstring.value, flags=re.MULTILINE)
            text = re.sub(r" *# doctest: \+\w+", "", text)
            obj.docstring.value = ROLE.sub(lambda match: f"`{match.group(1).lstrip('~')}`", text)
