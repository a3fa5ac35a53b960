"""Training crops of the enhancement nets: worn pages and photographs, each with the result of an operator.

``DocumentCrops`` are for the full-resolution net (:class:`ocr.train.enhance.net.Can`); ``PageCrops`` and ``PhotoCrops``
for the nets that change a start worked out in ``ocr.page.enhance_base`` (:class:`ocr.train.enhance.net.PhotoCan`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from ocr.errors import InputError
from ocr.page.enhance import DOCUMENT_OPERATORS
from ocr.page.enhance_base import PLANES, WHOLE, Base, among, base_of
from ocr.page.tones import Picture
from ocr.train.enhance.figures import input_of
from ocr.train.enhance.operators.document import Random, wear
from ocr.train.enhance.pictures import read_rgb, strength_of
from ocr.train.enhance.plates import PLATE

__all__ = [
    "ConditionedSample",
    "DocumentCrops",
    "OperatorSample",
    "PageCrops",
    "PhotoCrops",
    "condition_of",
    "starts",
    "turned",
]

OPERATOR_SHARES = {"whiten": 0.34, "binarize": 0.24, "denoise": 0.14, "deblur": 0.14, "contrast": 0.14}
PAIRED = ("whiten", "binarize")
"""Operators whose results the real pairs give."""
INSERTED = 400
"""Shorter side of photographs that are pasted into pages, pixels."""
MOST_PLANES = max(PLANES.values())
"""Planes that any operator changes or needs to change them."""

ConditionedSample = tuple[Tensor, Tensor, Tensor]
"""Page (3, side, side), target (3, side, side) and the operator, marked in (K,)."""
OperatorSample = tuple[Tensor, ...]
"""What the net sees (C, side, side), the planes that are changed (P, side, side), the target (3, side, side), the
scale (3, 1, 1), the strength, and the index of the operator."""


def condition_of(operators: Sequence[str], operator: str) -> NDArray[np.float32]:
    """What tells a net its operator: one of ``operators`` marked, (K,)."""
    return np.array([name == operator for name in operators], np.float32)


class DocumentCrops(Dataset[ConditionedSample]):
    """Endless worn crops, each with the result that a random document operator should have.

    Args:
        plates: what ``ocr.train.enhance.plates`` wrote.
        photographs: image files to paste into pages.
        pairs: ``gt.jsonl`` of real worn pages with their clean ``target``; ``None`` for none.
        side: of a crop, pixels.
        seed: with the index it determines a sample.
        paired: share of real pairs for the operators whose result they give.
    """

    def __init__(
        self,
        plates: Path,
        photographs: Sequence[Path],
        pairs: Path | None,
        side: int,
        seed: int,
        paired: float = 0.2,
    ) -> None:
        self.bits: NDArray[np.uint8] = np.load(plates)["bits"]
        self.pictures = [_reduced(read_rgb(path), INSERTED) for path in photographs]
        self.pairs: list[tuple[Picture, Picture]] = []
        if pairs is not None:
            for row in map(json.loads, pairs.read_text("utf-8").splitlines()):
                self.pairs.append((read_rgb(pairs.parent / row["image"]), read_rgb(pairs.parent / row["target"])))
        self.side, self.seed, self.paired = side, seed, paired

    def __getitem__(self, index: int) -> ConditionedSample:
        page, target, operator, rng = self.crop(index)
        both = turned(np.concatenate([page, target], 2), rng)
        return both[:3], both[3:], torch.from_numpy(condition_of(DOCUMENT_OPERATORS, operator))

    def crop(self, index: int) -> tuple[Picture, Picture, str, Random]:
        """Worn page and target (``side``, ``side``, 3), 0..1, the operator, and the random generator."""
        rng = np.random.default_rng((self.seed, index))
        operator = str(rng.choice(DOCUMENT_OPERATORS, p=[OPERATOR_SHARES[name] for name in DOCUMENT_OPERATORS]))
        if self.pairs and operator in PAIRED and rng.random() < self.paired:
            page, target = self.pair(operator, rng)
        else:
            worn = wear(self.clean(rng), self.plate(rng), rng)
            page, target = worn.page, worn.target(operator)
        return page, target, operator, rng

    def plate(self, rng: Random) -> Picture:
        """Print or handwriting (``side``, ``side``) as of 105 to 600 dpi; paper is 1."""
        rows = self.bits[rng.integers(len(self.bits))]
        scale = np.exp(rng.uniform(np.log(0.35), np.log(2)))
        size = min(PLATE, round(self.side / scale))
        top, left = rng.integers(0, PLATE - size + 1, 2)
        square = np.unpackbits(rows[top : top + size], axis=1)[:, left : left + size] * np.float32(1)
        return np.asarray(cv2.resize(square, (self.side, self.side), interpolation=cv2.INTER_AREA), np.float32)

    def clean(self, rng: Random) -> Picture:
        """A clean page (``side``, ``side``, 3): print, sometimes in colour, with pictures, panels and stamps."""
        ink = rng.uniform(0, 0.15) * np.ones(3, np.float32)
        if rng.random() < 0.25:
            ink = rng.uniform(0, 0.55, 3).astype(np.float32)
        page = np.ones((self.side, self.side, 3), np.float32)
        if rng.random() < 0.15:
            self._panel(page, rng)
        page *= ink + (1 - ink) * self.plate(rng)[..., None]
        if self.pictures and rng.random() < 0.2:
            self._picture(page, rng)
        if rng.random() < 0.2:
            page *= _stamp(self.side, rng)
        return np.asarray(page, np.float32)

    def _box(self, rng: Random) -> tuple[slice, slice]:
        low, high = np.sort(rng.integers(-self.side // 4, self.side + self.side // 4, (2, 2)), axis=0).clip(0)
        return slice(low[0], high[0] + 2), slice(low[1], high[1] + 2)

    def _panel(self, page: Picture, rng: Random) -> None:
        page[self._box(rng)] = rng.uniform(0.2, 1, 3)

    def _picture(self, page: Picture, rng: Random) -> None:
        box = page[self._box(rng)]
        photograph = self.pictures[rng.integers(len(self.pictures))]
        height, width = (min(a, b) for a, b in zip(box.shape, photograph.shape[:2], strict=False))
        top, left = (int(rng.integers(0, a - b + 1)) for a, b in zip(photograph.shape, (height, width), strict=False))
        box[:height, :width] = photograph[top : top + height, left : left + width]

    def pair(self, operator: str, rng: Random) -> tuple[Picture, Picture]:
        """A crop of a real worn page and of its clean one."""
        pages = self.pairs[rng.integers(len(self.pairs))]
        size = round(self.side * rng.uniform(0.8, 1.25))
        top, left = (int(rng.integers(0, max(1, edge - size))) for edge in pages[0].shape[:2])
        page, target = (
            np.asarray(cv2.resize(p[top : top + size, left : left + size], (self.side,) * 2), np.float32) for p in pages
        )
        return page, (target > 0.5).astype(np.float32) if operator == "binarize" else target


class PageCrops(Dataset[OperatorSample]):
    """Endless worn crops in the form of ``PhotoCrops``, of the document operators in random order.

    Args:
        documents: the crops.
    """

    def __init__(self, documents: DocumentCrops) -> None:
        self.documents = documents

    @property
    def planes(self) -> int:
        """Channels of the net's input."""
        return len(self[0][0])

    def __getitem__(self, index: int) -> OperatorSample:
        page, target, operator, rng = self.documents.crop(index)
        image = (np.clip(page, 0, 1) * 255 + 0.5).astype(np.uint8)
        planes = base_of(operator, image, 1.0).planes(WHOLE)
        seen = among(DOCUMENT_OPERATORS, operator, planes)
        parts = turned(np.concatenate([seen, planes, target], 2).astype(np.float32), rng)
        split = parts[: seen.shape[2]], parts[seen.shape[2] : -3], parts[-3:]
        which = torch.tensor(DOCUMENT_OPERATORS.index(operator))
        return (*split, torch.ones(3, 1, 1), torch.tensor(1.0), which)


