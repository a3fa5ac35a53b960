"""Train the text detector: configuration, loss, loop, in that order.

    ocr train detect models/training/detect-mobile.toml --out RUN [--resume]

RUN receives ``config.toml``, ``last.pt`` (everything needed to go on), ``log.csv`` (losses),
``evals.csv`` (figures on held-back pages) and ``model.onnx``.
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

from ocr.detect.db import DbDetector
from ocr.train.config import read_config
from ocr.train.detect.data import CropConfig, PageCrops, Source, real_sources
from ocr.train.detect.export import export, score_boxes
from ocr.train.detect.net import DbNet, NetConfig
from ocr.train.loop import fit, loader
from ocr.train.run import Model, Run, Schedule, prepared, start
from ocr.train.synth.pages import PagesConfig, render_cache

__all__ = ["DetectorConfig", "sources", "train"]


@dataclass(frozen=True, slots=True)
class ChineseConfig:
    """Pages in Chinese beside the Latin ones; the text's words are what may stand at a line's end."""

    text: str = ""
    words: str = ""
    pages: int = 0


@dataclass(frozen=True, slots=True)
class DetectorConfig(Schedule):
    """One run. Paths are relative to where the command is run."""

    text: str
    words: str
    cache: str
    pages: int = 4000
    real_root: str = ""
    real_labels: str = ""
    hold_back: int = 20
    """Every ``n``-th real page, this many in all, is kept for evaluation."""
    chinese: ChineseConfig = field(default_factory=ChineseConfig)
    net: NetConfig = field(default_factory=NetConfig)
    crop: CropConfig = field(default_factory=CropConfig)


# ---------------------------------------------------------------------------------------------------------- loss


def detection_loss(kernel: Tensor, threshold: Tensor, targets: Tensor) -> dict[str, Tensor]:
    """Balanced cross-entropy on the kernel, L1 on the threshold, dice on the binary map (Liao et al., eq. 2 to 7).

    Args:
        kernel: logits (N, 1, H, W).
        threshold: logits (N, 1, H, W).
        targets: (N, 4, H, W) of ``detect_data.draw_targets``.
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


# ---------------------------------------------------------------------------------------------------------- loop


def sources(config: DetectorConfig) -> tuple[list[Source], list[Source]]:
    """Real pages to train on, and those held back."""
    if not config.real_labels:
        return [], []
    every = real_sources(Path(config.real_labels), Path(config.real_root), Path(config.cache) / "real")
    stride = max(1, len(every) // max(1, config.hold_back))
    held = set(range(0, stride * config.hold_back, stride))
    return [s for k, s in enumerate(every) if k not in held], [s for k, s in enumerate(every) if k in held]


def render(config: DetectorConfig) -> list[Path]:
    """Draw the pages that are not in the cache yet; the folders that hold them."""
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
    """Run until the budget is spent; returns the exported ONNX file.

    Raises:
        UsageError: an unknown key, or ``out`` holds a run and ``resume`` was not asked for.
    """
    config = read_config(DetectorConfig, config_path)
    last = prepared(out, config_path, config, resume)
    folders = render(config)
    run: Run[DbNet] = start(Model("detect", "db", {"config": asdict(config.net)}), config, last)
    real, held = sources(config)
    crops = PageCrops(folders, real, config.crop, config.seed)

    def loss_of(net: DbNet, batch: tuple[Tensor, Tensor]) -> dict[str, Tensor]:
        with run.autocast():
            kernel, threshold = net(run.images(batch[0]))
        return detection_loss(kernel, threshold, batch[1])

    fit(run, loader(crops, config, run.step), loss_of, out, lambda: evaluate(run, held, out))
    return out / "model.onnx"


def evaluate(run: Run[DbNet], held: list[Source], out: Path) -> dict[str, float]:
    """Export the averaged weights and score them on the pages held back."""
    detector = DbDetector(export(run.averaged, out / "model.onnx"), run.config.threads)
    return score_boxes(detector, ((source.image, source.lines.tolist()) for source in held)) if held else {}
