"""Figures of the operator nets: closeness to the reference operators, binarization, and time.

    python -m ocr.train.enhance.figures operators cache/enhance/test [--strength 0.25] [--joint] [--models FOLDER]
    python -m ocr.train.enhance.figures pages DATA/dibco/dev/gt.jsonl --operator binarize [--models FOLDER]
    python -m ocr.train.enhance.figures speed photograph.jpg

The first reads what ``ocr.train.enhance.pictures`` wrote and prints PSNR and SSIM of each operator's net, beside those
of the unchanged picture. The second compares pages with their clean ``target``: PSNR, and F-measure of the ink as in
DIBCO, beside Otsu's and Sauvola's thresholds. The third measures the time of nets and reference operators on a picture
of 1920 x 1080.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr import weights
from ocr.errors import InputError
from ocr.page.enhance import JOINT, MODELS, OPERATORS, PHOTOGRAPHIC_OPERATORS, CanEnhancer, Enhancer, Image
from ocr.page.enhance_base import PUBLISHED
from ocr.page.tones import local_threshold

Row = tuple[str, ...]
"""Cells of a table."""

__all__ = ["closeness", "f_measure", "input_of", "otsu", "psnr", "sauvola", "ssim", "strength_named"]


def psnr(image: Image, target: Image) -> float:
    """Peak signal-to-noise ratio in dB; 100 for equal images."""
    error = float(np.mean((image.astype(np.float64) - target) ** 2))
    return 10 * float(np.log10(255**2 / max(error, 255**2 * 1e-10)))


def ssim(image: Image, target: Image) -> float:
    """Structural similarity of grey levels in a Gaussian window of 1.5 pixels: Wang et al. 2004."""

    def blur(picture: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(cv2.GaussianBlur(picture, (11, 11), 1.5), np.float64)

    a, b = (np.asarray(_grey(picture), np.float64) for picture in (image, target))
    mean_a, mean_b = blur(a), blur(b)
    variance_a, variance_b = blur(a * a) - mean_a**2, blur(b * b) - mean_b**2
    covariance = blur(a * b) - mean_a * mean_b
    light, contrast = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    similarity = (2 * mean_a * mean_b + light) * (2 * covariance + contrast)
    similarity /= (mean_a**2 + mean_b**2 + light) * (variance_a + variance_b + contrast)
    return float(similarity.mean())


def f_measure(image: Image, target: Image) -> float:
    """F1 of ink pixels, in percent; ink is darker than 128."""
    found, true = _grey(image) < 128, _grey(target) < 128
    return 200 * float((found & true).sum()) / max(1, float(found.sum() + true.sum()))


def otsu(image: Image) -> Image:
    """The page binarized with one threshold: Otsu 1979."""
    return np.asarray(cv2.threshold(_grey(image), 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)[1], np.uint8)


def sauvola(image: Image, window: int = 51, k: float = 0.2) -> Image:
    """The page binarized with a threshold for each pixel, from mean and spread around it: Sauvola, Pietikäinen 2000."""
    light = _grey(image) / np.float32(255)
    return np.where(light > local_threshold(light, window, k), 255, 0).astype(np.uint8)


def _grey(image: Image) -> Image:
    return image if image.ndim == 2 else np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.uint8)


def _read(path: Path) -> Image:
    """An image file as (H, W, 3) bytes.

    Raises:
        InputError: the file is missing or not an image that OpenCV reads.
    """
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if picture is None:
        raise InputError(f"{path}: missing or not an image")
    return np.ascontiguousarray(picture[..., ::-1], np.uint8)


def closeness(
    operator: str, pictures: Path, strength: float | None = None, model: Path | None = None
) -> NDArray[np.float64]:
    """PSNR and SSIM of a net against the reference, then of the unchanged picture; means over the pictures, (4,).

    Args:
        operator: its name.
        pictures: folder that ``ocr.train.enhance.pictures`` wrote.
        strength: of the reference; ``None`` is the published one.
        model: file of the net; ``None`` is the shipped one.

    Raises:
        InputError: the folder has no results of the operator at that strength.
    """
    net, figures = CanEnhancer(operator, strength, threads=1, path=model), []
    files = _results(operator, pictures, strength)
    if not files:
        raise InputError(f"{pictures / operator}: no results; run: python -m ocr.train.enhance.pictures")
    for file in files:
        image, target = _read(input_of(file)), _read(file)
        figures.append([measure(picture, target) for picture in (net(image), image) for measure in (psnr, ssim)])
    return np.asarray(np.mean(figures, axis=0))


def _results(operator: str, pictures: Path, strength: float | None) -> list[Path]:
    """Files of an operator's results at a strength; ``None`` is the published one."""
    wanted = None if strength is None else round(strength, 2)
    return [file for file in sorted((pictures / operator).glob("*.png")) if strength_named(file) == wanted]


