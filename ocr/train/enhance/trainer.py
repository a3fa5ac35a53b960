"""Train the enhancement nets: configurations, losses, runs, in that order.

    ocr train enhance models/training/enhance-whiten.toml --out RUN [--resume]
    ocr train enhance models/training/enhance-page.toml --out RUN [--resume]
    ocr train enhance models/training/enhance-operators.toml --out RUN [--resume]
    ocr train enhance models/training/enhance-photo.toml --out RUN [--resume]

``net`` in the configuration says which kind: ``whiten``, a net of all document operators at full resolution, of which
publishing keeps ``whiten``; ``page``, the document operators on squares of 2 x 2 pixels; ``photo``, one or several
photographic operators. Pages are worn out while the net trains; results on photographs come from
``ocr.train.enhance.pictures``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import Dataset

from ocr.errors import UsageError
from ocr.page.enhance import DOCUMENT_OPERATORS
from ocr.page.enhance_base import changed
from ocr.train.config import read_table
from ocr.train.enhance.data import (
    ConditionedSample,
    DocumentCrops,
    OperatorSample,
    PageCrops,
    PhotoCrops,
)
from ocr.train.enhance.muon import Muon
from ocr.train.enhance.net import Can, CanConfig, PhotoCan, PhotoCanConfig
from ocr.train.loop import fit, loader
from ocr.train.run import Model, Run, RunConfig, Schedule, start
from ocr.train.series import train_series
from ocr.train.synth.photos import pictures

__all__ = ["PageConfig", "PhotoConfig", "WhitenConfig", "document_crops", "train"]

ADAM_SHARE = 0.03
"""Learning rate of what is no convolution, as a share of the convolutions'."""


@dataclass(frozen=True, slots=True)
class DocumentConfig(Schedule):
    """What the runs of both nets for document operators are told. Paths are relative to where the command is run.

    Attributes:
        net: ``whiten`` or ``page``.
        plates: clean squares, as ``ocr.train.enhance.plates`` writes them.
        photographs: folders of photographs to paste into pages.
        pairs: ``gt.jsonl`` of real worn pages with their clean ``target``; empty for none.
        paired: share of real pairs for the operators whose result they give.
        side: of a crop, pixels; even.
    """

    net: str
    plates: str
    photographs: tuple[str, ...] = ()
    pairs: str = ""
    paired: float = 0.2
    side: int = 192


@dataclass(frozen=True, slots=True)
class WhitenConfig(DocumentConfig):
    """A run of the full-resolution net.

    Attributes:
        freeze: from this part of the run on, 0..1, normalisation uses the running statistics, as inference does.
        layers: widths of the net.
    """

    freeze: float = 0.7
    layers: CanConfig = field(default_factory=CanConfig)


@dataclass(frozen=True, slots=True)
class PageConfig(DocumentConfig):
    """A run of the net on squares.

    Attributes:
        layers: widths of the net.
    """

    layers: PhotoCanConfig = field(default_factory=PhotoCanConfig)


@dataclass(frozen=True, slots=True)
class PhotoConfig(Schedule):
    """A run of a net for photographic operators. Paths are relative to where the command is run.

    Attributes:
        net: ``photo``.
        pictures: folder that ``ocr.train.enhance.pictures`` wrote.
        operators: that the net learns.
        side: of a crop, pixels; even.
        layers: widths of the net.
    """

    net: str
    pictures: str
    operators: tuple[str, ...]
    side: int = 128
    layers: PhotoCanConfig = field(default_factory=PhotoCanConfig)


# -------------------------------------------------------------------------------------------------------- losses


def compiled(run: Run[Any]) -> Callable[..., Tensor]:
    """The net, compiled, which fuses the normalisation's passes over the maps.

    The compiler chooses the memory format itself; where the run had to keep the plain one, the net stays as it is.
    """
    free = run.precision.layout == torch.channels_last
    return cast(Callable[..., Tensor], torch.compile(run.net) if free else run.net)


class WhitenLoss:
    """Mean squared error in RGB of a net that is told the operator as a condition.

    Args:
        run: of the net.
        freeze: from this part of the run on, 0..1, normalisation uses the running statistics.
    """

    def __init__(self, run: Run[Can], freeze: float) -> None:
        self.run, self.freeze, self.forward = run, freeze, compiled(run)

    def __call__(self, net: Can, batch: ConditionedSample) -> dict[str, Tensor]:
        """Of a batch of ``DocumentCrops``."""
        page, target, condition = batch
        if self.run.progress > self.freeze:
            net.freeze()
        with self.run.autocast():
            result = self.forward(self.run.images(page), condition)
        return _errors(F.mse_loss(result.float(), target))


