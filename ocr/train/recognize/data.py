"""Lines for training: shards in memory, variation, and batches of similar widths with a constant number of columns."""

from __future__ import annotations

import random
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ocr.errors import InputError
from ocr.recognize.charset import Charset
from ocr.train.loop import Feed
from ocr.train.recognize.net import FRAME, Crnn

__all__ = ["HEIGHT", "Batch", "LineFeed", "LineSet", "Mix", "augment", "batches", "collate", "shards"]

HEIGHT: Final = 32
"""Pixels of a line."""
MULTIPLE: Final = 32
"""Widths of batches are multiples of this, so that a net meets few shapes."""
POOL: Final = 768
"""Lines that are sorted by width at a time."""

Grey = NDArray[np.uint8]
Item = tuple[Grey, NDArray[np.int32], NDArray[np.float32] | None]
"""A line (32, W), its classes, and each glyph's centre as a fraction of the width, if known."""


@dataclass(slots=True)
class Batch:
    """Lines padded to one width.

    Attributes:
        images: N x 1 x 32 x W in -1..1, white padding.
        labels: classes of all lines, one after another.
        label_lengths: N.
        frames: N, frames of the line without its padding.
        frame_targets: N x T classes: that of a glyph in the frame of its centre, 0 elsewhere, -1 where unknown.
    """

    images: Tensor
    labels: Tensor
    label_lengths: Tensor
    frames: Tensor
    frame_targets: Tensor


class LineSet:
    """The lines of some .npz shards: ``pixels`` (32, sum of widths), ``widths``, ``texts``, and ``centers`` if known.

    Lines that have too few frames for a CTC path, or characters outside the charset, are left out.
    """

    def __init__(self, charset: Charset) -> None:
        self.charset = charset
        self.loaded: set[Path] = set()
        self.pictures: list[Grey] = []
        self.labels: list[NDArray[np.int32]] = []
        self.centers: list[NDArray[np.float32] | None] = []
        self.texts: list[str] = []

    def __len__(self) -> int:
        return len(self.pictures)

    def load(self, paths: Sequence[Path]) -> int:
        """Add the shards that are not loaded yet, one named twice two times; returns how many lines came."""
        before = len(self)
        for path, times in sorted(Counter(paths).items()):
            if path not in self.loaded:
                self.loaded.add(path)
                self._add(*_arrays(path), times)
        return len(self) - before

    def _add(
        self, pixels: Grey, widths: NDArray[np.int64], texts: list[str], centers: NDArray[np.float32] | None, times: int
    ) -> None:
        for _ in range(times):
            left = at = 0
            for width, text in zip(widths.tolist(), texts, strict=True):
                if all(c in self.charset for c in text) and spelled_in(text, width):
                    self.pictures.append(pixels[:, left : left + width])
                    self.labels.append(np.array(self.charset.encode(text), np.int32))
                    self.centers.append(None if centers is None else centers[at : at + len(text)])
                    self.texts.append(text)
                left, at = left + width, at + len(text)


def _arrays(path: Path) -> tuple[Grey, NDArray[np.int64], list[str], NDArray[np.float32] | None]:
    """The arrays of a shard: pixels (32, sum of widths), widths, texts, and where the glyphs are, if it says so.

    Raises:
        InputError: it is damaged or no shard of lines.
    """
    try:
        with path.open("rb") as file, np.load(file) as shard:
            texts = str(shard["texts"]).split("\n")
            return shard["pixels"], shard["widths"], texts, shard.get("centers")
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise InputError(
            f"{path}: damaged or no shard of lines; delete it, or draw it again: "
            "python -m ocr.train.recognize.shards synth --help"
        ) from error


def shards(patterns: Sequence[str]) -> list[Path]:
    """The finished shards that glob patterns name, in order; relative patterns start at the current folder."""
    return [
        p
        for pattern in patterns
        for p in sorted(Path("/").glob(pattern.lstrip("/")) if pattern.startswith("/") else Path().glob(pattern))
        if ".part" not in p.name
    ]


def spelled_in(text: str, width: int) -> bool:
    """Whether a line of ``width`` columns has the frames that a CTC path of the text needs."""
    return len(text) + sum(a == b for a, b in pairwise(text)) <= width // FRAME


