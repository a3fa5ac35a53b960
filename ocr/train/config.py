"""Training configurations: frozen dataclasses read from TOML; a key that they do not have raises."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

from ocr.errors import InputError, UsageError

__all__ = ["from_table", "read_config", "read_table"]

T = TypeVar("T")


def read_config(kind: type[T], path: Path) -> T:
    """A configuration from a TOML file; tables become the dataclasses that ``kind`` nests.

    Raises:
        InputError: the file is missing or not TOML.
        UsageError: an unknown or missing key.
    """
    return from_table(kind, read_table(path), path)


def read_table(path: Path) -> dict[str, Any]:
    """The values of a TOML file.

    Raises:
        InputError: the file is missing or not TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"{path}: not a readable TOML file ({error}); start from one in models/training/") from error


def from_table(kind: type[T], table: Mapping[str, Any], origin: Path | str = "configuration") -> T:
    """A configuration from plain values, as TOML and checkpoints hold them; ``origin`` is named in errors.

    Raises:
        UsageError: an unknown or missing key.
    """
    known: dict[str, Any] = {field.name: field for field in fields(kind)}  # type: ignore[arg-type]
    if unknown := sorted(table.keys() - known.keys()):
        raise UsageError(f"{origin}: unknown key {unknown[0]!r}; known are {', '.join(sorted(known))}")
    needed = (name for name, field in known.items() if field.default is MISSING and field.default_factory is MISSING)
    if missing := sorted(set(needed) - table.keys()):
        raise UsageError(f"{origin}: missing key {missing[0]!r}")
    hints = get_type_hints(kind)
    values: dict[str, Any] = {}
    for name, value in table.items():
        if is_dataclass(hints[name]) and isinstance(value, Mapping):
            values[name] = from_table(hints[name], value, origin)
        else:
            values[name] = tuple(value) if isinstance(value, list) else value
    return kind(**values)
