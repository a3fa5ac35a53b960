"""Training crops of the text detector: pages, drawn or labelled, cut at the scale at which pages are read."""

from __future__ import annotations

import gzip
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from ocr.errors import InputError
from ocr.train.detect.targets import Quads, draw_targets
from ocr.train.synth.page_wear import jpeg

__all__ = [
    "LINE_HEIGHTS", "CropConfig", "PageCrops", "Source", "drawn_sources", "labelled_sources", "noise", "paper_of",
    "read_grey", "tone", "turned", "window",
]  # fmt: skip

USUAL_LINE_HEIGHT = 18.0
"""Of pages without lines, pixels."""
LINE_HEIGHTS = (11.0, 40.0)
"""Range of the line heights at which crops are shown, pixels."""
RELIST = 4000
"""Samples after which the folders of drawn pages are listed again."""


@dataclass(frozen=True, slots=True)
class Source:
    """A page image with the quads of its lines (N, 4, 2) and quads (M, 4, 2) where there may be text or not."""

    image: Path
    lines: Quads
    unsure: Quads

    @property
    def line_height(self) -> float:
        """Median height of the lines, pixels; ``USUAL_LINE_HEIGHT`` if there are none."""
        if not len(self.lines):
            return USUAL_LINE_HEIGHT
        return float(np.median(np.linalg.norm(self.lines[:, 3] - self.lines[:, 0], axis=1)))


@dataclass(frozen=True, slots=True)
class CropConfig:
    """How crops are cut.

    Attributes:
        side: of a crop, pixels.
        line_height: median of the line heights that crops are scaled to, pixels.
        spread: standard deviation of the logarithm of that height.
        real_share: share of crops from labelled scans; the others are from drawn pages.
        blank: share of crops without text: pictures, scribbles, noise, at any scale.
        invert: share of light text on a dark ground.
        turn: share of crops turned by 90 degrees.
        tilt: share of crops turned by a few degrees.
    """

    side: int = 640
    line_height: float = 19.0
    spread: float = 0.3
    real_share: float = 0.4
    blank: float = 0.12
    invert: float = 0.06
    turn: float = 0.06
    tilt: float = 0.15


def read_grey(path: Path) -> NDArray[np.uint8]:
    """An image file as (H, W) grey.

    Raises:
        InputError: the file is missing or not an image that OpenCV reads.
    """
    page = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE) if path.is_file() else None  # OpenCV prints what it misses
    if page is None:
        raise InputError(f"{path}: missing or not an image; check the folders named in the configuration")
    return page.astype(np.uint8, copy=False)


def drawn_sources(folder: Path) -> list[Source]:
    """The pages that ``ocr.train.synth.pages.render_cache`` has written so far."""
    sources = []
    for path in sorted(folder.glob("*.json")):
        lines = np.array(json.loads(path.read_text())["lines"], float).reshape(-1, 4, 2)
        sources.append(Source(path.with_suffix(".png"), lines, np.zeros((0, 4, 2))))
    return sources


def labelled_sources(labels: Path, root: Path, cache: Path, largest: int = 2400) -> list[Source]:
    """Labelled scans, copied at a reduced size so that crops are cheap.

    Args:
        labels: what ``ocr.train.detect.labels`` wrote.
        root: folder of the scans.
        cache: folder for the reduced copies.
        largest: their longer side, pixels.
    """
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


