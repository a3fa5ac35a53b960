"""Put trained operator nets into ``models/``: weights, figures, loss curve, manifest entry.

    python -m ocr.train.enhance.publish document RUN --data data
    python -m ocr.train.enhance.publish whiten models/training/enhance-whiten.pt --data data
    python -m ocr.train.enhance.publish photo RUN --operators l0 rof --checks cache/enhance/test cache/enhance/second

The first takes the folder of ``ocr.train.enhance.trainer``; that net stays in floating point: it is 0.2 MB. The
second makes of its published weights a net for ``whiten`` alone, which is int8 and twice as fast. The third
takes the folder of ``ocr.train.enhance.photo``; its nets are int8, 0.08 MB each. A joint run's net becomes
``enhance-photo``.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from ocr.export.metadata import describe
from ocr.metadata import read_metadata
from ocr.page.enhance import (
    DOCUMENT_OPERATORS,
    JOINT,
    MODELS,
    PAGES,
    PHOTOGRAPHIC_OPERATORS,
    CanEnhancer,
    condition_of,
)
from ocr.page.enhance_base import REACH, among
from ocr.train.checkpoint import load
from ocr.train.config import read_config
from ocr.train.enhance.data import read_rgb
from ocr.train.enhance.export import export, export_one
from ocr.train.enhance.figures import closeness, compare_pages
from ocr.train.enhance.net import Can, PhotoCan, fixed
from ocr.train.enhance.operators.document import wear
from ocr.train.enhance.pages import PageConfig, PageCrops
from ocr.train.enhance.photo import PhotoConfig, folder_of, starts
from ocr.train.registry import register

PHOTOGRAPHS = (
    "photographs of Debian's mate-backgrounds, lomiri-wallpapers-16.04 and -20.04 (CC BY, CC BY-SA, CC0, GPL)",
    "pictures of scikit-image and scikit-learn (CC0, public domain, CC BY)",
)
TRAINED_ON = {
    "enhance-doc": (
        "isri_unlv/train and old_books/train, worn by drawing",
        "noisyoffice/train (CC BY 4.0)",
        *PHOTOGRAPHS,
    ),
}
TRAINED_ON["enhance-whiten"] = TRAINED_ON["enhance-doc"]
TRAINED_ON["enhance-page"] = (
    "isri_unlv/train and old_books/train, and words in faces like handwriting (Caveat, Mr De Haviland: OFL; Homemade "
    "Apple: Apache-2.0), worn by drawing",
    *TRAINED_ON["enhance-doc"][1:],
)
IN_WHEEL = ("rtv", "detail", "style", "dehaze")
"""Photographic operators whose nets the wheel has room for; the others' are in the source distribution."""
IN_FLOAT = ("pencil",)
"""Where int8 costs several dB: a drawing is mostly white, and its strokes are shares of that."""
RANGES, SIDE = 48, 384
"""Crops that the ranges of int8 activations are taken from, and their side."""


def publish_document(run_folder: Path, models: Path, data: Path) -> dict[str, Any]:
    """Export the document net, measure, copy; returns the manifest entry.

    Args:
        run_folder: of the run.
        models: folder of the manifest.
        data: folder with the labelled sets.
    """
    run = load(run_folder / "last.pt", "enhance")
    assert isinstance(run.net, Can)
    model = export(run.net, DOCUMENT_OPERATORS, run_folder / "model.onnx")
    command = "python -m ocr.train.enhance.publish document RUN"
    metrics: dict[str, Any] = {"minutes of training": {"value": round(run.minutes, 1), "command": command}}
    for name, operator in (("dibco", "binarize"), ("noisyoffice", "whiten"), ("noisyoffice", "binarize")):
        metrics |= _on_pages(model, operator, data, name)
    _keep(run.net, run_folder / "log.csv", models, "enhance-doc")
    parameters = sum(p.numel() for p in run.net.parameters())
    return _register(model, models, "enhance-doc", params=parameters, metrics=metrics)


