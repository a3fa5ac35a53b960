"""Train the two nets that find a page in a photograph.

    python -m ocr.train.page.corners models/training/corners-page.toml --out RUN [--resume]
    python -m ocr.train.page.corners models/training/corners-corner.toml --out RUN [--resume]

Both see drawn photographs (``ocr.train.synth.photos``), the first as a whole, the second crops of their corners.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # spinning threads stall on a shared machine; before torch

import random
from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import Dataset

from ocr.errors import UsageError
from ocr.page.corners import CROP, SIDE, corner_view
from ocr.train.config import read_config
from ocr.train.loop import fit, loader
from ocr.train.page.corner_nets import CornerNet, PageNet, place
from ocr.train.run import Model, Run, Schedule, prepared, start
from ocr.train.synth.photos import LARGE, SMALL, Materials, Scene, pictures, scene

__all__ = ["CornersConfig", "train"]

HELD = 300
"""Scenes that are measured and never trained on; their seeds are negative."""
AWAY = 0.03
"""How far coarse corners are from the true ones, as a share of the page's mean side: the standard deviation."""

Sample = tuple[Tensor, Tensor, Tensor]
Net = TypeVar("Net", bound=nn.Module)


@dataclass(frozen=True, slots=True)
class CornersConfig(Schedule):
    """One run: ``level`` is ``page`` or ``corner``; ``pages`` and ``photographs`` are folders of pictures."""

    level: str
    pages: tuple[str, ...]
    photographs: tuple[str, ...]
    fresh: float = 0.3
    """Share of samples that are drawn anew; the others are seen again, mirrored or turned."""
    kept: int = 6000
    """Samples that are kept to be seen again."""


class Photos(Dataset[Sample]):
    """Endless samples, some drawn anew and some seen before."""

    def __init__(self, materials: Materials, config: CornersConfig) -> None:
        self.materials, self.config = materials, config
        self.seen: list[Sample] = []

    def __getitem__(self, k: int) -> Sample:
        rng = random.Random(self.config.seed * 1_000_003 + k)
        if len(self.seen) > 64 and rng.random() > self.config.fresh:
            return self.varied(rng.choice(self.seen), rng)
        sample = self.draw(k)
        if len(self.seen) < self.config.kept:
            self.seen.append(sample)
        else:
            self.seen[rng.randrange(len(self.seen))] = sample
        return sample

    @abstractmethod
    def draw(self, k: int) -> Sample:
        """The sample of scene ``k``: uint8 pictures and their two targets."""

    @abstractmethod
    def varied(self, sample: Sample, rng: random.Random) -> Sample:
        """The sample mirrored or turned."""


