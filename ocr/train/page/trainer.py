"""Train the nets of the page stages: configurations, losses, runs, in that order.

    ocr train page models/training/orient.toml --out RUN [--resume]
    ocr train page models/training/corners-mobile.toml --out RUN [--resume]
    ocr train page models/training/corners-mobile-refine.toml --out RUN [--resume]

``net`` in the configuration says which one: ``orient`` (is a line upside down), ``page`` (where is the page in a
photograph) or ``corner`` (where exactly is each corner). The last two see the same drawn photographs
(``ocr.train.synth.photos``), one as a whole, the other crops of their corners.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from ocr.errors import UsageError
from ocr.train.config import read_table
from ocr.train.loop import fit, loader
from ocr.train.page.data import (
    CornerCrops,
    Photos,
    Reuse,
    TurnedLines,
    WholePhotos,
    line_tensor,
    lines_of,
)
from ocr.train.page.net import CornerNet, OrientNet, PageNet, centre_of_mass
from ocr.train.recognize.data import shards
from ocr.train.run import Model, Run, Schedule, start
from ocr.train.series import train_series
from ocr.train.synth.photos import Materials, pictures

__all__ = ["CornersConfig", "OrientConfig", "corner_loss", "orient_loss", "page_loss", "scaled", "train"]

HELD_SCENES = 300
"""Scenes that are measured and never trained on; their numbers are negative."""
CORNER_SPREAD = 0.8
"""Standard deviation of the target around a corner, cells of the heat map."""


@dataclass(frozen=True, slots=True)
class OrientConfig(Schedule):
    """A run of the orientation net.

    Attributes:
        net: ``orient``.
        synthetic: glob patterns of shards with drawn lines (``ocr.train.recognize.shards``).
        real: glob patterns of shards with lines of scans.
        held: glob patterns of shards that are measured and not trained on.
        real_share: share of real lines, if there are both.
        channels: of the net.
    """

    net: str
    synthetic: tuple[str, ...]
    real: tuple[str, ...]
    held: tuple[str, ...] = ()
    real_share: float = 0.5
    channels: tuple[int, ...] = (16, 24, 40, 64)


@dataclass(frozen=True, slots=True)
class CornersConfig(Schedule):
    """A run of one of the two corner nets.

    Attributes:
        net: ``page`` or ``corner``.
        pages: folders of page images, scanned or drawn.
        each: images taken from each of these folders at most, evenly spaced.
        photographs: folders of photographs to lie behind pages.
        reuse: how often samples are drawn.
    """

    net: str
    pages: tuple[str, ...]
    photographs: tuple[str, ...]
    each: int = 150
    reuse: Reuse = field(default_factory=Reuse)


# -------------------------------------------------------------------------------------------------------- losses


def orient_loss(run: Run[OrientNet], net: OrientNet, batch: tuple[Tensor, Tensor]) -> dict[str, Tensor]:
    """Cross-entropy, and the share of lines that are taken for the wrong way up."""
    lines, truth = batch
    with run.autocast():
        logits = net(run.images(lines))
    wrong = ((logits > 0) != (truth > 0.5)).float().mean()
    return {"loss": F.binary_cross_entropy_with_logits(logits.float(), truth), "wrong": wrong}


def page_loss(run: Run[PageNet], net: PageNet, batch: tuple[Tensor, Tensor, Tensor]) -> dict[str, Tensor]:
    """Cross-entropy and dice on the map, cross-entropy on the presence of a page."""
    photos, pages, present = batch
    with run.autocast():
        logits, presence = net(run.images(scaled(photos)))
    logits = logits.float()
    entropy = F.binary_cross_entropy_with_logits(logits, pages)
    share = logits.sigmoid()
    overlap, total = (share * pages).sum((1, 2)), (share + pages).sum((1, 2))
    dice = 1 - (2 * overlap + 1) / (total + 1)
    there = F.binary_cross_entropy_with_logits(presence.float(), present)
    return {"loss": 4 * entropy + dice.mean() + 0.5 * there, "entropy": entropy, "dice": dice.mean(), "presence": there}


def corner_loss(run: Run[CornerNet], net: CornerNet, batch: tuple[Tensor, Tensor, Tensor]) -> dict[str, Tensor]:
    """Cross-entropy of the heat map against a small Gaussian, and the distance of its centre of mass from the truth."""
    crops, truth = scaled(batch[0]), batch[1].flatten(0, 1)
    with run.autocast():
        heat = net(run.images(crops))
    heat = heat.float()
    side = heat.shape[1]
    cells = (torch.arange(side, device=heat.device) + 0.5) / side
    near = torch.exp(-0.5 * ((cells[None] - truth[:, :, None]) * side / CORNER_SPREAD) ** 2)
    wanted = near[:, 1, :, None] * near[:, 0, None]
    wanted = wanted.flatten(1) / wanted.flatten(1).sum(1, keepdim=True).clamp(min=1e-6)
    entropy = -(wanted * heat.flatten(1).log_softmax(1)).sum(1).mean()
    off = (centre_of_mass(heat) - truth).norm(dim=1)
    return {"loss": entropy + 20 * off.mean(), "entropy": entropy, "off": off.mean()}


def scaled(images: Tensor) -> Tensor:
    """uint8 images (..., 3, H, W) as the nets take them: (N, 3, H, W) in -1..1."""
    return images.flatten(0, -4).float() / 127.5 - 1


# ---------------------------------------------------------------------------------------------------------- runs


def train(config_path: Path, out: Path, resume: bool = False) -> Path:
    """Train until the budget is spent; returns the checkpoint.

    Raises:
        InputError: training data is missing.
        UsageError: a fault in the configuration, or ``out`` holds a run and ``resume`` is false.
    """
    net = read_table(config_path).get("net")
    if net == "orient":
        return train_series(OrientConfig, config_path, out, resume, _train_orient)
    if net in {"page", "corner"}:
        return train_series(CornersConfig, config_path, out, resume, _train_corners)
    raise UsageError(f"{config_path}: net must be orient, page or corner, not {net!r}")


def _train_orient(config: OrientConfig, out: Path, last: Path) -> None:
    run: Run[OrientNet] = start(Model("orient", config.net, {"channels": config.channels}), config, last)
    data = TurnedLines(config.synthetic, config.real, config.real_share, config.seed)
    held = {path.stem: torch.stack([line_tensor(line) for line, _ in lines_of([path])]) for path in shards(config.held)}

    def evaluate() -> dict[str, float]:
        return {name: errors(run.averaged, lines.to(run.device)) for name, lines in held.items()}

    fit(run, loader(data, config, run.step), lambda net, batch: orient_loss(run, net, batch), out, evaluate)


@torch.no_grad()
def errors(net: OrientNet, lines: Tensor) -> float:
    """Share of upright lines (N, 1, 32, 256) that are taken for upside down or, once turned, for upright."""
    wrong = 0
    for part in torch.split(lines, 128):
        wrong += int((net(part) > 0).sum()) + int((net(part.flip((2, 3))) <= 0).sum())
    return round(wrong / (2 * len(lines)), 5)


def _train_corners(config: CornersConfig, out: Path, last: Path) -> None:
    materials = Materials.load(pictures(config.pages, config.each), pictures(config.photographs), config.seed)
    data: Photos = (WholePhotos if config.net == "page" else CornerCrops)(materials, config.reuse, config.seed)
    loss: Callable[..., dict[str, Tensor]] = page_loss if config.net == "page" else corner_loss
    run: Run[PageNet | CornerNet] = start(Model("corners", config.net), config, last)
    held = [torch.stack(column) for column in zip(*(data.draw(-1 - k) for k in range(HELD_SCENES)), strict=True)]

    @torch.no_grad()
    def evaluate() -> dict[str, float]:
        losses = loss(run, run.averaged, [part.to(run.device) for part in held])
        return {name: round(float(value), 5) for name, value in losses.items()}

    fit(run, loader(data, config, run.step), lambda net, batch: loss(run, net, batch), out, evaluate)
