"""From a checkpoint to models that ship: fp32 and int8 ONNX, calibrated confidence, an entry in the manifest.

python -m ocr.train.recognize.publish CHECKPOINT --name crnn-en-mobile --ranges real/*.npz --held held/*.npz --data DATA
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

from ocr.export.blank_gate import fit_gate
from ocr.export.onnx import export_recognizer, quantize_recognizer
from ocr.export.packed import pack_classifier
from ocr.recognize.charset import Charset
from ocr.recognize.crnn import CrnnRecognizer
from ocr.train.checkpoint import compact, load
from ocr.train.recognize.calibrate import calibrate, calibrate_lines, same
from ocr.train.recognize.data import LineSet
from ocr.train.recognize.net import HanCrnn, parameters
from ocr.weights import language_model

__all__ = ["main", "register"]


def exact(path: Path, name: str, lines: LineSet, lang: str) -> float:
    """Share of lines that a model file reads exactly as they are."""
    recognizer = CrnnRecognizer.from_file(path, name, height=32, decoder="lm", language=language_model(lang))
    readings = recognizer.evidence(lines.pictures)
    return sum(same(truth, text) for truth, (text, _) in zip(lines.texts, readings, strict=True)) / max(1, len(lines))


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
        "--held",
        type=Path,
        nargs="+",
        required=True,
        help="shards that were not trained on",
    )
    parser.add_argument("--lang", default="en")
    parser.add_argument(
        "--data", type=Path, help="labelled sets, for confidence; of other languages than en beside --held"
    )
    parser.add_argument("--first", default="", metavar="NAME", help="fit it to lines that this recogniser is unsure of")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    trained = load(options.checkpoint, "recognize")
    net, charset = trained.net, Charset(trained.charset)
    real, held = LineSet(charset), LineSet(charset)
    real.load(options.ranges)
    held.load(options.held)
    compact(options.checkpoint, options.models / "training" / f"{options.name}.pt")
    with tempfile.TemporaryDirectory() as folder:
        wide = (options.models if options.float else Path(folder)) / f"{options.name}.onnx"
        small = options.models / f"{options.name}-int8.onnx"
        picks = np.random.default_rng(0).choice(len(real), min(320, len(real)), replace=False)
        pictures = [real.pictures[k] for k in picks]
        gate = fit_gate(net, pictures) if isinstance(net, HanCrnn) else None
        difference = export_recognizer(net, wide, charset.characters, gate=gate)
        quantize_recognizer(wide, small, pictures[:192])
        if gate is not None:
            pack_classifier(small)
        for path in (wide, small) if options.float else (small,):
            fitted = (
                calibrate(path, path.stem, options.data, options.first)
                if options.data and options.lang == "en"
                else calibrate_lines(path, path.stem, held, options.lang, options.data)
            )
            figures = {"exact": exact(path, path.stem, held, options.lang), **fitted}
            print(f"{path.stem}: {path.stat().st_size / 1e6:.2f} MB, parity {difference:.1e}, {figures}")
            register(options.models, _entry(path, options.name, charset.characters, parameters(net), figures))


def _entry(path: Path, name: str, characters: str, params: int, figures: dict[str, float]) -> dict[str, Any]:
    command = f"python -m ocr.train.recognize.publish CHECKPOINT --name {name} ..."
    return {
        "name": path.stem, "task": "recognize", "file": path.name, "params": params, "licence": "Apache-2.0",
        "charset": characters, "height": 32, "normalisation": {"mean": 0.5, "std": 0.5},
        "trained_on": ["synthetic lines", "isri_unlv train", "old_books train", "sroie train (CC BY 4.0)"],
        "metrics": {"held-out lines exactly right": {"value": round(figures["exact"], 4), "command": command},
                    "expected calibration error": {"value": round(figures["ece"], 4), "command": command}},
    }  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1:])