def augment(
    rng: random.Random, picture: Grey, strength: float, loose: float = 0.0, condensed: float = 0.0
) -> tuple[Grey, float, float]:
    """Cheap variation of a line (32, W); returns it with scale and offset of x fractions.

    ``loose`` is the share of lines that are made smaller within a crop of the same height, as table cells and labels
    are often cropped; ``condensed`` the share of those squeezed to 65 to 95 % of their width.
    """
    scale, offset = 1.0, 0.0
    if condensed and rng.random() < condensed:
        height, width = picture.shape
        size = (max(8, round(width * rng.uniform(0.65, 0.95))), height)
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA).astype(np.uint8)
    if loose and rng.random() < loose:
        picture, scale, offset = _smaller(rng, picture)
    elif rng.random() < 0.7 * strength:
        picture, scale, offset = _moved(rng, picture)
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


def _smaller(rng: random.Random, picture: Grey) -> tuple[Grey, float, float]:
    """The line at 45 to 85 % of its size, on paper of the same height."""
    h, w = picture.shape
    size = rng.uniform(0.45, 0.85)
    left, right, top = rng.uniform(0, 24), rng.uniform(0, 24), rng.uniform(0, 1 - size) * h
    width = max(8, round(w * size + left + right))
    small = cv2.resize(picture, (max(4, round(w * size)), max(4, round(h * size))), interpolation=cv2.INTER_AREA)
    y, x = min(round(top), h - small.shape[0]), round(left)
    paper = np.full((h, max(width, x + small.shape[1])), np.median(picture[[0, -1]]), np.uint8)
    paper[y : y + small.shape[0], x : x + small.shape[1]] = small
    return paper, small.shape[1] / paper.shape[1], x / paper.shape[1]


def _moved(rng: random.Random, picture: Grey) -> tuple[Grey, float, float]:
    """The line stretched or squeezed, moved up or down, with other margins."""
    h, w = picture.shape
    sx, sy = rng.uniform(0.88, 1.14), rng.uniform(0.9, 1.08)
    dy = rng.uniform(-1.6, 1.6) + (1 - sy) * h / 2
    left, right = rng.uniform(-1, 5), rng.uniform(-1, 5)
    width = max(8, round(w * sx + left + right))
    fill = int(picture[0].max()) if rng.random() < 0.5 else int(np.median(picture[:, :1]))
    matrix = np.array([[sx, 0, left], [0, sy, dy]], np.float32)
    moved = cv2.warpAffine(
        picture, matrix, (width, h), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=fill
    )
    return moved.astype(np.uint8), w * sx / width, left / width


