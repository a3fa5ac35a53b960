"""From a checkpoint to a model file: int8 ONNX with fitted confidence, and its record in the manifest.

    python -m ocr.train.recognize.publish RUN/last.pt --name crnn-en-mobile --data DATA
        --ranges cache/real/harvest-*.npz --held cache/real/held-*.npz

Weights of one's own go into a folder of one's own, and are used by the path of the file:

    python -m ocr.train.recognize.publish RUN/last.pt --name letters --models mine
        --ranges cache/letters.npz --held cache/letters-held.npz
    ocr read --recognizer mine/letters-int8.onnx page.png
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from ocr.export.blank_gate import fit_gate
from ocr.export.packed import pack_classifier
from ocr.export.parity import CLASSES_LIMIT
from ocr.export.recognizer import COMPARED, export_recognizer, feed_of, quantize_recognizer
from ocr.metadata import Metadata
from ocr.recognize.charset import Charset
from ocr.recognize.crnn import CrnnRecognizer, RecognizerSettings
from ocr.recognize.script import is_han
from ocr.train.checkpoint import Trained, load
from ocr.train.recognize.calibrate import calibrate, calibrate_lines, same
from ocr.train.recognize.data import LineSet
from ocr.train.recognize.net import HanCrnn
from ocr.train.registry import Metrics, Recipe, figure, publish
from ocr.transcribe import transcribe
from ocr.weights import language_model

__all__ = ["main", "recipe_of", "settings_of"]

HEIGHT = 32
RANGES, FITTED, COMPARISONS = 192, 320, 64
"""Lines that the ranges of int8 activations are taken from, that a gate is fitted to, and that int8 and float are
compared on."""


def settings_of(characters: str, *, first: bool) -> RecognizerSettings:
    """What a recogniser is set to.

    Args:
        characters: that it can read.
        first: whether a second recogniser may read its doubtful lines again.
    """
    han = any(map(is_han, characters))
    if han:
        return RecognizerSettings(tighten=True, reread_below=0.4)
    return RecognizerSettings(second_below=0.9, condensed=0.8) if first else RecognizerSettings()


def recipe_of(
    trained: Trained, pictures: Sequence[NDArray[np.uint8]], settings: RecognizerSettings, **more: Any
) -> Recipe:
    """How a recogniser becomes a model file.

    Args:
        trained: its checkpoint.
        pictures: some hundred real lines (32, W), for int8 ranges and for the comparison of int8 and float.
        settings: of its reader.
        **more: other fields of the recipe.
    """
    picks = np.random.default_rng(0).choice(len(pictures), min(FITTED, len(pictures)), replace=False)
    chosen = [pictures[k] for k in picks]
    han = isinstance(trained.net, HanCrnn)

    def export(net: nn.Module, path: Path, about: Metadata) -> float:
        return export_recognizer(net, path, about, gate=fit_gate(net, chosen) if isinstance(net, HanCrnn) else None)

    def quantize(wide: Path, path: Path) -> None:
        quantize_recognizer(wide, path, chosen[:RANGES])
        if han:
            pack_classifier(path)

    return Recipe(
        export=export, quantize=quantize, feeds=[feed_of(picture) for picture in chosen[-COMPARISONS:]],
        outputs=COMPARED, limit=CLASSES_LIMIT, settings=asdict(settings), height=HEIGHT, **more,
    )  # fmt: skip


def exact(path: Path, lines: LineSet, lang: str) -> float:
    """Share of lines that a model file reads exactly as they are."""
    recognizer = CrnnRecognizer(path, "lm", language=language_model(lang))
    readings = recognizer.evidence(lines.pictures)
    right = (
        same(truth, transcribe(reading, line).text)
        for truth, line, (reading, _) in zip(lines.texts, lines.pictures, readings, strict=True)
    )
    return sum(right) / max(1, len(lines))


def fitting(options: argparse.Namespace, held: LineSet, command: str) -> Callable[[Path], Metrics]:
    """What fits a model file's confidence and gives the figures of that."""

    def fit(path: Path) -> Metrics:
        if options.data and options.lang == "en":
            figures = calibrate(path, options.data, options.first)
        else:
            figures = calibrate_lines(path, held, options.lang, options.data)
        print({key: round(value, 4) for key, value in figures.items()})
        return {"expected calibration error": figure(round(figures["ece"], 4), command)}

    return fit


def main(arguments: Sequence[str]) -> None:
    """Run from the command line."""
    options = _parsed(arguments)
    torch.set_num_threads(1)
    trained = load(options.checkpoint, "recognize")
    trained = replace(
        trained,
        trained_on=tuple(options.trained_on or trained.trained_on),
        licence=options.licence or trained.licence,
    )
    real, held = (LineSet(Charset(trained.charset)) for _ in range(2))
    real.load(options.ranges)
    held.load(options.held)
    first = f" --first {options.first}" if options.first else ""
    command = f"python -m ocr.train.recognize.publish CHECKPOINT --name {options.name}{first} ..."

    def measure(path: Path) -> Metrics:
        return {"held-out lines exactly right": figure(round(exact(path, held, options.lang), 4), command)}

    settings = settings_of(trained.charset, first=not options.first)
    recipe = recipe_of(
        trained, real.pictures, settings, command=command,
        fit=fitting(options, held, command), measure=measure,
    )  # fmt: skip
    record = publish(trained, f"{options.name}-int8", recipe, options.models)
    print(f"{options.models / record.file}: {record.bytes / 1e6:.2f} MB, {record.metrics}")


def _parsed(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--name", required=True, help="of the model, without -int8")
    parser.add_argument("--models", type=Path, default=Path("models"), help="folder of the manifest; made if missing")
    parser.add_argument(
        "--ranges", type=Path, nargs="+", required=True, help="shards of real training lines, for int8 ranges"
    )
    parser.add_argument(
        "--held", type=Path, nargs="+", required=True, help="shards that were not trained on, to measure and to fit"
    )
    parser.add_argument("--lang", default="en")
    parser.add_argument(
        "--data", type=Path, help="labelled sets, for confidence; of other languages than en beside --held"
    )
    parser.add_argument("--first", default="", metavar="NAME", help="fit it to lines that this recogniser is unsure of")
    parser.add_argument(
        "--trained-on", nargs="+", metavar="TEXT", help="the data, with licences; else what the checkpoint says"
    )
    parser.add_argument("--licence", default="", help="of the weights; else what the checkpoint says")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
