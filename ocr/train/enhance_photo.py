"""Train the nets of the photographic operators, one an operator, one after the other.

    python -m ocr.train.enhance_photo models/training/enhance-photo.toml --out RUN [--resume]

RUN/OPERATOR receives ``last.pt`` (everything needed to go on) and ``log.csv`` (losses). Pictures are what
``ocr.train.enhance_pictures`` wrote. The same command runs on CUDA where there is a GPU, else in bf16 on the CPU.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # spinning threads stall on a shared machine; before torch

import copy
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F
from torch.utils.data import Dataset

from ocr.page.enhance import PHOTOGRAPHIC_OPERATORS
from ocr.page.enhance_base import Base, base_of, changed
from ocr.train.config import read_config
from ocr.train.enhance_data import Sample, read_rgb, turned
from ocr.train.enhance_muon import Muon
from ocr.train.loop import Run, Schedule, command_line, fit, loader, prepared
from ocr.train.nets.can import PhotoCan, PhotoCanConfig
from ocr.train.operators.grid import Picture

__all__ = ["PhotoConfig", "PhotoCrops", "begin", "new_net", "starts", "train"]


@dataclass(frozen=True, slots=True)
class PhotoConfig(Schedule):
    """One run. Paths are relative to where the command is run."""

    pictures: str
    """Folder that ``ocr.train.enhance_pictures`` wrote."""
    operators: tuple[str, ...] = PHOTOGRAPHIC_OPERATORS
    side: int = 128
    """Pixels of a crop, even."""
    net: PhotoCanConfig = field(default_factory=PhotoCanConfig)


def starts(pictures: Path, operator: str) -> Iterator[tuple[Path, Picture, Base]]:
    """The file of each of an operator's results, the picture (H, W, 3) it was run on, and the net's start there."""
    for file in sorted((pictures / operator).glob("*.png")):
        picture = read_rgb(pictures / "input" / file.name)
        yield file, picture, base_of(operator, (picture * 255 + 0.5).astype(np.uint8))


class PhotoCrops(Dataset[Sample]):
    """Endless crops: planes that the net sees (C, side, side), target (3, side, side), scale (3, 1, 1).

    Args:
        pictures: folder that ``ocr.train.enhance_pictures`` wrote.
        operator: whose results are the targets.
        side: pixels of a crop.
        seed: with an index it makes a sample.
    """

    def __init__(self, pictures: Path, operator: str, side: int, seed: int) -> None:
        self.shots = []
        for file, picture, base in starts(pictures, operator):
            if min(picture.shape[:2]) >= side:
                planes = base.planes(picture).astype(np.float16)
                self.shots.append((planes, read_rgb(file).astype(np.float16), base.scale))
        self.side, self.seed = side, seed

    @property
    def planes(self) -> int:
        """Channels of the net's input."""
        return int(self.shots[0][0].shape[2])

    def __getitem__(self, index: int) -> Sample:
        rng = np.random.default_rng((self.seed, index))
        planes, target, scale = self.shots[int(rng.integers(len(self.shots)))]
        top, left = (int(rng.integers(0, edge - self.side + 1)) for edge in target.shape[:2])
        window = slice(top, top + self.side), slice(left, left + self.side)
        crop = np.concatenate([planes[window], target[window]], 2)
        seen = turned(crop.astype(np.float32), rng)
        return seen[:-3], seen[-3:], torch.from_numpy(scale[:, None, None])


def new_net(config: PhotoConfig, planes: int) -> PhotoCan:
    """An untrained net."""
    return PhotoCan(config.net, planes)


def begin(net: PhotoCan, operator: str, config: PhotoConfig) -> Run[PhotoCan]:
    """A fresh run, on the GPU if there is one."""
    if config.initial:
        weights = torch.load(config.initial.format(operator=operator), map_location="cpu", weights_only=True)
        net.load_state_dict(weights)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    net = net.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    filters = [cast(Tensor, convolution.weight) for convolution in net.convolutions]
    others = [*net.norms.parameters(), *net.last.parameters()]
    return Run(config, net, copy.deepcopy(net).eval(), Muon(filters, others, config.learning_rate, 0.03), device)


class Loss:
    """Mean squared error in RGB of a net, compiled: that fuses the normalisation's passes."""

    def __init__(self, net: PhotoCan, operator: str) -> None:
        self.forward, self.operator = torch.compile(net), operator

    def __call__(self, net: PhotoCan, batch: Sample) -> dict[str, Tensor]:
        """Of a batch of ``PhotoCrops``."""
        device = net.last.weight.device
        planes, target, scale = (part.to(device) for part in batch)
        with torch.autocast(device.type, dtype=torch.bfloat16):
            output = self.forward(planes.contiguous(memory_format=torch.channels_last))
        result = changed(self.operator, planes[:, :3], planes[:, 3:4], output.float())
        loss = F.mse_loss(scale * result, target)
        return {"loss": loss, "psnr": -10 * loss.detach().log10()}


def train(config_path: Path, out: Path, resume: bool = False) -> Path:
    """Run until the budget of every operator is spent; returns ``out``.

    Raises:
        UsageError: an unknown key, or ``out`` holds a run and ``resume`` was not asked for.
    """
    config = read_config(PhotoConfig, config_path)
    out.mkdir(parents=True, exist_ok=True)
    shutil.copy(config_path, out / "config.toml")
    for operator in config.operators:
        folder = out / operator
        last = prepared(folder, config, resume)
        crops = PhotoCrops(Path(config.pictures), operator, config.side, config.seed)
        run = begin(new_net(config, crops.planes), operator, config)
        if last.exists():
            run.load(last)
        fit(run, loader(crops, config, run.step), Loss(run.net, operator), folder, dict)
    return out


if __name__ == "__main__":
    command_line(__doc__, train)
