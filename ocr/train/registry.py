"""The registry of models: publishing a trained net, and the records of ``models/manifest.json``.

``publish`` is what every task uses. It exports the net, quantizes it, holds the float model to the net and the int8
model to the float one, fits what the task fits to the file, measures, and only then moves model file, training weights
and loss curve into the folder and enters the record. What a task does differently is a ``Recipe``.

    recipe = Recipe(export=..., quantize=..., feeds=..., outputs=("map",), settings=..., measure=...)
    publish(load(run / "last.pt"), "detect-mobile", recipe, Path("models"))

The folder is ``models`` for weights that ship, or any other for weights of one's own: the model file says what it is
and what it was trained on, so ``--detector`` and ``--recognizer`` take its path.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any

from torch import nn

from ocr.errors import UsageError
from ocr.export.parity import INT8_LIMIT, Feed, difference, held
from ocr.export.recognizer import UNFITTED
from ocr.metadata import Metadata
from ocr.output import replacing
from ocr.train.checkpoint import Trained, save
from ocr.weights import SCHEMA, Record

__all__ = ["Metrics", "Recipe", "figure", "publish", "register"]

Metrics = Mapping[str, Mapping[str, Any]]
"""Figure -> ``{"value": ..., "command": ...}``; see ``figure``."""


def _nothing(_: Path) -> Metrics:
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How a net becomes a model file.

    Attributes:
        export: writes a float model of the net that says what it is given; returns the largest difference between
            model and net, and raises where that is over ``FLOAT_LIMIT``.
        quantize: writes the int8 model of a float one; ``None`` ships the float model.
        feeds: real inputs by which the int8 model is held to the float one.
        outputs: names of the outputs that are compared.
        tones: whether these are tones of an image or changes of them.
        limit: what the int8 model may differ; see :mod:`ocr.export.parity`.
        settings: of the model's reader, as a dataclass's ``asdict`` gives them.
        height, width: of the input in pixels; 0 where any will do.
        mean, std: of the input's normalisation.
        operators: of a net for enhancement.
        fit: completes the model file with what is fitted to it, as a recogniser's calibration; figures of that.
        measure: figures of the finished model file.
        wheel: whether the model goes into the wheel.
        command: what makes the model again; stands beside the figures that publishing itself measures.
    """

    export: Callable[[nn.Module, Path, Metadata], float]
    quantize: Callable[[Path, Path], object] | None
    feeds: Sequence[Feed]
    outputs: Sequence[str]
    settings: Mapping[str, Any]
    command: str
    limit: float = INT8_LIMIT
    tones: bool = False
    height: int = 0
    width: int = 0
    mean: float = 0.5
    std: float = 0.5
    operators: tuple[str, ...] = ()
    fit: Callable[[Path], Metrics] = _nothing
    measure: Callable[[Path], Metrics] = _nothing
    wheel: bool = True


def figure(value: float | Sequence[float], command: str) -> dict[str, Any]:
    """A figure of a record and the command that printed it."""
    return {"value": value, "command": command}


