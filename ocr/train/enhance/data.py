"""Crops to train the document net on: worn pages beside what each operator should make of them.

    python -m ocr.train.enhance.data DATA cache/enhance/plates.npz [--fonts FOLDER]

This cuts clean squares from the bilevel scans among the training pages, and writes some; wear is drawn in training.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from torch import Tensor
from torch.utils.data import Dataset

from ocr.page.enhance import DOCUMENT_OPERATORS, condition_of
from ocr.train.enhance.operators.document import Random, wear
from ocr.train.enhance.operators.grid import Picture
from ocr.train.synth.fonts import Font, FontBook

__all__ = ["DocumentCrops", "Sample", "cut_plates", "read_rgb", "turned"]

PLATE = 768
"""Side of a clean square, pixels of the scan."""

FACES = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.,-:/()'"
"""What handwriting is drawn of."""

SHARE = {"whiten": 0.34, "binarize": 0.24, "denoise": 0.14, "deblur": 0.14, "contrast": 0.14}
PAIRED = ("whiten", "binarize")
"""Operators whose targets the real pairs give."""

Sample = tuple[Tensor, Tensor, Tensor]


def cut_plates(
    data: Path, target: Path, seed: int = 1, pages: int = 300, each: int = 6, fonts: Path | None = None
) -> int:
    """Cut squares with print from the bilevel training pages, one bit a pixel; returns how many.

    Args:
        data: folder with the labelled sets.
        target: ``.npz`` with ``bits`` (N, PLATE, PLATE / 8).
        seed: of the choice.
        pages: how many pages.
        each: squares a page.
        fonts: folder with faces; half as many squares are written in those like handwriting.
    """
    rng = np.random.default_rng(seed)
    images = []
    for name in ("isri_unlv", "old_books"):
        path = data / name / "train" / "gt.jsonl"
        images += [path.parent / json.loads(line)["image"] for line in path.read_text("utf-8").splitlines()]
    bits = []
    for index in rng.permutation(len(images))[:pages]:
        page = cv2.imread(str(images[index]), cv2.IMREAD_GRAYSCALE)
        if page is None or min(page.shape) <= PLATE:
            continue
        for _ in range(each):
            top, left = (int(rng.integers(0, side - PLATE)) for side in page.shape)
            square = page[top : top + PLATE, left : left + PLATE] > 127
            if 0.005 < 1 - square.mean() < 0.4:
                bits.append(np.packbits(square, axis=1))
    if fonts is not None:
        words = (data / "text" / "eng.wordlist").read_text("utf-8").split()[:5000]
        faces = [face for family in FontBook([fonts], FACES).kinds["script"].values() for face in family]
        bits += [_handwriting(faces, words, rng) for _ in range(len(bits) // 2)]
    target.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(target, bits=np.stack(bits))
    return len(bits)


def _handwriting(faces: Sequence[Font], words: Sequence[str], rng: Random) -> NDArray[np.uint8]:
    """Lines in a face like handwriting, bent, with a fine or a broad pen; bits as in ``cut_plates``."""
    size = float(np.exp(rng.uniform(np.log(36), np.log(150))))
    face = faces[int(rng.integers(len(faces)))].at(round(size))
    canvas = Image.new("L", (PLATE, PLATE), 255)
    pen = ImageDraw.Draw(canvas)
    for row in range(int(PLATE / size) + 1):
        line = " ".join(rng.choice(words, 12))
        place = (float(rng.uniform(-2, 1) * size), row * size * float(rng.uniform(0.95, 1.1)))
        pen.text(place, line, font=face, fill=0, stroke_width=int(rng.uniform(0, 0.04) * size))
    y, x = np.mgrid[:PLATE, :PLATE].astype(np.float32)
    knots = rng.normal(0, 0.05 * size, (2, 9, 9)).astype(np.float32)
    along, down = (cv2.resize(grid, (PLATE, PLATE), interpolation=cv2.INTER_CUBIC) for grid in knots)
    bent = cv2.remap(np.asarray(canvas), x + along, y + down, cv2.INTER_LINEAR, borderValue=255)
    return np.packbits(bent > 127, axis=1)


class DocumentCrops(Dataset[Sample]):
    """Endless worn crops with the target of a random document operator.

    Args:
        plates: what ``cut_plates`` wrote.
        photographs: pictures to paste into pages; files.
        pairs: ``gt.jsonl`` of real worn pages with their clean ``target``; empty for none.
        side: pixels of a crop.
        seed: with an index it makes a sample.
        paired: share of real pairs where they have the target.
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
        self.pictures = [_small(read_rgb(path), 400) for path in photographs]
        self.pairs: list[tuple[Picture, Picture]] = []
        if pairs is not None:
            for row in map(json.loads, pairs.read_text("utf-8").splitlines()):
                self.pairs.append((read_rgb(pairs.parent / row["image"]), read_rgb(pairs.parent / row["target"])))
        self.side, self.seed, self.paired = side, seed, paired

    def __getitem__(self, index: int) -> Sample:
        page, target, operator, rng = self.crop(index)
        return _sample(page, target, condition_of(DOCUMENT_OPERATORS, operator), rng)

    def crop(self, index: int) -> tuple[Picture, Picture, str, Random]:
        """Worn page and target (``side``, ``side``, 3), 0..1, the operator, and the chance that drew them."""
        rng = np.random.default_rng((self.seed, index))
        operator = str(rng.choice(DOCUMENT_OPERATORS, p=[SHARE[name] for name in DOCUMENT_OPERATORS]))
        if self.pairs and operator in PAIRED and rng.random() < self.paired:
            page, target = self.pair(operator, rng)
        else:
            worn = wear(self.clean(rng), self.plate(rng), rng)
            page, target = worn.page, worn.target(operator)
        return page, target, operator, rng

    def plate(self, rng: Random) -> Picture:
        """Print and handwriting at 105 to 600 dpi (``side``, ``side``), paper 1."""
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


def _sample(page: Picture, target: Picture, condition: NDArray[np.float32], rng: Random) -> Sample:
    """Turned and mirrored by chance, as tensors."""
    both = turned(np.concatenate([page, target], 2), rng)
    return both[:3], both[3:], torch.from_numpy(condition)


def turned(picture: Picture, rng: Random) -> Tensor:
    """A picture (H, W, C) turned and mirrored by chance, as (C, H, W)."""
    picture = np.rot90(picture, int(rng.integers(0, 4)))
    if rng.random() < 0.5:
        picture = picture[:, ::-1]
    return torch.from_numpy(np.ascontiguousarray(picture.transpose(2, 0, 1)))


def read_rgb(path: Path) -> Picture:
    """A picture file as (H, W, 3), 0..1."""
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if picture is None:
        raise FileNotFoundError(f"{path}: no picture that OpenCV can read")
    return np.asarray(picture[..., ::-1], np.float32) / 255


def _small(picture: Picture, shorter: int) -> Picture:
    scale = min(1.0, shorter / min(picture.shape[:2]))
    return np.asarray(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.float32)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--fonts", type=Path, help="folder with faces like handwriting")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    print(cut_plates(arguments.data, arguments.target, arguments.seed, fonts=arguments.fonts), "squares")
