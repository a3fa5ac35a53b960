"""The pages that a detector is compressed with: crops to retrain and calibrate on, whole scans to measure on."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, ClassVar, Final

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ocr.compress.pack import parity_limit
from ocr.compress.samples import Port, Samples
from ocr.detect.db import DbDetector
from ocr.errors import InputError, UsageError
from ocr.train.checkpoint import Trained
from ocr.train.detect.data import CropConfig, PageCrops, Source, drawn_sources, labelled_sources
from ocr.train.detect.export import candidate
from ocr.train.detect.figures import score_boxes
from ocr.train.detect.net import TextNet
from ocr.train.detect.trainer import detection_loss
from ocr.train.run import Run

__all__ = ["PageConfig", "PageData", "page_data"]

SOFT: Final = 5.0
"""Weight of the teacher's map, that of the labelled kernel in the detector's own loss."""

Crops = tuple[Tensor, Tensor]
"""Images N x 1 x S x S and targets N x 4 x S/4 x S/4."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageConfig:
    """Where the pages are: the table ``[pages]`` of a recipe. Paths are relative to the current folder.

    Attributes:
        labels: line quads of scans, as ``ocr.train.detect.labels`` writes them.
        root: folder of the scans.
        cache: folder for their reduced copies.
        drawn: folders of drawn pages (``ocr.train.synth.pages``); may be empty.
        hold_back: labelled scans, evenly spaced, that are measured and never trained on.
        batch: crops of a batch.
        crop: how crops are cut.
        calibration: crops for Hessians and ranges.
        seed: of the crops.
        trained_on: labelled and drawn pages in words, each with its licence; added to what the model was trained on.
    """

    labels: str
    root: str = "data"
    cache: str = "cache/detect/real"
    drawn: tuple[str, ...] = ()
    hold_back: int = 20
    batch: int = 4
    crop: CropConfig = field(default_factory=CropConfig)
    calibration: int = 12
    seed: int = 1
    trained_on: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("batch", "calibration", "hold_back"):
            if getattr(self, name) < (name != "hold_back"):
                raise UsageError(f"{name} must be at least {int(name != 'hold_back')}, not {getattr(self, name)}")
        if self.crop.side % 32:
            raise UsageError(f"crop.side must be a multiple of 32, not {self.crop.side}")


@dataclass
class PageData(Samples):
    """Pages, for detectors.

    Attributes:
        config: where they came from.
        crops: to retrain on.
        held: scans that are measured.
        origin: the model that the recipe began with; its maps teach.
    """

    task: ClassVar[str] = "detect"
    port: ClassVar[Port] = Port("image", "map", (1, 1, 640, 640))

    config: PageConfig
    crops: PageCrops
    held: list[Source]
    origin: Trained | None = None

    def batches(self, net: nn.Module, seed: int = 0) -> Iterator[Crops]:
        """Endless batches of crops."""
        del net
        first = 1_000_000 * (self.config.seed + seed)
        for at in count(first, self.config.batch):
            images, targets = zip(*(self.crops[at + k] for k in range(self.config.batch)), strict=True)
            yield torch.stack(images), torch.stack(targets)

    def inputs(self) -> Iterator[Tensor]:
        """Crops, one at a time."""
        for k in range(self.config.calibration):
            yield self.crops[k][0][None]

    def objective(self, run: Run[Any], teacher: nn.Module | None, share: float) -> Callable[[nn.Module, Crops], Tensor]:
        """The detector's own loss, and the cross-entropy to the teacher's map."""

        def loss(net: nn.Module, batch: Crops) -> Tensor:
            pictures, targets = batch
            images = run.images(pictures)
            with run.autocast():
                kernel, threshold = net(images)
            total = detection_loss(kernel, threshold, targets)["loss"]
            if teacher is None:
                return total
            with torch.no_grad(), run.autocast():
                seen = teacher(images)[0].float().sigmoid()
            return total + share * SOFT * F.binary_cross_entropy_with_logits(kernel.float(), seen)

        return loss

    def negative_log_likelihood(self, net: nn.Module, batch: Crops) -> Tensor:
        """The detector's own loss."""
        images, targets = batch
        kernel, threshold = net(images)
        return detection_loss(kernel, threshold, targets)["loss"]

    def error(self, net: nn.Module) -> float:
        """1 - F1 of line boxes at an IoU of 0.5 on the scans that are held back; 0 without any."""
        if not self.held:
            return 0.0
        assert isinstance(net, TextNet)
        with tempfile.TemporaryDirectory() as folder:
            detector = DbDetector(candidate(net, Path(folder) / "candidate.onnx", parity_limit(net)), 1)
            found = score_boxes(detector, ((source.image, source.lines.tolist()) for source in self.held))
        return 1 - found["det_f1"]


def page_data(config: PageConfig, origin: Trained | None = None) -> PageData:
    """The pages that a configuration names.

    Raises:
        InputError: labels or scans are missing.
    """
    labels = Path(config.labels)
    if not labels.is_file():
        raise InputError(f"{labels}: there are no such labels; models/training/detect-real-lines.json.gz are ours")
    every = labelled_sources(labels, Path(config.root), Path(config.cache))
    stride = max(1, len(every) // max(1, config.hold_back))
    held = set(range(0, stride * config.hold_back, stride))
    folders = [Path(folder) for folder in config.drawn]
    for folder in folders:
        if not drawn_sources(folder):
            raise InputError(f"{folder}: no drawn pages there; `ocr train detect` draws them, or leave drawn out")
    real = [source for k, source in enumerate(every) if k not in held]
    if not real:
        raise InputError(f"{labels}: {len(every)} labelled scans, of which hold_back keeps all from training")
    crops = PageCrops(folders, real, config.crop, config.seed)
    return PageData(config, crops, [source for k, source in enumerate(every) if k in held], origin)
