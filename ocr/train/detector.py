"""Train the text detector: configuration, loss, loop, in that order.

    python -m ocr.train.detector models/training/detect-mobile.toml --out RUN [--resume]

RUN receives ``config.toml``, ``last.pt`` (everything needed to go on), ``log.csv`` (losses),
``evals.csv`` (figures on held-back pages) and ``model.onnx``.
The same command runs on CUDA where there is a GPU, else in bf16 on the CPU.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # spinning threads stall on a shared machine; before torch

import argparse
import copy
import csv
import itertools
import math
import shutil
import time
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import cv2
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, Sampler

from ocr.detect.db import DbDetector
from ocr.errors import UsageError
from ocr.train.detect_data import CropConfig, PageCrops, Source, real_sources
from ocr.train.detect_export import export, score_boxes
from ocr.train.nets.detect import DbNet, NetConfig
from ocr.train.synth.pages import PagesConfig, render_cache

__all__ = ["DetectorConfig", "train"]


@dataclass(frozen=True, slots=True)
class DetectorConfig:
    """One run. Paths are relative to where the command is run."""

    text: str
    words: str
    cache: str
    pages: int = 4000
    real_root: str = ""
    real_labels: str = ""
    seed: int = 1
    batch: int = 6
    minutes: float = 75.0
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
    hold_back: int = 20
    """Every ``n``-th real page, this many in all, is kept for evaluation."""
    initial: str = ""
    """Weights to start from, as ``detect_publish`` leaves them beside the model; none: random ones."""
    net: NetConfig = field(default_factory=NetConfig)
    crop: CropConfig = field(default_factory=CropConfig)

    @classmethod
    def load(cls, path: Path) -> DetectorConfig:
        """Read TOML; an unknown key raises ``UsageError``."""
        table = tomllib.loads(path.read_text("utf-8"))
        for key, kind in (("net", NetConfig), ("crop", CropConfig)):
            table[key] = _build(
                kind, {k: tuple(v) if isinstance(v, list) else v for k, v in table.get(key, {}).items()}, path
            )
        result: DetectorConfig = _build(cls, table, path)
        return result


def _build(kind: Any, table: dict[str, Any], path: Path) -> Any:
    known = {f.name for f in fields(kind)}
    if unknown := sorted(table.keys() - known):
        raise UsageError(f"{path}: unknown key {unknown[0]!r}; known are {', '.join(sorted(known))}")
    return kind(**table)


# ---------------------------------------------------------------------------------------------------------- loss


def detection_loss(kernel: Tensor, threshold: Tensor, targets: Tensor) -> tuple[Tensor, dict[str, float]]:
    """Balanced cross-entropy on the kernel, L1 on the threshold, dice on the binary map (Liao et al., eq. 2 to 7).

    Args:
        kernel: logits (N, 1, H, W).
        threshold: logits (N, 1, H, W).
        targets: (N, 4, H, W) of ``detect_data.draw_targets``.
    """
    truth, level, border, weight = targets.unbind(1)
    logits, limit = kernel[:, 0].float(), threshold[:, 0].float().sigmoid()
    probability = logits.sigmoid()
    entropy = F.binary_cross_entropy_with_logits(logits, truth, reduction="none") * weight
    positive = (truth > 0.5) & (weight > 0)
    negative = ~positive & (weight > 0)
    count = int(positive.sum())
    wanted = min(int(negative.sum()), max(3 * count, truth.numel() // 20))
    hard = entropy[negative].topk(wanted).values.sum() if wanted else entropy.sum() * 0
    balanced = (entropy[positive].sum() + hard) / max(1, count + wanted)
    binary = torch.sigmoid(50 * (probability - limit))
    dice = 1 - 2 * (binary * truth * weight).sum() / ((binary * weight).sum() + (truth * weight).sum() + 1e-3)
    absolute = ((limit - level).abs() * border * weight).sum() / ((border * weight).sum() + 1)
    total = 5 * balanced + dice + 10 * absolute
    named = {"loss": total, "entropy": balanced, "dice": dice, "threshold": absolute}
    parts = {name: float(value.detach()) for name, value in named.items()}
    return total, parts


# ---------------------------------------------------------------------------------------------------------- loop


class From(Sampler[int]):
    """``first``, ``first + 1`` and so on, so that a resumed run sees new crops."""

    def __init__(self, first: int) -> None:
        self.first = first

    def __iter__(self) -> Iterator[int]:
        return itertools.count(self.first)


@dataclass(slots=True)
class Run:
    """What a checkpoint holds."""

    config: DetectorConfig
    net: DbNet
    averaged: DbNet
    optimizer: torch.optim.Optimizer
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

    @torch.no_grad()
    def average(self) -> None:
        """Exponential moving average of weights and batch-norm statistics."""
        keep = min(self.config.average, (self.step + 1) / (self.step + 10))
        for mean, value in zip(self.averaged.state_dict().values(), self.net.state_dict().values(), strict=True):
            if mean.dtype.is_floating_point:
                mean.lerp_(value.to(mean.dtype), 1 - keep)
            else:
                mean.copy_(value)


def start(config: DetectorConfig, device: torch.device) -> Run:
    """A fresh run."""
    torch.manual_seed(config.seed)
    net = DbNet(config.net)
    if config.initial:
        net.load_state_dict(torch.load(config.initial, map_location="cpu", weights_only=True))
    net = net.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    decayed = [p for p in net.parameters() if p.ndim > 1]
    plain = [p for p in net.parameters() if p.ndim <= 1]
    optimizer = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": config.weight_decay}, {"params": plain, "weight_decay": 0.0}],
        lr=config.learning_rate, fused=True,
    )  # fmt: skip
    return Run(config, net, copy.deepcopy(net).eval(), optimizer)


def sources(config: DetectorConfig) -> tuple[list[Source], list[Source]]:
    """Real pages to train on, and those held back."""
    if not config.real_labels:
        return [], []
    every = real_sources(Path(config.real_labels), Path(config.real_root), Path(config.cache) / "real")
    stride = max(1, len(every) // max(1, config.hold_back))
    held = set(range(0, stride * config.hold_back, stride))
    return [s for k, s in enumerate(every) if k not in held], [s for k, s in enumerate(every) if k in held]


def loader(config: DetectorConfig, real: list[Source], first: int) -> DataLoader[tuple[Tensor, Tensor]]:
    """Batches from crop ``first`` on."""
    pages = Path(config.cache) / "pages" if config.pages else None
    data = PageCrops(pages, real, config.crop, config.seed)
    return DataLoader(data, config.batch, sampler=From(first), num_workers=config.workers,
                      worker_init_fn=_quiet, prefetch_factor=4 if config.workers else None)  # fmt: skip


def _quiet(_: int) -> None:
    torch.set_num_threads(1)
    cv2.setNumThreads(1)


def step_once(run: Run, images: Tensor, targets: Tensor, device: torch.device) -> dict[str, float]:
    """One optimizer step; returns the losses."""
    images = images.to(device, memory_format=torch.channels_last)
    for group in run.optimizer.param_groups:
        group["lr"] = run.learning_rate()
    run.net.train()
    with torch.autocast(device.type, dtype=torch.bfloat16):
        kernel, threshold = run.net(images)
    loss, parts = detection_loss(kernel, threshold, targets.to(device))
    run.optimizer.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    nn.utils.clip_grad_norm_(run.net.parameters(), 5.0)
    run.optimizer.step()
    run.average()
    run.step += 1
    return parts


def train(config_path: Path, out: Path, resume: bool = False) -> Path:
    """Run until the budget is spent; returns the exported ONNX file.

    Raises:
        UsageError: an unknown key, or ``out`` holds a run and ``resume`` was not asked for.
    """
    config = DetectorConfig.load(config_path)
    last, log = out / "last.pt", out / "log.csv"
    if last.exists() and not resume:
        raise UsageError(f"{out}: holds a run already; add --resume to go on, or name another folder")
    out.mkdir(parents=True, exist_ok=True)
    shutil.copy(config_path, out / "config.toml")
    torch.set_num_threads(config.threads)
    cv2.setNumThreads(config.threads)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if config.pages:
        texts = PagesConfig(config.text, config.words)
        render_cache(texts, Path(config.cache) / "pages", 0, config.pages, max(1, config.threads))
    run = start(config, device)
    if last.exists():
        run.load(last)
    real, held = sources(config)
    saved = clock = evaluated = time.monotonic()
    sums: dict[str, float] = {}
    for images, targets in loader(config, real, run.step * config.batch):
        if run.progress >= 1:
            break
        for key, value in step_once(run, images, targets, device).items():
            sums[key] = sums.get(key, 0.0) + value
        now = time.monotonic()
        run.seconds, clock = run.seconds + now - clock, now
        if run.step % config.log_every == 0:
            append(log, {"step": run.step, "minutes": round(run.seconds / 60, 2), "rate": f"{run.learning_rate():.2e}",
                         **{k: round(v / config.log_every, 4) for k, v in sums.items()}})  # fmt: skip
            sums = {}
        if now - saved > 60 * config.checkpoint_minutes:
            run.save(last)
            saved = now
        if held and now - evaluated > 60 * config.evaluate_minutes:
            evaluate(run, held, out)
            evaluated = clock = time.monotonic()
    run.save(last)
    return evaluate(run, held, out)


def evaluate(run: Run, held: list[Source], out: Path) -> Path:
    """Export the averaged weights and score them on the pages held back; the model's path."""
    model = export(run.averaged, out / "model.onnx")
    detector = DbDetector("candidate", run.config.threads, model)
    figures = score_boxes(detector, ((source.image, source.lines.tolist()) for source in held))
    append(out / "evals.csv", {"step": run.step, "minutes": round(run.seconds / 60, 2), **figures})
    return model


def append(path: Path, row: dict[str, Any]) -> None:
    """One more line of a CSV file, with its header where it is new."""
    new = not path.exists()
    with path.open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(row))
        if new:
            writer.writeheader()
        writer.writerow(row)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("config", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--resume", action="store_true")
    arguments = parser.parse_args()
    train(arguments.config, arguments.out, arguments.resume)
