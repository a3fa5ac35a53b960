"""Running a recipe: step after step, each measured, each kept, so that a killed run goes on where it stopped."""

from __future__ import annotations

import hashlib
import json
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import cv2
import torch

from ocr.compress.data import DataConfig, line_data
from ocr.compress.measure import Row, measured
from ocr.compress.pack import write_packed
from ocr.compress.pages import PageConfig, page_data
from ocr.compress.recipe import Recipe, Step
from ocr.compress.report import write_report
from ocr.compress.samples import Samples
from ocr.compress.techniques import found
from ocr.compress.weights import on_levels
from ocr.errors import InputError, OutputError, UsageError
from ocr.output import alone, replacing
from ocr.recognize.charset import Charset
from ocr.train.checkpoint import Trained, load, merged, save

__all__ = ["compress", "opened", "prepare", "samples"]

RUN = "run.json"


def opened(model: Path) -> Trained:
    """The checkpoint of a recogniser or a detector.

    Raises:
        InputError: the file is missing, damaged, or no checkpoint of ours.
        UsageError: it is for another task.
    """
    if model.suffix in (".onnx", ".dcz"):
        raise UsageError(
            f"{model}: compression starts from a checkpoint, which holds what can be trained on; name one such as "
            "models/training/crnn-en-mobile.pt"
        )
    trained = load(model)
    if trained.task not in ("recognize", "detect"):
        raise UsageError(f"{model}: a net for task {trained.task}; `ocr compress` takes recognisers and detectors")
    return trained


def samples(config: DataConfig | PageConfig, trained: Trained) -> Samples:
    """The data that a model is compressed with; the model itself is its ``origin``.

    Raises:
        UsageError: lines for a detector, or pages for a recogniser.
        InputError: there are none.
    """
    if isinstance(config, PageConfig) and trained.task == "detect":
        return page_data(config, trained)
    if isinstance(config, DataConfig) and trained.task == "recognize":
        return line_data(config, Charset(trained.charset), trained)
    needed = "pages: a table [pages]" if trained.task == "detect" else "lines: a table [data]"
    raise UsageError(f"a net for task {trained.task} is compressed with {needed} in the recipe (models/recipes)")


def prepare(model: Path, recipe_text: str, out: Path, resume: bool) -> None:
    """Make the run's folder, or check that it is of the same run.

    Raises:
        OutputError: the folder cannot be made.
        UsageError: the folder holds a run and ``resume`` is false, or one of another model or recipe.
        InputError: the folder's ``run.json`` is damaged.
    """
    about = {"model": str(model), "sha256": hashlib.sha256(model.read_bytes()).hexdigest(), "recipe": recipe_text}
    path = out / RUN
    if path.exists() and _begun(out):
        if not resume:
            raise UsageError(f"{out}: holds a run already; add --resume to continue it, or name another folder with -o")
        try:
            before = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise InputError(f"{path}: damaged ({error}); delete the folder and start again") from error
        for key, what in (("sha256", "model"), ("recipe", "recipe")):
            if before.get(key) != about[key]:
                raise UsageError(f"{out}: holds a run of another {what}; name another folder with -o")
        return
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{out}: cannot be made ({error.strerror}); name another folder with -o") from error
    with replacing(out / "recipe.toml") as file:
        file.write(recipe_text.encode())
    with replacing(path) as file:
        file.write((json.dumps(about, indent=1) + "\n").encode())


def _begun(out: Path) -> bool:
    """Whether a run's folder has results: a run that ended before, over a wrong recipe or its data, may begin anew."""
    return any(out.glob("[0-9][0-9]-*.json")) or any(out.glob("attempt-*"))


def compress(model: Path, recipe: Recipe, out: Path, command: str = "") -> list[Row]:
    """Run a recipe on a checkpoint; the folder receives a checkpoint and figures for each step, the packed model, and
    the report.

    Args:
        model: the checkpoint.
        recipe: the steps.
        out: the folder, made by ``prepare``; steps that are finished there are not repeated.
        command: what is run, for the report.

    Raises:
        InputError: model or data is missing or damaged.
        UsageError: a technique does not fit the model, or another run is at work in the folder.
        OutputError: the folder cannot be written.
    """
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    with alone(out, f"{out}: another run is at work there; wait for it, or name another folder with -o"):
        return _compressed(model, recipe, out, command)


def _compressed(model: Path, recipe: Recipe, out: Path, command: str) -> list[Row]:
    trained = opened(model)
    data = samples(recipe.data, trained)
    trained = replace(trained, trained_on=merged(trained.trained_on, recipe.data.trained_on))
    rows = [_measured_once(out, "00-original", lambda: measured(trained, data, "0 original"))]
    for number, step in enumerate(recipe.steps, 1):
        trained, row = _stepped(out, number, step, recipe.seed, trained, data)
        rows.append(row)
        write_report(out, rows, {"name": recipe.name, "model": str(model), "command": command})
    write_packed(trained, out / f"{recipe.name}.dcz", recipe.name, data.fit)
    return rows


def _stepped(out: Path, number: int, step: Step, seed: int, trained: Trained, data: Samples) -> tuple[Trained, Row]:
    """The model after a step and its figures; from the folder where the step is finished."""
    stem = f"{number:02}-{step.technique}"
    path = out / f"{stem}.pt"
    took = 0.0
    if not path.exists():
        sys.stderr.write(f"step {number}: {step.technique}\n")
        torch.manual_seed(seed)
        function, _ = found(step.technique, out).load()
        start = time.monotonic()
        made = function(trained, step.settings, data)
        took = (time.monotonic() - start) / 60
        _say_lost_levels(trained, made, number, step.technique)
        made = replace(made, config={**trained.config, f"step {number}": _plain(step)})
        save(path, made)
    made = load(path, trained.task)  # also after the step: so a resumed run gives the same weights to the last bit
    return made, _measured_once(out, stem, lambda: measured(made, data, f"{number} {step.technique}", took))


def _say_lost_levels(before: Trained, after: Trained, number: int, technique: str) -> None:
    """Training moves weights off the levels that a step before put them on; the file then grows, which is said."""
    had, has = on_levels(before.net), on_levels(after.net)
    if has < had:
        sys.stderr.write(
            f"step {number}: {technique} took {had - has} of {had} quantized or shared weights off their levels; "
            "put steps that train before those that quantize\n"
        )


def _measured_once(out: Path, stem: str, measure: Any) -> Row:
    """The figures of a step, kept beside its checkpoint."""
    path = out / f"{stem}.json"
    if path.exists():
        return Row(**json.loads(path.read_text(encoding="utf-8")))
    row: Row = measure()
    with replacing(path) as file:
        file.write((json.dumps(asdict(row)) + "\n").encode())
    return row


def _plain(step: Step) -> Mapping[str, Any]:
    return {"technique": step.technique, **asdict(step.settings)}
