"""Crops and target maps for the text detector.

A source is a page with line quads; its typical line height decides the scale at which it is shown to the net, just as
it does when pages are read. Targets are at a quarter of the crop: the shrunk text kernel, the threshold map of
differentiable binarization, where the threshold map counts, and where the kernel counts.
"""

from __future__ import annotations

import gzip
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from ocr.detect.db import SHRINK
from ocr.train.detect.net import STRIDE
from ocr.train.synth.page_wear import jpeg

__all__ = [
    "SHRINK",
    "CropConfig",
    "PageCrops",
    "Source",
    "draw_targets",
    "read_grey",
    "real_sources",
    "synthetic_sources",
]

GAP, SHORT = 3, 6

Quads = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Source:
    """A page picture with its line quads (N, 4, 2) and the quads (M, 4, 2) nobody is sure about."""

    image: Path
    lines: Quads
    unsure: Quads

    @property
    def line_height(self) -> float:
        """Median height of the lines, 18 where there are none."""
        return (
            float(np.median(np.linalg.norm(self.lines[:, 3] - self.lines[:, 0], axis=1))) if len(self.lines) else 18.0
        )


@dataclass(frozen=True, slots=True)
class CropConfig:
    """Side of a crop, and the log-normal of the line height it is scaled to, in pixels."""

    side: int = 640
    line_height: float = 19.0
    spread: float = 0.3
    real_share: float = 0.4
    blank: float = 0.12
    """Share of crops without text: pictures, scribbles, noise, at any scale."""
    invert: float = 0.06
    turn: float = 0.06
    """Share of crops turned by a quarter."""
    tilt: float = 0.15
    """Share of crops turned by a few degrees."""


def read_grey(path: Path) -> NDArray[np.uint8]:
    """A picture as (H, W) grey."""
    page = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if page is None:
        raise FileNotFoundError(f"{path}: no such picture, or none that can be read")
    return page.astype(np.uint8, copy=False)


def synthetic_sources(folder: Path) -> list[Source]:
    """What ``ocr.train.synth.pages.render_cache`` has written so far."""
    sources = []
    for path in sorted(folder.glob("*.json")):
        lines = np.array(json.loads(path.read_text())["lines"], float).reshape(-1, 4, 2)
        sources.append(Source(path.with_suffix(".png"), lines, np.zeros((0, 4, 2))))
    return sources


def real_sources(labels: Path, root: Path, cache: Path, largest: int = 2400) -> list[Source]:
    """Labelled scans under ``root``, shrunk to ``largest`` pixels a side into ``cache`` so that crops are cheap."""
    cache.mkdir(parents=True, exist_ok=True)
    sources = []
    with gzip.open(labels, "rt", encoding="utf-8") as rows:
        for row in map(json.loads, rows):
            height, width = row["size"]
            scale = min(1.0, largest / max(height, width))
            small = cache / (row["image"].replace("/", "_") + ".png")
            if not small.exists():
                page = read_grey(root / row["image"])
                cv2.imwrite(str(small), cv2.resize(page, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))
            lines, unsure = (np.array(row[k], float).reshape(-1, 4, 2) * scale for k in ("lines", "unsure"))
            sources.append(Source(small, lines, unsure))
    return sources


