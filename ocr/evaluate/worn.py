"""What enhancement is worth for reading: worn pages read as they are, evened out and whitened, by us and by Tesseract.

    python -m ocr.evaluate.worn DATA --part dev --pages 4
    python -m ocr.evaluate.worn DATA --part dev --pages 4 --engines ocr

Pages of isri_unlv and old_books, in turn, are drawn at 200 dpi as they would look in a shadow, with stains, faded, on
grey paper, with the back showing through; not by the code that the net was trained with. ``noisyoffice`` has real
stains and folds but no text: there an engine's reading of the clean picture is what it has to find. A cell is the share
of characters that are wrong, in percent, with the pages' ground unevenness as ``--enhance auto`` sees it.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein

from ocr.page.enhance import CanEnhancer, Enhancer, Image
from ocr.page.ground import evened, unevenness
from ocr.pipeline import Reader

__all__ = ["WEAR", "worn"]

Tones = NDArray[np.float32]
Random = np.random.Generator

SCALE = 2 / 3
"""From the scans' 300 dpi to 200."""
GRAIN, QUALITY = 0.02, 70
"""Of the scanner: noise of tones 0..1, and its JPEG."""
CLEAN, REAL = "clean", "noisyoffice"
LEAST = 300
"""Characters that a page has to have."""


def _field(shape: tuple[int, ...], cells: float, rng: Random) -> Tones:
    """A smooth random surface of about unit variance with ``cells`` hills along the longer side."""
    step = max(shape) / cells
    small = rng.standard_normal((int(shape[0] / step) + 3, int(shape[1] / step) + 3), np.float32)
    return np.asarray(cv2.resize(small, shape[::-1], interpolation=cv2.INTER_CUBIC), np.float32)


def _grid(shape: tuple[int, ...]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32) / max(shape)
    return y, x


def _shadow(page: Tones, back: Tones, rng: Random) -> Tones:
    """A part of the page in shadow, the rest lit unevenly."""
    y, x = _grid(page.shape)
    angle, y0, x0 = rng.uniform(0, 2 * np.pi), rng.uniform(0.3, 0.7), rng.uniform(0.2, 0.5)
    inside = (y - y0) * np.cos(angle) - (x - x0) * np.sin(angle) + 0.02 * _field(page.shape, 3, rng)
    depth = rng.uniform(0.45, 0.75) / (1 + np.exp(-np.clip(inside / rng.uniform(0.003, 0.03), -30, 30)))
    return np.asarray(page * (1 - depth) * np.exp(0.12 * _field(page.shape, 1.5, rng)), np.float32)


def _stains(page: Tones, back: Tones, rng: Random) -> Tones:
    """Six spills with dark rims."""
    y, x = _grid(page.shape)
    light = np.full(page.shape, 0.93, np.float32)
    for _ in range(6):
        far = np.hypot(y - rng.uniform(0, y.max()), x - rng.uniform(0, x.max()))
        far = far * (1 + 0.05 * _field(page.shape, 6, rng)) - rng.uniform(0.05, 0.2)
        rim = rng.uniform(0.2, 0.5) * np.exp(-((far / rng.uniform(0.002, 0.006)) ** 2))
        light *= 1 - rim - rng.uniform(0.1, 0.4) * (far < 0) * np.exp(0.25 * _field(page.shape, 12, rng))
    return np.asarray(page * np.clip(light, 0.1, 1), np.float32)


def _faded(page: Tones, back: Tones, rng: Random) -> Tones:
    """Ink at three tenths of its strength, here more, there less."""
    ink = np.clip(0.3 + 0.08 * _field(page.shape, 6, rng), 0.14, 0.6)
    return np.asarray((1 - (1 - page) * ink) * 0.95, np.float32)


def _grey(page: Tones, back: Tones, rng: Random) -> Tones:
    """Ink of 0.35 on paper of 0.55."""
    return np.asarray((0.35 + 0.2 * page) * np.exp(0.06 * _field(page.shape, 2, rng)), np.float32)


def _back(page: Tones, back: Tones, rng: Random) -> Tones:
    """Another page, mirrored and blurred, shows through."""
    shown = np.asarray(cv2.GaussianBlur(back, (0, 0), 1.5), np.float32)[:, ::-1]
    return np.asarray(page * 0.9 * (1 - rng.uniform(0.12, 0.32) * (1 - shown)), np.float32)


WEAR: dict[str, Callable[[Tones, Tones, Random], Tones]] = {
    "shadow": _shadow, "stains": _stains, "faded": _faded, "grey paper": _grey, "show-through": _back,
}  # fmt: skip


