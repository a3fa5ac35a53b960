"""Writing into model files what they say of themselves (:mod:`ocr.metadata`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path

import onnx

from ocr.metadata import Metadata
from ocr.output import replacing

__all__ = ["describe", "set_pairs"]

OBSOLETE = frozenset({"radius"})
"""Keys of earlier versions."""


def describe(path: Path, metadata: Metadata) -> None:
    """Replace what a model file says of itself; the network stays byte for byte as it is.

    Raises:
        OutputError: the file cannot be written.
    """
    set_pairs(path, metadata.strings(), frozenset(f.name for f in fields(Metadata)) | OBSOLETE)


def set_pairs(path: Path, values: Mapping[str, str], dropped: frozenset[str] = frozenset()) -> None:
    """Set key-value pairs of a model file and drop others; the file is replaced whole.

    Raises:
        OutputError: the file cannot be written.
    """
    model = onnx.load(str(path))
    kept = {pair.key: pair.value for pair in model.metadata_props if pair.key not in dropped}
    del model.metadata_props[:]
    onnx.helper.set_model_props(model, kept | dict(values))
    with replacing(path) as file:
        file.write(model.SerializeToString())
