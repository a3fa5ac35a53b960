"""Attributes that pages inherit from the page tree."""

from __future__ import annotations

from pikepdf import Dictionary, Object

__all__ = ["inherited"]

DEEPEST = 100
"""Levels of the page tree; a damaged one may have a loop."""


def inherited(page: Object, key: str) -> Object | None:
    """An attribute of the page, or of the nearest ancestor that has it (ISO 32000-1, 7.7.3.4)."""
    node: Object | None = page
    for _ in range(DEEPEST):
        if not isinstance(node, Dictionary):
            break
        if (found := node.get(key)) is not None:
            return found
        node = node.get("/Parent")
    return None