def worn(page: Image, back: Image, wear: str, seed: int) -> Image:
    """A bilevel page as a grey scan of itself at two thirds of its size, worn; or only clean.

    Args:
        page: (H, W) of 300 dpi.
        back: another page.
        wear: a key of ``WEAR``, or ``clean``.
        seed: of what chance decides.
    """
    rng = np.random.default_rng(seed)
    small = cv2.resize(page, None, fx=SCALE, fy=SCALE, interpolation=cv2.INTER_AREA)
    if wear == CLEAN:
        return np.asarray(small, np.uint8)
    behind = cv2.resize(back, small.shape[::-1], interpolation=cv2.INTER_AREA)
    front, behind = (np.asarray(side * np.float32(1 / 255), np.float32) for side in (small, behind))
    tones = WEAR[wear](front, behind, rng)
    tones = np.asarray(cv2.GaussianBlur(tones, (0, 0), 0.6), np.float32)
    tones = tones + np.float32(GRAIN) * rng.standard_normal(tones.shape, np.float32)
    pixels = (np.clip(tones, 0, 1) * 255 + 0.5).astype(np.uint8)
    data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1]
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.uint8)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A picture to read; its text, or the clean picture whose reading counts as it."""

    wear: str
    image: Image
    truth: str | Image


def sheets(data: Path, part: str, count: int) -> Iterator[Sheet]:
    """``count`` pages with every wear, and three times as many real ones of noisyoffice."""
    chosen = [_rows(data / name / part, count // 2 + 1) for name in ("isri_unlv", "old_books")]
    rows = [row for pair in zip(*chosen, strict=True) for row in pair][: count + 1]
    for seed, ((image, text), (back, _)) in enumerate(pairwise(rows)):
        for wear in (CLEAN, *WEAR):
            yield Sheet(wear, worn(_read(Path(image)), _read(Path(back)), wear, seed), text)
    for image, target in _rows(data / REAL / part, 3 * count):
        yield Sheet(REAL, _read(Path(image)), _read(Path(target)))


def _rows(folder: Path, count: int) -> list[tuple[str, str]]:
    """Some pictures of a set with their text, or with their clean picture's path."""
    found = []
    for row in map(json.loads, (folder / "gt.jsonl").read_text(encoding="utf-8").splitlines()):
        truth = " ".join(row["text"].split()) if "text" in row else str(folder / row["target"])
        if "text" not in row or len(truth) > LEAST:
            found.append((str(folder / row["image"]), truth))
    return random.Random(11).sample(found, min(count, len(found)))


def _read(path: Path) -> Image:
    picture = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if picture is None:
        raise FileNotFoundError(f"{path}: no picture that OpenCV can read")
    return np.asarray(picture, np.uint8)


def ours() -> Callable[[Image], str]:
    """Our reader, which enhances nothing by itself and asks nobody else."""
    reader = Reader(threads=1, enhance="none", fallback="never")
    return lambda image: " ".join(reader.read(image).text.split())


def tesseract() -> Callable[[Image], str]:
    """Tesseract with one thread."""
    program = shutil.which("tesseract")
    if program is None:
        raise FileNotFoundError("tesseract is not installed; leave it out: --engines ocr")

    def read(image: Image) -> str:
        picture = cv2.imencode(".png", image)[1].tobytes()
        environment = os.environ | {"OMP_THREAD_LIMIT": "1"}
        run = subprocess.run([program, "-", "-"], input=picture, capture_output=True, check=True, env=environment)
        return " ".join(run.stdout.decode("utf-8").split())

    return read


ENGINES = {"ocr": ours, "tesseract": tesseract}


def main() -> None:
    """Print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--part", choices=("train", "dev"), default="train")
    parser.add_argument("--pages", type=int, default=4)
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=list(ENGINES))
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    methods: dict[str, Enhancer] = {
        "none": lambda image: image, "even": evened, "whiten": CanEnhancer("whiten", threads=1),
    }  # fmt: skip
    engines = {name: ENGINES[name]() for name in arguments.engines}
    wrong: dict[tuple[str, ...], int] = defaultdict(int)
    length: dict[tuple[str, ...], int] = defaultdict(int)
    uneven: dict[str, list[float]] = defaultdict(list)
    for sheet in sheets(arguments.data, arguments.part, arguments.pages):
        uneven[sheet.wear].append(unevenness(sheet.image))
        pictures = {name: method(sheet.image) for name, method in methods.items()}
        for engine, read in engines.items():
            truth = sheet.truth if isinstance(sheet.truth, str) else read(sheet.truth)
            for method, picture in pictures.items():
                wrong[sheet.wear, engine, method] += Levenshtein.distance(truth, read(picture))
                length[sheet.wear, engine, method] += len(truth)
    columns = [(engine, method) for engine in engines for method in methods]
    print("| pages | unevenness |", " | ".join(f"{engine}, {method}" for engine, method in columns), "|")
    print("|---" * (2 + len(columns)) + "|")
    for wear, values in uneven.items():
        shares = [100 * wrong[wear, *column] / max(1, length[wear, *column]) for column in columns]
        print(
            f"| {wear} | {min(values):.2f} to {max(values):.2f} |", " | ".join(f"{share:.1f}" for share in shares), "|"
        )


if __name__ == "__main__":
    main()
