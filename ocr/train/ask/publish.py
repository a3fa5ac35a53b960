"""Put the net that answers questions into ``models/``: int8 model, figures, loss curve, record in the manifest.

    python -m ocr.train.ask.publish RUN [--models models]

A RUN is the folder of a run of ``ocr train ask`` whose net is ``document``. The confidence is fitted to invented pages
of layouts that the net has not seen and to the real receipts that the run has held back.
"""

from __future__ import annotations

import argparse
import json
import shutil
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor, nn

from ocr.answers.facts import ACROSS, BUCKETS, GRAMS
from ocr.answers.reader import MODEL, Settings, confidence_of, log_odds
from ocr.errors import UsageError
from ocr.export.metadata import describe
from ocr.export.parity import FLOAT_LIMIT, held, largest
from ocr.export.weights_only import quantize_weights
from ocr.metadata import Metadata
from ocr.train.ask.measure import Asked, Case, held_sets, outcomes
from ocr.train.ask.net import DocumentNet
from ocr.train.ask.pages import batch_of
from ocr.train.ask.trainer import DocumentConfig, real_pages
from ocr.train.ask.wordings import vocabulary
from ocr.train.checkpoint import Trained, load
from ocr.train.config import from_table
from ocr.train.registry import Recipe, figure
from ocr.train.registry import publish as publish_model
from ocr.train.run import LAST
from ocr.weights import Record

__all__ = ["export", "fit_confidence", "publish"]

INPUTS: Final = ("words", "near", "place", "question")
OUTPUTS: Final = ("first", "last", "attention")
FREE: Final[Mapping[str, Mapping[int, str]]] = {
    "words": {1: "lines", 2: "across"}, "near": {1: "lines"}, "place": {1: "lines"},
    "question": {1: "questions", 2: "long"},
    "first": {0: "questions", 1: "words"}, "last": {0: "questions", 1: "words"},
    "attention": {0: "questions", 2: "lines"},
}  # fmt: skip
FITTED: Final = 150
"""Invented pages of each set that the confidence is fitted to."""
COMMAND: Final = "python -m ocr.train.ask.publish RUN"


def export(net: nn.Module, path: Path, about: Metadata, cases: Sequence[Case]) -> float:
    """Write the net as ONNX (opset 17) for one page and any number of questions; returns its difference from the net.

    Raises:
        OcrError: the two differ by more than ``FLOAT_LIMIT``.
    """
    net = net.cpu().eval()
    feeds = [feed_of(one) for one in cases]
    given = [tuple(torch.from_numpy(feed[name]) for name in INPUTS) for feed in feeds]
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            net, given[0], str(path), opset_version=17, dynamo=False, input_names=[*INPUTS],
            output_names=[*OUTPUTS], dynamic_axes={name: dict(axes) for name, axes in FREE.items()},
        )  # fmt: skip
        worst = 0.0
        for feed, values in zip(feeds, given, strict=True):
            expected: Sequence[Tensor] = net(*values)
            wanted = {name: value.numpy() for name, value in zip(OUTPUTS, expected, strict=True)}
            worst = max(worst, largest(path, feed, wanted))
    describe(path, about)
    return held(path, worst, FLOAT_LIMIT, "float")


def feed_of(one: Case) -> dict[str, Any]:
    """The inputs of a page with its questions."""
    batch = batch_of([(one.page, one.questions)])
    return {name: getattr(batch, name).numpy() for name in INPUTS}


def fit_confidence(found: Sequence[Asked]) -> tuple[float, float, float]:
    """Weights of the logistic curve that tells right spans from wrong ones, by Newton's method."""
    rows = [(1.0, log_odds(one.span.probability), log_odds(one.nothing)) for one in found if one.span]
    seen, right = np.array(rows), np.array([one.hit for one in found if one.span], float)
    weights = np.array([0.0, 1.0, 0.0])
    for _ in range(50):
        share = 1 / (1 + np.exp(-np.clip(seen @ weights, -30, 30)))
        slope = seen.T @ (share - right) + 1e-2 * weights
        curve = (seen * (share * (1 - share))[:, None]).T @ seen + 1e-2 * np.eye(3)
        weights = weights - np.linalg.solve(curve, slope)
    constant, of_span, of_nothing = (round(float(value), 4) for value in weights)
    return constant, of_span, of_nothing


def figures(sets: Mapping[str, Sequence[Asked]], weights: tuple[float, float, float]) -> dict[str, Any]:
    """Shares of right answers where there is one, and of answers given where there is none."""
    made = {}
    for name, found in sets.items():
        given = [one.span is not None and confidence_of(one.span, one.nothing, weights) >= 0.5 for one in found]
        there = [k for k, one in enumerate(found) if one.right]
        none = [k for k, one in enumerate(found) if not one.right]
        right = sum(given[k] and found[k].hit for k in there) / max(len(there), 1)
        wrong = sum(given[k] for k in none) / max(len(none), 1)
        made[f"{name}: right where there is an answer"] = figure(round(right, 4), COMMAND)
        made[f"{name}: answered where there is none"] = figure(round(wrong, 4), COMMAND)
    return made


def publish(run: Path, models: Path) -> Record:
    """Export, fit, quantize, copy; returns the record.

    Args:
        run: folder of the run.
        models: folder of the manifest.

    Raises:
        InputError: the checkpoint or training data is missing.
        UsageError: the checkpoint is of another net, or does not say what it was trained on.
        OcrError: a model differs too much from what it was made of.
    """
    trained: Trained = load(run / LAST, "ask")
    if not isinstance(trained.net, DocumentNet):
        raise UsageError(
            f"{run / LAST}: a net for {trained.name}, which answers nothing in documents; name another run"
        )
    config = from_table(DocumentConfig, trained.config)
    sets = held_sets(real_pages(config)[1], FITTED)
    found = {name: outcomes(trained.net, cases) for name, cases in sets.items()}
    weights = fit_confidence([one for each in found.values() for one in each])
    cases = [one for each in sets.values() for one in each[:12]]
    recipe = Recipe(
        export=lambda net, path, about: export(net, path, about, cases), quantize=quantize_weights,
        feeds=[feed_of(one) for one in cases], outputs=("attention",),
        settings=asdict(Settings(weights, BUCKETS, GRAMS, ACROSS, vocabulary())),
        measure=lambda _: figures(found, weights), command=COMMAND, wheel=False,
    )  # fmt: skip
    record = publish_model(trained, MODEL, recipe, models)
    if (run / "evals.csv").exists():
        shutil.copy(run / "evals.csv", models / "training" / f"{MODEL}.evals.csv")
    return record


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path, metavar="RUN")
    parser.add_argument("--models", type=Path, default=Path("models"))
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    print(json.dumps(asdict(publish(arguments.run, arguments.models)), indent=1))
