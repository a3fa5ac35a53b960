"""Recipes: TOML files that say what a model goes through, in order.

name = "crnn-en-tiny"
[data]
drawn = ["cache/synth/*.npz"]
held = ["cache/real/held-*.npz"]
[[steps]]
technique = "magnitude"
sparsity = 0.85
[steps.retrain]
steps = 300

The table [data] names lines, for recognisers; the table [pages] in its place names pages, for detectors.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any, get_type_hints

from ocr.compress.data import DataConfig
from ocr.compress.pages import PageConfig
from ocr.compress.techniques import TECHNIQUES, found, suggested
from ocr.errors import UsageError
from ocr.train.config import from_table, read_table

__all__ = ["Recipe", "Step", "data_of", "read_recipe", "recipe_of"]

KEYS = ("name", "seed", "data", "pages", "steps")


@dataclass(frozen=True, slots=True)
class Step:
    """One technique and its settings, an instance of the class that the technique names."""

    technique: str
    settings: Any


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a model goes through.

    Attributes:
        name: what results call the compressed model.
        data: where the lines or pages are.
        steps: in order.
        seed: of torch's random generator, set before each step.
    """

    name: str
    data: DataConfig | PageConfig
    steps: tuple[Step, ...]
    seed: int = 1


def read_recipe(path: Path, data: Mapping[str, Any] | None = None) -> Recipe:
    """The recipe of a TOML file.

    Args:
        path: of the file.
        data: keys of its table ``[data]`` (or ``[pages]``) that are given elsewhere and have the last word.

    Raises:
        InputError: the file is missing or not TOML.
        UsageError: an unknown technique or key, a missing key, or a value of another type.
    """
    return recipe_of(read_table(path, "models/recipes/"), path, data)


def recipe_of(table: Mapping[str, Any], origin: Path | str, data: Mapping[str, Any] | None = None) -> Recipe:
    """The recipe of plain values; ``origin`` is named in errors."""
    _known(table, KEYS, origin)
    steps = table.get("steps", [])
    if not isinstance(steps, list) or not steps:
        raise UsageError(
            f"{origin}: a recipe needs steps: [[steps]] with technique = one of {', '.join(sorted(TECHNIQUES))}"
        )
    name, seed = table.get("name", Path(str(origin)).stem), table.get("seed", 1)
    if not isinstance(name, str) or not name.strip() or Path(name).name != name:
        raise UsageError(f"{origin}: name must be the name of a file without its folder, not {name!r}")
    if not isinstance(seed, int) or isinstance(seed, bool) or seed < 0:
        raise UsageError(f"{origin}: seed must be an integer of at least 0, not {seed!r}")
    return Recipe(
        name,
        data_of(table, origin, data),
        tuple(_step(step, f"{origin}, step {number}") for number, step in enumerate(steps, 1)),
        seed,
    )


def data_of(table: Mapping[str, Any], origin: Path | str, more: Mapping[str, Any] | None = None) -> Any:
    """What the table ``[data]`` or ``[pages]`` of a recipe says; ``more`` has the last word.

    Raises:
        UsageError: there are both, or an unknown or missing key.
    """
    if "data" in table and "pages" in table:
        raise UsageError(f"{origin}: both [data] and [pages]; lines are for recognisers, pages for detectors")
    name, kind = ("pages", PageConfig) if "pages" in table else ("data", DataConfig)
    if not isinstance(table.get(name, {}), Mapping):
        raise UsageError(f"{origin}: {name} must be a table, [{name}], not {table[name]!r}")
    values = {**table.get(name, {}), **(more or {})}
    where = f"{origin}, {name}"
    _all_known(kind, values, where)
    return _made(kind, values, where)


def _step(table: Mapping[str, Any], origin: str) -> Step:
    values = dict(table)
    name = values.pop("technique", "")
    if not name:
        raise UsageError(f"{origin}: it names no technique; the techniques are {', '.join(sorted(TECHNIQUES))}")
    _, kind = found(name, origin).load()
    where = f"{origin} ({name})"
    _all_known(kind, values, where)
    return Step(name, _made(kind, values, where))


def _made(kind: type[Any], values: Mapping[str, Any], where: str) -> Any:
    """The settings of a table; every error names where it is."""
    try:
        return from_table(kind, values, where)
    except UsageError as error:
        said = str(error)
        raise UsageError(said if said.startswith(where) else f"{where}: {said}") from error


def _all_known(kind: type[Any], table: Mapping[str, Any], origin: str) -> None:
    """Check the keys of a table and of the tables in it, with a suggestion for each unknown one."""
    _known(table, [field.name for field in fields(kind)], origin)
    hints = get_type_hints(kind)
    for key, value in table.items():
        if is_dataclass(hints[key]) and isinstance(value, Mapping):
            _all_known(hints[key], value, f"{origin}, {key}")


def _known(table: Mapping[str, Any], known: Any, origin: Path | str) -> None:
    for key in table:
        if key not in known:
            raise UsageError(f"{origin}: unknown key {key!r}; {suggested(key, known)}")
