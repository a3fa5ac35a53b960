"""A whole set: read each image or take a prediction, score it, report."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from ocr.errors import InputError, OutputError
from ocr.evaluate.overlays import Overlays
from ocr.evaluate.predict import predict
from ocr.evaluate.score import Score
from ocr.output import refuse_input

if TYPE_CHECKING:
    from ocr.pipeline import Reader

__all__ = ["evaluate"]

TYPES: dict[str, tuple[type, str]] = {
    "image": (str, "a string"),
    "text": (str, "a string"),
    "boxes": (list, "a list"),
    "words": (list, "a list"),
    "fields": (dict, "an object"),
}
"""What the values of ground truth and predictions must be."""


def evaluate(
    gt: Path,
    reader: Reader | None = None,
    *,
    only: Path | None = None,
    predictions: Path | None = None,
    save: Path | None = None,
    per_image: bool = False,
    calibration: bool = False,
    overlays: Path | None = None,
) -> Iterator[str]:
    """Score a set of images against its ground truth (the format is described in :mod:`ocr.evaluate`).

    Args:
        gt: the ground truth, a JSON Lines file; image paths are relative to its folder.
        reader: reads the images; not needed with ``predictions``.
        only: score only the images that this JSON Lines file lists.
        predictions: score this JSON Lines file instead of reading the images.
        save: write the predictions to this file, each as soon as it is made.
        per_image: also yield the figures and the missed lines of each image whose text is scored.
        calibration: also yield a table of confidence and accuracy.
        overlays: save pictures of the worst pages to this folder.

    Yields:
        Lines to print, as they become known; the last one is the JSON with the figures.

    Raises:
        InputError: a file is missing or not JSON Lines.
        OutputError: ``save`` or ``overlays`` cannot be written.
    """
    truths = _rows(gt)
    if not truths:
        raise InputError(f"{gt}: there are no images in it; each line must be one JSON object with the key image")
    if only:
        names = {row["image"] for row in _rows(only)}
        truths = [row for row in truths if row["image"] in names]
        if not truths:
            raise InputError(f"{only}: none of its images is in {gt}; images are matched by the value of image")
    for input in (gt, only, predictions):
        if save and input:
            refuse_input(save, input, option="--save")
    known = {row["image"]: row for row in _rows(predictions)} if predictions else {}
    score, worst = Score(), Overlays()
    with _writable(save) if save else nullcontext() as file:
        for truth in truths:
            found = known.get(truth["image"], {})
            if not predictions and reader is not None:
                found = predict(truth, gt.parent, reader)
                if found and file:
                    file.write(json.dumps(found, ensure_ascii=False) + "\n")
                    file.flush()
            image = score.add(truth, found)
            if overlays:
                worst.add(image.badness, image.figures, truth, found)
            if per_image and (line := image.to_text()):
                yield line
    if overlays:
        yield from (str(path) for path in worst.draw(gt.parent, overlays))
    if calibration:
        yield from score.calibration.table()
    yield score.to_json()


def _writable(path: Path) -> TextIO:
    try:
        return path.open("w", encoding="utf-8")
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error.strerror}); choose another file with --save") from error


def _rows(path: Path) -> list[dict[str, Any]]:
    """The objects of a JSON Lines file, each with an image.

    Raises:
        InputError: the file cannot be opened, or a line is something else.
    """
    folder = shlex.quote(str(path.parent))
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise InputError(f"{path}: cannot be opened ({error.strerror}); list its folder: ls -l {folder}") from error
    except ValueError as error:
        raise InputError(f"{path}: not JSON Lines ({error}); each line must be one JSON object") from error
    return [_row(line, f"{path}: line {number}") for number, line in enumerate(lines, 1) if line.strip()]


def _row(line: str, where: str) -> dict[str, Any]:
    """One line as an object whose values have the types that scoring expects.

    Raises:
        InputError: it is something else.
    """
    try:
        row = json.loads(line)
    except ValueError as error:
        raise InputError(f"{where} is not JSON ({error}); each line must be one JSON object") from error
    if not isinstance(row, dict) or "image" not in row:
        raise InputError(f'{where} is not an object with an image; write for example {{"image": "page.png"}}')
    row = {key: value for key, value in row.items() if value is not None}  # null: an engine without that
    for key, (kind, words) in TYPES.items():
        if key in row and not isinstance(row[key], kind):
            raise InputError(f"{where}: {key} must be {words}, not {json.dumps(row[key])[:40]}")
    return row
