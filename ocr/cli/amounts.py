"""Kinds of values of options: amounts of memory, and numbers."""

from __future__ import annotations

import math
import re
from typing import Any

import click

__all__ = ["Finite", "Memory", "Size"]

LEAST_MEMORY = 512 << 20


class Size(click.ParamType):  # type: ignore[type-arg]  # generic in new releases of click alone
    """A number of bytes, with K, M, G or T behind it for its multiples."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number of bytes."""
        if isinstance(value, int):
            return value
        found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?", str(value).strip(), re.IGNORECASE)
        if not found:
            self.fail(f"{value!r} is not an amount of memory; write for example 2G, 800M or 0 for no limit", param, ctx)
        return int(float(found[1]) * 1024 ** " KMGT".index(found[2].upper() or " "))


class Finite(click.FloatRange):
    """A number in a range, neither infinite nor NaN."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The number."""
        number: float = super().convert(value, param, ctx)
        if not math.isfinite(number):
            self.fail(f"{value} is not a finite number", param, ctx)
        return number


class Memory(Size):
    """An amount of memory in which the models have room."""

    name = "memory"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number of bytes."""
        amount = super().convert(value, param, ctx)
        if 0 < amount < LEAST_MEMORY:
            self.fail(f"{value} is too little to load the models; give at least {LEAST_MEMORY >> 20}M", param, ctx)
        return amount
