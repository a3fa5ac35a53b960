"""A training run: its configuration, the net with its optimizer and moving average, and its checkpoint."""

from __future__ import annotations

import contextlib
import copy
import math
import shutil
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

import cv2
import torch
from torch import Tensor, nn

from ocr.errors import UsageError
from ocr.train.checkpoint import Trained, build, load, merged, resume_state, save
from ocr.train.device import Precision, autocast, best_device, on_device, precision, random_state

__all__ = ["LAST", "Model", "Run", "RunConfig", "Schedule", "adamw", "prepared", "start", "take_over"]

Net = TypeVar("Net", bound=nn.Module)
Optimizer = Callable[[nn.Module, "RunConfig"], torch.optim.Optimizer]

LAST: Final = "last.pt"
"""The checkpoint in a run's folder."""
LARGEST_GRADIENT: Final = 5.0
"""Longer gradients are scaled down to this norm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunConfig:
    """What every training run is told; the base of the trainers' configurations."""

    seed: int = 1
    minutes: float = 30.0
    """Budget; the learning rate follows it. Time of evaluations does not count."""
    steps: int = 10**9
    """The run ends at ``minutes`` or at ``steps``, whichever comes first."""
    learning_rate: float = 2e-3
    """At its peak, after the warm-up."""
    weight_decay: float = 1e-4
    """Of weights; biases and norms are not decayed."""
    warmup: int = 150
    """Steps."""
    average: float = 0.998
    """Decay of the moving average of the weights, which is what the run results in."""
    threads: int = 1
    checkpoint_minutes: float = 4.0
    evaluate_minutes: float = 12.0
    log_every: int = 50
    """Steps between rows of ``log.csv``."""
    initial: str = ""
    """Checkpoint whose weights the run starts from; empty: random weights."""
    trained_on: tuple[str, ...] = ()
    """The data in words, each with its licence; a published model states it after that of ``initial``."""
    licence: str = ""
    """Of the weights, an SPDX identifier."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule(RunConfig):
    """The base of configurations whose batches come from :func:`loader`."""

    batch: int = 32
    """Samples a step."""
    workers: int = 1
    """Processes that make samples."""


@dataclass(frozen=True, slots=True)
class Model:
    """Which net a run trains: what :func:`ocr.train.checkpoint.build` is called with.

    Attributes:
        task, name: keys of ``ocr.train.checkpoint.NETS``.
        arguments: of the net's class, plain values.
        charset: characters in class order of a recogniser; empty for other nets.
    """

    task: str
    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    charset: str = ""


@dataclass(slots=True)
class Run(Generic[Net]):
    """A net in training, and all that its checkpoint holds.

    Attributes:
        model: which net it is.
        config: of the run.
        net: in training.
        averaged: the moving average of its weights, in evaluation mode.
        optimizer: of ``net``.
        device, precision: where and how the net computes.
        trained_on, licence: of the weights, those of ``initial`` included.
        step, seconds: how far the run is; seconds of training, over all resumptions.
        log, evals: rows of ``log.csv`` and ``evals.csv``.
        waiting: state of the feed and of the random generator that a resumed :func:`fit` begins with.
    """

    model: Model
    config: RunConfig
    net: Net
    averaged: Net
    optimizer: torch.optim.Optimizer
    device: torch.device
    precision: Precision
    trained_on: tuple[str, ...] = ()
    licence: str = ""
    step: int = 0
    seconds: float = 0.0
    log: list[dict[str, Any]] = field(default_factory=list)
    evals: list[dict[str, Any]] = field(default_factory=list)
    waiting: Mapping[str, Any] = field(default_factory=dict)

    def save(self, path: Path, feed: Mapping[str, Any] | None = None) -> None:
        """Write a checkpoint; the file appears whole or not at all. ``feed`` is the feed's state."""
        state = {
            "net": self.net.state_dict(), "optimizer": self.optimizer.state_dict(), "seconds": self.seconds,
            "evals": self.evals, "feed": dict(feed or {}), "random": random_state(self.device),
        }  # fmt: skip
        metrics = {key: value for key, value in (self.evals or [{}])[-1].items() if key not in ("step", "minutes")}
        trained = Trained(
            self.model.task, self.model.name, self.model.arguments, self.averaged, asdict(self.config),
            self.model.charset, metrics, tuple(self.log), self.trained_on, self.licence, self.step, self.seconds / 60,
        )  # fmt: skip
        save(path, trained, resume=on_device(state, torch.device("cpu")))

    def load(self, path: Path) -> None:
        """Take over a checkpoint: weights, average, optimizer, step, clock, log.

        Raises:
            InputError: the checkpoint is damaged.
            UsageError: it is of another net.
        """
        trained, state = load(path, self.model.task), resume_state(path)
        if (trained.name, trained.charset) != (self.model.name, self.model.charset):
            raise UsageError(f"{path}: a run of another net or charset than the configuration's; name another folder")
        try:
            self.net.load_state_dict(state["net"])
        except RuntimeError as error:
            raise UsageError(
                f"{path}: a run of a net of another size than the configuration's; name another folder"
            ) from error
        self.averaged.load_state_dict(trained.net.state_dict())
        self.optimizer.load_state_dict(state["optimizer"])
        self.step, self.seconds = trained.step, state["seconds"]
        self.trained_on, self.licence = trained.trained_on, trained.licence
        self.log, self.evals = [dict(row) for row in trained.history], [dict(row) for row in state["evals"]]
        self.waiting = {"feed": state["feed"], "random": state["random"]}

    @property
    def progress(self) -> float:
        """0..1."""
        return min(1.0, max(self.seconds / (60 * self.config.minutes), self.step / self.config.steps))

    def learning_rate(self) -> float:
        """Linear warm-up, then cosine to a hundredth."""
        cosine = 0.01 + 0.99 * (1 + math.cos(math.pi * self.progress)) / 2
        return self.config.learning_rate * cosine * min(1.0, (self.step + 1) / self.config.warmup)

    def autocast(self) -> contextlib.AbstractContextManager[Any]:
        """The context of forward passes."""
        return autocast(self.device, self.precision)

    def images(self, pictures: Tensor) -> Tensor:
        """Pictures N x C x H x W on the run's device, in its memory format."""
        return pictures.to(self.device).contiguous(memory_format=self.precision.layout)

    def descend(self, loss: Tensor) -> None:
        """One optimizer step, and the moving average of weights and batch-norm statistics after it."""
        for group in self.optimizer.param_groups:
            group["lr"] = self.learning_rate()
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.net.parameters(), LARGEST_GRADIENT)
        self.optimizer.step()
        keep = min(self.config.average, (self.step + 1) / (self.step + 10))
        with torch.no_grad():
            for mean, value in zip(self.averaged.state_dict().values(), self.net.state_dict().values(), strict=True):
                if mean.dtype.is_floating_point:
                    mean.lerp_(value.to(mean.dtype), 1 - keep)
                else:
                    mean.copy_(value)
        self.step += 1


