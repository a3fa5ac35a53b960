"""Train the net of the document operators on squares of 2 x 2 pixels: one net for all of them, told by selector planes.

    python -m ocr.train.enhance.pages models/training/enhance-page.toml --out RUN [--resume]

RUN receives ``last.pt`` and ``log.csv`` as the photographic nets' runs do (``ocr.train.enhance.photo``), whose net,
loss and optimizer these are; pages are worn while it trains (``ocr.train.enhance.data``).
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # spinning threads stall on a shared machine; before torch

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch.utils.data import Dataset

from ocr.page.enhance import DOCUMENT_OPERATORS
from ocr.page.enhance_base import WHOLE, among, base_of
from ocr.train.config import read_config
from ocr.train.enhance.data import DocumentCrops, turned
from ocr.train.enhance.net import PhotoCanConfig
from ocr.train.enhance.photo import Sample, train_net
from ocr.train.run import Schedule, prepared

__all__ = ["PageConfig", "PageCrops", "train"]


@dataclass(frozen=True, slots=True)
class PageConfig(Schedule):
    """One run. Paths are relative to where the command is run."""

    photographs: str
    """Pattern of photographs to paste into pages."""
    plates: str
    pairs: str
    paired: float = 0.2
    """Share of real pairs where they have the operator's target."""
    side: int = 192
    """Pixels of a crop, even."""
    net: PhotoCanConfig = field(default_factory=PhotoCanConfig)


class PageCrops(Dataset[Sample]):
    """Endless crops as ``PhotoCrops`` gives them; operators come by chance."""

    def __init__(self, config: PageConfig) -> None:
        files = sorted(Path().glob(config.photographs))
        self.documents = DocumentCrops(
            Path(config.plates), files, Path(config.pairs), config.side, config.seed, config.paired
        )

    def __getitem__(self, index: int) -> Sample:
        page, target, operator, rng = self.documents.crop(index)
        image = (np.clip(page, 0, 1) * 255 + 0.5).astype(np.uint8)
        planes = base_of(operator, image, 1.0).planes(WHOLE)
        seen = among(DOCUMENT_OPERATORS, operator, planes)
        parts = turned(np.concatenate([seen, planes, target], 2).astype(np.float32), rng)
        split = parts[: seen.shape[2]], parts[seen.shape[2] : -3], parts[-3:]
        which = torch.tensor(DOCUMENT_OPERATORS.index(operator))
        return (*split, torch.ones(3, 1, 1), torch.tensor(1.0), which)


def train(config_path: Path, out: Path, resume: bool = False) -> Path:
    """Run until the budget is spent; returns ``out``.

    Raises:
        UsageError: an unknown key, or ``out`` holds a run and ``resume`` was not asked for.
    """
    config = read_config(PageConfig, config_path)
    last = prepared(out, config_path, config, resume)
    crops = PageCrops(config)
    train_net(config.net, len(crops[0][0]), DOCUMENT_OPERATORS, config, crops, last)
    return out
