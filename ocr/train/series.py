"""Configurations of several runs in one file: how a net was made from nothing, run after run.

    minutes = 84.0             # keys that all runs share
    [[runs]]
    name = "print"             # folder of the run inside --out
    [[runs]]
    name = "receipts"
    after = "print"            # starts from the weights of that run
    minutes = 61.0             # overrides the shared key
    [runs.crop]                # tables are merged key by key
    line_height = 21.5

A file without ``runs`` describes one run, whose folder is ``--out`` itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from ocr.errors import UsageError
from ocr.train.checkpoint import load
from ocr.train.config import from_table, read_table
from ocr.train.run import LAST, RunConfig, prepared

__all__ = ["Part", "read_series", "train_series"]

Config = TypeVar("Config", bound=RunConfig)


@dataclass(frozen=True, slots=True)
class Part(Generic[Config]):
    """One run of a series: its folder and its configuration."""

    folder: Path
    config: Config


def read_series(kind: type[Config], path: Path, out: Path) -> list[Part[Config]]:
    """The runs of a configuration file, in order.

    Args:
        kind: class of the configurations.
        path: TOML file.
        out: folder of the series.

    Raises:
        InputError: the file is missing or not TOML.
        UsageError: an unknown or missing key, two runs of one name, or ``after`` names no earlier run.
    """
    shared = read_table(path)
    runs = shared.pop("runs", None)
    if runs is None:
        return [Part(out, from_table(kind, shared, path))]
    parts: dict[str, Part[Config]] = {}
    for number, run in enumerate(runs, 1):
        table = _merged(shared, run)
        name, after = table.pop("name", ""), table.pop("after", "")
        origin = f"{path}, run {number}"
        if not name or name in parts:
            raise UsageError(f"{origin}: each run needs a name of its own, not {name!r}")
        if after:
            if after not in parts:
                raise UsageError(f"{origin}: after = {after!r} names no earlier run")
            if table.get("initial"):
                raise UsageError(f"{origin}: has both after and initial; leave one out")
            table["initial"] = str(parts[after].folder / LAST)
        parts[name] = Part(out / name, from_table(kind, table, origin))
    return list(parts.values())


def _merged(shared: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Both tables in one; the second has the last word."""
    merged = dict(shared)
    for key, value in own.items():
        nested = isinstance(value, Mapping) and isinstance(shared.get(key), Mapping)
        merged[key] = _merged(shared[key], value) if nested else value
    return merged


def train_series(
    kind: type[Config], path: Path, out: Path, resume: bool, train: Callable[[Config, Path, Path], object]
) -> Path:
    """Train the runs of a configuration file in order; returns the last one's checkpoint.

    Args:
        kind: class of the configurations.
        path: TOML file.
        out: folder of the series.
        resume: continue where an earlier call stopped; finished runs are skipped.
        train: does one run, given its configuration, its folder and the path of its checkpoint.

    Raises:
        UsageError: a fault in the configuration, or ``out`` holds a run and ``resume`` is false.
    """
    parts = read_series(kind, path, out)
    for part in parts:
        if (part.folder / LAST).exists() and not resume:
            raise UsageError(f"{part.folder}: holds a run already; add --resume to continue, or name another --out")
    for part in parts:
        if not _finished(part):
            train(part.config, part.folder, prepared(part.folder, path, part.config, resume))
    return parts[-1].folder / LAST


def _finished(part: Part[Config]) -> bool:
    """Whether the run has spent its budget."""
    last = part.folder / LAST
    if not last.exists():
        return False
    trained = load(last)
    return trained.step >= part.config.steps or trained.minutes >= part.config.minutes
