"""Train the nets of the photographic operators: one an operator, one after the other, or one net for all of them.

    python -m ocr.train.enhance.photo models/training/enhance-photo.toml --out RUN [--resume]

RUN/OPERATOR, or RUN/joint, receives ``last.pt`` (everything needed to go on) and ``log.csv`` (losses). Pictures are
what ``ocr.train.enhance.pictures`` wrote. The same command runs on CUDA where there is a GPU, else in bf16 on the CPU.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # spinning threads stall on a shared machine; before torch

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import Dataset

from ocr.page.enhance import PHOTOGRAPHIC_OPERATORS
from ocr.page.enhance_base import PLANES, WHOLE, Base, among, base_of, changed
from ocr.train.config import read_config
from ocr.train.enhance.data import read_rgb, turned
from ocr.train.enhance.figures import input_of
from ocr.train.enhance.muon import Muon
from ocr.train.enhance.net import PhotoCan, PhotoCanConfig
from ocr.train.enhance.operators.grid import Picture
from ocr.train.enhance.pictures import strength_of
from ocr.train.loop import fit, loader
from ocr.train.run import Model, Run, RunConfig, Schedule, prepared, start

Sample = tuple[Tensor, ...]

MOST = max(PLANES.values())
"""Planes that any operator changes or needs to change them."""

__all__ = ["PhotoConfig", "PhotoCrops", "folder_of", "starts", "train", "train_net"]


@dataclass(frozen=True, slots=True)
class PhotoConfig(Schedule):
    """One run. Paths are relative to where the command is run."""

    pictures: str
    """Folder that ``ocr.train.enhance.pictures`` wrote."""
    operators: tuple[str, ...] = PHOTOGRAPHIC_OPERATORS
    joint: bool = False
    """One net for all of them."""
    side: int = 128
    """Pixels of a crop, even."""
    net: PhotoCanConfig = field(default_factory=PhotoCanConfig)


def starts(pictures: Path, operator: str, count: int = 0) -> Iterator[tuple[Path, Picture, Base]]:
    """The file of each of an operator's results, the picture (H, W, 3) it was run on, and the net's start there.

    Args:
        pictures: folder that ``ocr.train.enhance.pictures`` wrote.
        operator: its name.
        count: about so many of them, evenly picked; 0 is all.
    """
    files = sorted((pictures / operator).glob("*.png"))
    for file in files[:: max(1, len(files) // count) if count else 1]:
        picture = read_rgb(input_of(file))
        yield file, picture, base_of(operator, (picture * 255 + 0.5).astype(np.uint8), strength_of(operator, file))


class PhotoCrops(Dataset[Sample]):
    """Endless crops of the operators in turn.

    A sample is what the net sees (C, side, side), the planes that are changed (7, side, side), the target
    (3, side, side), scale (3, 1, 1), strength, and which operator it is of.

    Args:
        pictures: folder that ``ocr.train.enhance.pictures`` wrote.
        operators: whose results are the targets.
        side: pixels of a crop.
        seed: with an index it makes a sample.
    """

    def __init__(self, pictures: Path, operators: Sequence[str], side: int, seed: int) -> None:
        self.operators, self.side, self.seed = operators, side, seed
        self.shots: list[list[tuple[Picture, Picture, Picture, float]]] = [[] for _ in operators]
        for shots, operator in zip(self.shots, operators, strict=True):
            for file, picture, base in starts(pictures, operator):
                if min(picture.shape[:2]) >= side:
                    planes, target = base.planes(WHOLE).astype(np.float16), read_rgb(file).astype(np.float16)
                    shots.append((planes, target, base.scale, strength_of(operator, file)))

    @property
    def planes(self) -> int:
        """Channels of the net's input."""
        return int(among(self.operators, self.operators[0], self.shots[0][0][0]).shape[2])

    def __getitem__(self, index: int) -> Sample:
        rng = np.random.default_rng((self.seed, index))
        which = index % len(self.operators)
        planes, target, scale, strength = self.shots[which][int(rng.integers(len(self.shots[which])))]
        top, left = (int(rng.integers(0, edge - self.side + 1)) for edge in target.shape[:2])
        window = slice(top, top + self.side), slice(left, left + self.side)
        seen = among(self.operators, self.operators[which], planes[window])
        own = np.zeros((self.side, self.side, MOST), np.float16)
        own[..., : planes.shape[2]] = planes[window]
        parts = turned(np.concatenate([seen, own, target[window]], 2).astype(np.float32), rng)
        tones = parts[: -MOST - 3], parts[-MOST - 3 : -3], parts[-3:]
        return (*tones, torch.from_numpy(scale[:, None, None]), torch.tensor(strength), torch.tensor(which))


def folder_of(run_folder: Path, operators: Sequence[str]) -> Path:
    """Where in a run the net of one operator is, or of several."""
    return run_folder / (operators[0] if len(operators) == 1 else "joint")


def muon(net: nn.Module, config: RunConfig) -> Muon:
    """The optimizer of a net."""
    assert isinstance(net, PhotoCan)
    filters = [cast(Tensor, convolution.weight) for convolution in net.convolutions]
    return Muon(filters, [*net.norms.parameters(), *net.last.parameters()], config.learning_rate, 0.03)


class Loss:
    """Mean squared error in RGB of a net, compiled: that fuses the normalisation's passes."""

    def __init__(self, run: Run[PhotoCan], operators: Sequence[str]) -> None:
        self.run, self.forward, self.operators = run, torch.compile(run.net), operators

    def __call__(self, net: PhotoCan, batch: Sample) -> dict[str, Tensor]:
        """Of a batch of ``PhotoCrops``."""
        seen, planes, target, scale, strength, which = batch
        with self.run.autocast():
            output = self.forward(self.run.images(seen)).float()
        loss = target.new_zeros(())
        for index in sorted(set(which.tolist())):
            of = which == index
            operator, dial = self.operators[index], strength[of, None, None]
            result = changed(operator, planes[of].unbind(1), output[of].unbind(1), dial, torch)
            loss = loss + of.float().mean() * F.mse_loss(scale[of] * torch.stack(result, 1), target[of])
        return {"loss": loss, "psnr": -10 * loss.detach().log10()}


def train(config_path: Path, out: Path, resume: bool = False) -> Path:
    """Run until the budget of every net is spent; returns ``out``.

    Raises:
        UsageError: an unknown key, or ``out`` holds a run and ``resume`` was not asked for.
    """
    config = read_config(PhotoConfig, config_path)
    out.mkdir(parents=True, exist_ok=True)
    if config_path.resolve() != (out / "config.toml").resolve():
        shutil.copy(config_path, out / "config.toml")
    for operators in [config.operators] if config.joint else [(operator,) for operator in config.operators]:
        folder = folder_of(out, operators)
        last = prepared(folder, config_path, config, resume)
        crops = PhotoCrops(Path(config.pictures), operators, config.side, config.seed)
        train_net(config.net, crops.planes, operators, config, crops, last)
    return out


def train_net(
    net: PhotoCanConfig, planes: int, operators: Sequence[str], config: Schedule, crops: Dataset[Sample], last: Path
) -> None:
    """Run until the budget is spent, from ``last`` on where it exists; its folder gets checkpoint and log."""
    config = replace(config, initial=config.initial.format(operator=operators[0]))
    model = Model("enhance", "photo", {"config": asdict(net), "planes": planes})
    run: Run[PhotoCan] = start(model, config, last, optimizer=muon)
    fit(run, loader(crops, config, run.step), Loss(run, operators), last.parent)