def input_of(file: Path) -> Path:
    """The input of the result in ``DIR/OPERATOR/NAME.png`` or ``DIR/OPERATOR/NAME@STRENGTH.png``."""
    return file.parent.parent / "input" / f"{file.stem.partition('@')[0]}.png"


def strength_named(file: Path) -> float | None:
    """The strength in such a file's name; ``None`` is the published one."""
    _, _, strength = file.stem.partition("@")
    return float(strength) if strength else None


def compare_operators(pictures: Path, strength: float | None, models: Path | None, joint: bool) -> Iterator[Row]:
    """A row for each operator that has results and a net: the figures of ``closeness``; then a row of their means."""
    rows = []
    for operator in PHOTOGRAPHIC_OPERATORS:
        model = _file(operator, models, joint)
        if model.exists() and _results(operator, pictures, strength):
            rows.append(closeness(operator, pictures, strength, model))
            yield _row(operator, rows[-1])
    if rows:
        yield _row("mean", np.mean(rows, axis=0))


def _row(name: str, figures: NDArray[np.float64]) -> tuple[str, ...]:
    return name, f"{figures[0]:.1f}", f"{figures[1]:.3f}", f"{figures[2]:.1f}", f"{figures[3]:.3f}"


def _file(operator: str, models: Path | None, joint: bool = False) -> Path:
    return (models or weights.folder()) / f"{JOINT if joint else MODELS[operator]}.onnx"


def _net(operator: str, models: Path | None) -> CanEnhancer:
    return CanEnhancer(operator, threads=1, path=_file(operator, models))


def compare_pages(path: Path, operator: str, net: Enhancer) -> Iterator[Row]:
    """A row for each method: mean PSNR and mean F-measure against the clean targets."""
    methods: dict[str, Enhancer] = {
        "unchanged": lambda image: image,
        "otsu": otsu,
        "sauvola": sauvola,
        operator: net,
    }
    figures: dict[str, list[tuple[float, float]]] = {name: [] for name in methods}
    for row in map(json.loads, path.read_text("utf-8").splitlines()):
        page, target = _read(path.parent / row["image"]), _grey(_read(path.parent / row["target"]))
        for name, method in methods.items():
            result = _grey(method(page))
            figures[name].append((psnr(result, target), f_measure(result, target)))
    for name, values in figures.items():
        mean = np.mean(values, axis=0)
        yield name, f"{mean[0]:.2f}", f"{mean[1]:.2f}"


def compare_speed(path: Path, operators: Sequence[str], models: Path | None) -> Iterator[Row]:
    """A row for each operator: milliseconds of net and reference at 1920 x 1080 on one thread, and their ratio."""
    from ocr.train.enhance.operators import REFERENCES

    image = np.asarray(cv2.resize(_read(path), (1920, 1080), interpolation=cv2.INTER_AREA), np.uint8)
    picture = image / np.float32(255)
    for operator in operators:
        ours = _seconds(partial(_net(operator, models), image), 3)
        theirs = _seconds(partial(REFERENCES[operator], picture, PUBLISHED[operator]), 1)
        yield operator, f"{1000 * ours:.0f}", f"{1000 * theirs:.0f}", f"{theirs / ours:.1f}"


def _seconds(run: Callable[[], object], repeat: int) -> float:
    """Processor time of the fastest of some runs; other programs disturb it less than the clock."""
    times = []
    for _ in range(repeat):
        start = time.process_time()
        run()
        times.append(time.process_time() - start)
    return min(times)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("operators", "pages", "speed"))
    parser.add_argument("path", type=Path)
    parser.add_argument("--operator", choices=OPERATORS, default="binarize", help="for pages")
    parser.add_argument("--operators", nargs="+", choices=PHOTOGRAPHIC_OPERATORS, default=PHOTOGRAPHIC_OPERATORS,
                        help="for speed")  # fmt: skip
    parser.add_argument("--strength", type=float, help="for operators: other than the published one")
    parser.add_argument("--joint", action="store_true", help="for operators: of the net for all of them")
    parser.add_argument("--models", type=Path, help="folder of the nets; by default the shipped ones")
    options = parser.parse_args(arguments)
    path, models = options.path, options.models
    cv2.setNumThreads(1)
    heads = {
        "operators": ("operator", "PSNR", "SSIM", "PSNR of the unchanged picture", "SSIM"),
        "pages": ("method", "PSNR", "F-measure"),
        "speed": ("operator", "net, ms", "reference, ms", "times as long"),
    }
    rows = {
        "operators": lambda: compare_operators(path, options.strength, models, options.joint),
        "pages": lambda: compare_pages(path, options.operator, _net(options.operator, models)),
        "speed": lambda: compare_speed(path, options.operators, models),
    }
    head = heads[options.what]
    print("|", " | ".join(head), "|\n|" + "---|" * len(head))
    for row in rows[options.what]():
        print("|", " | ".join(row), "|", flush=True)


if __name__ == "__main__":
    main()
