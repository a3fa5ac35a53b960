"""Techniques beside each other: each applied to the same model, a row of figures for each.

    python -m ocr.compress.compare models/training/crnn-en-mobile.pt --drawn 'cache/synth/*.npz'
        --real 'cache/real/harvest-*.npz' --held 'cache/real/held-*.npz' --steps 0
        'magnitude sparsity=0.5' 'damage sparsity=0.5' 'surgeon sparsity=0.5'

A technique is written as its name and its settings, values as in TOML. ``--steps`` is the length of retraining where a
technique retrains and its settings do not say otherwise.
"""

from __future__ import annotations

import argparse
import sys
import time
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from ocr.compress.bench import opened, samples
from ocr.compress.data import DataConfig
from ocr.compress.measure import Row, measured
from ocr.compress.recipe import Step, data_of, recipe_of
from ocr.compress.report import table
from ocr.compress.samples import Samples
from ocr.compress.techniques import found
from ocr.errors import UsageError
from ocr.train.checkpoint import Trained
from ocr.train.config import read_table

__all__ = ["compare", "main", "step_of"]


def step_of(text: str, steps: int, seed: int = 0) -> Step:
    """A technique of one line: ``surgeon sparsity=0.5 bits=4``.

    Raises:
        UsageError: the technique or a setting is unknown, or the line is not understood.
    """
    name, *settings = text.split()
    try:
        values: dict[str, Any] = tomllib.loads("\n".join(settings))
    except ValueError as error:
        raise UsageError(f"{text!r}: settings are written as key=value, values as in TOML ({error})") from error
    if name != "surgeon":
        values["retrain"] = {"steps": steps, "seed": seed, **values.get("retrain", {})}
    return recipe_of({"data": {"drawn": []}, "steps": [{"technique": name, **values}]}, repr(text)).steps[0]


def compare(
    trained: Trained, data: Samples, texts: Sequence[str], steps: int, seed: int = 1, *, first: bool = True
) -> Iterator[Row]:
    """A row for the model itself, unless there are others and ``first`` is false, then one for each technique."""
    plan = [step_of(text, steps, seed) for text in texts]
    if first or not texts:
        yield measured(trained, data, "original")
    for text, step in zip(texts, plan, strict=True):
        torch.manual_seed(seed)
        start = time.monotonic()
        made = found(step.technique, text).load()[0](trained, step.settings, data)
        yield replace(measured(made, data, text), minutes=round((time.monotonic() - start) / 60, 2))


def main(arguments: Sequence[str]) -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("techniques", nargs="+")
    for name in ("drawn", "real", "held"):
        parser.add_argument(f"--{name}", nargs="+", default=[], metavar="PATTERN")
    parser.add_argument("--recipe", type=Path, help="recipe whose [data] or [pages] is taken, instead of the patterns")
    parser.add_argument("--steps", type=int, default=0, help="of retraining")
    parser.add_argument("--held-lines", type=int, default=200, help="of each held shard")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    trained = opened(options.model)
    config: Any = DataConfig(
        drawn=tuple(options.drawn), real=tuple(options.real), held=tuple(options.held), held_lines=options.held_lines
    )
    if options.recipe:
        config = data_of(read_table(options.recipe), options.recipe)
    data = samples(config, trained)
    rows: list[Row] = []
    for row in compare(trained, data, options.techniques, options.steps):
        rows.append(row)
        sys.stderr.write(f"{row}\n")
    sys.stdout.write(table(rows) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
