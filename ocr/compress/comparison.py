"""Comparisons that are kept as files: one command makes the table of each.

    python -m ocr.compress.comparison models/recipes/compare/pruning.toml -o work/pruning [--seeds 1 2 3] [--steps N]

The file names a model, its data (``[data]`` or ``[pages]`` as in a recipe), the steps of retraining, the seeds, and the
techniques as :mod:`ocr.compress.compare` takes them. Every row is kept in the folder as soon as it is measured, so a
killed comparison goes on with the same command. The table has the mean over the seeds and the distance between the
least and the greatest error.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch

from ocr.compress.bench import opened, samples
from ocr.compress.compare import compare
from ocr.compress.measure import Row
from ocr.compress.recipe import data_of
from ocr.errors import InputError, UsageError
from ocr.output import replacing
from ocr.train.config import read_table

__all__ = ["Comparison", "main", "read_comparison", "run", "summary"]

KEYS = ("name", "model", "steps", "seeds", "techniques", "data", "pages")
ORIGINAL = "original"


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is compared.

    Attributes:
        name: of the comparison.
        model: a checkpoint.
        data: where the lines or pages are.
        techniques: with their settings, as ``compare`` takes them.
        steps: of retraining, where the settings do not say otherwise.
        seeds: of random weights and of the order of the data; one row for each.
    """

    name: str
    model: Path
    data: Any
    techniques: tuple[str, ...]
    steps: int = 0
    seeds: tuple[int, ...] = (1,)


def read_comparison(path: Path) -> Comparison:
    """The comparison of a TOML file.

    Raises:
        InputError: the file is missing or not TOML.
        UsageError: a key is missing or unknown, or of another type.
    """
    table = read_table(path)
    if wrong := sorted(table.keys() - set(KEYS)):
        raise UsageError(f"{path}: unknown {', '.join(wrong)}; known are {', '.join(KEYS)}")
    techniques, seeds = table.get("techniques", []), table.get("seeds", [1])
    if not (isinstance(table.get("model"), str) and isinstance(techniques, list) and techniques):
        raise UsageError(f'{path}: needs model = "checkpoint" and techniques = ["name key=value", ...]')
    if not all(isinstance(value, str) for value in techniques) or not all(isinstance(value, int) for value in seeds):
        raise UsageError(f"{path}: techniques are strings, seeds whole numbers")
    return Comparison(
        str(table.get("name", path.stem)), Path(table["model"]), data_of(table, path), tuple(techniques),
        int(table.get("steps", 0)), tuple(seeds),
    )  # fmt: skip


def run(plan: Comparison, out: Path) -> list[Row]:
    """Measure what the folder does not have yet; returns a row for the model and for each technique and seed.

    Raises:
        InputError: model or data is missing, or the folder's rows are damaged.
        UsageError: the folder is of another comparison, or a technique does not fit the model.
    """
    trained = opened(plan.model)
    data = samples(plan.data, trained)
    path = out / "rows.json"
    about = json.loads(json.dumps({"model": str(plan.model), "steps": plan.steps, "data": asdict(plan.data)}))
    done = _read(path, about)
    out.mkdir(parents=True, exist_ok=True)
    for seed in plan.seeds:
        for text in (ORIGINAL, *plan.techniques):
            key = ORIGINAL if text == ORIGINAL else f"{text} (seed {seed})"
            if key in done:
                continue
            *_, row = compare(trained, data, [] if text == ORIGINAL else [text], plan.steps, seed, first=False)
            done[key] = replace(row, step=key)
            with replacing(path) as file:
                rows = {name: asdict(kept) for name, kept in done.items()}
                file.write((json.dumps({**about, "rows": rows}, indent=1) + "\n").encode())
            sys.stderr.write(f"{done[key]}\n")
    wanted = [ORIGINAL, *(f"{text} (seed {seed})" for text in plan.techniques for seed in plan.seeds)]
    return [done[key] for key in wanted]


def _read(path: Path, about: dict[str, Any]) -> dict[str, Row]:
    if not path.exists():
        return {}
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        rows = {key: Row(**row) for key, row in kept.pop("rows").items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{path}: damaged ({error}); delete it and start again") from error
    if kept != about:
        raise UsageError(f"{path}: rows of another comparison; name another folder with -o")
    return rows


def summary(rows: Iterable[Row]) -> str:
    """A Markdown table: of each technique the mean over its seeds, and the spread of the error where there are some."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row.step.partition(" (seed")[0], []).append(row)
    heads = ["technique", "weights", "not zero", "bytes", "multiply-adds", "ms", "error held", "spread", "seeds"]
    lines = [heads, ["---"] * len(heads)]
    for name, group in groups.items():
        errors = [row.error for row in group]
        numbers = [
            f"{round(statistics.mean(getattr(row, key) for row in group)):,}"
            for key in ("parameters", "non_zero", "bytes", "multiply_adds")
        ]
        spread = f"{max(errors) - min(errors):.4f}" if len(group) > 1 else ""
        milliseconds = f"{statistics.median(row.milliseconds for row in group):.2f}"
        lines.append([name, *numbers, milliseconds, f"{statistics.mean(errors):.4f}", spread, str(len(group))])
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def main(arguments: Sequence[str]) -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("-o", "--out", type=Path, required=True, help="folder of the rows")
    parser.add_argument("--seeds", type=int, nargs="+", help="instead of the file's")
    parser.add_argument("--steps", type=int, help="of retraining, instead of the file's")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    plan = read_comparison(options.file)
    plan = replace(plan, seeds=tuple(options.seeds or plan.seeds))
    plan = replace(plan, steps=plan.steps if options.steps is None else options.steps)
    sys.stdout.write(summary(run(plan, options.out)) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
