"""Training samples of the page stages' nets: lines upright or upside down, photographs of pages, and their corners."""

from __future__ import annotations

import random
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from ocr.page.corners import CROP, INPUT_SIDE, corner_view
from ocr.page.orient import HEIGHT, WIDTH, line_window
from ocr.recognize.charset import Charset
from ocr.train.recognize.data import LineSet, augment, shards
from ocr.train.synth.photos import LARGE, SMALL, Materials, Scene, scene

__all__ = ["CornerCrops", "Photos", "Reuse", "SceneSample", "TurnedLines", "WholePhotos", "line_tensor", "lines_of"]

LEAST_CHARACTERS = 3
"""Lines with fewer letters and digits do not show which way up they are."""
FIRST_REUSE = 64
"""Samples that are drawn before any is used again."""
CORNER_ERROR = 0.03
"""Standard deviation of the coarse corners from the true ones, as a share of the page's mean side."""
INSIDE = 0.004
"""A corner counts as visible if it is this far inside the frame, whose longer side is 1."""

Line = NDArray[np.uint8]
"""A line image (32, W)."""
SceneSample = tuple[Tensor, Tensor, Tensor]
"""Images of a scene, and two targets."""


# --------------------------------------------------------------------------------------------------- orientation


class TurnedLines(Dataset[tuple[Tensor, Tensor]]):
    """Endless windows of lines (1, 32, 256) in -1..1, each with 1.0 if it is upside down, else 0.0.

    Args:
        synthetic: glob patterns of shards with drawn lines.
        real: glob patterns of shards with lines of scans.
        real_share: share of samples from ``real``, if there are both.
        seed: with the index it determines a sample.
    """

    def __init__(self, synthetic: Sequence[str], real: Sequence[str], real_share: float, seed: int) -> None:
        self.seed, self.real_share = seed, real_share
        self.sets = [
            [line for line, text in lines_of(shards(patterns)) if sum(c.isalnum() for c in text) >= LEAST_CHARACTERS]
            for patterns in (synthetic, real)
        ]

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        rng = random.Random(self.seed * 1_000_003 + index)
        synthetic, real = self.sets
        lines = real if real and (not synthetic or rng.random() < self.real_share) else synthetic
        line = varied_line(rng.choice(lines), rng)
        upside_down = rng.random() < 0.5
        return line_tensor(line[::-1, ::-1] if upside_down else line), torch.tensor(float(upside_down))


def lines_of(paths: Sequence[Path]) -> list[tuple[Line, str]]:
    """Lines of some shards, each with its text."""
    lines = LineSet(Charset.load("zh"))  # includes Latin
    lines.load(paths)
    return list(zip(lines.pictures, lines.texts, strict=True))


def varied_line(line: Line, rng: random.Random) -> Line:
    """A stretch of a line, varied as boxes and scans vary: moved up or down, tilted, blurred, faded."""
    line = augment(rng, line, 1.0)[0]
    if line.shape[1] > WIDTH:
        left = rng.randrange(line.shape[1] - WIDTH + 1)
        line = line[:, left : left + WIDTH]
    size, shift = rng.uniform(0.75, 1.2), rng.uniform(-3.5, 3.5)
    tilt = rng.gauss(0, 0.006)
    middle = line.shape[1] / 2
    matrix = np.array([[1, 0, 0], [tilt, size, HEIGHT / 2 * (1 - size) + shift - tilt * middle]], np.float32)
    return cv2.warpAffine(line, matrix, line.shape[::-1], borderMode=cv2.BORDER_REPLICATE).astype(np.uint8)


def line_tensor(line: Line) -> Tensor:
    """A line as the net takes it: (1, 32, 256) in -1..1."""
    return torch.from_numpy(np.ascontiguousarray(line_window(line), np.float32) / 127.5 - 1)[None]


# ------------------------------------------------------------------------------------------------------- corners


@dataclass(frozen=True, slots=True)
class Reuse:
    """How often scenes are drawn, which costs more than learning from them.

    Attributes:
        fresh: share of samples that are drawn; the others are used again, mirrored or turned.
        kept: samples kept to be used again.
    """

    fresh: float = 0.3
    kept: int = 6000


