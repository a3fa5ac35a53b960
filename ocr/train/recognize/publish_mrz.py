"""From a checkpoint to the model that reads machine-readable zones: int8 ONNX and its record in the manifest.

python -m ocr.train.recognize.publish_mrz CHECKPOINT --ranges cache/mrz-lines/train.npz cache/mrz-2/*.npz
--held cache/held/*.npz
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import torch

from ocr.mrz.reader import MODEL, MrzReader
from ocr.recognize.charset import Charset
from ocr.recognize.crnn import CrnnRecognizer, RecognizerSettings
from ocr.train.checkpoint import load
from ocr.train.recognize.data import LineSet
from ocr.train.recognize.publish import recipe_of
from ocr.train.registry import Metrics, figure, publish

__all__ = ["main"]

COMMAND = "python -m ocr.train.recognize.publish_mrz CHECKPOINT --ranges ... --held ..."


def exact(path: Path, lines: LineSet) -> float:
    """Share of lines that a model file, decoded under the formats, reads exactly as they are."""
    reader = MrzReader(threads=1, recognizer=CrnnRecognizer(path, threads=1))
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
    ranges, held = (LineSet(Charset(trained.charset)) for _ in range(2))
    ranges.load(options.ranges)
    held.load(options.held)

    def measure(path: Path) -> Metrics:
        return {"held-out synthetic lines exactly right": figure(round(exact(path, held), 4), COMMAND)}

    recipe = recipe_of(trained, ranges.pictures, RecognizerSettings(), command=COMMAND, measure=measure)
    record = publish(trained, MODEL, recipe, options.models)
    print(f"{options.models / record.file}: {record.bytes / 1e3:.0f} KB, {record.metrics}")


if __name__ == "__main__":
    main(sys.argv[1:])