def shrink(quads: Quads, ratio: float = SHRINK) -> Quads:
    """Kernels of line quads: less ``ratio`` of the height on each side, never narrower than they are tall."""
    a, b, c, d = (quads[:, k] for k in range(4))
    along, across = (b + c - a - d) / 2, (d + c - a - b) / 2
    width = np.linalg.norm(along, axis=1, keepdims=True).clip(1e-6)
    height = np.linalg.norm(across, axis=1, keepdims=True).clip(1e-6)
    half_across = across * (0.5 - ratio)
    half_along = along / width * np.maximum(width / 2 - ratio * height, height * (0.5 - ratio))
    centre = quads.mean(axis=1)
    corners = [centre + x * half_along + y * half_across for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
    return np.stack(corners, axis=1)


def draw_targets(lines: Quads, unsure: Quads, side: int) -> NDArray[np.float32]:
    """Four maps (4, side / 4, side / 4): kernel, threshold, weight of the threshold, weight of the kernel.

    The gaps beside a line weigh ``GAP`` times as much, since cells are told apart there, and single characters
    ``SHORT`` times, since they are a few points among thousands.
    """
    small = side // STRIDE
    heights = np.linalg.norm(lines[:, 3] - lines[:, 0], axis=1)
    tiny = heights < 6.0
    blind = np.concatenate([unsure, lines[tiny]])
    lines = lines[~tiny]
    full = np.zeros((side, side), np.uint8)
    fixed = np.round(shrink(lines) * 16).astype(np.int32)
    for quad in fixed:
        cv2.fillPoly(full, [quad - 8], 255, shift=4)
    kernel = cv2.resize(full, (small, small), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    weight = np.ones((side, side), np.uint8)
    for quad in np.round(_ends(lines)).astype(np.int32):
        cv2.fillPoly(weight, [quad], GAP)
    for quad, short in zip(fixed, _short(lines), strict=True):
        cv2.fillPoly(weight, [quad - 8], SHORT if short else 1, shift=4)
    for quad in np.round(blind).astype(np.int32):
        cv2.fillPoly(weight, [quad], 0)
    weight = cv2.resize(weight, (small, small), interpolation=cv2.INTER_NEAREST).astype(np.uint8)
    weight[(kernel > 0.5) & (weight == 0)] = 1
    threshold = np.full((small, small), 0.3, np.float32)
    inside = np.zeros((small, small), np.float32)
    for quad in lines:
        _draw_border(threshold, inside, quad)
    return np.stack([kernel, threshold, inside, weight.astype(np.float32)])


def _ends(lines: Quads) -> Quads:
    """Strips (2 N, 4, 2) of half the line height that follow and precede each kernel for 1.2 line heights."""
    kernels = shrink(lines)
    across = np.linalg.norm(lines[:, 3] - lines[:, 0], axis=1)[:, None]
    along = kernels[:, 1] - kernels[:, 0]
    reach = along / np.linalg.norm(along, axis=1, keepdims=True).clip(1e-6) * across * 1.2
    a, b, c, d = (kernels[:, k] for k in range(4))
    return np.concatenate([np.stack([b, b + reach, c + reach, c], 1), np.stack([a - reach, a, d, d - reach], 1)])


def _short(lines: Quads) -> NDArray[np.bool_]:
    """Which lines (N, 4, 2) are one or two characters."""
    width, height = (np.linalg.norm(lines[:, k] - lines[:, 0], axis=1) for k in (1, 3))
    return np.asarray(width < 1.3 * height)


def _draw_border(threshold: NDArray[np.float32], inside: NDArray[np.float32], quad: NDArray[np.float64]) -> None:
    """Raise ``threshold`` to 0.7 at the quad's edge, falling to 0.3 at the kernel's."""
    small = threshold.shape[0]
    height = float(np.linalg.norm(quad[3] - quad[0]))
    reach = max(1e-3, SHRINK * height)
    x0, y0 = np.floor((quad.min(0) - reach) / STRIDE).astype(int).clip(0, small)
    x1, y1 = (np.ceil((quad.max(0) + reach) / STRIDE).astype(int) + 1).clip(0, small)
    if x1 <= x0 or y1 <= y0:
        return
    along = quad[1] - quad[0]
    width = float(np.linalg.norm(along))
    unit = along / max(width, 1e-6)
    dx = (np.arange(x0, x1) + 0.5)[None, :] * STRIDE - quad[:, 0].mean()
    dy = (np.arange(y0, y1) + 0.5)[:, None] * STRIDE - quad[:, 1].mean()
    u, v = np.abs(dx * unit[0] + dy * unit[1]) - width / 2, np.abs(dy * unit[0] - dx * unit[1]) - height / 2
    near = 1 - np.abs(np.maximum(u, v)) / reach
    view = np.s_[y0:y1, x0:x1]
    np.maximum(threshold[view], 0.3 + 0.4 * near.clip(0, 1), out=threshold[view], casting="unsafe")
    np.maximum(inside[view], near > 0, out=inside[view], casting="unsafe")


class PageCrops(Dataset[tuple[Tensor, Tensor]]):
    """Crop number ``index`` is always the same for the same sources and seed."""

    def __init__(self, synthetic: Sequence[Path], real: Sequence[Source], config: CropConfig, seed: int) -> None:
        self.folders, self.real, self.config, self.seed = synthetic, list(real), config, seed
        self.synthetic: list[Source] = []
        self.blank: list[Source] = []
        self.listed = -1

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        """Picture (1, S, S) in -1..1 and targets (4, S / 4, S / 4)."""
        if self.folders and (self.listed < 0 or index - self.listed >= 4000):
            self.synthetic = [source for folder in self.folders for source in synthetic_sources(folder)]
            self.listed = index
            self.blank = [source for source in self.synthetic if not len(source.lines)]
        rng = np.random.default_rng((self.seed, index))
        if self.blank and rng.random() < self.config.blank:
            picture, targets = self.nothing(rng)
            return _tensors(picture, targets)
        real = self.real and (not self.synthetic or rng.random() < self.config.real_share)
        pool = self.real if real else self.synthetic
        return _tensors(*self.crop(pool[rng.integers(len(pool))], rng))

    def nothing(self, rng: np.random.Generator) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        """A crop without text: a drawn page at a random scale, or noise."""
        if rng.random() < 0.25:
            none = np.zeros((0, 4, 2))
            return _tone(_noise(self.config.side, rng), rng, 0.5), draw_targets(none, none, self.config.side)
        return self.crop(self.blank[rng.integers(len(self.blank))], rng, float(np.exp(rng.uniform(-1.9, 0.8))))

    def crop(
        self, source: Source, rng: np.random.Generator, scale: float = 0.0
    ) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        """One crop (S, S) uint8 of a page with its targets, at ``scale`` or as the line height asks."""
        config, side = self.config, self.config.side
        page = read_grey(source.image)
        goal = config.line_height * math.exp(float(rng.normal(0, config.spread)))
        scale = scale or float(np.clip(goal, 11, 40)) / source.line_height
        cut = side / scale
        h, w = page.shape
        x, y = (float(rng.uniform(min(0, m) - 0.08 * cut, max(0, m) + 0.08 * cut)) for m in (w - cut, h - cut))
        matrix = np.array([[scale, 0, -x * scale], [0, scale, -y * scale]])
        paper = int(np.median(page[:: max(1, h // 64), :: max(1, w // 64)]))
        x0, y0 = max(0, int(x) - 2), max(0, int(y) - 2)
        patch = page[y0 : int(y + cut) + 3, x0 : int(x + cut) + 3]
        if scale < 1:  # area-shrink first: warping alone would alias
            size = (max(1, round(patch.shape[1] * scale)), max(1, round(patch.shape[0] * scale)))
            fx, fy = size[0] / patch.shape[1], size[1] / patch.shape[0]
            patch = cv2.resize(patch, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
            left, top = round((x0 - x) * scale), round((y0 - y) * scale)
            matrix = np.array([[fx, 0, left - x0 * fx], [0, fy, top - y0 * fy]])
            picture = _paste(patch, left, top, side, paper)
        else:
            warped = cv2.warpAffine(page, matrix, (side, side), flags=cv2.INTER_LINEAR, borderValue=paper)
            picture = warped.astype(np.uint8, copy=False)
        lines, unsure = (q @ matrix[:, :2].T + matrix[:, 2] for q in (source.lines, source.unsure))
        lines, unsure = (_visible(q, side) for q in (lines, unsure))
        if rng.random() < config.tilt:
            turn = cv2.getRotationMatrix2D((side / 2, side / 2), float(rng.normal(0, 4.5)), 1.0)
            tilted = cv2.warpAffine(picture, turn, (side, side), flags=cv2.INTER_LINEAR, borderValue=paper)
            picture = tilted.astype(np.uint8, copy=False)
            lines, unsure = (q @ turn[:, :2].T + turn[:, 2] for q in (lines, unsure))
        if rng.random() < config.turn:
            picture = np.ascontiguousarray(np.rot90(picture))
            lines, unsure = (np.stack([q[..., 1], side - q[..., 0]], -1) for q in (lines, unsure))
        return _tone(picture, rng, config.invert), draw_targets(lines, unsure, side)


def _tensors(picture: NDArray[np.uint8], targets: NDArray[np.float32]) -> tuple[Tensor, Tensor]:
    return torch.from_numpy(picture.astype(np.float32)[None] / 127.5 - 1), torch.from_numpy(targets)


def _noise(side: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Grain, dots, stripes or clouds (S, S)."""
    cell = int(rng.choice((1, 1, 2, 3, 5)))
    grain = rng.random((side // cell + 1, side // cell + 1)).astype(np.float32)
    kind = rng.integers(4)
    if kind == 0:
        field = grain
    elif kind == 1:
        field = (grain < 10 ** rng.uniform(-3.5, -0.7)).astype(np.float32)
    elif kind == 2:
        along = np.sin(np.arange(grain.shape[0]) * rng.uniform(0.1, 2.5))
        field = np.broadcast_to(along, grain.shape).astype(np.float32) * 0.5 + 0.5 + 0.2 * grain
        field = field.T.copy() if rng.random() < 0.5 else field
    else:
        small = rng.random((int(rng.integers(3, 60)),) * 2).astype(np.float32)
        field = np.asarray(cv2.resize(small, grain.shape[::-1], interpolation=cv2.INTER_CUBIC), np.float32)
        field = (field > 0.5).astype(np.float32) if rng.random() < 0.5 else field
    whole = cv2.resize(
        (field.clip(0, 1) * 255).astype(np.uint8), None, fx=cell, fy=cell, interpolation=cv2.INTER_NEAREST
    )
    return np.ascontiguousarray(whole[:side, :side]).astype(np.uint8, copy=False)


def _paste(patch: NDArray[np.uint8], left: int, top: int, side: int, paper: int) -> NDArray[np.uint8]:
    picture = np.full((side, side), paper, np.uint8)
    a, b = max(0, left), max(0, top)
    part = patch[b - top : b - top + side - b, a - left : a - left + side - a]
    picture[b : b + part.shape[0], a : a + part.shape[1]] = part
    return picture


def _visible(quads: Quads, side: int) -> Quads:
    """Quads that touch the crop."""
    if not len(quads):
        return quads
    seen: Quads = quads[((quads.max(1) > 0) & (quads.min(1) < side)).all(1)]
    return seen


def _tone(picture: NDArray[np.uint8], rng: np.random.Generator, invert: float) -> NDArray[np.uint8]:
    """Random paper and ink levels, noise, blur, JPEG, polarity."""
    if rng.random() < 0.3:
        paper, ink = rng.uniform(140, 255), rng.uniform(0, 90)
        picture = (ink + picture * ((paper - ink) / 255)).astype(np.uint8)
    if rng.random() < 0.2:
        picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.3, 0.9)).astype(np.uint8)
    if rng.random() < 0.2:
        grain = rng.normal(0, rng.uniform(1, 14), picture.shape).astype(np.float32)
        picture = (picture + grain).clip(0, 255).astype(np.uint8)
    if rng.random() < 0.15:
        picture = jpeg(picture, int(rng.integers(25, 90)))
    if rng.random() < invert:
        picture = 255 - picture
    return picture
