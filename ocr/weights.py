"""Where the models are and what is known of them: ``models/manifest.json``.

The manifest is ``{"schema": 1, "defaults": {lang: {"detector": name, "recognizer": name, "second": name,
"language": name, "orient": name}}, "models": [record, ...]}``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import Any

from ocr.errors import DependencyError, InputError, UsageError

__all__ = [
    "Manifest",
    "ModelFile",
    "Record",
    "defaults",
    "folder",
    "language_model",
    "manifest",
    "model",
    "orienter",
    "second_recognizer",
    "verify",
]

FOLDERS = (Path(__file__).parent / "models", Path(__file__).parent.parent / "models")
"""In the wheel, and in a checkout."""


@dataclass(frozen=True, slots=True)
class Record:
    """One model's entry.

    Attributes:
        name: what options and results call it.
        task: detect, recognize, language, enhance, corners or orient.
        file: the weights, beside the manifest.
        sha256: of that file.
        bytes: its size.
        params: number of weights, or of a language model's n-grams.
        licence: of the weights.
        charset: the characters it can read, in class order; or the name of a ``.txt`` file beside the manifest.
        height: of its input, pixels; 0 where any will do.
        normalisation: how pixels become input: ``{"mean": ..., "std": ...}`` of values scaled to 0..1.
        trained_on: data sets.
        metrics: figure -> ``{"value": ..., "command": ...}``.
        parent: name of the model it was made from.
        wheel: whether the wheel has it; those that it has not are in the source distribution.
    """

    name: str
    task: str
    file: str
    sha256: str
    bytes: int
    params: int
    licence: str
    charset: str = ""
    height: int = 0
    normalisation: Mapping[str, Any] = field(default_factory=dict)
    trained_on: tuple[str, ...] = ()
    metrics: Mapping[str, Any] = field(default_factory=dict)
    parent: str = ""
    wheel: bool = True

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> Record:
        """A record from its JSON.

        Raises:
            InputError: a key is missing or unknown.
        """
        known = {f.name for f in fields(cls)}
        needed = {f.name for f in fields(cls) if f.default is MISSING and f.default_factory is MISSING}
        wrong = sorted((needed - set(entry)) | (set(entry) - known))
        if wrong:
            raise InputError(f"manifest.json, model {entry.get('name', '?')!r}: missing or unknown {', '.join(wrong)}")
        return cls(**{**entry, "trained_on": tuple(entry.get("trained_on", ()))})


@dataclass(frozen=True, slots=True)
class Manifest:
    """All records by name, and the default models of each language."""

    models: Mapping[str, Record]
    defaults: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A model's file and its record."""

    path: Path
    record: Record

    @property
    def charset(self) -> str:
        """The characters it can read, in class order."""
        if self.record.charset.endswith(".txt"):
            return (self.path.parent / self.record.charset).read_text(encoding="utf-8").replace("\n", "")
        return self.record.charset


def folder() -> Path:
    """The folder with ``manifest.json``: in the installed package, else in the checkout.

    Raises:
        DependencyError: there is none.
    """
    for place in FOLDERS:
        if (place / "manifest.json").is_file():
            return place
    raise DependencyError(
        f"models/manifest.json is missing (looked in {' and '.join(map(str, FOLDERS))}); "
        "run: pip install --force-reinstall ocr"
    )


def manifest() -> Manifest:
    """The manifest, parsed once.

    Raises:
        DependencyError: there is none.
        InputError: it is damaged.
    """
    return _parse(folder() / "manifest.json")


@cache
def _parse(path: Path) -> Manifest:
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        records = [Record.of(entry) for entry in raw["models"]]
        return Manifest({record.name: record for record in records}, raw.get("defaults", {}))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{path}: damaged ({error}); run: pip install --force-reinstall ocr") from error


def model(name: str) -> ModelFile:
    """The model of that name.

    Raises:
        UsageError: the manifest does not know it.
        DependencyError: its file is missing.
    """
    known = manifest().models
    if name not in known:
        raise UsageError(f"there is no model {name!r}; the models are {', '.join(sorted(known)) or 'none yet'}")
    path = folder() / known[name].file
    if not path.is_file():
        how = "run: pip install --force-reinstall ocr"
        if not known[name].wheel:
            how = f"they are not in the wheel: copy models/{path.name} of the source distribution there"
        raise DependencyError(f"{path}: the weights of {name} are missing; {how}")
    return ModelFile(path, known[name])


def defaults(lang: str) -> tuple[str, str]:
    """Names of the detector and the recogniser for a language.

    Raises:
        UsageError: the manifest has no models for it.
    """
    known = manifest().defaults
    if lang not in known:
        raise UsageError(
            f"there are no models for language {lang!r}; there are for {', '.join(sorted(known)) or 'none'}"
        )
    return known[lang]["detector"], known[lang]["recognizer"]


def language_model(lang: str) -> str:
    """Name of the language model for a language; empty where there is none."""
    return manifest().defaults.get(lang, {}).get("language", "")


def orienter(lang: str) -> str:
    """Name of the model that tells which way up lines of a language are; empty where there is none."""
    return manifest().defaults.get(lang, {}).get("orient", "")


def second_recognizer(lang: str) -> str:
    """Name of the large recogniser for a language; empty where there is none."""
    return manifest().defaults.get(lang, {}).get("second", "")


def verify(file: ModelFile) -> bool:
    """Whether the weights are byte for byte those of the manifest (``ocr doctor``)."""
    with file.path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest() == file.record.sha256
