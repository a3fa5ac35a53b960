"""Training configurations: frozen dataclasses read from TOML; unknown keys and values of another type are refused."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from ocr.errors import InputError, UsageError

__all__ = ["from_table", "read_config", "read_table"]

T = TypeVar("T")


def read_config(kind: type[T], path: Path) -> T:
    """A configuration from a TOML file; tables become the dataclasses that ``kind`` nests.

    Raises:
        InputError: the file is missing or not TOML.
        UsageError: an unknown or missing key, or a value of another type.
    """
    return from_table(kind, read_table(path), path)


def read_table(path: Path, like: str = "models/training/") -> dict[str, Any]:
    """The values of a TOML file; ``like`` is where there are others.

    Raises:
        InputError: the file is missing or not TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: not a readable TOML file ({error}); start from one in {like}") from error


def from_table(kind: type[T], table: Mapping[str, Any], origin: Path | str = "configuration") -> T:
    """A configuration from plain values, as TOML and checkpoints hold them; ``origin`` is named in errors.

    Raises:
        UsageError: an unknown or missing key, or a value of another type.
    """
    known: dict[str, Any] = {field.name: field for field in fields(kind)}  # type: ignore[arg-type]
    if unknown := sorted(table.keys() - known.keys()):
        raise UsageError(f"{origin}: unknown key {unknown[0]!r}; known are {', '.join(sorted(known))}")
    needed = (name for name, field in known.items() if field.default is MISSING and field.default_factory is MISSING)
    if missing := sorted(set(needed) - table.keys()):
        raise UsageError(f"{origin}: missing key {missing[0]!r}; compare with a file in models/training/")
    hints = get_type_hints(kind)
    values: dict[str, Any] = {}
    for name, value in table.items():
        if is_dataclass(hints[name]) and not isinstance(value, Mapping):
            raise UsageError(f"{origin}: {name} must be a table, not {value!r}")
        if is_dataclass(hints[name]):
            values[name] = from_table(hints[name], value, origin)
        else:
            values[name] = tuple(value) if isinstance(value, list) else value
            if not fits(values[name], hints[name]):
                raise UsageError(f"{origin}: {name} must be {in_words(hints[name])}, not {value!r}")
    return kind(**values)


def fits(value: Any, hint: Any) -> bool:
    """Whether a value from TOML is of an annotated type; an integer is a float, too. Other types are not checked."""
    if get_origin(hint) is tuple:
        inner = get_args(hint)
        if not isinstance(value, tuple):
            return False
        if inner[1:] == (...,):
            return all(fits(part, inner[0]) for part in value)
        return len(value) == len(inner) and all(map(fits, value, inner))
    if hint is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, hint) if hint in (str, bool) else True


def in_words(hint: Any) -> str:
    """An annotated type as messages name it."""
    if get_origin(hint) is tuple:
        inner = get_args(hint)
        each = in_words(inner[0]).removeprefix("a ").removeprefix("an ")
        return f"a list of {each}s" if inner[1:] == (...,) else f"a list of {len(inner)} {each}s"
    return {float: "a number", int: "an integer", str: "a string", bool: "true or false"}.get(hint, str(hint))
