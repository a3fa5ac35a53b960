"""Real lines with their text, and how a recogniser reads them: the parity check of an export."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein

from ocr.document import Quad
from ocr.errors import InputError
from ocr.geometry import crop_line, grow
from ocr.recognize.crnn import CrnnRecognizer
from ocr.source import open_source

__all__ = ["Measured", "TrueLine", "agreement", "error_rate", "measure", "read_lines"]

ENDS, RIM = 0.2, 0.05
"""Margins around a box of the ground truth, as shares of its height: at both ends, above and below."""


@dataclass(frozen=True, slots=True)
class TrueLine:
    """A line of text: its grey picture (H, W), what it says, and whether capitals count."""

    picture: NDArray[np.uint8]
    text: str
    ignore_case: bool = False


@dataclass(frozen=True, slots=True)
class Measured:
    """How a recogniser read lines.

    Attributes:
        texts: of the lines.
        classes: the best class of each frame of each line.
        milliseconds: of processor time a line, which other programs do not lengthen much.
    """

    texts: tuple[str, ...]
    classes: tuple[NDArray[np.int64], ...]
    milliseconds: float


def read_lines(truth: Path, height: int, limit: int = 500) -> list[TrueLine]:
    """The first lines of a file of ground truth as ``ocr eval`` takes it.

    Args:
        truth: JSON Lines: ``{"image", "text"}`` is a picture of one line, ``{"image", "boxes": [[quad, text], ...]}``
            a page whose lines are cut out.
        height: of the pictures, pixels.
        limit: number of lines at most.

    Raises:
        InputError: the file or one of its images cannot be read, or there are no lines in it.
    """
    found: list[TrueLine] = []
    try:
        rows = truth.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        reason = "not UTF-8" if isinstance(error, ValueError) else error.strerror
        raise InputError(
            f"{truth}: cannot be read ({reason}); give ground truth as ocr eval takes it: ocr eval --help"
        ) from error
    for number, row in enumerate(rows, 1):
        if len(found) < limit and row.strip():
            try:
                found += _lines(json.loads(row), truth.parent, height)
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                what = '{"image": "line.png", "text": "..."}'
                raise InputError(f"{truth}, line {number}: not ground truth ({error!r}); write {what}") from error
    if not found:
        raise InputError(f'{truth}: no lines in it; a row is {{"image": "line.png", "text": "..."}}')
    return found[:limit]


def _lines(row: dict[str, Any], folder: Path, height: int) -> list[TrueLine]:
    with open_source(folder / row["image"]) as source:
        pixels = source.page(source.numbers[0]).pixels
    small = bool(row.get("ignore_case"))
    if "boxes" not in row:
        whole = Quad.rect(0, 0, pixels.shape[1], pixels.shape[0])
        return [TrueLine(crop_line(pixels, whole, height), row["text"], small)]
    quads = [(Quad.of(points), text) for points, text in row["boxes"]]
    return [
        TrueLine(crop_line(pixels, grow(quad, ENDS * quad.height, RIM * quad.height), height), text, small)
        for quad, text in quads
    ]


def measure(recognizer: CrnnRecognizer, lines: Sequence[TrueLine]) -> Measured:
    """Read lines, greedily and on one thread."""
    pictures = [line.picture for line in lines]
    recognizer(pictures[:8])  # what runtimes prepare at their first run is not counted
    started = time.process_time()
    readings = recognizer(pictures)
    seconds = time.process_time() - started
    classes = tuple(np.asarray(recognizer.frames(picture).classes) for picture in pictures)
    return Measured(tuple(reading.text for reading in readings), classes, 1000 * seconds / len(pictures))


def error_rate(texts: Sequence[str], lines: Sequence[TrueLine]) -> float:
    """Character error rate: edits over characters of the truth."""
    edits = total = 0
    for text, line in zip(texts, lines, strict=True):
        found, wanted = (" ".join(value.split()) for value in (text, line.text))
        if line.ignore_case:
            found, wanted = found.lower(), wanted.lower()
        edits += Levenshtein.distance(found, wanted)
        total += len(wanted)
    return edits / max(total, 1)


def agreement(one: Measured, other: Measured) -> float:
    """Share of the frames whose most likely class is the same; frames that one of the two lacks count as different."""
    same = sum(int((a[: len(b)] == b[: len(a)]).sum()) for a, b in zip(one.classes, other.classes, strict=True))
    return same / max(1, sum(max(len(a), len(b)) for a, b in zip(one.classes, other.classes, strict=True)))
