"""Results of the reference operators on photographs: pictures to train the operators' nets on and to measure them with.

    python -m ocr.train.enhance.pictures PHOTOGRAPHS cache/enhance/train --shorter 320 1440 --window 448 --seed 1
    python -m ocr.train.enhance.pictures HELD-OUT cache/enhance/test --shorter 1080 1080

The first scales every photograph to a random resolution and cuts a random window of 448 x 448 pixels, from then on a
picture of its own; other seeds give other windows. The second keeps whole photographs at 1080p. Operators run at the
strength that their authors published; with ``--strength any`` at a random one as well.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from ocr.errors import InputError
from ocr.page.enhance_base import PUBLISHED
from ocr.page.tones import Picture
from ocr.train.enhance.figures import strength_named
from ocr.train.enhance.operators import REFERENCES
from ocr.train.loop import append

__all__ = ["cut", "read_rgb", "run_operator", "strength_of"]


def read_rgb(path: Path) -> Picture:
    """An image file as (H, W, 3), 0..1.

    Raises:
        InputError: the file is missing or not an image that OpenCV reads.
    """
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if picture is None:
        raise InputError(f"{path}: missing or not an image; check the folders named in the configuration")
    return np.asarray(picture[..., ::-1], np.float32) / 255


def cut(photograph: Path, target: Path, shorter: tuple[int, int], window: int, seed: int) -> Path:
    """Write ``target/input/NAME-SEED.png``, the photograph scaled down and cut; returns its path.

    Args:
        photograph: image file.
        target: folder.
        shorter: range of the scaled photograph's shorter side, pixels.
        window: side of the square that is kept, pixels; 0 keeps all.
        seed: with the photograph's name it determines scale and square.
    """
    file = target / "input" / f"{photograph.stem}-{seed}.png"
    rng = np.random.default_rng((seed, *photograph.stem.encode()))
    picture = read_rgb(photograph)
    scale = min(1.0, np.exp(rng.uniform(*np.log(shorter))) / min(picture.shape[:2]))
    picture = np.asarray(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.float32)
    if window:
        top, left = (int(rng.integers(0, max(1, side - window + 1))) for side in picture.shape[:2])
        picture = picture[top : top + window, left : left + window]
    _write(file, picture)
    return file


def run_operator(operator: str, picture: Path, target: Path, strength: float | None = None) -> None:
    """Write ``target/OPERATOR/NAME-SEED.png`` and a line of ``target/seconds.csv``.

    Args:
        operator: its name.
        picture: file of ``target/input``.
        target: folder.
        strength: 0..1, and the file is ``NAME-SEED@STRENGTH.png``; ``None`` is the published one.
    """
    file = target / operator / (picture.name if strength is None else f"{picture.stem}@{strength:.2f}.png")
    if file.exists():
        return
    image = read_rgb(picture)
    start = time.process_time()
    result = REFERENCES[operator](image, strength_of(operator, file))
    seconds = time.process_time() - start
    _write(file, result)
    megapixels = round(image[..., 0].size / 1e6, 3)
    append(target / "seconds.csv", {"operator": operator, "picture": file.stem, "megapixels": megapixels,
                                    "seconds": round(seconds, 2)})  # fmt: skip


def strength_of(operator: str, file: Path) -> float:
    """The strength at which the result in a file was made."""
    strength = strength_named(file)
    return PUBLISHED[operator] if strength is None else strength


def _write(file: Path, picture: Picture) -> None:
    """Write a picture (H, W, 3), 0..1; the file appears whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_suffix(".part.png")
    cv2.imwrite(str(part), np.ascontiguousarray((np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8)[..., ::-1]))
    part.replace(file)


def main(arguments: Sequence[str] | None = None) -> None:
    """Cut, then run one operator after the other; files that exist are kept."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photographs", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--shorter", type=int, nargs=2, required=True, help="range of the shorter side, pixels")
    parser.add_argument("--window", type=int, default=0, help="side of the square that is kept, pixels; 0 keeps all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--operators", nargs="+", choices=sorted(REFERENCES), default=list(REFERENCES))
    parser.add_argument("--strength", nargs="+", default=[], metavar="S",
                        help="also at these strengths, 0..1, or 'any': a random one for each picture")  # fmt: skip
    options = parser.parse_args(arguments)
    cv2.setNumThreads(1)
    pictures = [
        cut(photograph, options.target, tuple(options.shorter), options.window, options.seed)
        for photograph in sorted(options.photographs.iterdir())
    ]
    for operator in options.operators:
        for picture in pictures:
            run_operator(operator, picture, options.target)
            for strength in options.strength:
                drawn = random.Random(f"{operator} {picture.stem}").random()
                run_operator(operator, picture, options.target, drawn if strength == "any" else float(strength))


if __name__ == "__main__":
    main()
