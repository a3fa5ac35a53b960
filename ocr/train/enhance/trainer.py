"""Train the net of the document operators: configuration, loss, loop, in that order.

    ocr train enhance models/training/enhance-doc.toml --out RUN [--resume]

RUN receives ``config.toml``, ``last.pt`` (everything needed to go on), ``log.csv`` (losses) and ``model.onnx``.
The same command runs on CUDA where there is a GPU, else in bf16 on the CPU.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # spinning threads stall on a shared machine; before torch

from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from ocr.page.enhance import DOCUMENT_OPERATORS
from ocr.train.config import read_config
from ocr.train.enhance.data import DocumentCrops, Sample
from ocr.train.enhance.export import export
from ocr.train.enhance.net import Can, CanConfig
from ocr.train.loop import fit, loader
from ocr.train.run import Model, Run, Schedule, prepared, start

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
    last = prepared(out, config_path, config, resume)
    arguments = {"config": asdict(config.net), "conditions": len(DOCUMENT_OPERATORS)}
    run: Run[Can] = start(Model("enhance", "can", arguments), config, last)
    forward = torch.compile(run.net)  # fuses the normalisation's passes over the full-resolution maps

    def loss_of(net: Can, batch: Sample) -> dict[str, Tensor]:
        image, target, condition = batch
        if run.progress > config.freeze:
            net.freeze()
        with run.autocast():
            result = forward(run.images(image), condition)
        loss = F.mse_loss(result.float(), target)
        return {"loss": loss, "psnr": -10 * loss.detach().log10()}

    fit(run, loader(samples(config), config, run.step), loss_of, out)
    return export(run.averaged, DOCUMENT_OPERATORS, out / "model.onnx")
