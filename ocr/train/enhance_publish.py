"""Put a trained operator net into ``models/``: weights, figures, loss curve, manifest entry.

    python -m ocr.train.enhance_publish RUN --name enhance-doc --data data
    python -m ocr.train.enhance_publish RUN --name enhance-can24 --test cache/enhance/test --second cache/enhance/second
    python -m ocr.train.enhance_publish models/training/enhance-doc.pt --name enhance-whiten --data data

RUN is the folder of ``ocr.train.enhancer``. Such a net stays in floating point: it is 0.2 MB. The third makes of
published weights a net for ``whiten`` alone, which is int8 and twice as fast.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from ocr.evaluate.enhance import compare_operators, compare_pages
from ocr.page.enhance import DOCUMENT_OPERATORS, condition_of
from ocr.train.config import read_config
from ocr.train.enhance_data import read_rgb
from ocr.train.enhance_export import export, export_one
from ocr.train.enhancer import EnhancerConfig, new_net
from ocr.train.loop import start
from ocr.train.nets.can import Can, CanConfig
from ocr.train.operators.document import wear
from ocr.train.publish import register

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
    "enhance-can24": PHOTOGRAPHS,
}
TRAINED_ON["enhance-whiten"] = TRAINED_ON["enhance-doc"]
RANGES, SIDE = 48, 384
"""Crops that the ranges of int8 activations are taken from, and their side."""


def publish(run_folder: Path, name: str, models: Path, checks: Iterable[tuple[str, str, Path]]) -> dict[str, Any]:
    """Export, measure, copy; returns the manifest entry.

    Args:
        run_folder: of the run.
        name: of the model.
        models: folder of the manifest.
        checks: name of a set, operator (empty for all photographic ones) and path, as ``ocr.evaluate.enhance`` takes.
    """
    config = read_config(EnhancerConfig, run_folder / "config.toml")
    run = start(new_net(config), config)
    run.load(run_folder / "last.pt")
    model = export(run.averaged, config.operators, run_folder / "model.onnx")
    command = f"python -m ocr.train.enhance_publish RUN --name {name}"
    metrics: dict[str, Any] = {"minutes of training": {"value": round(run.seconds / 60, 1), "command": command}}
    for label, operator, path in checks:
        if operator:
            figure, values = (
                f"{label} {operator}, PSNR and F-measure",
                list(compare_pages(path, operator, model))[-1][1:],
            )
            command = f"python -m ocr.evaluate.enhance pages {path} --operator {operator}"
        else:
            figure, values = f"{label}, mean PSNR and SSIM", list(compare_operators(path, model))[-1][1:3]
            command = f"python -m ocr.evaluate.enhance operators {path}"
        metrics[figure] = {"value": [float(value) for value in values], "command": command}
    shutil.copy(run_folder / "log.csv", models / "training" / f"{name}.log.csv")
    weights = {k: v.half() if v.is_floating_point() else v for k, v in run.averaged.state_dict().items()}
    torch.save(weights, models / "training" / f"{name}.pt")
    parameters = sum(p.numel() for p in run.averaged.parameters())
    return _register(model, models, name, params=parameters, metrics=metrics)


def publish_whiten(weights: Path, name: str, models: Path, data: Path) -> dict[str, Any]:
    """Make of the document net's weights one for ``whiten`` alone, measure, copy; returns the manifest entry.

    Args:
        weights: what ``publish`` wrote beside the loss curve.
        name: of the model.
        models: folder of the manifest.
        data: folder with the labelled sets.
    """
    net = Can(CanConfig(), len(DOCUMENT_OPERATORS))
    net.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True))
    condition = torch.from_numpy(condition_of(DOCUMENT_OPERATORS, "whiten"))
    truth = data / "noisyoffice" / "dev" / "gt.jsonl"
    with tempfile.TemporaryDirectory() as folder:
        model = export_one(net, condition, "whiten", Path(folder) / "int8.onnx", worn_crops(data))
        values = list(compare_pages(truth, "whiten", model))[-1][1:]
        command = f"python -m ocr.evaluate.enhance pages {truth} --operator whiten"
        figure = {"value": [float(value) for value in values], "command": command}
        return _register(
            model, models, name, params=sum(p.numel() for p in net.parameters()),
            metrics={"noisyoffice/dev whiten, PSNR and F-measure": figure}, parent=weights.stem,
        )  # fmt: skip


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
    entry = {
        "name": name, "task": "enhance", "file": target.name, "licence": "Apache-2.0",
        "normalisation": {"mean": 0, "std": 1}, "trained_on": list(TRAINED_ON[name]), **facts,
    }  # fmt: skip
    register(models, entry)
    return entry


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("--name", choices=sorted(TRAINED_ON), required=True)
    parser.add_argument("--data", type=Path, help="labelled sets, for the document net")
    parser.add_argument("--test", type=Path, help="held-out photographs with the references' results")
    parser.add_argument("--second", type=Path, help="photographs of another source with the references' results")
    parser.add_argument("--models", type=Path, default=Path("models"))
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    if arguments.name == "enhance-whiten":
        print(json.dumps(publish_whiten(arguments.run, arguments.name, arguments.models, arguments.data), indent=1))
        raise SystemExit
    checks = [(f"{path.name} photographs", "", path) for path in (arguments.test, arguments.second) if path]
    if arguments.data:
        checks += [
            (f"{name}/dev", operator, arguments.data / name / "dev" / "gt.jsonl")
            for name, operator in (("dibco", "binarize"), ("noisyoffice", "whiten"), ("noisyoffice", "binarize"))
        ]
    print(json.dumps(publish(arguments.run, arguments.name, arguments.models, checks), indent=1))
