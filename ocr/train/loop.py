"""The training loop that all trainers use: feed of batches, steps, log, figures, checkpoints.

A trainer builds a :class:`ocr.train.run.Run` with ``start`` and calls :func:`fit` with a feed of batches and a
function that turns a batch into losses. The run's folder then holds

- ``last.pt``: the checkpoint (:mod:`ocr.train.checkpoint`), written at intervals and at the end; a killed run
  continues from it with ``--resume``,
- ``config.toml``: a copy of the configuration,
- ``log.csv``: mean losses, every ``log_every`` steps,
- ``evals.csv``: figures on held-out data,
- ``curve.png``: both as curves.
"""

from __future__ import annotations

import csv
import itertools
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Generic, TypeVar

import cv2
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset, Sampler

from ocr.train.curve import draw_curve
from ocr.train.device import on_device, random_state, set_random_state
from ocr.train.run import LAST, Run, Schedule

__all__ = ["Feed", "fit", "loader"]

Net = TypeVar("Net", bound=nn.Module)
Batch = TypeVar("Batch")


class Feed(Generic[Batch]):
    """Endless batches. A feed whose batches do not follow from the run's step saves its state in checkpoints."""

    def __iter__(self) -> Iterator[Batch]:
        """The batches from here on."""
        raise NotImplementedError

    def state(self) -> dict[str, Any]:
        """What :meth:`restore` needs to continue after the last batch taken; plain values."""
        return {}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Continue as a feed with this state would."""

    def refresh(self) -> None:
        """Take up data that has come since the run began; called after each checkpoint."""


class _Loader(Feed[Any]):
    def __init__(self, batches: DataLoader[Any]) -> None:
        self.batches = batches

    def __iter__(self) -> Iterator[Any]:
        return iter(self.batches)


def loader(data: Dataset[Any], config: Schedule, step: int) -> Feed[Any]:
    """Endless batches of ``data`` from the one of ``step`` on, so that a resumed run sees new samples."""
    return _Loader(DataLoader(data, config.batch, sampler=_From(step * config.batch), num_workers=config.workers,
                              worker_init_fn=_quiet, prefetch_factor=4 if config.workers else None))  # fmt: skip


class _From(Sampler[int]):
    """``first``, ``first + 1`` and so on."""

    def __init__(self, first: int) -> None:
        self.first = first

    def __iter__(self) -> Iterator[int]:
        return itertools.count(self.first)


def _quiet(_: int) -> None:
    torch.set_num_threads(1)
    cv2.setNumThreads(1)


def fit(
    run: Run[Net],
    feed: Feed[Batch],
    loss_of: Callable[[Net, Batch], dict[str, Tensor]],
    out: Path,
    evaluate: Callable[[], dict[str, float]] = dict,
) -> None:
    """Train until the budget is spent; ``out`` receives checkpoint, log, figures and curve.

    Args:
        run: fresh, or loaded from a checkpoint.
        feed: endless batches; their tensors are moved to ``run.device``.
        loss_of: losses of a batch by name; ``loss`` is the one that is minimised.
        out: the run's folder.
        evaluate: figures of ``run.averaged`` for ``evals.csv``; empty where there is nothing to measure.
    """
    config, last = run.config, out / LAST
    rewrite(out / "log.csv", run.log)  # without the rows of steps that a kill has lost
    rewrite(out / "evals.csv", run.evals)
    feed.restore(run.waiting.get("feed", {}))
    batches = iter(feed)
    if "random" in run.waiting:
        set_random_state(run.waiting["random"])
    saved = clock = evaluated = time.monotonic()
    sums: dict[str, list[float]] = {}
    while run.progress < 1:
        run.net.train()
        losses = loss_of(run.net, on_device(next(batches), run.device))
        run.descend(losses["loss"])
        for key, value in losses.items():
            sums.setdefault(key, []).append(float(value.detach()))
        now = time.monotonic()
        run.seconds, clock = run.seconds + now - clock, now
        if run.step % config.log_every == 0:
            note(run, out, sums)
            sums = {}
        if now - saved > 60 * config.checkpoint_minutes:
            run.save(last, feed.state())
            feed.refresh()
            saved = now
        if now - evaluated > 60 * config.evaluate_minutes:
            measure(run, out, evaluate)
            evaluated = clock = time.monotonic()
    if not (run.evals and run.evals[-1]["step"] == run.step):
        measure(run, out, evaluate)
    run.save(last, feed.state())


def note(run: Run[Net], out: Path, sums: Mapping[str, list[float]]) -> None:
    """A row of ``log.csv`` with mean losses, and the same on stderr."""
    means = {key: round(sum(values) / len(values), 4) for key, values in sums.items()}
    row = {"step": run.step, "minutes": round(run.seconds / 60, 2), "rate": f"{run.learning_rate():.2e}", **means}
    run.log.append(row)
    append(out / "log.csv", row)
    print("  ".join(f"{key} {value}" for key, value in row.items()), file=sys.stderr, flush=True)


def measure(run: Run[Net], out: Path, evaluate: Callable[[], dict[str, float]]) -> None:
    """A row of ``evals.csv``, if there are figures, and the curve drawn anew; the random generator stays as it is."""
    state = random_state(run.device)
    figures = evaluate()
    set_random_state(state)
    if figures:
        row = {"step": run.step, "minutes": round(run.seconds / 60, 2), **figures}
        run.evals.append(row)
        append(out / "evals.csv", row)
        print("  ".join(f"{key} {value}" for key, value in row.items()), file=sys.stderr, flush=True)
    draw_curve(out / "curve.png", run.log, run.evals)


def append(path: Path, row: Mapping[str, Any]) -> None:
    """Add a line to a CSV file, with the header if the file is new."""
    new = not path.exists()
    with path.open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(row))
        if new:
            writer.writeheader()
        writer.writerow(row)


def rewrite(path: Path, rows: list[dict[str, Any]]) -> None:
    """Write a CSV file anew; without rows there is none."""
    path.unlink(missing_ok=True)
    for row in rows:
        append(path, row)
