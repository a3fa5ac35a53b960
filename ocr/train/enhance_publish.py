"""Put a trained operator net into ``models/``: weights, figures, loss curve, manifest entry.

    python -m ocr.train.enhance_publish RUN --name enhance-doc --data data
    python -m ocr.train.enhance_publish RUN --name enhance-can24 --test cache/enhance/test --second cache/enhance/second

RUN is the folder of ``ocr.train.enhancer``. The net stays in floating point: it is 0.2 MB.
"""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import cv2
import torch

from ocr.evaluate.enhance import compare_operators, compare_pages
from ocr.train.config import read_config
from ocr.train.enhance_export import export
from ocr.train.enhancer import EnhancerConfig, new_net
from ocr.train.loop import start
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
    target = models / f"{name}.onnx"
    shutil.copy(model, target.with_suffix(".part"))
    target.with_suffix(".part").replace(target)
    entry = {
        "name": name, "task": "enhance", "file": target.name,
        "params": sum(p.numel() for p in run.averaged.parameters()), "licence": "Apache-2.0",
        "normalisation": {"mean": 0, "std": 1}, "trained_on": list(TRAINED_ON[name]), "metrics": metrics,
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
    checks = [(f"{path.name} photographs", "", path) for path in (arguments.test, arguments.second) if path]
    if arguments.data:
        checks += [
            (f"{name}/dev", operator, arguments.data / name / "dev" / "gt.jsonl")
            for name, operator in (("dibco", "binarize"), ("noisyoffice", "whiten"), ("noisyoffice", "binarize"))
        ]
    print(json.dumps(publish(arguments.run, arguments.name, arguments.models, checks), indent=1))
