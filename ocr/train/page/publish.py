"""Put the nets for orientation and corners into ``models/``: int8 weights, figures, loss curves, manifest entries.

    python -m ocr.train.page.publish orient RUN [--models models]
    python -m ocr.train.page.publish corners PAGE_RUN CORNER_RUN [--models models]

The runs are folders of ``ocr.train.page.orient`` and ``ocr.train.page.corners``.
"""

from __future__ import annotations

import argparse
import csv
import json
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import cv2
import torch
from torch import Tensor, nn

from ocr.export.nets import export_net, quantize_net
from ocr.metadata import Metadata
from ocr.page.corners import CROP, SIDE, RefineSettings
from ocr.page.orient import HEIGHT, WIDTH
from ocr.train.checkpoint import load
from ocr.train.config import read_config
from ocr.train.page.corners import CornerCrops, CornersConfig, WholePhotos, scaled
from ocr.train.page.orient import OrientConfig, TurnedLines
from ocr.train.registry import register
from ocr.train.synth.photos import Materials, pictures

__all__ = ["publish_corners", "publish_orient"]

RANGES = 64
"""Inputs that the ranges of int8 activations are taken from."""
HELD_OUT = 10_000
"""Scenes from here on (their seeds are negative) are such inputs; no training has seen them."""


def publish_orient(run_folder: Path, models: Path) -> dict[str, Any]:
    """Export, quantize, copy; returns the manifest entry."""
    config = read_config(OrientConfig, run_folder / "config.toml")
    run = load(run_folder / "last.pt", "orient")
    lines = TurnedLines(config)
    inputs = (lines[k][0][None] for k in range(RANGES))
    return _publish(
        run.net, run_folder, models, "orient", "lines", (HEIGHT, WIDTH), ["upside_down"], inputs,
        task="orient", config="orient",
        trained_on=["synthetic lines", "isri_unlv train", "old_books train", "sroie train (CC BY 4.0)"],
    )  # fmt: skip


def publish_corners(page_run: Path, corner_run: Path, models: Path) -> list[dict[str, Any]]:
    """Export, quantize, copy both levels; returns their manifest entries."""
    config = replace(read_config(CornersConfig, page_run / "config.toml"), initial="")
    materials = Materials.load(pictures(config.pages), pictures(config.photographs), config.seed + 1)
    page, corner = (load(folder / "last.pt", "corners") for folder in (page_run, corner_run))
    whole, crops = WholePhotos(materials, config), CornerCrops(materials, config)
    device = torch.device("cpu")
    trained_on = [
        "photographs drawn by ocr.train.synth.photos, of synthetic pages and of isri_unlv, old_books and sroie train",
        "behind them photographs of Debian's wallpaper packages, scikit-image and scikit-learn, and drawn grounds",
    ]
    photos = (scaled(whole.draw(-HELD_OUT - k)[0][None], device) for k in range(RANGES))
    patches = (scaled(crops.draw(-HELD_OUT - k)[0][None], device)[:1] for k in range(RANGES))
    return [
        _publish(page.net, page_run, models, "corners-mobile", "photo", (SIDE, SIDE), ["page", "presence"],
                 photos, task="corners", config="corners-page", trained_on=trained_on),
        _publish(corner.net, corner_run, models, "corners-mobile-refine", "crops", (CROP, CROP), ["heat"],
                 patches, task="corners", config="corners-corner", trained_on=trained_on),
    ]  # fmt: skip


def _publish(
    net: nn.Module, run_folder: Path, models: Path, name: str, entrance: str, size: tuple[int, int],
    outputs: list[str], inputs: Iterable[Tensor], *, task: str, config: str, trained_on: list[str],
) -> dict[str, Any]:  # fmt: skip
    """Write ``name`` and what training needs to go on; returns the manifest entry."""
    channels = next(p for p in net.parameters() if p.ndim == 4).shape[1]
    feeds = ({entrance: value.contiguous().numpy()} for value in inputs)
    params = sum(p.numel() for p in net.parameters())
    weights = {k: v.half() if v.is_floating_point() else v for k, v in net.state_dict().items()}
    torch.save(weights, models / "training" / f"{name}.pt")
    with tempfile.TemporaryDirectory() as folder:
        sample = torch.rand(3, channels, *size) * 2 - 1
        settings = asdict(RefineSettings()) if name.endswith("-refine") else {}
        about = Metadata(task, name, "Apache-2.0", tuple(trained_on), *size, 0.5, 0.5, settings)
        wide = Path(folder) / "wide.onnx"
        export_net(net, wide, about, entrance, sample, outputs, {0: "n"})
        shutil.copy(quantize_net(wide, Path(folder) / "int8.onnx", feeds), models / f"{name}.onnx.part")
    (models / f"{name}.onnx.part").replace(models / f"{name}.onnx")
    for log in ("log.csv", "evals.csv"):
        shutil.copy(run_folder / log, models / "training" / f"{name}.{log}")
    with (run_folder / "evals.csv").open(encoding="utf-8") as file:
        last = list(csv.DictReader(file))[-1]
    command = f"python -m ocr.train.{task} models/training/{config}.toml --out RUN (RUN/evals.csv)"
    metrics = {key: {"value": float(value), "command": command} for key, value in last.items() if key != "step"}
    record = register(
        models, models / f"{name}.onnx", name=name, task=task, params=params, licence="Apache-2.0",
        trained_on=trained_on, metrics=metrics,
    )  # fmt: skip
    return asdict(record)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("task", choices=["orient", "corners"])
    parser.add_argument("runs", type=Path, nargs="+")
    parser.add_argument("--models", type=Path, default=Path("models"))
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    if arguments.task == "orient":
        [only] = arguments.runs
        print(json.dumps(publish_orient(only, arguments.models), indent=1))
    else:
        whole_run, corner_run = arguments.runs
        print(json.dumps(publish_corners(whole_run, corner_run, arguments.models), indent=1))
