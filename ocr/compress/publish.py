"""Put packed models into ``models/compressed``, and enter them into the manifest.

    python -m ocr.compress.publish work/detect-tiny/detect-tiny.dcz [--name NAME] [--models models]
        [--figure WHAT VALUE COMMAND ...]

What the file says of itself is what the manifest says. The wheel has none of them: they are in the source distribution.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from math import prod
from pathlib import Path
from typing import Any

from ocr.errors import UsageError
from ocr.metadata import read_metadata
from ocr.output import replacing
from ocr.packed_weights.container import opened, sealed
from ocr.train.registry import figure, register
from ocr.weights import Record

__all__ = ["main", "publish"]


def publish(file: Path, models: Path, metrics: Mapping[str, Mapping[str, Any]], name: str = "") -> Record:
    """Copy a packed model to ``models/compressed`` and enter it; returns its record.

    Args:
        file: a ``.dcz`` file of `ocr compress`.
        models: folder of the manifest.
        metrics: figures, as ``ocr.train.registry.figure`` makes them.
        name: of a language model; a network says its own.

    Raises:
        InputError: the file is damaged or not packed.
        UsageError: the model does not say what it was trained on, or under which licence.
    """
    about, model, sections = opened(file)
    data = file.read_bytes()
    if "ngrams" in about:
        task, said = "language", about["ngrams"]
        params, licence, trained_on = sum(about["levels"]) - 1, said["licence"], tuple(said["trained_on"])
        name = name or said["name"]
        data = sealed({**about, "ngrams": {**said, "name": name}}, model, sections)
    else:
        known = read_metadata(file)
        task, licence, trained_on, name = known.task, known.licence, known.trained_on, known.name
        params = sum(prod(shape) for _, shape, *_ in about["tensors"])
    if not (licence and trained_on):
        raise UsageError(f"{file}: says no licence or no trained_on; state both where it was trained, then pack again")
    target = models / "compressed" / f"{name}.dcz"
    target.parent.mkdir(parents=True, exist_ok=True)
    with replacing(target) as stream:
        stream.write(data)
    return register(
        models, target, name=name, task=task, params=params, licence=licence, trained_on=trained_on, metrics=metrics,
        wheel=False,
    )  # fmt: skip


def main(arguments: Sequence[str]) -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--models", type=Path, default=Path("models"))
    parser.add_argument("--name", default="", help="of a language model")
    parser.add_argument("--figure", nargs=3, action="append", default=[], metavar=("WHAT", "VALUE", "COMMAND"))
    options = parser.parse_args(arguments)
    figures = {what: figure(float(value), command) for what, value, command in options.figure}
    sys.stdout.write(f"{publish(options.file, options.models, figures, options.name)}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
