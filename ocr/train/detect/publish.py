"""Put a trained text detector into ``models/``: int8 weights, figures, loss curve, manifest entry.

    python -m ocr.train.detect.publish RUN --data ROOT [--models models]

RUN is the folder of ``ocr.train.detect.trainer``. The int8 model is shipped; its figures stand beside those of the
fp32 one.
"""

from __future__ import annotations

import argparse
import json
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

import cv2
import torch

from ocr.detect.db import DbDetector
from ocr.train.checkpoint import load
from ocr.train.config import read_config
from ocr.train.detect.data import PageCrops
from ocr.train.detect.export import export, ground_truth, metadata, quantize, score_boxes
from ocr.train.detect.net import DbNet
from ocr.train.detect.trainer import DetectorConfig, sources
from ocr.train.registry import register

NAME = "detect-mobile"
TRAINED_ON = (
    "synthetic pages (ocr.train.synth.pages)",
    "isri_unlv/train and old_books/train, boxes by PP-OCRv6 small (Apache-2.0) checked against Tesseract",
    "sroie/train (CC BY 4.0)",
)


def publish(run_folder: Path, data: Path, models: Path) -> dict[str, Any]:
    """Export, quantize, measure, copy; returns the manifest entry."""
    config = read_config(DetectorConfig, run_folder / "config.toml")
    run = load(run_folder / "last.pt", "detect")
    assert isinstance(run.net, DbNet)
    wide = export(run.net, run_folder / "model.onnx", metadata(NAME, "Apache-2.0", TRAINED_ON))
    real, held = sources(config)
    crops = PageCrops((), real, config.crop, seed=7)
    pictures = [((crops[k][0][0].numpy() + 1) * 127.5).round().astype("uint8") for k in range(72)]
    narrow = quantize(wide, run_folder / "model-int8.onnx", pictures)
    command = f"python -m ocr.train.detect.publish RUN --data {data}"
    metrics: dict[str, Any] = {"minutes of training": {"value": round(run.minutes, 1), "command": command}}
    receipts = data / "sroie/dev/gt.jsonl"
    for kind, path in (("", narrow), (" (fp32)", wide)):
        detector = DbDetector(path, config.threads)
        kept = score_boxes(detector, ((source.image, source.lines.tolist()) for source in held))
        metrics[f"held-back pages det_f1{kind}"] = {"value": kept["det_f1"], "command": command}
        metrics[f"sroie/dev det_f1{kind}"] = {
            "value": score_boxes(detector, ground_truth(receipts))["det_f1"],
            "command": f"python -m ocr.train.detect.export models/{NAME}.onnx {receipts}",
        }
    for name in ("log.csv", "evals.csv"):
        if (run_folder / name).exists():
            shutil.copy(run_folder / name, models / "training" / f"{NAME}.{name}")
    weights = {k: v.half() if v.is_floating_point() else v for k, v in run.net.state_dict().items()}
    torch.save(weights, models / "training" / f"{NAME}.pt")
    target = models / f"{NAME}.onnx"
    shutil.copy(narrow, target.with_suffix(".part"))
    target.with_suffix(".part").replace(target)
    record = register(
        models, target, name=NAME, task="detect", params=sum(p.numel() for p in run.net.parameters()),
        licence="Apache-2.0", trained_on=TRAINED_ON, metrics=metrics,
    )  # fmt: skip
    return asdict(record)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--models", type=Path, default=Path("models"))
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    print(json.dumps(publish(arguments.run, arguments.data, arguments.models), indent=1))
