"""Train the text detector: configuration, loss, run, in that order.

    ocr train detect models/training/detect-mobile.toml --out RUN [--resume]

Besides checkpoint, log and figures (``ocr.train.loop``) a run's folder receives ``model.onnx``, exported at each
evaluation.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from ocr.detect.db import DbDetector
from ocr.errors import UsageError
from ocr.train.detect.data import CropConfig, PageCrops, Source, labelled_sources
from ocr.train.detect.distil import PictureCrops, Teacher, imitation_loss
from ocr.train.detect.export import candidate
from ocr.train.detect.figures import score_boxes
from ocr.train.detect.net import NetConfig, TextNet
from ocr.train.loop import fit, loader
from ocr.train.run import Model, Run, Schedule, start
from ocr.train.series import train_series
from ocr.train.synth.pages import PagesConfig, render_cache

__all__ = ["DetectorConfig", "detection_loss", "sources", "train"]


@dataclass(frozen=True, slots=True)
class ChineseConfig:
    """Chinese pages drawn beside the Latin ones.

    Attributes:
        text: file of running text.
        words: file with the words that may end a line.
        pages: how many pages.
    """

    text: str = ""
    words: str = ""
    pages: int = 0


@dataclass(frozen=True, slots=True)
class DetectorConfig(Schedule):
    """One run. Paths are relative to the folder where the command is run.

    Attributes:
        net: ``db``, or ``slim``, which learns from a teacher.
        teacher: model file, or model of the manifest, whose maps are learned in place of labels.
        pictures: glob patterns of the pictures that are learned from with a teacher.
        text: file of running text that pages are drawn of.
        words: file with the words that may end a line.
        cache: folder for drawn pages and reduced scans.
        pages: how many pages are drawn.
        real_root: folder of the labelled scans.
        real_labels: their line quads, as ``ocr.train.detect.labels`` writes them; empty for none.
        hold_back: labelled scans, evenly spaced, that are measured and not trained on.
        chinese: Chinese pages.
        layers: widths of the net.
        crop: how crops are cut.
    """

    text: str
    words: str
    cache: str
    net: str = "db"
    teacher: str = ""
    pictures: tuple[str, ...] = ()
    pages: int = 4000
    real_root: str = ""
    real_labels: str = ""
    hold_back: int = 20
    chinese: ChineseConfig = field(default_factory=ChineseConfig)
    layers: NetConfig = field(default_factory=NetConfig)
    crop: CropConfig = field(default_factory=CropConfig)


# ---------------------------------------------------------------------------------------------------------- loss


def detection_loss(kernel: Tensor, threshold: Tensor, targets: Tensor) -> dict[str, Tensor]:
    """Balanced cross-entropy on the kernel, L1 on the threshold, dice on the binary map (Liao et al., eq. 2 to 7).

    Args:
        kernel: logits (N, 1, H, W).
        threshold: logits (N, 1, H, W).
        targets: (N, 4, H, W) of :func:`ocr.train.detect.targets.draw_targets`.
    """
    truth, level, border, weight = targets.unbind(1)
    logits, limit = kernel[:, 0].float(), threshold[:, 0].float().sigmoid()
    probability = logits.sigmoid()
    entropy = F.binary_cross_entropy_with_logits(logits, truth, reduction="none") * weight
    positive = (truth > 0.5) & (weight > 0)
    negative = ~positive & (weight > 0)
    count = int(positive.sum())
    wanted = min(int(negative.sum()), max(3 * count, truth.numel() // 20))
    hard = entropy[negative].topk(wanted).values.sum() if wanted else entropy.sum() * 0
    balanced = (entropy[positive].sum() + hard) / max(1, count + wanted)
    binary = torch.sigmoid(50 * (probability - limit))
    dice = 1 - 2 * (binary * truth * weight).sum() / ((binary * weight).sum() + (truth * weight).sum() + 1e-3)
    absolute = ((limit - level).abs() * border * weight).sum() / ((border * weight).sum() + 1)
    total = 5 * balanced + dice + 10 * absolute
    return {"loss": total, "entropy": balanced, "dice": dice, "threshold": absolute}


# ----------------------------------------------------------------------------------------------------------- run


def sources(config: DetectorConfig) -> tuple[list[Source], list[Source]]:
    """Labelled scans to train on, and those held back."""
    if not config.real_labels:
        return [], []
    every = labelled_sources(Path(config.real_labels), Path(config.real_root), Path(config.cache) / "real")
    stride = max(1, len(every) // max(1, config.hold_back))
    held = set(range(0, stride * config.hold_back, stride))
    return [s for k, s in enumerate(every) if k not in held], [s for k, s in enumerate(every) if k in held]


def render(config: DetectorConfig) -> list[Path]:
    """Draw the pages that are not in the cache yet; returns the folders that hold them."""
    han = config.chinese
    drawn = {
        Path(config.cache) / "pages": (PagesConfig(config.text, config.words), config.pages),
        Path(config.cache) / "pages-zh": (PagesConfig(han.text, han.words, lang="zh"), han.pages),
    }
    for folder, (texts, count) in drawn.items():
        if count:
            render_cache(texts, folder, 0, count, max(1, config.threads))
    return [folder for folder, (_, count) in drawn.items() if count]


def train(config_path: Path, out: Path, resume: bool = False) -> Path:
    """Train until the budget is spent; returns the checkpoint.

    Raises:
        InputError: training data is missing.
        UsageError: a fault in the configuration, or ``out`` holds a run and ``resume`` is false.
    """
    return train_series(DetectorConfig, config_path, out, resume, _train)


def _train(config: DetectorConfig, out: Path, last: Path) -> None:
    if config.net == "slim" and not config.teacher:
        raise UsageError('net = "slim" learns from another detector; name it: teacher = "detect-mobile"')
    run: Run[TextNet] = start(Model("detect", config.net, {"config": asdict(config.layers)}), config, last)
    real, held = sources(config)
    if config.teacher:
        _train_taught(config, run, held, out)
        return
    folders = render(config)
    crops = PageCrops(folders, real, config.crop, config.seed)

    def loss_of(net: TextNet, batch: tuple[Tensor, Tensor]) -> dict[str, Tensor]:
        images, targets = batch
        with run.autocast():
            kernel, threshold = net(run.images(images))
        return detection_loss(kernel, threshold, targets)

    fit(run, loader(crops, config, run.step), loss_of, out, lambda: evaluate(run, held, out))


def _train_taught(config: DetectorConfig, run: Run[TextNet], held: list[Source], out: Path) -> None:
    crops = PictureCrops(config.pictures, config.crop, config.seed)
    teacher = Teacher(config.teacher, config.threads)

    def loss_of(net: TextNet, images: Tensor) -> dict[str, Tensor]:
        with run.autocast():
            logits = net.text(run.images(images))
        return imitation_loss(logits, teacher(images).to(run.device))

    fit(run, loader(crops, config, run.step), loss_of, out, lambda: evaluate(run, held, out))


def evaluate(run: Run[TextNet], held: list[Source], out: Path) -> dict[str, float]:
    """Export the averaged weights and measure them on the scans held back."""
    detector = DbDetector(candidate(run.averaged, out / "model.onnx"), run.config.threads)
    return score_boxes(detector, ((source.image, source.lines.tolist()) for source in held)) if held else {}