def starts(pictures: Path, operator: str, count: int = 0) -> Iterator[tuple[Path, Picture, Base]]:
    """Files of an operator's results, each with the picture (H, W, 3) it was run on and the net's start there.

    Args:
        pictures: folder that ``ocr.train.enhance.pictures`` wrote.
        operator: its name.
        count: about how many, evenly spaced; 0 takes all.
    """
    files = sorted((pictures / operator).glob("*.png"))
    for file in files[:: max(1, len(files) // count) if count else 1]:
        picture = read_rgb(input_of(file))
        yield file, picture, base_of(operator, (picture * 255 + 0.5).astype(np.uint8), strength_of(operator, file))


class PhotoCrops(Dataset[OperatorSample]):
    """Endless crops of photographs, of the operators in turn.

    Args:
        pictures: folder that ``ocr.train.enhance.pictures`` wrote.
        operators: whose results are the targets.
        side: of a crop, pixels.
        seed: with the index it determines a sample.

    Raises:
        InputError: an operator has no results of that size.
    """

    def __init__(self, pictures: Path, operators: Sequence[str], side: int, seed: int) -> None:
        self.operators, self.side, self.seed = operators, side, seed
        self.shots: list[list[tuple[Picture, Picture, Picture, float]]] = [[] for _ in operators]
        for shots, operator in zip(self.shots, operators, strict=True):
            for file, picture, base in starts(pictures, operator):
                if min(picture.shape[:2]) >= side:
                    planes, target = base.planes(WHOLE).astype(np.float16), read_rgb(file).astype(np.float16)
                    shots.append((planes, target, base.scale, strength_of(operator, file)))
            if not shots:
                raise InputError(
                    f"{pictures / operator}: no results of {side} x {side} pixels or more; run: "
                    f"python -m ocr.train.enhance.pictures PHOTOGRAPHS {pictures} --shorter 320 1440 --window 448"
                )

    @property
    def planes(self) -> int:
        """Channels of the net's input."""
        return int(among(self.operators, self.operators[0], self.shots[0][0][0]).shape[2])

    def __getitem__(self, index: int) -> OperatorSample:
        rng = np.random.default_rng((self.seed, index))
        which = index % len(self.operators)
        planes, target, scale, strength = self.shots[which][int(rng.integers(len(self.shots[which])))]
        top, left = (int(rng.integers(0, edge - self.side + 1)) for edge in target.shape[:2])
        window = slice(top, top + self.side), slice(left, left + self.side)
        seen = among(self.operators, self.operators[which], planes[window])
        own = np.zeros((self.side, self.side, MOST_PLANES), np.float16)
        own[..., : planes.shape[2]] = planes[window]
        parts = turned(np.concatenate([seen, own, target[window]], 2).astype(np.float32), rng)
        tones = parts[: -MOST_PLANES - 3], parts[-MOST_PLANES - 3 : -3], parts[-3:]
        return (*tones, torch.from_numpy(scale[:, None, None]), torch.tensor(strength), torch.tensor(which))


def _stamp(side: int, rng: Random) -> Picture:
    """A coloured ring, box or signature to multiply a page with."""
    drawn = np.zeros((side, side), np.uint8)
    centre = tuple(int(v) for v in rng.integers(0, side, 2))
    size, width = int(rng.integers(side // 10, side // 3)), int(rng.integers(1, 6))
    kind = rng.integers(0, 3)
    if kind == 0:
        cv2.circle(drawn, centre, size, 255, width, cv2.LINE_AA)
        cv2.putText(drawn, "PAID", (centre[0] - size // 2, centre[1]), cv2.FONT_HERSHEY_PLAIN, size / 20, 255, 2)
    elif kind == 1:
        corners = cv2.boxPoints((centre, (2 * size, size), float(rng.uniform(-30, 30))))
        cv2.polylines(drawn, [corners.astype(np.int32)], True, 255, width, cv2.LINE_AA)
    else:
        points = np.cumsum(rng.normal(0, size / 4, (12, 2)), axis=0) + centre
        cv2.polylines(drawn, [points.astype(np.int32)], False, 255, max(1, width // 2), cv2.LINE_AA)
    ink = np.where(np.arange(3) == rng.integers(0, 3), rng.uniform(0.5, 1), rng.uniform(0, 0.4, 3))
    cover = drawn[..., None] * np.float32(1 / 255)
    return np.asarray(1 - cover * rng.uniform(0.5, 1) * (1 - ink), np.float32)


def turned(picture: Picture, rng: Random) -> Tensor:
    """A picture (H, W, C) turned and mirrored at random, as (C, H, W)."""
    picture = np.rot90(picture, int(rng.integers(0, 4)))
    if rng.random() < 0.5:
        picture = picture[:, ::-1]
    return torch.from_numpy(np.ascontiguousarray(picture.transpose(2, 0, 1)))


def _reduced(picture: Picture, shorter: int) -> Picture:
    scale = min(1.0, shorter / min(picture.shape[:2]))
    return np.asarray(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.float32)
