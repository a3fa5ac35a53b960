"""What the numbers of a recipe may be: a value outside is refused by name, before anything is trained."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ocr.errors import UsageError

__all__ = ["AT_LEAST_0", "AT_LEAST_1", "LESS_THAN_1", "MORE_THAN_0", "SHARE", "Limit", "check"]

Limit = tuple[Callable[[float], bool], str]
"""Whether a value is allowed, and in words which are."""

AT_LEAST_0: Limit = (lambda value: value >= 0, "at least 0")
AT_LEAST_1: Limit = (lambda value: value >= 1, "at least 1")
MORE_THAN_0: Limit = (lambda value: value > 0, "more than 0")
LESS_THAN_1: Limit = (lambda value: 0 <= value < 1, "at least 0 and less than 1")
SHARE: Limit = (lambda value: 0 <= value <= 1, "from 0 to 1")


def check(settings: Any, limits: Mapping[str, Limit]) -> None:
    """Check some numbers of a dataclass.

    Raises:
        UsageError: one is not allowed.
    """
    for name, (allowed, words) in limits.items():
        value = getattr(settings, name)
        if not allowed(value):
            raise UsageError(f"{name} must be {words}, not {value}")