def publish(trained: Trained, name: str, recipe: Recipe, models: Path, weights: str = "") -> Record:
    """Make a model file of a trained net and enter it in the manifest; returns its record.

    Nothing in ``models`` changes where a step fails.

    Args:
        trained: the net, and what it was trained on under which licence.
        name: of the model; its file is ``NAME.onnx``.
        recipe: of the net's task.
        models: folder of the manifest; made where it is missing.
        weights: stem of the training weights in ``models/training``; ``name`` without ``-int8`` where empty.

    Raises:
        UsageError: the checkpoint does not say what the net was trained on, or under which licence it is.
        OcrError: a model differs from what it was made of by more than its limit.
        OutputError: the folder cannot be written.
    """
    about = _described(trained, name, recipe)
    (models / "training").mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=models, prefix=".publish-") as folder:
        wide = Path(folder) / f"{name}.float.onnx"
        parity = {"largest difference between float model and net": recipe.export(trained.net, wide, about)}
        ready = wide
        if recipe.quantize is not None:
            ready = Path(folder) / f"{name}.onnx"
            recipe.quantize(wide, ready)
            apart = difference(ready, wide, recipe.feeds, recipe.outputs, tones=recipe.tones)
            parity["difference between int8 and float model"] = held(ready, apart, recipe.limit, "int8")
        figures = dict(recipe.fit(ready))
        figures |= recipe.measure(ready)
        figures |= {key: figure(float(f"{value:.2g}"), recipe.command) for key, value in parity.items()}
        figures["minutes of training"] = figure(round(trained.minutes, 1), recipe.command)
        stem = weights or name.removesuffix("-int8")
        save(models / "training" / f"{stem}.pt", trained, half=True)
        if trained.history:
            _write(models / "training" / f"{stem}.log.csv", _table(trained.history).encode())
        _write(models / f"{name}.onnx", ready.read_bytes())
    return register(
        models, models / f"{name}.onnx", name=name, task=trained.task, params=trained.parameters,
        licence=trained.licence, trained_on=trained.trained_on, metrics=figures, wheel=recipe.wheel,
    )  # fmt: skip


def _described(trained: Trained, name: str, recipe: Recipe) -> Metadata:
    """What the model file will say of itself."""
    for what, said in (("trained_on", trained.trained_on), ("licence", trained.licence)):
        if not said:
            example = '["300 lines of my own letters (CC0)"]' if what == "trained_on" else '"CC0-1.0"'
            raise UsageError(
                f"{name}: its checkpoint says nothing of {what}; put {what} = {example} into the configuration and "
                "resume the run, or give the option of that name"
            )
    return Metadata(
        trained.task, name, trained.licence, trained.trained_on, recipe.height, recipe.width, recipe.mean, recipe.std,
        recipe.settings, trained.charset, UNFITTED if trained.charset else (), recipe.operators,
    )  # fmt: skip


def _write(path: Path, content: bytes) -> None:
    with replacing(path) as file:
        file.write(content)


def _table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows as CSV, with every column that one of them has."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(dict.fromkeys(key for row in rows for key in row)), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def register(
    models: Path,
    file: Path,
    *,
    name: str,
    task: str,
    params: int,
    licence: str,
    trained_on: Sequence[str],
    metrics: Metrics,
    wheel: bool = True,
) -> Record:
    """Add or replace a record in ``manifest.json``; size and checksum are taken from the file.

    Args:
        models: folder of the manifest, which is made where it is missing.
        file: the weights, in that folder.
        name: of the model.
        task: key of ``ocr.metadata.TASKS``.
        params: number of weights, or of a language model's n-grams.
        licence: of the weights, an SPDX identifier.
        trained_on: the data, in words, with its licences.
        metrics: figures, as ``figure`` makes them.
        wheel: whether the wheel has it.

    Raises:
        OutputError: the manifest cannot be written.
    """
    data = file.read_bytes()
    record = Record(
        name, task, file.relative_to(models).as_posix(), hashlib.sha256(data).hexdigest(), len(data), params, licence,
        tuple(trained_on), metrics, wheel,
    )  # fmt: skip
    path = models / "manifest.json"
    manifest: dict[str, Any] = {"schema": SCHEMA, "defaults": {}, "models": []}
    if path.exists():
        manifest = json.loads(path.read_text(encoding="utf-8"))
    entries = manifest["models"]
    place = next((k for k, entry in enumerate(entries) if entry["name"] == name), len(entries))
    entries[place : place + 1] = [_entry(record)]
    _write(path, (json.dumps(manifest, indent=1, ensure_ascii=False) + "\n").encode())
    return record


def _entry(record: Record) -> dict[str, Any]:
    """A record's JSON, without what is as usual."""
    values = {f.name: getattr(record, f.name) for f in fields(Record)}
    usual = {f.name: f.default for f in fields(Record) if f.default is not MISSING}
    return {
        key: list(value) if isinstance(value, tuple) else value
        for key, value in values.items()
        if key not in usual or value != usual[key]
    }
