"""Fit the confidence of the net that answers questions; the net itself stays as it is.

    python -m ocr.train.ask.calibrate [--models models]

The curve is fitted to invented pages of layouts that training draws, to pages of layouts that it never draws, among
them forms on which what is asked for is nearly there (:mod:`ocr.train.ask.held_back`), and to the real receipts that
the run has held back. Layouts that are measured (``MEASURING``) and the dev set are not among them.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ocr.answers.reader import GIVEN, MODEL, WEIGHTS, Settings, confidence_of, log_odds
from ocr.answers.spans import Span
from ocr.engine import Session
from ocr.errors import InputError
from ocr.export.metadata import describe
from ocr.metadata import read_metadata
from ocr.train.ask.held_back import FITTING, asked, draw_held_back
from ocr.train.ask.layouts import Drawn
from ocr.train.ask.measure import SEED, Asked, Case, Look, case, held_sets, outcomes
from ocr.train.ask.pages import Pages, worn
from ocr.train.ask.trainer import DocumentConfig, real_pages
from ocr.train.ask.wordings import vocabulary
from ocr.train.checkpoint import load
from ocr.train.config import from_table
from ocr.train.registry import figure, register
from ocr.weights import Record

__all__ = ["FITTED", "calibrate", "figures", "fit_confidence", "fitting_sets"]

FITTED: Final = 150
"""Invented pages of each set that the confidence is fitted to."""
COMMAND: Final = "python -m ocr.train.ask.calibrate"


def fitting_sets(real: Sequence[Drawn], count: int) -> Mapping[str, Sequence[Case]]:
    """What the confidence is fitted to: ``count`` pages of a set, and real receipts."""
    sets = dict(held_sets(real, count))
    for name, way in FITTING.items():
        rng = random.Random(SEED)
        drawn = [worn(draw_held_back(rng, way), rng) for _ in range(count)]
        sets[f"{name} forms"] = [case(page, asked(page, rng, 4)) for page in drawn]
    return sets


def fit_confidence(found: Sequence[Asked]) -> tuple[float, ...]:
    """Weights of the logistic curve that tells right spans from wrong ones, by Newton's method."""
    given = [one for one in found if one.span]
    seen, right = np.array([_terms(one, one.span) for one in given if one.span]), np.array([one.hit for one in given])
    weights = np.eye(WEIGHTS)[1]
    for _ in range(50):
        share = 1 / (1 + np.exp(-np.clip(seen @ weights, -30, 30)))
        slope = seen.T @ (share - right) + 1e-2 * weights
        curve = (seen * (share * (1 - share))[:, None]).T @ seen + 1e-2 * np.eye(WEIGHTS)
        weights = weights - np.linalg.solve(curve, slope)
    return tuple(round(float(value), 4) for value in weights)


def _terms(one: Asked, span: Span) -> tuple[float, ...]:
    return 1.0, log_odds(span.probability), log_odds(one.nothing), *one.beside


def figures(sets: Mapping[str, Sequence[Asked]], weights: Sequence[float], command: str) -> dict[str, Any]:
    """Shares of right answers where there is one, and of answers given where there is none."""
    made = {}
    for name, found in sets.items():
        given = [_given(one, weights) for one in found]
        there = [k for k, one in enumerate(found) if one.right]
        none = [k for k, one in enumerate(found) if not one.right]
        right = sum(given[k] and found[k].hit for k in there) / max(len(there), 1)
        wrong = sum(given[k] for k in none) / max(len(none), 1)
        made[f"{name}: right where there is an answer"] = figure(round(right, 4), command)
        made[f"{name}: answered where there is none"] = figure(round(wrong, 4), command)
    return made


def _given(one: Asked, weights: Sequence[float]) -> bool:
    return one.span is not None and confidence_of(one.span, one.nothing, one.beside, weights) >= GIVEN


def session_look(path: Path) -> Look:
    """A model file as it is asked here."""
    session = Session(path)

    def look(batch: Pages) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        feed = {name: getattr(batch, name).numpy() for name in ("words", "near", "place", "question")}
        first, last = session.run(feed, ("first", "last"))
        return first, last

    return look


def calibrate(models: Path) -> Record:
    """Fit the confidence of the model in a folder of models and enter it in the file and in the manifest.

    Raises:
        InputError: the model, its checkpoint or training data is missing.
    """
    path = models / f"{MODEL}.onnx"
    if not path.exists():
        raise InputError(f"{path}: no such file; publish a net first: python -m ocr.train.ask.publish RUN")
    trained = load(models / "training" / f"{MODEL}.pt", "ask")
    real = real_pages(from_table(DocumentConfig, trained.config))[1]
    look = session_look(path)
    found = {name: outcomes(look, cases) for name, cases in fitting_sets(real, FITTED).items()}
    weights = fit_confidence([one for each in found.values() for one in each])
    about = read_metadata(path)
    old = about.settings
    settings = Settings(weights, old["buckets"], old["grams"], old["across"], vocabulary())
    describe(path, replace(about, settings=asdict(settings)))
    entries = json.loads((models / "manifest.json").read_text(encoding="utf-8"))["models"]
    record = Record.of(next(entry for entry in entries if entry["name"] == MODEL))
    metrics = {**record.metrics, **figures(found, weights, COMMAND)}
    return register(
        models, path, name=MODEL, task="ask", params=record.params, licence=record.licence,
        trained_on=record.trained_on, metrics=metrics, wheel=record.wheel,
    )  # fmt: skip


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=Path, default=Path("models"))
    print(json.dumps(calibrate(parser.parse_args().models).metrics, indent=1))