class OperatorLoss:
    """Mean squared error in RGB of a net that changes an operator's start.

    Args:
        run: of the net.
        operators: that the net knows.
    """

    def __init__(self, run: Run[PhotoCan], operators: Sequence[str]) -> None:
        self.run, self.operators, self.forward = run, operators, compiled(run)

    def __call__(self, net: PhotoCan, batch: OperatorSample) -> dict[str, Tensor]:
        """Of a batch of ``PageCrops`` or ``PhotoCrops``."""
        seen, planes, target, scale, strength, which = batch
        with self.run.autocast():
            output = self.forward(self.run.images(seen)).float()
        loss = target.new_zeros(())
        for index, operator in enumerate(self.operators):
            of = which == index
            if not of.any():
                continue
            dial = strength[of, None, None]
            result = changed(operator, planes[of].unbind(1), output[of].unbind(1), dial, torch)
            loss = loss + of.float().mean() * F.mse_loss(scale[of] * torch.stack(result, 1), target[of])
        return _errors(loss)


def _errors(loss: Tensor) -> dict[str, Tensor]:
    """A mean squared error, also as peak signal-to-noise ratio in dB."""
    return {"loss": loss, "psnr": -10 * loss.detach().log10()}


# ---------------------------------------------------------------------------------------------------------- runs


def train(config_path: Path, out: Path, resume: bool = False) -> Path:
    """Train until the budget is spent; returns the checkpoint, of several runs the last one's.

    Raises:
        InputError: training data is missing.
        UsageError: a fault in the configuration, or ``out`` holds a run and ``resume`` is false.
    """
    match read_table(config_path).get("net"):
        case "whiten":
            return train_series(WhitenConfig, config_path, out, resume, _train_whiten)
        case "page":
            return train_series(PageConfig, config_path, out, resume, _train_page)
        case "photo":
            return train_series(PhotoConfig, config_path, out, resume, _train_photo)
        case net:
            raise UsageError(f"{config_path}: net must be whiten, page or photo, not {net!r}")


def document_crops(config: DocumentConfig) -> DocumentCrops:
    """The worn crops that a configuration asks for."""
    pairs = Path(config.pairs) if config.pairs else None
    photographs = pictures(config.photographs)
    return DocumentCrops(Path(config.plates), photographs, pairs, config.side, config.seed, config.paired)


def _train_whiten(config: WhitenConfig, out: Path, last: Path) -> None:
    arguments = {"config": asdict(config.layers), "conditions": len(DOCUMENT_OPERATORS)}
    run: Run[Can] = start(Model("enhance", "can", arguments), config, last)
    fit(run, loader(document_crops(config), config, run.step), WhitenLoss(run, config.freeze), out)


def _train_page(config: PageConfig, out: Path, last: Path) -> None:
    crops = PageCrops(document_crops(config))
    _train_operators(config, config.layers, DOCUMENT_OPERATORS, crops, crops.planes, out, last)


def _train_photo(config: PhotoConfig, out: Path, last: Path) -> None:
    crops = PhotoCrops(Path(config.pictures), config.operators, config.side, config.seed)
    _train_operators(config, config.layers, config.operators, crops, crops.planes, out, last)


def _train_operators(
    config: Schedule,
    layers: PhotoCanConfig,
    operators: Sequence[str],
    crops: Dataset[OperatorSample],
    planes: int,
    out: Path,
    last: Path,
) -> None:
    """A run of a ``PhotoCan`` of so many input planes."""
    model = Model("enhance", "photo", {"config": asdict(layers), "planes": planes})
    run: Run[PhotoCan] = start(model, config, last, optimizer=_muon)
    fit(run, loader(crops, config, run.step), OperatorLoss(run, operators), out)


def _muon(net: nn.Module, config: RunConfig) -> Muon:
    """The optimizer of a ``PhotoCan``."""
    assert isinstance(net, PhotoCan)
    filters = [cast(Tensor, convolution.weight) for convolution in net.convolutions]
    others = [*net.norms.parameters(), *net.last.parameters()]
    return Muon(filters, others, config.learning_rate, ADAM_SHARE)
