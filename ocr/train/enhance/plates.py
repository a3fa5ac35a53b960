"""Clean squares of print and handwriting, which training wears out: the material of the document operators' nets.

    python -m ocr.train.enhance.plates DATA cache/enhance/plates.npz
    python -m ocr.train.enhance.plates DATA cache/enhance/plates-handwriting.npz --fonts cache/fonts/latin

The first cuts them from bilevel scans of isri_unlv and old_books (train). The second adds words in handwriting faces.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from ocr.errors import InputError
from ocr.train.enhance.operators.document import Random
from ocr.train.synth.fonts import Font, FontBook

__all__ = ["PLATE", "cut_plates"]

PLATE = 768
"""Side of a square, pixels of the scan."""
INK = (0.005, 0.4)
"""Share of ink that a square must have."""
CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.,-:/()'"
"""What a handwriting face must have."""


def cut_plates(
    data: Path, target: Path, seed: int = 1, pages: int = 300, each: int = 6, fonts: Path | None = None
) -> int:
    """Cut squares with print from bilevel training pages, one bit a pixel; returns how many.

    Args:
        data: folder of the data sets.
        target: ``.npz`` file to write; ``bits`` is (N, PLATE, PLATE / 8) uint8.
        seed: of the choice.
        pages: how many pages.
        each: squares from each page.
        fonts: folder of fonts; half as many squares again are filled with words in its handwriting faces.

    Raises:
        InputError: no page gave a square.
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
            if INK[0] < 1 - square.mean() < INK[1]:
                bits.append(np.packbits(square, axis=1))
    if fonts is not None:
        words = (data / "text" / "eng.wordlist").read_text("utf-8").split()[:5000]
        faces = [face for family in FontBook([fonts], CHARACTERS).kinds["script"].values() for face in family]
        bits += [_handwriting(faces, words, rng) for _ in range(len(bits) // 2)]
    if not bits:
        raise InputError(f"{data}: no page of isri_unlv/train or old_books/train gave a square with print")
    target.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(target, bits=np.stack(bits))
    return len(bits)


def _handwriting(faces: Sequence[Font], words: Sequence[str], rng: Random) -> NDArray[np.uint8]:
    """Lines of words in a handwriting face, bent, with a fine or a broad pen; bits as in ``cut_plates``."""
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


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--fonts", type=Path, help="folder with handwriting faces")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    print(cut_plates(arguments.data, arguments.target, arguments.seed, fonts=arguments.fonts), "squares")
