"""What the trainings of picture nets share: schedule, run with its checkpoint, and the loop from batch to log."""

from __future__ import annotations

import argparse
import copy
import csv
import itertools
import math
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import cv2
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset, Sampler

from ocr.errors import UsageError
from ocr.train.checkpoint import load

__all__ = ["Run", "Schedule", "append", "command_line", "fit", "loader", "prepared", "start"]

Net = TypeVar("Net", bound=nn.Module)
Batch = TypeVar("Batch")


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """How long, how fast and on what a net is trained; the base of a trainer's configuration."""

    seed: int = 1
    batch: int = 32
    minutes: float = 30.0
    steps: int = 10**9
    """The run ends, and the learning rate with it, at ``minutes`` of training or ``steps``, whichever is first."""
    learning_rate: float = 2e-3
    weight_decay: float = 1e-4
    warmup: int = 150
    average: float = 0.998
    threads: int = 1
    workers: int = 1
    checkpoint_minutes: float = 4.0
    evaluate_minutes: float = 12.0
    log_every: int = 50
    """Steps a line of ``log.csv``."""
    initial: str = ""
    """Weights to start from, as publishing leaves them in ``models/training``; none: random ones."""


@dataclass(slots=True)
class Run(Generic[Net]):
    """A net in training: what a checkpoint holds."""

    config: Schedule
    net: Net
    averaged: Net
    optimizer: torch.optim.Optimizer
    device: torch.device
    step: int = 0
    seconds: float = 0.0

    def save(self, path: Path) -> None:
        """Write to a temporary name, then rename."""
        state = {"net": self.net.state_dict(), "averaged": self.averaged.state_dict(),
                 "optimizer": self.optimizer.state_dict(), "step": self.step, "seconds": self.seconds}  # fmt: skip
        part = path.with_suffix(".part")
        torch.save(state, part)
        part.replace(path)

    def load(self, path: Path) -> None:
        """Take over a checkpoint's weights, optimizer, step and clock."""
        state = torch.load(path, map_location="cpu", weights_only=True)
        self.net.load_state_dict(state["net"])
        self.averaged.load_state_dict(state["averaged"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step, self.seconds = state["step"], state["seconds"]

    @property
    def progress(self) -> float:
        """0..1."""
        return min(1.0, max(self.seconds / (60 * self.config.minutes), self.step / self.config.steps))

    def learning_rate(self) -> float:
        """Linear warm-up, then cosine to a hundredth."""
        cosine = 0.01 + 0.99 * (1 + math.cos(math.pi * self.progress)) / 2
        return self.config.learning_rate * cosine * min(1.0, (self.step + 1) / self.config.warmup)

    def descend(self, loss: Tensor) -> None:
        """One optimizer step, and the moving average of weights and batch-norm statistics after it."""
        for group in self.optimizer.param_groups:
            group["lr"] = self.learning_rate()
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.net.parameters(), 5.0)
        self.optimizer.step()
        keep = min(self.config.average, (self.step + 1) / (self.step + 10))
        with torch.no_grad():
            for mean, value in zip(self.averaged.state_dict().values(), self.net.state_dict().values(), strict=True):
                if mean.dtype.is_floating_point:
                    mean.lerp_(value.to(mean.dtype), 1 - keep)
                else:
                    mean.copy_(value)
        self.step += 1


def start(net: Net, config: Schedule, last: Path | None = None) -> Run[Net]:
    """A run on the GPU if there is one: fresh, or as ``last`` left it. Biases and norms are not decayed."""
    if config.initial:
        net.load_state_dict(load(config.initial).net.state_dict())
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    net = net.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    decayed = [p for p in net.parameters() if p.ndim > 1]
    plain = [p for p in net.parameters() if p.ndim <= 1]
    optimizer = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": config.weight_decay}, {"params": plain, "weight_decay": 0.0}],
        lr=config.learning_rate, fused=True,
    )  # fmt: skip
    run = Run(config, net, copy.deepcopy(net).eval(), optimizer, device)
    if last is not None and last.exists():
        run.load(last)
    return run


def prepared(out: Path, config: Schedule, resume: bool) -> Path:
    """Seeds and threads set, the run's folder made; the path of its checkpoint.

    Raises:
        UsageError: ``out`` holds a run and ``resume`` was not asked for.
    """
    last = out / "last.pt"
    if last.exists() and not resume:
        raise UsageError(f"{out}: holds a run already; add --resume to go on, or name another folder")
    out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(config.seed)
    torch.set_num_threads(config.threads)
    cv2.setNumThreads(config.threads)
    return last


def loader(data: Dataset[Any], config: Schedule, step: int) -> DataLoader[Any]:
    """Endless batches of ``data`` from the one for ``step`` on, so that a resumed run sees new samples."""
    return DataLoader(data, config.batch, sampler=_From(step * config.batch), num_workers=config.workers,
                      worker_init_fn=_quiet, prefetch_factor=4 if config.workers else None)  # fmt: skip


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
    feed: Iterable[Batch],
    loss_of: Callable[[Net, Batch], dict[str, Tensor]],
    out: Path,
    evaluate: Callable[[], dict[str, float]],
) -> None:
    """Train until the budget is spent; ``out`` gets ``last.pt``, ``log.csv`` and ``evals.csv``.

    Args:
        run: fresh, or loaded from a checkpoint.
        feed: endless batches.
        loss_of: losses of a batch by name, on ``run.device``; ``loss`` is the one that is minimised.
        out: the run's folder.
        evaluate: figures of ``run.averaged`` for ``evals.csv``; empty where there is nothing to measure.
    """
    config, last = run.config, out / "last.pt"
    saved = clock = evaluated = time.monotonic()
    sums: dict[str, float] = {}
    for batch in feed:
        if run.progress >= 1:
            break
        run.net.train()
        losses = loss_of(run.net, batch)
        run.descend(losses["loss"])
        for key, value in losses.items():
            sums[key] = sums.get(key, 0.0) + float(value.detach())
        now = time.monotonic()
        run.seconds, clock = run.seconds + now - clock, now
        if run.step % config.log_every == 0:
            means = {key: round(value / config.log_every, 4) for key, value in sums.items()}
            rate = f"{run.learning_rate():.2e}"
            append(out / "log.csv", {"step": run.step, "minutes": round(run.seconds / 60, 2), "rate": rate, **means})
            sums = {}
        if now - saved > 60 * config.checkpoint_minutes:
            run.save(last)
            saved = now
        if now - evaluated > 60 * config.evaluate_minutes:
            _note(run, evaluate(), out)
            evaluated = clock = time.monotonic()
    run.save(last)
    _note(run, evaluate(), out)


def _note(run: Run[Net], figures: dict[str, float], out: Path) -> None:
    if figures:
        append(out / "evals.csv", {"step": run.step, "minutes": round(run.seconds / 60, 2), **figures})


def append(path: Path, row: dict[str, Any]) -> None:
    """One more line of a CSV file, with its header where it is new."""
    new = not path.exists()
    with path.open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(row))
        if new:
            writer.writeheader()
        writer.writerow(row)


def command_line(description: str | None, train: Callable[[Path, Path, bool], object]) -> None:
    """``CONFIG --out RUN [--resume]``, the arguments of every trainer."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("config", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--resume", action="store_true")
    arguments = parser.parse_args()
    train(arguments.config, arguments.out, arguments.resume)