class Photos(Dataset[SceneSample]):
    """Endless samples of drawn photographs, some drawn anew and some used before.

    Args:
        materials: what scenes are drawn of.
        reuse: how often they are drawn.
        seed: with the index it determines which scene is drawn or which sample is used again.
    """

    def __init__(self, materials: Materials, reuse: Reuse, seed: int) -> None:
        self.materials, self.reuse, self.seed = materials, reuse, seed
        self.seen: list[SceneSample] = []

    def __getitem__(self, index: int) -> SceneSample:
        rng = random.Random(self.seed * 1_000_003 + index)
        if len(self.seen) > FIRST_REUSE and rng.random() > self.reuse.fresh:
            return self.varied(rng.choice(self.seen), rng)
        sample = self.draw(index)
        if len(self.seen) < self.reuse.kept:
            self.seen.append(sample)
        else:
            self.seen[rng.randrange(len(self.seen))] = sample
        return sample

    @abstractmethod
    def draw(self, number: int) -> SceneSample:
        """The sample of scene ``number``: uint8 images and two targets."""

    @abstractmethod
    def varied(self, sample: SceneSample, rng: random.Random) -> SceneSample:
        """The sample mirrored or turned."""


class WholePhotos(Photos):
    """Photographs (3, 192, 192) uint8, the page's map (48, 48) in 0..1, and 1.0 if there is a page."""

    def draw(self, number: int) -> SceneSample:
        """A whole photograph."""
        shown = scene(self.materials, number, SMALL)
        view = shown.frame(INPUT_SIDE)
        picture = shown.draw(view, (INPUT_SIDE, INPUT_SIDE))
        fine = np.zeros((INPUT_SIDE * 2, INPUT_SIDE * 2), np.float32)
        if len(shown.corners):
            points = (shown.corners @ view[:2, :2] * 2 * 16 - 8).clip(-30000, 30000).round().astype(np.int32)
            cv2.fillConvexPoly(fine, points.reshape(-1, 1, 2), 1.0, cv2.LINE_8, 4)
        page = cv2.resize(fine, (INPUT_SIDE // 4, INPUT_SIDE // 4), interpolation=cv2.INTER_AREA)
        present = torch.tensor(float(len(shown.corners) > 0))
        return _channels_first(picture), torch.from_numpy(page), present

    def varied(self, sample: SceneSample, rng: random.Random) -> SceneSample:
        """One of the eight turns and mirror images of a square."""
        picture, page, present = sample
        turns, mirrored = rng.randrange(4), rng.random() < 0.5
        picture, page = torch.rot90(picture, turns, (1, 2)), torch.rot90(page, turns, (0, 1))
        if mirrored:
            picture, page = picture.flip(2), page.flip(1)
        return picture.contiguous(), page.contiguous(), present


class CornerCrops(Photos):
    """Crops (4, 3, 96, 96) uint8 of a scene, the corner's position (4, 2) in each, 0..1, and an empty second target."""

    def draw(self, number: int) -> SceneSample:
        """Crops around positions near the true corners, of corners inside the frame."""
        rng = np.random.default_rng(abs(number))
        shown, inside = self._usable(number)
        spread = CORNER_ERROR * np.sqrt(cv2.contourArea(shown.corners.astype(np.float32)))
        to_frame = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
        crops, positions = [], []
        for index in rng.choice(inside, 4, replace=len(inside) < 4):
            coarse = shown.corners + rng.normal(0, spread * rng.choice((0.4, 1.0, 1.6)), (4, 2))
            view = corner_view(coarse, int(index))
            crop = shown.draw(view, (CROP, CROP))
            edges = view @ np.diag([shown.size[0] / 2, shown.size[1] / 2, 1.0]) @ to_frame
            framed = cv2.warpPerspective(np.ones((2, 2), np.uint8), edges, (CROP, CROP), flags=cv2.INTER_NEAREST)
            crops.append(_channels_first(np.where(framed[..., None] > 0, crop, np.uint8(0))))
            positions.append((view[:2, :2] @ shown.corners[index] + view[:2, 2]) / CROP)
        return torch.stack(crops), torch.from_numpy(np.array(positions, np.float32)), torch.zeros(())

    def _usable(self, number: int) -> tuple[Scene, list[int]]:
        """The next scene, from ``number`` on, with corners inside the frame, and their indices."""
        step = 7_777_777 if number >= 0 else -7_777_777
        while True:
            shown = scene(self.materials, number, LARGE)
            within = ((shown.corners > INSIDE) & (shown.corners < np.array(shown.size) - INSIDE)).all(1)
            if within.any():
                return shown, [int(index) for index in np.flatnonzero(within)]
            number += step

    def varied(self, sample: SceneSample, rng: random.Random) -> SceneSample:
        """Mirrored about the diagonal, so that the corner's two sides change places; brighter or darker."""
        crops, positions, nothing = sample
        if rng.random() < 0.5:
            crops, positions = crops.transpose(2, 3).contiguous(), positions.flip(1)
        gain = rng.uniform(0.8, 1.15)
        return (crops.float() * gain).clamp(0, 255).to(torch.uint8), positions, nothing


def _channels_first(picture: NDArray[np.uint8]) -> Tensor:
    """(H, W, 3) to (3, H, W)."""
    return torch.from_numpy(np.ascontiguousarray(picture.transpose(2, 0, 1)))
