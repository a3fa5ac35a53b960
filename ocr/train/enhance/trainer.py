"""Train the net of the document operators: configuration, loss, loop, in that order.

    python -m ocr.train.enhance.trainer models/training/enhance-doc.toml --out RUN [--resume]

RUN receives ``config.toml``, ``last.pt`` (everything needed to go on), ``log.csv`` (losses) and ``model.onnx``.
The same command runs on CUDA where there is a GPU, else in bf16 on the CPU.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # spinning threads stall on a shared machine; before torch

import shutil
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from ocr.page.enhance import DOCUMENT_OPERATORS
from ocr.train.config import read_config
from ocr.train.enhance.data import DocumentCrops, Sample
from ocr.train.enhance.export import export
from ocr.train.enhance.net import Can, CanConfig
from ocr.train.loop import Schedule, command_line, fit, loader, prepared, start

__all__ = ["EnhancerConfig", "new_net", "train"]


@dataclass(frozen=True, slots=True)
class EnhancerConfig(Schedule):
    """One run. Paths are relative to where the command is run."""

    photographs: str
    """Pattern of photographs to paste into pages."""
    plates: str
    pairs: str = ""
    side: int = 192
    """Pixels of a crop."""
    freeze: float = 0.7
    """From this part of the run on, normalisation uses the running statistics, as inference does."""
    net: CanConfig = field(default_factory=CanConfig)


def samples(config: EnhancerConfig) -> DocumentCrops:
    """The endless crops that a configuration asks for."""
    files = sorted(Path().glob(config.photographs))
    pairs = Path(config.pairs) if config.pairs else None
    return DocumentCrops(Path(config.plates), files, pairs, config.side, config.seed)


def new_net(config: EnhancerConfig) -> Can:
    """An untrained net."""
    return Can(config.net, len(DOCUMENT_OPERATORS))


def train(config_path: Path, out: Path, resume: bool = False) -> Path:
    """Run until the budget is spent; returns the exported ONNX file.

    Raises:
        UsageError: an unknown key, or ``out`` holds a run and ``resume`` was not asked for.
    """
    config = read_config(EnhancerConfig, config_path)
    last = prepared(out, config, resume)
    shutil.copy(config_path, out / "config.toml")
    run = start(new_net(config), config, last)
    forward = torch.compile(run.net)  # fuses the normalisation's passes over the full-resolution maps

    def loss_of(net: Can, batch: Sample) -> dict[str, Tensor]:
        image, target, condition = (part.to(run.device) for part in batch)
        if run.progress > config.freeze:
            net.freeze()
        with torch.autocast(run.device.type, dtype=torch.bfloat16):
            result = forward(image.contiguous(memory_format=torch.channels_last), condition)
        loss = F.mse_loss(result.float(), target)
        return {"loss": loss, "psnr": -10 * loss.detach().log10()}

    fit(run, loader(samples(config), config, run.step), loss_of, out, dict)
    return export(run.averaged, DOCUMENT_OPERATORS, out / "model.onnx")


if __name__ == "__main__":
    command_line(__doc__, train)