def take_over(net: nn.Module, initial: Trained, origin: str) -> None:
    """Start ``net`` from the weights of an earlier one of the same shape.

    Raises:
        UsageError: the weights are of another net.
    """
    try:
        net.load_state_dict(initial.net.state_dict())
    except RuntimeError as error:
        raise UsageError(f"{origin}: weights of another net ({initial.task} {initial.name})") from error


def adamw(net: nn.Module, config: RunConfig) -> torch.optim.Optimizer:
    """AdamW; biases and norms are not decayed."""
    decayed = [p for p in net.parameters() if p.ndim > 1]
    plain = [p for p in net.parameters() if p.ndim <= 1]
    return torch.optim.AdamW(
        [{"params": decayed, "weight_decay": config.weight_decay}, {"params": plain, "weight_decay": 0.0}],
        lr=config.learning_rate, fused=all(p.device.type in ("cpu", "cuda") for p in net.parameters()),
    )  # fmt: skip


def start(
    model: Model,
    config: RunConfig,
    last: Path | None = None,
    *,
    optimizer: Optimizer = adamw,
    begin: Callable[[nn.Module, Trained, str], None] = take_over,
) -> Run[Any]:
    """A run on the best device: fresh, or as the checkpoint ``last`` left it.

    Args:
        model: which net.
        config: of the run.
        last: checkpoint to continue from, if the file exists.
        optimizer: makes the optimizer of a net.
        begin: gives a fresh net the weights of ``config.initial``.

    Raises:
        InputError: ``config.initial`` or ``last`` is missing or damaged.
        UsageError: one of them is of another net.
    """
    net, device = build(model.task, model.name, model.arguments), best_device()
    trained_on, licence = config.trained_on, config.licence
    resumed = last is not None and last.exists()
    if config.initial and not resumed:
        initial = load(config.initial, model.task)
        begin(net, initial, config.initial)
        trained_on, licence = merged(initial.trained_on, trained_on), licence or initial.licence
    chosen = precision(device, net)
    net = net.to(device, memory_format=chosen.layout)  # type: ignore[call-overload]
    averaged = copy.deepcopy(net).eval()
    run = Run(model, config, net, averaged, optimizer(net, config), device, chosen, trained_on, licence)
    if last is not None and resumed:
        run.load(last)
    return run


def prepared(out: Path, config_path: Path, config: RunConfig, resume: bool) -> Path:
    """Make the run's folder with a copy of its configuration, set seeds and threads; returns the checkpoint's path.

    Raises:
        UsageError: ``out`` holds a run and ``resume`` is false.
    """
    last = out / LAST
    if last.exists() and not resume:
        raise UsageError(f"{out}: holds a run already; add --resume to continue it, or name another folder with --out")
    out.mkdir(parents=True, exist_ok=True)
    if config_path.resolve() != (out / "config.toml").resolve():
        shutil.copy(config_path, out / "config.toml")
    torch.manual_seed(config.seed)
    torch.set_num_threads(config.threads)
    cv2.setNumThreads(config.threads)
    return last
