"""From a checkpoint to the model that reads machine-readable zones: int8 ONNX and an entry in the manifest.

python -m ocr.train.recognize.publish_mrz CHECKPOINT --ranges cache/mrz-lines/train.npz cache/mrz-2/*.npz
    --held cache/held/*.npz
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from ocr.export.onnx import export_recognizer, quantize_recognizer
from ocr.mrz.reader import MODEL, MrzReader
from ocr.recognize.charset import Charset
from ocr.recognize.crnn import CrnnRecognizer
from ocr.train.checkpoint import compact, load
from ocr.train.recognize.data import LineSet
from ocr.train.recognize.net import parameters
from ocr.train.recognize.publish import register

__all__ = ["main"]

COMMAND = "python -m ocr.train.recognize.publish_mrz CHECKPOINT --ranges ... --held ..."


def exact(path: Path, lines: LineSet) -> float:
    """Share of lines that a model file, decoded under the formats, reads exactly as they are."""
    reader = MrzReader(1, recognizer=CrnnRecognizer.from_file(path, MODEL, height=32, threads=1))
    right = (reader.read_line(picture) == text for picture, text in zip(lines.pictures, lines.texts, strict=True))
    return sum(right) / max(1, len(lines))


def main(arguments: Sequence[str]) -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--models", type=Path, default=Path("models"))
    parser.add_argument("--ranges", type=Path, nargs="+", required=True, help="shards of lines, for int8 ranges")
    parser.add_argument("--held", type=Path, nargs="+", required=True, help="shards that were not trained on")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    trained = load(options.checkpoint, "recognize")
    net, charset = trained.net, Charset(trained.charset)
    ranges, held = LineSet(charset), LineSet(charset)
    ranges.load(options.ranges)
    held.load(options.held)
    compact(options.checkpoint, options.models / "training" / "crnn-mrz.pt")
    path = options.models / f"{MODEL}.onnx"
    with tempfile.TemporaryDirectory() as folder:
        wide = Path(folder) / "crnn-mrz.onnx"
        difference = export_recognizer(net, wide, charset.characters)
        picks = np.random.default_rng(0).choice(len(ranges), min(192, len(ranges)), replace=False)
        quantize_recognizer(wide, path, [ranges.pictures[k] for k in picks])
        shares = exact(wide, held), exact(path, held)
    size = path.stat().st_size / 1e3
    print(f"{size:.0f} KB, parity {difference:.1e}, held-out lines {shares[0]:.4f} in fp32, {shares[1]:.4f} in int8")
    entry = {
        "name": MODEL, "task": "recognize", "file": path.name, "params": parameters(net), "licence": "Apache-2.0",
        "charset": charset.characters, "height": 32, "normalisation": {"mean": 0.5, "std": 0.5},
        "trained_on": ["synthetic lines (ocr.train.synth.mrz)", "mrz_lines train (BSD-3-Clause)"],
        "metrics": {"held-out synthetic lines exactly right": {"value": round(shares[1], 4), "command": COMMAND}},
    }  # fmt: skip
    register(options.models, entry)


if __name__ == "__main__":
    main(sys.argv[1:])