def publish_whiten(weights: Path, models: Path, data: Path) -> dict[str, Any]:
    """Make of the document net's weights one for ``whiten`` alone, measure, copy; returns the manifest entry.

    Args:
        weights: what ``publish_document`` wrote beside the loss curve.
        models: folder of the manifest.
        data: folder with the labelled sets.
    """
    net = load(weights, "enhance").net
    assert isinstance(net, Can)
    whiten = fixed(net, torch.from_numpy(condition_of(DOCUMENT_OPERATORS, "whiten")))
    with tempfile.TemporaryDirectory() as folder:
        model = export_one(
            whiten, ["whiten"], net.config.radius, Path(folder) / "int8.onnx", worn_crops(data), pixels=True
        )
        return _register(
            model, models, "enhance-whiten", params=sum(p.numel() for p in net.parameters()),
            metrics=_on_pages(model, "whiten", data, "noisyoffice"),
        )  # fmt: skip


def publish_pages(run_folder: Path, models: Path, data: Path) -> dict[str, Any]:
    """Export the net of the document operators, measure, copy; returns the manifest entry.

    Args:
        run_folder: of ``ocr.train.enhance.pages``.
        models: folder of the manifest.
        data: folder with the labelled sets.
    """
    config = read_config(PageConfig, run_folder / "config.toml")
    crops = PageCrops(config)
    seen = [crops[index][0].numpy().transpose(1, 2, 0) for index in range(4 * RANGES)]
    run = load(run_folder / "last.pt", "enhance")
    assert isinstance(run.net, PhotoCan)
    model = run_folder / f"{PAGES}.onnx"
    export_one(run.net.plain(), DOCUMENT_OPERATORS, config.net.radius + REACH, model, seen)
    metrics: dict[str, Any] = {"steps": {"value": run.step, "command": "python -m ocr.train.enhance.publish pages RUN"}}
    for name, operator in (("dibco", "binarize"), ("noisyoffice", "whiten"), ("noisyoffice", "binarize")):
        metrics |= _on_pages(model, operator, data, name)
    _keep(run.net, run_folder / "log.csv", models, PAGES)
    parameters = sum(p.numel() for p in run.net.parameters())
    return _register(model, models, PAGES, params=parameters, metrics=metrics)


def publish_photo(run_folder: Path, operators: Sequence[str], models: Path, checks: Sequence[Path]) -> dict[str, Any]:
    """Export the net of a photographic operator, or of all, measure, copy; returns the manifest entry.

    Args:
        run_folder: of the run.
        operators: their names.
        models: folder of the manifest.
        checks: folders that ``ocr.train.enhance.pictures`` wrote.
    """
    config = read_config(PhotoConfig, run_folder / "config.toml")
    folder, name = folder_of(run_folder, operators), MODELS[operators[0]] if len(operators) == 1 else JOINT
    crops = list(photo_crops(Path(config.pictures), operators))
    run = load(folder / "last.pt", "enhance")
    assert isinstance(run.net, PhotoCan)
    model = folder / f"{name}.onnx"
    export_one(run.net.plain(), operators, config.net.radius + REACH, model, [] if operators[0] in IN_FLOAT else crops)
    command = "python -m ocr.train.enhance.publish photo RUN"
    metrics: dict[str, Any] = {"steps": {"value": run.step, "command": command}}
    for path in checks:
        figures = np.mean([closeness(operator, path, model=model) for operator in operators], axis=0)
        metrics[f"{path.name} photographs, PSNR and SSIM, and of the picture as it is"] = {
            "value": figures.round(3).tolist(),
            "command": f"python -m ocr.train.enhance.figures operators {path}"
            + ("" if len(operators) == 1 else " --joint"),
        }
    _keep(run.net, folder / "log.csv", models, name)
    parameters = sum(p.numel() for p in run.net.parameters())
    outside = {} if len(operators) == 1 and operators[0] in IN_WHEEL else {"wheel": False}
    return _register(model, models, name, params=parameters, metrics=metrics, **outside)


