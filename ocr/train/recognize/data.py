"""Line pictures for training: shards in memory, batches of like widths with a constant pixel budget."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ocr.recognize.charset import Charset

__all__ = ["Batch", "LineSet", "batches", "collate", "shards"]

FRAME = 4  # input columns per CTC frame


@dataclass(slots=True)
class Batch:
    """Lines padded to one width.

    Attributes:
        images: N x 1 x 32 x W in -1..1, white padding.
        labels: all classes one after another.
        label_lengths: N.
        frames: N, CTC frames that hold picture.
        frame_targets: N x T classes, the class at each glyph's centre, 0 elsewhere, -1 where unknown.
    """

    images: Tensor
    labels: Tensor
    label_lengths: Tensor
    frames: Tensor
    frame_targets: Tensor


class LineSet:
    """All lines of some .npz shards: ``pixels`` (32, sum of widths), ``widths``, ``texts``, and ``centers`` if known.

    Lines that no CTC path of their length can spell, or with characters outside the charset, are left out.
    """

    def __init__(self, charset: Charset) -> None:
        self.charset = charset
        self.loaded: set[Path] = set()
        self.pictures: list[NDArray[np.uint8]] = []
        self.labels: list[NDArray[np.int32]] = []
        self.centers: list[NDArray[np.float32] | None] = []
        self.texts: list[str] = []

    def __len__(self) -> int:
        return len(self.pictures)

    def load(self, paths: Sequence[Path]) -> int:
        """Add the shards that are not loaded yet; returns how many lines came."""
        before = len(self)
        for path in sorted(set(paths) - self.loaded):
            self.loaded.add(path)
            with np.load(path) as shard:
                pixels, widths = shard["pixels"], shard["widths"]
                texts = str(shard["texts"]).split("\n")
                centers = shard.get("centers")
            left = at = 0
            for width, text in zip(widths.tolist(), texts, strict=True):
                if all(c in self.charset for c in text) and _frames_needed(text) <= width // FRAME:
                    self.pictures.append(pixels[:, left : left + width])
                    self.labels.append(np.array(self.charset.encode(text), np.int32))
                    self.centers.append(None if centers is None else centers[at : at + len(text)])
                    self.texts.append(text)
                left, at = left + width, at + len(text)
        return len(self) - before


def shards(patterns: Sequence[str]) -> list[Path]:
    """The finished shards that glob patterns name, in order; relative patterns start where the command is run."""
    return [
        p
        for pattern in patterns
        for p in sorted(Path("/").glob(pattern.lstrip("/")) if pattern.startswith("/") else Path().glob(pattern))
        if ".part" not in p.name
    ]


def _frames_needed(text: str) -> int:
    return len(text) + sum(a == b for a, b in pairwise(text))


def augment(
    rng: random.Random, picture: NDArray[np.uint8], strength: float, loose: float = 0.0
) -> tuple[NDArray[np.uint8], float, float]:
    """Cheap variation of a 32-pixel-high line; returns it with the map of x fractions (scale, offset).

    ``loose`` is the share that is made smaller in a crop that stays as high, as cells and labels are often cut.
    """
    h, w = picture.shape
    scale, offset = 1.0, 0.0
    if loose and rng.random() < loose:
        size = rng.uniform(0.45, 0.85)
        left, right, top = rng.uniform(0, 24), rng.uniform(0, 24), rng.uniform(0, 1 - size) * h
        width = max(8, round(w * size + left + right))
        small = cv2.resize(picture, (max(4, round(w * size)), max(4, round(h * size))), interpolation=cv2.INTER_AREA)
        y, x = min(round(top), h - small.shape[0]), round(left)
        paper = np.full((h, max(width, x + small.shape[1])), np.median(picture[[0, -1]]), np.uint8)
        paper[y : y + small.shape[0], x : x + small.shape[1]] = small
        picture, scale, offset = paper, small.shape[1] / paper.shape[1], x / paper.shape[1]
    elif rng.random() < 0.7 * strength:
        sx, sy = rng.uniform(0.88, 1.14), rng.uniform(0.9, 1.08)
        dy = rng.uniform(-1.6, 1.6) + (1 - sy) * h / 2
        left, right = rng.uniform(-1, 5), rng.uniform(-1, 5)
        width = max(8, round(w * sx + left + right))
        fill = int(picture[0].max()) if rng.random() < 0.5 else int(np.median(picture[:, :1]))
        matrix = np.array([[sx, 0, left], [0, sy, dy]], np.float32)
        picture = cv2.warpAffine(
            picture, matrix, (width, h), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=fill
        ).astype(np.uint8)
        scale, offset = w * sx / width, left / width
    if rng.random() < 0.35 * strength:
        table = np.clip(
            255 * (np.arange(256) / 255) ** rng.uniform(0.5, 2.0) * rng.uniform(0.7, 1.1) + rng.uniform(-20, 20), 0, 255
        )
        picture = cv2.LUT(picture, table.astype(np.uint8)).astype(np.uint8)
    roll = rng.random()
    if roll < 0.06 * strength:
        picture = cv2.erode(picture, np.ones((2, rng.choice([1, 2])), np.uint8)).astype(np.uint8)
    elif roll < 0.12 * strength:
        picture = cv2.dilate(picture, np.ones((rng.choice([1, 2]), 2), np.uint8)).astype(np.uint8)
    elif roll < 0.2 * strength:
        picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.4, 1.1)).astype(np.uint8)
    if rng.random() < 0.02 * strength:
        picture = 255 - picture
    return picture, scale, offset


def collate(items: Sequence[tuple[NDArray[np.uint8], NDArray[np.int32], NDArray[np.float32] | None]]) -> Batch:
    """Pad to the widest (rounded up to 32), normalise to -1..1, mark glyph centres."""
    width = -(-max(p.shape[1] for p, _, _ in items) // 32) * 32
    images = np.full((len(items), 1, 32, width), 255, np.uint8)
    targets = np.full((len(items), width // FRAME), -1, np.int64)
    for n, (picture, labels, centers) in enumerate(items):
        images[n, 0, :, : picture.shape[1]] = picture
        if centers is not None:
            targets[n] = 0
            columns = (centers * picture.shape[1] / FRAME).astype(np.int64).clip(0, picture.shape[1] // FRAME - 1)
            targets[n, columns] = labels
    return Batch(
        torch.from_numpy(images).float().div_(127.5).sub_(1),
        torch.from_numpy(np.concatenate([labels for _, labels, _ in items])),
        torch.tensor([len(labels) for _, labels, _ in items], dtype=torch.int32),
        torch.tensor([p.shape[1] // FRAME for p, _, _ in items], dtype=torch.int32),
        torch.from_numpy(targets),
    )


def batches(
    sets: Sequence[tuple[LineSet, float]], columns: int, seed: int, strength: float = 1.0, loose: float = 0.0
) -> Iterator[Batch]:
    """Endless batches from several sets by weight, each of about ``columns`` picture columns, widths alike."""
    rng = random.Random(seed)
    while True:
        pool = []
        for lines in rng.choices([s for s, _ in sets], [w for _, w in sets], k=768):
            k = rng.randrange(len(lines))
            picture, scale, offset = augment(rng, lines.pictures[k], strength, loose)
            if _frames_needed(lines.texts[k]) > picture.shape[1] // FRAME:
                picture, scale, offset = lines.pictures[k], 1.0, 0.0
            centers = lines.centers[k]
            pool.append(
                (
                    picture,
                    lines.labels[k],
                    None if centers is None else centers * np.float32(scale) + np.float32(offset),
                )
            )
        pool.sort(key=lambda item: item[0].shape[1])
        groups, start = [], 0
        for i in range(1, len(pool) + 1):
            if i == len(pool) or (i + 1 - start) * pool[i][0].shape[1] > columns:
                groups.append(pool[start:i])
                start = i
        rng.shuffle(groups)
        for group in groups:
            yield collate(group)