class PageCrops(Dataset[tuple[Tensor, Tensor]]):
    """Endless crops; crop ``index`` is the same for the same sources and seed.

    Args:
        folders: of drawn pages; they may still be filled while the net trains.
        real: labelled scans.
        config: how crops are cut.
        seed: of the choices.
    """

    def __init__(self, folders: Sequence[Path], real: Sequence[Source], config: CropConfig, seed: int) -> None:
        self.folders, self.real, self.config, self.seed = folders, list(real), config, seed
        self.drawn: list[Source] = []
        self.blank: list[Source] = []
        self.listed = -1

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        """Image (1, S, S) in -1..1 and targets (4, S / 4, S / 4)."""
        if self.folders and (self.listed < 0 or index - self.listed >= RELIST):
            self.drawn = [source for folder in self.folders for source in drawn_sources(folder)]
            self.listed = index
            self.blank = [source for source in self.drawn if not len(source.lines)]
        rng = np.random.default_rng((self.seed, index))
        if self.blank and rng.random() < self.config.blank:
            return _tensors(*self.without_text(rng))
        real = self.real and (not self.drawn or rng.random() < self.config.real_share)
        pool = self.real if real else self.drawn
        return _tensors(*self.crop(pool[rng.integers(len(pool))], rng))

    def without_text(self, rng: np.random.Generator) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        """A crop without text: of a drawn page at a random scale, or noise."""
        if rng.random() < 0.25:
            none = np.zeros((0, 4, 2))
            return tone(noise(self.config.side, rng), rng, 0.5), draw_targets(none, none, self.config.side)
        return self.crop(self.blank[rng.integers(len(self.blank))], rng, float(np.exp(rng.uniform(-1.9, 0.8))))

    def crop(
        self, source: Source, rng: np.random.Generator, scale: float = 0.0
    ) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        """A crop (S, S) of a page and its targets, at ``scale`` or, if that is 0, as the line height asks."""
        config, side = self.config, self.config.side
        page = read_grey(source.image)
        goal = config.line_height * math.exp(float(rng.normal(0, config.spread)))
        scale = scale or float(np.clip(goal, *LINE_HEIGHTS)) / source.line_height
        paper = paper_of(page)
        picture, matrix = window(page, scale, side, paper, rng)
        lines, unsure = (q @ matrix[:, :2].T + matrix[:, 2] for q in (source.lines, source.unsure))
        lines, unsure = (_visible(q, side) for q in (lines, unsure))
        picture, matrix = turned(picture, paper, config, rng)
        lines, unsure = (q @ matrix[:, :2].T + matrix[:, 2] for q in (lines, unsure))
        return tone(picture, rng, config.invert), draw_targets(lines, unsure, side)


def paper_of(page: NDArray[np.uint8]) -> int:
    """The grey of a page's paper: its median."""
    return int(np.median(page[:: max(1, page.shape[0] // 64), :: max(1, page.shape[1] // 64)]))


def turned(
    picture: NDArray[np.uint8], paper: int, config: CropConfig, rng: np.random.Generator
) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """A square crop tilted and turned as often as is asked, and the map (2, 3) from its pixels to the new ones."""
    side = len(picture)
    matrix: NDArray[Any] = np.eye(2, 3)
    if rng.random() < config.tilt:
        matrix = cv2.getRotationMatrix2D((side / 2, side / 2), float(rng.normal(0, 4.5)), 1.0)
        tilted = cv2.warpAffine(picture, matrix, (side, side), flags=cv2.INTER_LINEAR, borderValue=paper)
        picture = tilted.astype(np.uint8, copy=False)
    if rng.random() < config.turn:
        picture = np.ascontiguousarray(np.rot90(picture))
        matrix = np.stack([matrix[1], np.array([0, 0, side]) - matrix[0]])
    return picture, np.asarray(matrix, np.float64)


def window(
    page: NDArray[np.uint8], scale: float, side: int, paper: int, rng: np.random.Generator
) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """A random square of a page, scaled to (side, side), and the map (2, 3) from the page's pixels to the square's."""
    cut = side / scale
    height, width = page.shape
    x, y = (
        float(rng.uniform(min(0, size - cut) - margin, max(0, size - cut) + margin))
        for size in (width, height)
        for margin in (min(0.08 * cut, size / 2),)
    )
    if scale >= 1:
        matrix = np.array([[scale, 0, -x * scale], [0, scale, -y * scale]])
        warped = cv2.warpAffine(page, matrix, (side, side), flags=cv2.INTER_LINEAR, borderValue=paper)
        return warped.astype(np.uint8, copy=False), matrix
    x0, y0 = max(0, int(x) - 2), max(0, int(y) - 2)
    patch = page[y0 : int(y + cut) + 3, x0 : int(x + cut) + 3]
    size = (max(1, round(patch.shape[1] * scale)), max(1, round(patch.shape[0] * scale)))
    fx, fy = size[0] / patch.shape[1], size[1] / patch.shape[0]
    # Reduced by area: warping alone would alias.
    patch = cv2.resize(patch, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
    left, top = round((x0 - x) * scale), round((y0 - y) * scale)
    return _paste(patch, left, top, side, paper), np.array([[fx, 0, left - x0 * fx], [0, fy, top - y0 * fy]])


def _tensors(picture: NDArray[np.uint8], targets: NDArray[np.float32]) -> tuple[Tensor, Tensor]:
    return torch.from_numpy(picture.astype(np.float32)[None] / 127.5 - 1), torch.from_numpy(targets)


def noise(side: int, rng: np.random.Generator) -> NDArray[np.uint8]:
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
    """A square (side, side) of paper with ``patch`` at (left, top), as far as it fits."""
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


def tone(picture: NDArray[np.uint8], rng: np.random.Generator, invert: float) -> NDArray[np.uint8]:
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
