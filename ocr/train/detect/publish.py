"""Put a trained text detector into ``models/``: int8 model, figures, loss curve, record in the manifest.

    python -m ocr.train.detect.publish RUN --data DATA [--name detect-mobile] [--models models]

RUN is the folder of a run of ``ocr train detect``, with its ``last.pt``.
"""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

import cv2
import torch

from ocr.detect.db import DbDetector, DetectorSettings
from ocr.export.nets import quantize_net
from ocr.train.checkpoint import load
from ocr.train.config import from_table
from ocr.train.detect.data import PageCrops
from ocr.train.detect.export import export, int8_feeds
from ocr.train.detect.figures import ground_truth, score_boxes
from ocr.train.detect.net import DbNet
from ocr.train.detect.trainer import DetectorConfig, sources
from ocr.train.registry import Metrics, Recipe, figure
from ocr.train.registry import publish as publish_model
from ocr.train.run import LAST
from ocr.weights import Record

__all__ = ["publish"]

RANGE_CROPS = 72
"""Crops of labelled scans that the ranges of int8 activations are taken from."""
RANGE_SEED = 7


def publish(run: Path, data: Path, models: Path, name: str = "detect-mobile") -> Record:
    """Export, quantize, measure, copy; returns the record.

    Args:
        run: folder of the run.
        data: folder of the data sets; figures are of ``sroie/dev`` if it has that set.
        models: folder of the manifest.
        name: of the model.

    Raises:
        InputError: the checkpoint is missing or damaged.
        UsageError: the checkpoint does not say what the net was trained on, or the run had no labelled scans.
        OcrError: a model differs too much from what it was made of.
    """
    trained = load(run / LAST, "detect")
    config = from_table(DetectorConfig, trained.config, run / LAST)
    real, held = sources(config)
    crops = PageCrops((), real, config.crop, RANGE_SEED)
    feeds = int8_feeds(crops[k][0] for k in range(RANGE_CROPS))
    command = f"python -m ocr.train.detect.publish RUN --data {data}"

    def measure(path: Path) -> Metrics:
        detector = DbDetector(path, config.threads)
        kept = score_boxes(detector, ((source.image, source.lines.tolist()) for source in held))
        figures: dict[str, Mapping[str, Any]] = {"held-back pages det_f1": figure(kept["det_f1"], command)}
        receipts = data / "sroie/dev/gt.jsonl"
        if receipts.exists():
            how = f"python -m ocr.train.detect.figures models/{name}.onnx {receipts}"
            figures["sroie/dev det_f1"] = figure(score_boxes(detector, ground_truth(receipts))["det_f1"], how)
        return figures

    recipe = Recipe(
        export=lambda net, path, about: export(cast(DbNet, net), path, about),
        quantize=lambda wide, path: quantize_net(wide, path, feeds),
        feeds=feeds, outputs=("map",), settings=asdict(DetectorSettings()), measure=measure, command=command,
    )  # fmt: skip
    record = publish_model(trained, name, recipe, models)
    if (run / "evals.csv").exists():
        shutil.copy(run / "evals.csv", models / "training" / f"{name}.evals.csv")
    return record


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--name", default="detect-mobile")
    parser.add_argument("--models", type=Path, default=Path("models"))
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    print(json.dumps(asdict(publish(arguments.run, arguments.data, arguments.models, arguments.name)), indent=1))
