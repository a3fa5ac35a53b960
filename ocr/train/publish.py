"""From a checkpoint to models that ship: fp32 and int8 ONNX, calibrated confidence, an entry in the manifest.

python -m ocr.train.publish CHECKPOINT --name crnn-en-mobile --ranges real/*.npz --held held/*.npz
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ocr.export.onnx import export_recognizer, quantize_recognizer, set_metadata
from ocr.recognize.crnn import CrnnRecognizer
from ocr.train.linedata import LineSet
from ocr.train.nets.crnn import parameters
from ocr.train.recognizer import FOLD, load_checkpoint
from ocr.train.synth.junk import junk_picture
from ocr.weights import language_model

JUNK = 8
"""One picture without text to so many lines: confidence has to know them too."""

__all__ = ["calibration_error", "fit_logistic", "main", "register"]


def fit_logistic(features: NDArray[np.float64], right: NDArray[np.bool_], ridge: float = 1e-2) -> NDArray[np.float64]:
    """Weights of P(right) = sigmoid(features @ weights), by Newton's method with a small ridge.

    Args:
        features: N x K, a column of ones first.
        right: N.
        ridge: penalty, so that separable data has an answer.
    """
    weights = np.zeros(features.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-np.clip(features @ weights, -30, 30)))
        gradient = features.T @ (right - p) - ridge * weights
        hessian = (features * (p * (1 - p))[:, None]).T @ features + ridge * np.eye(len(weights))
        step = np.linalg.solve(hessian, gradient)
        weights += step
        if np.abs(step).max() < 1e-8:
            break
    return weights


def calibration_error(confidence: NDArray[np.float64], right: NDArray[np.bool_], bins: int = 10) -> float:
    """Expected calibration error (Guo et al. 2017): mean gap between confidence and accuracy over equal-width bins."""
    slot = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = [abs(confidence[slot == b].sum() - right[slot == b].sum()) for b in range(bins)]
    return float(sum(gaps) / max(1, len(confidence)))


def same(truth: str, reading: str) -> bool:
    """Whether a reader would call them the same: quote and dash shapes and spacing at the ends do not count."""
    return truth.translate(FOLD).strip() == reading.translate(FOLD).strip()


def calibrate(path: Path, name: str, lines: LineSet) -> dict[str, float]:
    """Fit the confidence of a model file to lines it was not trained on, store it in the file; returns the figures."""
    recognizer = CrnnRecognizer.from_file(path, name, height=32, decoder="lm", language=language_model("en"))
    truths = [*lines.texts, *[""] * (len(lines) // JUNK)]
    pictures = [*lines.pictures, *(junk_picture(10**9 + k) for k in range(len(lines) // JUNK))]
    rows = [(truth, *row) for truth, row in zip(truths, recognizer.evidence(pictures), strict=True) if row[1]]
    right = np.array([same(truth, text) for truth, text, _ in rows])
    features = np.array([[1.0, *evidence] for _, _, evidence in rows])
    even = np.arange(len(rows)) % 2 == 0  # each half is judged by the fit of the other
    halves = [fit_logistic(features[half], right[half]) for half in (even, ~even)]
    confidence = 1 / (1 + np.exp(-np.where(even, features @ halves[1], features @ halves[0])))
    weights = fit_logistic(features, right)
    invented = sum(not truth for truth, _, _ in rows) / max(1, len(lines) // JUNK)
    set_metadata(path, {"calibration": json.dumps([round(float(w), 5) for w in weights])})
    return {"lines": len(rows), "exact": float(right.mean()), "ece": calibration_error(confidence, right),
            "junk read as text": invented}  # fmt: skip


def register(models: Path, entry: dict[str, Any]) -> None:
    """Add or replace a record in ``manifest.json``; size and checksum are taken from the file."""
    data = (models / entry["file"]).read_bytes()
    entry |= {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
    path = models / "manifest.json"
    manifest: dict[str, Any] = {"schema": 1, "defaults": {}, "models": []}
    if path.exists():
        manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest["models"] = [m for m in manifest["models"] if m["name"] != entry["name"]] + [entry]
    path.write_text(json.dumps(manifest, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def compact(checkpoint: Path, path: Path) -> None:
    """The averaged weights in half precision and the configuration: enough to go on (``initial``) or export again."""
    state = torch.load(checkpoint, map_location="cpu", weights_only=True)
    average = {k: v.half() if v.is_floating_point() else v for k, v in state["average"].items()}
    torch.save({"average": average, "config": state["config"], "step": state["step"]}, path)


def main(arguments: Sequence[str]) -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--name", default="crnn-en-mobile")
    parser.add_argument("--models", type=Path, default=Path("models"))
    parser.add_argument("--float", action="store_true", help="ship the fp32 model as well")
    parser.add_argument(
        "--ranges", type=Path, nargs="+", required=True, help="shards of real training lines, for int8 ranges"
    )
    parser.add_argument(
        "--held", type=Path, nargs="+", required=True, help="shards that were not trained on, for confidence"
    )
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    net, charset, _ = load_checkpoint(options.checkpoint)
    real, held = LineSet(charset), LineSet(charset)
    real.load(options.ranges)
    held.load(options.held)
    compact(options.checkpoint, options.models / "training" / f"{options.name}.pt")
    with tempfile.TemporaryDirectory() as folder:
        wide = (options.models if options.float else Path(folder)) / f"{options.name}.onnx"
        small = options.models / f"{options.name}-int8.onnx"
        difference = export_recognizer(net, wide, charset.characters)
        picks = np.random.default_rng(0).choice(len(real), min(192, len(real)), replace=False)
        quantize_recognizer(wide, small, [real.pictures[k] for k in picks])
        for path in (wide, small):
            figures = calibrate(path, path.stem, held)
            print(f"{path.stem}: {path.stat().st_size / 1e6:.2f} MB, parity {difference:.1e}, {figures}")
            if path == small or options.float:
                register(options.models, _entry(path, options.name, charset.characters, parameters(net), figures))


def _entry(path: Path, name: str, characters: str, params: int, figures: dict[str, float]) -> dict[str, Any]:
    command = f"python -m ocr.train.publish CHECKPOINT --name {name} --ranges ... --held ..."
    return {
        "name": path.stem, "task": "recognize", "file": path.name, "params": params, "licence": "Apache-2.0",
        "charset": characters, "height": 32, "normalisation": {"mean": 0.5, "std": 0.5},
        "trained_on": ["synthetic lines", "isri_unlv train", "old_books train", "sroie train (CC BY 4.0)"],
        "metrics": {"held-out lines exactly right": {"value": round(figures["exact"], 4), "command": command},
                    "expected calibration error": {"value": round(figures["ece"], 4), "command": command}},
    }  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1:])