def collate(items: Sequence[Item], frames: Callable[[int], int] = Crnn.frames) -> Batch:
    """Pad to the widest line (rounded up), normalise to -1..1, mark glyph centres.

    Args:
        items: lines with classes and centres.
        frames: frames of the net for a width.
    """
    width = -(-max(p.shape[1] for p, _, _ in items) // MULTIPLE) * MULTIPLE
    images = np.full((len(items), 1, HEIGHT, width), 255, np.uint8)
    targets = np.full((len(items), frames(width)), -1, np.int64)
    for n, (picture, labels, centers) in enumerate(items):
        images[n, 0, :, : picture.shape[1]] = picture
        if centers is not None:
            targets[n] = 0
            last = picture.shape[1] // FRAME - 1
            targets[n, (centers * picture.shape[1] / FRAME).astype(np.int64).clip(0, last)] = labels
    return Batch(
        torch.from_numpy(images).float().div_(127.5).sub_(1),
        torch.from_numpy(np.concatenate([labels for _, labels, _ in items])),
        torch.tensor([len(labels) for _, labels, _ in items], dtype=torch.int32),
        torch.tensor([frames(p.shape[1]) for p, _, _ in items], dtype=torch.int32),
        torch.from_numpy(targets),
    )


@dataclass(frozen=True, slots=True)
class Mix:
    """How batches are made of line sets.

    Attributes:
        columns: picture columns of a batch, about.
        strength: of the variation, 0..1.
        loose: share of lines made smaller within their crop.
        condensed: share of lines squeezed along the line, for recognisers that are shown narrow lines to be fast.
        frames: frames of the net for a width.
    """

    columns: int
    strength: float = 1.0
    loose: float = 0.0
    condensed: float = 0.0
    frames: Callable[[int], int] = Crnn.frames


def pool(rng: random.Random, sets: Sequence[tuple[LineSet, float]], mix: Mix) -> list[list[Item]]:
    """Lines drawn from sets by their shares: groups of similar widths in random order, a batch each."""
    items: list[Item] = []
    for lines in rng.choices([s for s, _ in sets], [w for _, w in sets], k=POOL):
        k = rng.randrange(len(lines))
        picture, scale, offset = augment(rng, lines.pictures[k], mix.strength, mix.loose, mix.condensed)
        if not spelled_in(lines.texts[k], picture.shape[1]):
            picture, scale, offset = lines.pictures[k], 1.0, 0.0
        centers = lines.centers[k]
        if centers is not None:
            centers = centers * np.float32(scale) + np.float32(offset)
        items.append((picture, lines.labels[k], centers))
    items.sort(key=lambda item: item[0].shape[1])
    groups, start = [], 0
    for i in range(1, len(items) + 1):
        if i == len(items) or (i + 1 - start) * items[i][0].shape[1] > mix.columns:
            groups.append(items[start:i])
            start = i
    rng.shuffle(groups)
    return groups


def batches(lines: LineSet, columns: int, seed: int) -> Iterator[Batch]:
    """Endless batches of varied lines, each of about ``columns`` picture columns."""
    rng, mix = random.Random(seed), Mix(columns)
    while True:
        for group in pool(rng, [(lines, 1.0)], mix):
            yield collate(group)


class LineFeed(Feed[Batch]):
    """Batches of drawn lines, and of real ones beside them once ``both`` says so.

    Args:
        drawn: lines of the shards of ``patterns[0]``.
        real: lines of the shards of ``patterns[1]``; may be empty.
        patterns: glob patterns of both; new shards are loaded at checkpoints.
        real_share: share of real lines among both.
        mix: how batches are made.
        seed: of the random order.
        both: whether real lines take part from now on; None if not yet, else the seed of the order from there on.
    """

    def __init__(
        self,
        drawn: LineSet,
        real: LineSet,
        patterns: tuple[Sequence[str], Sequence[str]],
        real_share: float,
        mix: Mix,
        seed: int,
        both: Callable[[], int | None],
    ) -> None:
        self.drawn, self.real, self.patterns = drawn, real, patterns
        self.real_share, self.mix, self.both = real_share, mix, both
        self.random, self.mixed, self.taken = random.Random(seed), False, 0
        self.before = self.random.getstate()

    def __iter__(self) -> Iterator[Batch]:
        """The batches from here on."""
        groups = self._pool()[self.taken :] if self.taken else []
        while True:
            if not self.mixed and len(self.real) and (seed := self.both()) is not None:
                self.random, self.mixed, groups = random.Random(seed), True, []
            if not groups:
                self.before, self.taken, groups = self.random.getstate(), 0, self._pool()
            self.taken += 1
            yield collate(groups.pop(0), self.mix.frames)

    def _pool(self) -> list[list[Item]]:
        share = self.real_share if self.mixed else 0.0
        sets = [(self.drawn, 1 - share), *([(self.real, share)] if self.mixed else [])]
        return pool(self.random, sets, self.mix)

    def state(self) -> dict[str, Any]:
        """The random state before the current pool, and the batches taken of it."""
        return {"random": self.before, "taken": self.taken, "mixed": self.mixed}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Continue after the last batch taken; with other shards than then the batches are others."""
        if state:
            version, words, gauss = state["random"]
            self.random.setstate((version, tuple(words), gauss))
            self.before, self.taken, self.mixed = self.random.getstate(), state["taken"], state["mixed"]

    def refresh(self) -> None:
        """Load the shards that have come since."""
        for lines, patterns in zip((self.drawn, self.real), self.patterns, strict=True):
            lines.load(shards(patterns))
