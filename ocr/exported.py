"""Folders that ``ocr export`` writes, as they are read back: what ``pipeline.json`` says of the models in them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ocr import __version__
from ocr.errors import InputError, UsageError
from ocr.languages import languages

__all__ = ["APART", "PIPELINE", "SCHEMA", "Exported", "entry", "opened"]

PIPELINE: Final = "pipeline.json"
SCHEMA: Final = 1
"""Version of ``pipeline.json``."""
APART: Final = frozenset({".ort", ".ocrnet", ".xml", ".mnn", ".param", ".pte", ".tflite"})
"""Suffixes of model files that say nothing of themselves: ``pipeline.json`` beside them does."""
ELSEWHERE: Final[Mapping[str, str]] = {".mlpackage": "Apple machines"}
"""Suffixes of models that do not run here, and where they do."""
AGAIN: Final = "export it again: ocr export --target TARGET -o DIR"


@dataclass(frozen=True, slots=True)
class Exported:
    """An exported folder.

    Attributes:
        lang: the languages that it was exported for, as ``--lang`` takes them.
        detector, recognizer: the model files.
    """

    lang: str
    detector: Path
    recognizer: Path


def opened(folder: Path) -> Exported:
    """A folder of ``ocr export``, its files checked against their checksums.

    Raises:
        UsageError: there is no such folder, or it is none of ``ocr export``.
        InputError: it is damaged.
    """
    if not (folder / PIPELINE).is_file():
        what = f"no {PIPELINE} in it" if folder.is_dir() else "there is no such folder"
        raise UsageError(f"{folder}: {what}; name a folder that was made by: ocr export --target onnx -o DIR")
    said = _pipeline(folder / PIPELINE)
    if place := ELSEWHERE.get(Path(said["models"]["recognizer"]["file"]).suffix):
        raise UsageError(
            f"{folder}: its models run on {place} alone; to read here, export others: ocr export --target onnx -o DIR"
        )
    for name, digest in said["checksums"].items():
        path = folder / name
        if not path.is_file():
            raise InputError(f"{path}: this file of the export is missing; {AGAIN}")
        with path.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != digest:
                raise InputError(f"{path}: not the file that was exported (its checksum differs); {AGAIN}")
    models = said["models"]
    return Exported(said["lang"], folder / models["detector"]["file"], folder / models["recognizer"]["file"])


def entry(path: Path) -> Mapping[str, Any]:
    """What ``pipeline.json`` says of a model file beside it: ``{"file", "inputs", "outputs", "metadata", ...}``.

    Raises:
        InputError: there is no ``pipeline.json``, or it does not name the file.
    """
    for model in _pipeline(path.with_name(PIPELINE))["models"].values():
        if model["file"] == path.name:
            return dict(model)
    raise InputError(f"{path}: {PIPELINE} beside it does not name this file; {AGAIN}")


def _pipeline(path: Path) -> dict[str, Any]:
    """The content of ``pipeline.json``; the charset, which stands in a file of its own, is put in.

    Raises:
        InputError: it is missing or damaged, or of a later version.
    """
    try:
        said: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if said["schema"] != SCHEMA:
            raise InputError(f"{path}: of another version of ocr ({said['ocr']}, this is {__version__}); {AGAIN}")
        models = said["models"]
        with path.with_name(said["charset"]).open(encoding="utf-8", newline="\n") as file:
            models["recognizer"]["metadata"]["charset"] = "".join(file.read().split("\n"))
        if not all(isinstance(model["file"], str) for model in (models["detector"], models["recognizer"])):
            raise ValueError("a model without a file")
        said["checksums"].items()
        try:
            languages(said["lang"])
        except UsageError as error:
            raise ValueError(f"there is no language {said['lang']!r}") from error
    except OSError as error:
        raise InputError(f"{error.filename}: cannot be read ({error.strerror}); {AGAIN}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{path}: damaged ({error}); {AGAIN}") from error
    return said
