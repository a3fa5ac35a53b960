"""Where the models are and what is known of them: ``models/manifest.json``, and model files of one's own.

The manifest is ``{"schema": 2, "defaults": {lang: {"detector": name, "recognizer": name, "second": name,
"language": name, "orient": name}}, "tiny": {lang: {"detector": name, "recognizer": name, "language": name}},
"languages": name, "models": [record, ...]}``; ``tiny`` are the compressed models of ``quality="tiny"``, ``languages``
is the archive of the language models of European languages. What a reader has to know of a model stands in the model
file itself (:mod:`ocr.metadata`), so that a file of one's own needs no manifest.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import Any, Final
from zipfile import BadZipFile, ZipFile

from ocr.errors import DependencyError, InputError, UsageError
from ocr.metadata import TASKS, Metadata, read_metadata

__all__ = [
    "SCHEMA",
    "Manifest",
    "ModelFile",
    "Record",
    "defaults",
    "folder",
    "language_file",
    "language_model",
    "language_models",
    "manifest",
    "model",
    "orienter",
    "second_recognizer",
    "verify",
]

FOLDERS = (Path(__file__).parent / "models", Path(__file__).parent.parent / "models")
"""In the wheel, and in a checkout."""
SCHEMA: Final = 2
"""Version of the manifest."""


@dataclass(frozen=True, slots=True)
class Record:
    """One model's entry in the manifest.

    Attributes:
        name: what options and results call it.
        task: key of ``ocr.metadata.TASKS``.
        file: the weights, beside the manifest.
        sha256: of that file.
        bytes: its size.
        params: number of weights, or of a language model's n-grams.
        licence: of the weights, an SPDX identifier.
        trained_on: the data, in words, with its licences.
        metrics: figure -> ``{"value": ..., "command": ...}``.
        wheel: whether the wheel has it; those that it has not are in the source distribution.
    """

    name: str
    task: str
    file: str
    sha256: str
    bytes: int
    params: int
    licence: str
    trained_on: tuple[str, ...]
    metrics: Mapping[str, Any] = field(default_factory=dict)
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
        return cls(**{**entry, "trained_on": tuple(entry["trained_on"])})


@dataclass(frozen=True, slots=True)
class Manifest:
    """All records by name, the default models of each language, the compressed ones, the archive of language models."""

    models: Mapping[str, Record]
    defaults: Mapping[str, Mapping[str, str]]
    tiny: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    languages: str = ""


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A model's file and what it says of itself.

    Attributes:
        path: of the file.
        metadata: of an ONNX file.
    """

    path: Path
    metadata: Metadata

    @property
    def name(self) -> str:
        """What results call the model."""
        return self.metadata.name

    @property
    def charset(self) -> str:
        """The characters it can read, in class order."""
        return self.metadata.charset


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
        if raw["schema"] != SCHEMA:
            raise InputError(f"{path}: of another version of ocr; run: pip install --force-reinstall ocr")
        records = [Record.of(entry) for entry in raw["models"]]
        return Manifest(
            {record.name: record for record in records}, raw["defaults"], raw.get("tiny", {}),
            raw.get("languages", ""),
        )  # fmt: skip
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{path}: damaged ({error}); run: pip install --force-reinstall ocr") from error


def model(name_or_path: str | Path, task: str = "") -> ModelFile:
    """The model of a name in the manifest, or a model file of one's own.

    Args:
        name_or_path: a name, or the path of an ``.onnx`` file that ``ocr.train`` published.
        task: what the model has to be for, a key of ``ocr.metadata.TASKS``; empty takes any.

    Raises:
        UsageError: there is no such model or file, or it is for another task.
        DependencyError: the file of a model in the manifest is missing.
        InputError: the file is not a model, or does not say what it is.

    Example:
        >>> model("detect-mobile").metadata.task
        'detect'
    """
    name = str(name_or_path)
    known = manifest().models
    if name in known and not isinstance(name_or_path, Path):
        path, found = _file(known[name]), known[name].task
        _for_task(name, found, task)
        return ModelFile(path, read_metadata(path))
    path = Path(name_or_path)
    if not path.is_file():
        if isinstance(name_or_path, Path) or path.suffix or len(path.parts) > 1:
            raise UsageError(f"{path}: there is no such model file; check the path, or name {_names(task)}")
        raise UsageError(f"there is no model {name!r}; name {_names(task)}, or give the path of a model file")
    metadata = read_metadata(path)
    _for_task(name, metadata.task, task)
    return ModelFile(path, metadata)


def language_file(name: str) -> Path:
    """The file of a language model in the manifest.

    Raises:
        UsageError: there is no such language model.
        DependencyError: its file is missing.
    """
    known = manifest().models
    if name not in known:
        raise UsageError(f"there is no language model {name!r}; name {_names('language')}")
    _for_task(name, known[name].task, "language")
    return _file(known[name])


def language_models() -> Mapping[str, str]:
    """The language model of each European language that has one: code -> name.

    Raises:
        DependencyError: their file is missing.
        InputError: it is damaged.
    """
    name = manifest().languages
    several = {code: f"{name}:{code}" for code in _members(language_file(name))} if name else {}
    return several | {"en": language_model("en")}


@cache
def _members(path: Path) -> tuple[str, ...]:
    try:
        with ZipFile(path) as archive:
            return tuple(sorted(Path(n).stem for n in archive.namelist() if n.endswith(".dcz")))
    except (OSError, BadZipFile) as error:
        raise InputError(f"{path}: damaged ({error}); run: pip install --force-reinstall ocr") from error


def _file(record: Record) -> Path:
    path = folder() / record.file
    if not path.is_file():
        how = "run: pip install --force-reinstall ocr"
        if not record.wheel:
            how = f"the wheel does not have them: copy models/{record.file} of a checkout there, or pip install -e it"
        raise DependencyError(f"{path}: the weights of {record.name} are missing; {how}")
    return path


def _for_task(name: str, found: str, wanted: str) -> None:
    if wanted and found != wanted:
        raise UsageError(f"{name} is {TASKS[found]}; {TASKS[wanted]} is needed: name {_names(wanted)}")


def _names(task: str) -> str:
    """The models for a task, to be listed in a message."""
    names = sorted(record.name for record in manifest().models.values() if task in {"", record.task})
    return f"one of {', '.join(names)}" if names else "no model: none is installed"


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


def verify(name: str) -> bool:
    """Whether a model's file is byte for byte that of the manifest (``ocr doctor``).

    Raises:
        UsageError: the manifest does not know the model.
        DependencyError: its file is missing.
    """
    known = manifest().models
    if name not in known:
        raise UsageError(f"there is no model {name!r}; name {_names('')}")
    with _file(known[name]).open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest() == known[name].sha256