class WholePhotos(Photos):
    """(3, 192, 192) uint8, the page's map (48, 48) in 0..1, and 1.0 if there is a page."""

    def draw(self, k: int) -> Sample:
        """A whole photograph."""
        shown = scene(self.materials, k, SMALL)
        view = shown.frame(SIDE)
        picture = shown.draw(view, (SIDE, SIDE))
        fine = np.zeros((SIDE * 2, SIDE * 2), np.float32)
        if len(shown.corners):
            points = (shown.corners @ view[:2, :2] * 2 * 16 - 8).clip(-30000, 30000).round().astype(np.int32)
            cv2.fillConvexPoly(fine, points.reshape(-1, 1, 2), 1.0, cv2.LINE_8, 4)
        page = cv2.resize(fine, (SIDE // 4, SIDE // 4), interpolation=cv2.INTER_AREA)
        present = torch.tensor(float(len(shown.corners) > 0))
        return planes(picture), torch.from_numpy(page), present

    def varied(self, sample: Sample, rng: random.Random) -> Sample:
        """One of the eight ways to lay a square picture."""
        picture, page, present = sample
        turns, mirrored = rng.randrange(4), rng.random() < 0.5
        picture, page = torch.rot90(picture, turns, (1, 2)), torch.rot90(page, turns, (0, 1))
        if mirrored:
            picture, page = picture.flip(2), page.flip(1)
        return picture.contiguous(), page.contiguous(), present


class CornerCrops(Photos):
    """Four crops (4, 3, 96, 96) uint8 of a scene, where the corner is in each (4, 2) in 0..1, and no second target."""

    def draw(self, k: int) -> Sample:
        """Crops about places near the true corners that are in the picture."""
        rng = np.random.default_rng(abs(k))
        shown, inside = self._usable(k)
        spread = AWAY * np.sqrt(cv2.contourArea(shown.corners.astype(np.float32)))
        crops, places = [], []
        for index in rng.choice(inside, 4, replace=len(inside) < 4):
            coarse = shown.corners + rng.normal(0, spread * rng.choice((0.4, 1.0, 1.6)), (4, 2))
            view = corner_view(coarse, int(index))
            crop = shown.draw(view, (CROP, CROP))
            frame = np.ones((2, 2), np.uint8)
            edges = (
                view
                @ np.diag([shown.size[0] / 2, shown.size[1] / 2, 1.0])
                @ np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
            )
            inside_frame = cv2.warpPerspective(frame, edges, (CROP, CROP), flags=cv2.INTER_NEAREST)
            crops.append(planes(np.where(inside_frame[..., None] > 0, crop, np.uint8(0))))
            places.append((view[:2, :2] @ shown.corners[index] + view[:2, 2]) / CROP)
        return torch.stack(crops), torch.from_numpy(np.array(places, np.float32)), torch.zeros(())

    def _usable(self, k: int) -> tuple[Scene, list[int]]:
        """The next scene, from ``k`` on, with corners in the picture, and which those are."""
        step = 7_777_777 if k >= 0 else -7_777_777
        while True:
            shown = scene(self.materials, k, LARGE)
            within = ((shown.corners > 0.004) & (shown.corners < np.array(shown.size) - 0.004)).all(1)
            if within.any():
                return shown, [int(index) for index in np.flatnonzero(within)]
            k += step

    def varied(self, sample: Sample, rng: random.Random) -> Sample:
        """Mirrored about the diagonal, so that the corner's two sides change places; brighter or darker."""
        crops, places, nothing = sample
        if rng.random() < 0.5:
            crops, places = crops.transpose(2, 3).contiguous(), places.flip(1)
        gain = rng.uniform(0.8, 1.15)
        return (crops.float() * gain).clamp(0, 255).to(torch.uint8), places, nothing


def planes(picture: NDArray[np.uint8]) -> Tensor:
    """(H, W, 3) to (3, H, W)."""
    return torch.from_numpy(np.ascontiguousarray(picture.transpose(2, 0, 1)))


def scaled(pictures: Tensor, device: torch.device) -> Tensor:
    """uint8 pictures (..., 3, H, W) as the nets take them, (N, 3, H, W) in -1..1."""
    flat = pictures.flatten(0, -4).to(device)
    return (flat.float() / 127.5 - 1).contiguous(memory_format=torch.channels_last)


# ---------------------------------------------------------------------------------------------------------- losses


def page_loss(net: PageNet, batch: list[Tensor]) -> dict[str, Tensor]:
    """Cross-entropy and dice on the map, cross-entropy on presence."""
    device = next(net.parameters()).device
    photo, page, present = scaled(batch[0], device), batch[1].to(device), batch[2].to(device)
    with torch.autocast(device.type, dtype=torch.bfloat16):
        logits, presence = net(photo)
    logits = logits.float()
    entropy = F.binary_cross_entropy_with_logits(logits, page)
    share = logits.sigmoid()
    overlap, total = (share * page).sum((1, 2)), (share + page).sum((1, 2))
    dice = 1 - (2 * overlap + 1) / (total + 1)
    there = F.binary_cross_entropy_with_logits(presence.float(), present)
    return {"loss": 4 * entropy + dice.mean() + 0.5 * there, "entropy": entropy, "dice": dice.mean(), "presence": there}


def corner_loss(net: CornerNet, batch: list[Tensor]) -> dict[str, Tensor]:
    """Cross-entropy of the heat map against a small Gaussian, and the distance of its centre of mass."""
    device = next(net.parameters()).device
    crops, truth = scaled(batch[0], device), batch[1].to(device).flatten(0, 1)
    with torch.autocast(device.type, dtype=torch.bfloat16):
        heat = net(crops)
    heat = heat.float()
    side = heat.shape[1]
    cells = (torch.arange(side, device=device) + 0.5) / side
    near = torch.exp(-0.5 * ((cells[None] - truth[:, :, None]) * side / 0.8) ** 2)
    wanted = near[:, 1, :, None] * near[:, 0, None]
    wanted = wanted.flatten(1) / wanted.flatten(1).sum(1, keepdim=True).clamp(min=1e-6)
    entropy = -(wanted * heat.flatten(1).log_softmax(1)).sum(1).mean()
    off = (place(heat) - truth).norm(dim=1)
    return {"loss": entropy + 20 * off.mean(), "entropy": entropy, "off": off.mean()}


# ---------------------------------------------------------------------------------------------------------- loop


def train(config_path: Path, out: Path, resume: bool = False) -> Path:
    """Run until the budget is spent; returns the checkpoint.

    Raises:
        UsageError: an unknown key or level, or ``out`` holds a run and ``resume`` was not asked for.
    """
    config = read_config(CornersConfig, config_path)
    if config.level not in {"page", "corner"}:
        raise UsageError(f"{config_path}: level must be page or corner, not {config.level!r}")
    last = prepared(out, config_path, config, resume)
    materials = Materials.load(pictures(config.pages), pictures(config.photographs), config.seed)
    if config.level == "page":
        _fit(WholePhotos(materials, config), page_loss, config, out, last)
    else:
        _fit(CornerCrops(materials, config), corner_loss, config, out, last)
    return last


def _fit(
    data: Photos,
    loss_of: Callable[[Net, list[Tensor]], dict[str, Tensor]],
    config: CornersConfig,
    out: Path,
    last: Path,
) -> None:
    run: Run[Net] = start(Model("corners", config.level), config, last)
    held = [data.draw(-1 - k) for k in range(HELD)]

    @torch.inference_mode()
    def evaluate() -> dict[str, float]:
        batch = [torch.stack(column) for column in zip(*held, strict=True)]
        return {name: round(float(value), 5) for name, value in loss_of(run.averaged, batch).items()}

    fit(run, loader(data, config, run.step), loss_of, out, evaluate)