def photo_crops(pictures: Path, operators: Sequence[str]) -> Iterator[NDArray[np.float32]]:
    """What the net of some operators sees of training pictures: squares (SIDE, SIDE, C)."""
    for operator in operators:
        for _, _, base in starts(pictures, operator, max(RANGES // len(operators), 8)):
            yield np.asarray(among(operators, operator, base.planes((slice(SIDE), slice(SIDE)))), np.float32)


def _on_pages(model: Path, operator: str, data: Path, name: str) -> dict[str, Any]:
    """Figures of the document operator on a labelled set's dev part."""
    truth = data / name / "dev" / "gt.jsonl"
    values = list(compare_pages(truth, operator, CanEnhancer(operator, threads=1, path=model)))[-1][1:]
    command = f"python -m ocr.train.enhance.figures pages {truth} --operator {operator}"
    figure = {"value": [float(value) for value in values], "command": command}
    return {f"{name}/dev {operator}, PSNR and F-measure": figure}


def _keep(net: nn.Module, log: Path, models: Path, name: str) -> None:
    """Loss curve and weights, in half precision, to go on from."""
    shutil.copy(log, models / "training" / f"{name}.log.csv")
    weights = {k: v.half() if v.is_floating_point() else v for k, v in net.state_dict().items()}
    torch.save(weights, models / "training" / f"{name}.pt")


def worn_crops(data: Path) -> Iterator[NDArray[np.float32]]:
    """Squares (SIDE, SIDE, 3), 0..1: real worn pages of noisyoffice/train, and pages of isri_unlv/train worn by us."""
    rng = np.random.default_rng(7)
    rows = [
        [path.parent / json.loads(row)["image"] for row in path.read_text("utf-8").splitlines()]
        for path in (data / name / "train" / "gt.jsonl" for name in ("noisyoffice", "isri_unlv"))
    ]
    for real, drawn in zip(*(rng.permutation(np.array(paths))[: RANGES // 2] for paths in rows), strict=True):
        yield read_rgb(real)[:SIDE, :SIDE]
        page = cv2.resize(read_rgb(drawn), None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
        top, left = (int(rng.integers(0, side - SIDE + 1)) for side in page.shape[:2])
        crop = np.asarray(page[top : top + SIDE, left : left + SIDE], np.float32)
        yield wear(crop, crop[::-1, :, 0], rng).page


def _register(model: Path, models: Path, name: str, **facts: Any) -> dict[str, Any]:
    """Copy the file into ``models`` and enter it in the manifest."""
    target = models / f"{name}.onnx"
    shutil.copy(model, target.with_suffix(".part"))
    target.with_suffix(".part").replace(target)
    trained_on = TRAINED_ON.get(name, PHOTOGRAPHS)
    about = replace(read_metadata(target), name=name, licence="Apache-2.0", trained_on=tuple(trained_on))
    describe(target, about)
    record = register(models, target, name=name, task="enhance", licence="Apache-2.0", trained_on=trained_on, **facts)
    return asdict(record)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("document", "whiten", "pages", "photo"))
    parser.add_argument("run", type=Path)
    parser.add_argument("--data", type=Path, help="labelled sets, for the document nets")
    parser.add_argument("--operators", nargs="+", choices=PHOTOGRAPHIC_OPERATORS, default=PHOTOGRAPHIC_OPERATORS)
    parser.add_argument(
        "--checks", nargs="+", type=Path, default=[], help="held-out photographs with the references' results"
    )
    parser.add_argument("--models", type=Path, default=Path("models"))
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    if arguments.what == "document":
        entries = [publish_document(arguments.run, arguments.models, arguments.data)]
    elif arguments.what == "whiten":
        entries = [publish_whiten(arguments.run, arguments.models, arguments.data)]
    elif arguments.what == "pages":
        entries = [publish_pages(arguments.run, arguments.models, arguments.data)]
    else:
        config = read_config(PhotoConfig, arguments.run / "config.toml")
        nets = [config.operators] if config.joint else [(operator,) for operator in arguments.operators]
        entries = [publish_photo(arguments.run, operators, arguments.models, arguments.checks) for operators in nets]
    print(json.dumps(entries, indent=1))
