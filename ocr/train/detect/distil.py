"""A detector that learns from the maps of another one, on pictures without labels.

Hinton, Vinyals, Dean, Distilling the Knowledge in a Neural Network, 2015: the teacher's probabilities say more than
boxes drawn from labels do, and any picture will do. Pictures are shown at the scales at which pages are read.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from glob import glob
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F
from torch.utils.data import Dataset

from ocr.detect.look import look
from ocr.engine import Session
from ocr.errors import InputError
from ocr.train.detect.data import LINE_HEIGHTS, CropConfig, noise, paper_of, read_grey, tone, turned, window
from ocr.train.synth.junk import junk_picture
from ocr.weights import model

__all__ = ["PictureCrops", "Teacher", "imitation_loss"]

CROPS = 3
"""Consecutive crops of one picture: reading a file takes longer than cutting a crop."""
TEXT = 0.2
"""Probability from which on a point of the teacher's map belongs to text."""
LINE_AREA = 80.0
"""Area of a kernel, in map points, from which on its points count once; those of smaller ones count more, ..."""
LARGEST_WEIGHT = 4.0
"""... at most this often."""


class PictureCrops(Dataset[Tensor]):
    """Endless crops; crop ``index`` is the same for the same pictures and seed.

    Args:
        patterns: glob patterns of image files.
        config: how crops are cut; all are of ``patterns``, except for the share without text.
        seed: of the choices.

    Raises:
        InputError: a pattern matches no file.
    """

    def __init__(self, patterns: Sequence[str], config: CropConfig, seed: int) -> None:
        self.files: list[Path] = []
        for pattern in patterns:
            found = [Path(path) for path in sorted(glob(pattern, recursive=True))]
            if not found:
                raise InputError(f"{pattern}: no such pictures; check the patterns in the configuration")
            self.files += found
        self.config, self.seed = config, seed
        self.typical: dict[Path, float] = {}
        self.read = lru_cache(maxsize=2)(read_grey)

    def __getitem__(self, index: int) -> Tensor:
        """Image (1, S, S) in -1..1."""
        rng = np.random.default_rng((self.seed, index))
        picture = self._without_text(rng) if rng.random() < self.config.blank else self._crop(index, rng)
        return torch.from_numpy(picture.astype(np.float32)[None] / 127.5 - 1)

    def _without_text(self, rng: np.random.Generator) -> NDArray[np.uint8]:
        side = self.config.side
        if rng.random() < 0.5:
            return tone(noise(side, rng), rng, 0.5)
        junk = junk_picture(int(rng.integers(1 << 31)))
        scale = float(np.exp(rng.uniform(-0.7, 1.5)))
        return tone(window(junk, scale, side, int(np.median(junk)), rng)[0], rng, self.config.invert)

    def _crop(self, index: int, rng: np.random.Generator) -> NDArray[np.uint8]:
        config, side = self.config, self.config.side
        path = self.files[int(np.random.default_rng((self.seed, index // CROPS, 1)).integers(len(self.files)))]
        page = self.read(path)
        if path not in self.typical:
            self.typical[path] = look(page).typical
        goal = config.line_height * math.exp(float(rng.normal(0, config.spread)))
        scale = min(2.0, float(np.clip(goal, *LINE_HEIGHTS)) / self.typical[path])
        paper = paper_of(page)
        picture, _ = window(page, scale, side, paper, rng)
        picture, _ = turned(picture, paper, config, rng)
        return tone(picture, rng, config.invert)


class Teacher:
    """The maps of a trained detector.

    Args:
        name: model of the manifest, or the path of a model file.
        threads: of the runtime.

    Raises:
        UsageError, DependencyError, InputError: as :func:`ocr.weights.model`.
    """

    def __init__(self, name: str, threads: int) -> None:
        self._session = Session(model(name, "detect").path, threads=threads)

    def __call__(self, images: Tensor) -> Tensor:
        """Images (N, 1, S, S) in -1..1 to probabilities of the kernel (N, 1, S / 4, S / 4)."""
        [maps] = self._session.run({self._session.inputs[0]: images.cpu().numpy()})
        return torch.from_numpy(np.ascontiguousarray(maps, np.float32))


def imitation_loss(logits: Tensor, teacher: Tensor) -> dict[str, Tensor]:
    """Kullback-Leibler divergence from the teacher's map, and dice, over the text and the hardest of the rest.

    Args:
        logits: of the student (N, 1, H, W).
        teacher: probabilities (N, 1, H, W).
    """
    logits, weight = logits.float(), weights(teacher)
    sure = teacher.clamp(1e-4, 1 - 1e-4)
    entropy = F.binary_cross_entropy_with_logits(logits, sure, reduction="none")
    own = F.binary_cross_entropy(sure, sure, reduction="none")
    divergence = (entropy - own) * weight
    text = teacher > TEXT
    count = int(text.sum())
    wanted = min(text.numel() - count, max(3 * count, text.numel() // 20))
    hard = divergence[~text].topk(wanted).values.sum()
    balanced = (divergence[text].sum() + hard) / (count + wanted)
    probability = logits.sigmoid()
    dice = 1 - 2 * (probability * teacher * weight).sum() / ((probability + teacher) * weight).sum().clamp(min=1e-3)
    return {"loss": 5 * balanced + dice, "divergence": balanced, "dice": dice}


def weights(teacher: Tensor) -> Tensor:
    """How much the points of maps (N, 1, H, W) count: those of short kernels and around them more."""
    maps = []
    for one in teacher[:, 0].numpy():
        _, labels, stats, _ = cv2.connectedComponentsWithStats((one > TEXT).astype(np.uint8), connectivity=4)
        area = np.maximum(stats[:, cv2.CC_STAT_AREA], 1)
        share = np.clip(np.sqrt(LINE_AREA / area), 1, LARGEST_WEIGHT).astype(np.float32)
        share[0] = 1
        maps.append(cv2.dilate(share[labels], np.ones((5, 5), np.uint8)))
    return torch.from_numpy(np.stack(maps))[:, None]
