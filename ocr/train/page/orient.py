"""Train the orientation net on lines that are turned upside down half of the time.

    python -m ocr.train.page.orient models/training/orient.toml --out RUN [--resume]

The lines are the recogniser's shards (docs/training.md).
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # spinning threads stall on a shared machine; before torch

import random
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F
from torch.utils.data import Dataset

from ocr.page.orient import HEIGHT, WIDTH, line_window
from ocr.recognize.charset import Charset
from ocr.train.config import read_config
from ocr.train.loop import fit, loader
from ocr.train.page.orient_net import OrientNet
from ocr.train.recognize.data import LineSet, augment, shards
from ocr.train.run import Model, Run, Schedule, prepared, start

__all__ = ["OrientConfig", "TurnedLines", "train"]


@dataclass(frozen=True, slots=True)
class OrientConfig(Schedule):
    """One run. ``synthetic``, ``real`` and ``held`` are glob patterns of line shards; ``held`` is measured only."""

    synthetic: tuple[str, ...]
    real: tuple[str, ...]
    held: tuple[str, ...] = ()
    real_share: float = 0.5
    channels: tuple[int, ...] = (16, 24, 40, 64)


class TurnedLines(Dataset[tuple[Tensor, Tensor]]):
    """Window ``k`` of a line, (1, 32, 256) in -1..1, and 1.0 if it is upside down."""

    def __init__(self, config: OrientConfig) -> None:
        self.seed, self.real_share = config.seed, config.real_share
        self.sets = []
        for patterns in (config.synthetic, config.real):
            lines = LineSet(Charset.load("zh"))  # Latin is in it
            lines.load(shards(patterns))
            named = zip(lines.pictures, lines.texts, strict=True)
            self.sets.append([line for line, text in named if sum(c.isalnum() for c in text) >= 3])

    def __getitem__(self, k: int) -> tuple[Tensor, Tensor]:
        rng = random.Random(self.seed * 1_000_003 + k)
        synthetic, real = self.sets
        pictures = real if real and (not synthetic or rng.random() < self.real_share) else synthetic
        line = worn(rng.choice(pictures), rng)
        upside_down = rng.random() < 0.5
        return tensor_of(line[::-1, ::-1] if upside_down else line), torch.tensor(float(upside_down))


def worn(line: NDArray[np.uint8], rng: random.Random) -> NDArray[np.uint8]:
    """A stretch of a line (32, W), varied as boxes and scans vary: moved up or down, tilted, blurred, faded."""
    line = augment(rng, line, 1.0)[0]
    if line.shape[1] > WIDTH:
        left = rng.randrange(line.shape[1] - WIDTH + 1)
        line = line[:, left : left + WIDTH]
    size, shift = rng.uniform(0.75, 1.2), rng.uniform(-3.5, 3.5)
    tilt = rng.gauss(0, 0.006)
    middle = line.shape[1] / 2
    matrix = np.array([[1, 0, 0], [tilt, size, HEIGHT / 2 * (1 - size) + shift - tilt * middle]], np.float32)
    return cv2.warpAffine(line, matrix, line.shape[::-1], borderMode=cv2.BORDER_REPLICATE).astype(np.uint8)


def tensor_of(line: NDArray[np.uint8]) -> Tensor:
    """A line (32, W) as the net takes it: (1, 32, 256) in -1..1."""
    return torch.from_numpy(np.ascontiguousarray(line_window(line), np.float32) / 127.5 - 1)[None]


def train(config_path: Path, out: Path, resume: bool = False) -> Path:
    """Run until the budget is spent; returns the checkpoint.

    Raises:
        UsageError: an unknown key, or ``out`` holds a run and ``resume`` was not asked for.
    """
    config = read_config(OrientConfig, config_path)
    last = prepared(out, config_path, config, resume)
    run: Run[OrientNet] = start(Model("orient", "orient", {"channels": config.channels}), config, last)
    held = {path.stem: held_lines(path) for path in shards(config.held)}

    def loss_of(net: OrientNet, batch: tuple[Tensor, Tensor]) -> dict[str, Tensor]:
        pictures, truth = batch
        with run.autocast():
            logits = net(run.images(pictures))
        wrong = ((logits > 0) != (truth > 0.5)).float().mean()
        return {"loss": F.binary_cross_entropy_with_logits(logits.float(), truth), "wrong": wrong}

    def evaluate() -> dict[str, float]:
        return {name: errors(run.averaged, lines.to(run.device)) for name, lines in held.items()}

    fit(run, loader(TurnedLines(config), config, run.step), loss_of, out, evaluate)
    return last


def held_lines(path: Path) -> Tensor:
    """Every line of a shard, (N, 1, 32, 256)."""
    lines = LineSet(Charset.load("zh"))  # Latin is in it
    lines.load([path])
    return torch.stack([tensor_of(line) for line in lines.pictures])


@torch.inference_mode()
def errors(net: OrientNet, lines: Tensor) -> float:
    """Share of lines taken for upside down, or, once turned, for upright."""
    wrong = 0
    for part in torch.split(lines, 128):
        wrong += int((net(part) > 0).sum()) + int((net(part.flip((2, 3))) <= 0).sum())
    return round(wrong / (2 * len(lines)), 5)
