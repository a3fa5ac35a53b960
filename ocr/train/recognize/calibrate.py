"""Fit a recogniser's confidence to whether it was right, on the lines of held-out training pages.

    python -m ocr.train.recognize.calibrate MODEL.onnx DATA

Lines are detected, cropped and read as by ``ocr read``; whether a reading is right is judged by the ground truth of
its page, as in ``ocr eval`` (:mod:`ocr.evaluate.calibration`), so no label of a single line is needed. Pictures without
text are added as readings that are wrong. The weights of a logistic curve are written into the model file.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ocr.detect import Detector, shown_quads
from ocr.detect.db import DbDetector
from ocr.errors import UsageError
from ocr.evaluate.calibration import Calibration
from ocr.export.metadata import set_pairs
from ocr.geometry import crop_line
from ocr.recognize.crnn import CrnnRecognizer
from ocr.source import open_source
from ocr.train.recognize.accuracy import folded
from ocr.train.recognize.data import LineSet
from ocr.train.recognize.shards import empty_pages, found_lines, held_out
from ocr.train.synth.junk import junk_picture
from ocr.transcribe import transcribe
from ocr.weights import defaults, language_model

__all__ = ["calibrate", "calibrate_lines", "fit_logistic", "same"]

SETS = ("isri_unlv", "old_books", "sroie")
JUNK = 10
"""Lines for each picture without text."""
FOUND = 5
"""One in so many of these pictures is what the detector finds on a page without text; it takes longer to get."""

Case = tuple[tuple[float, ...], bool]
"""Evidence of a line, and whether it was read right."""


def fit_logistic(features: NDArray[np.float64], right: NDArray[np.bool_], ridge: float = 1e-2) -> NDArray[np.float64]:
    """Weights of P(right) = sigmoid(features @ weights), by Newton's method with a small ridge.

    Args:
        features: N x K, a column of ones first.
        right: N.
        ridge: penalty, so that separable data has an answer.
    """
    weights = np.zeros(features.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-np.clip(features @ weights, -30, 30)))
        gradient = features.T @ (right - p) - ridge * weights
        hessian = (features * (p * (1 - p))[:, None]).T @ features + ridge * np.eye(len(weights))
        step = np.linalg.solve(hessian, gradient)
        weights += step
        if np.abs(step).max() < 1e-8:
            break
    return weights


def page_cases(
    recognizer: CrnnRecognizer, first: CrnnRecognizer | None, detector: Detector, root: Path, name: str
) -> Iterator[Case]:
    """Evidence and verdict of the lines of one set's held-out training pages that its ground truth covers.

    Args:
        recognizer: whose confidence is fitted.
        first: only lines of low confidence with this one count; None for all.
        detector: of the lines.
        root: folder of the data sets.
        name: of the set.
    """
    with (root / name / "train" / "gt.jsonl").open(encoding="utf-8") as file:
        for truth in map(json.loads, file):
            if not held_out(f"{name}/{truth['image']}"):
                continue
            with open_source(root / name / "train" / truth["image"]) as source:
                page = source.page(1).pixels
            regions = detector(page)
            crops = [crop_line(page, quad, recognizer.height) for quad in shown_quads(regions)]
            rows = [
                (transcribe(reading, crop).text, evidence)
                for crop, (reading, evidence) in zip(crops, recognizer.evidence(crops), strict=True)
            ]
            asked = _unsure(first, crops)
            found: dict[str, Any] = {
                "boxes": [[region.quad.to_json(), text] for region, (text, _) in zip(regions, rows, strict=True)],
                "confidences": list(range(len(rows))),  # the line's index, by which its evidence is found below
            }
            verdicts = Calibration()
            verdicts.add(truth, found)
            yield from ((rows[int(k)][1], right) for k, right in verdicts.lines if rows[int(k)][1] and asked[int(k)])


def _unsure(first: CrnnRecognizer | None, pictures: Sequence[NDArray[np.uint8]]) -> list[bool]:
    """Which pictures the first recogniser leaves to a second one; all of them where there is no first."""
    if first is None:
        return [True] * len(pictures)
    return [bool(reading.glyphs) and reading.confidence < first.settings.second_below for reading in first(pictures)]


def calibrate(
    path: Path, root: Path, first: str = "", sets: Sequence[str] = SETS, lang: str = "en"
) -> dict[str, float]:
    """Fit the confidence of a model file to held-out training pages, and store it in the file.

    Args:
        path: of the model file.
        root: folder of the data sets.
        first: recogniser of whose doubtful lines the model gives a second reading (:mod:`ocr.recognize.cascade`); among
            those, clear evidence means less. If it has the same characters, they are read by both together.
        sets: names of the sets.
        lang: language of the decoder's model.

    Returns:
        Figures, with each half of the lines judged by the fit to the other half: ``ece`` is the expected calibration
        error over all lines, ``ece SET`` that over the lines of one set.
    """
    recognizer = CrnnRecognizer(path, "lm", language=language_model(lang))
    before = CrnnRecognizer(first, "lm", language=language_model(lang)) if first else None
    recognizer = recognizer.beside(before) if before else recognizer
    detector = DbDetector(defaults(lang)[0])
    groups = {of: list(page_cases(recognizer, before, detector, root, of)) for of in sets}
    return _fit(path, recognizer, before, groups)


def calibrate_lines(path: Path, lines: LineSet, lang: str, root: Path | None = None) -> dict[str, float]:
    """The same for lines with a text each, for scripts without training pages.

    Args:
        path: of the model file.
        lines: that were not trained on.
        lang: language of the decoder's model.
        root: folder of data sets, the held-out pages of which are used as well: drawn lines are harder than those of
            pages, and a fit to them alone gives too low confidences. None for none.
    """
    recognizer = CrnnRecognizer(path, "lm", language=language_model(lang))
    rows = recognizer.evidence(lines.pictures)
    right = (
        same(truth, transcribe(reading, line).text)
        for truth, line, (reading, _) in zip(lines.texts, lines.pictures, rows, strict=True)
    )
    groups = {"lines": [(evidence, was) for (_, evidence), was in zip(rows, right, strict=True) if evidence]}
    if root is not None:
        detector = DbDetector(defaults(lang)[0])
        groups |= {of: list(page_cases(recognizer, None, detector, root, of)) for of in SETS}
    return _fit(path, recognizer, None, groups)


def same(truth: str, reading: str) -> bool:
    """Whether two texts are the same, but for shapes of quotes and dashes, and spaces at the ends."""
    return folded(truth).strip() == folded(reading).strip()


def _fit(
    path: Path, recognizer: CrnnRecognizer, before: CrnnRecognizer | None, groups: Mapping[str, Sequence[Case]]
) -> dict[str, float]:
    """Fit to all groups and pictures without text, and store the weights in the model file."""
    cases = [case for group in groups.values() for case in group]
    if len(cases) < 2:
        raise UsageError(f"{path.name}: reads nothing in the lines that its confidence is fitted to; train it longer")
    pictures = _empty_pictures(math.ceil(len(cases) / JUNK))
    asked = _unsure(before, pictures)
    seen = [evidence for _, evidence in recognizer.evidence(pictures)]
    invented = [evidence for evidence, again in zip(seen, asked, strict=True) if evidence and again]
    every = [*cases, *((evidence, False) for evidence in invented)]
    features = np.array([[1.0, *evidence] for evidence, _ in every])
    right = np.array([verdict for _, verdict in every])
    weights = fit_logistic(features, right)
    set_pairs(path, {"calibration": json.dumps([round(float(w), 5) for w in weights])})
    even = np.arange(len(every)) % 2 == 0
    halves = [fit_logistic(features[half], right[half]) for half in (even, ~even)]
    sure = 1 / (1 + np.exp(-np.where(even, features @ halves[1], features @ halves[0])))
    judged = list(zip(sure[: len(cases)].tolist(), right.tolist(), strict=False))
    figures = {
        "lines": len(cases),
        "right": float(right[: len(cases)].mean()),
        "ece": Calibration(judged).error(),
        "junk read as text": len(invented) / max(1, len(pictures)),
    }
    start = 0
    for of, group in groups.items():
        figures[f"ece {of}"] = Calibration(judged[start : start + len(group)]).error()
        start += len(group)
    return figures


def _empty_pictures(count: int) -> list[NDArray[np.uint8]]:
    """Pictures (32, W) without text, of seeds that are not trained on."""
    pages = empty_pages([], 10**4, count)
    found = list(itertools.islice(found_lines(pages), count // FOUND))
    return [*found, *(junk_picture(10**9 + k) for k in range(count - len(found)))]


def main(arguments: Sequence[str]) -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path, help="model file of a recogniser")
    parser.add_argument("data", type=Path, help="folder of the data sets")
    parser.add_argument("--first", default="", metavar="NAME", help="only lines of low confidence with this recogniser")
    options = parser.parse_args(arguments)
    print({key: round(value, 4) for key, value in calibrate(options.model, options.data, options.first).items()})


if __name__ == "__main__":
    main(sys.argv[1:])
