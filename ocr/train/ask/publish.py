"""Put the net that answers questions into ``models/``: int8 model, figures, loss curve, record in the manifest.

    python -m ocr.train.ask.publish RUN [--models models]

A RUN is the folder of a run of ``ocr train ask`` whose net is ``document``. The confidence is fitted as
:mod:`ocr.train.ask.calibrate` says.
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

import torch
from torch import Tensor, nn

from ocr.answers.facts import ACROSS, BUCKETS, GRAMS
from ocr.answers.reader import MODEL, Settings
from ocr.errors import UsageError
from ocr.export.metadata import describe
from ocr.export.parity import FLOAT_LIMIT, held, largest
from ocr.export.weights_only import quantize_weights
from ocr.metadata import Metadata
from ocr.train.ask.calibrate import FITTED, figures, fit_confidence, fitting_sets
from ocr.train.ask.measure import Case, looking, outcomes
from ocr.train.ask.net import DocumentNet
from ocr.train.ask.pages import batch_of
from ocr.train.ask.trainer import DocumentConfig, real_pages
from ocr.train.ask.wordings import vocabulary
from ocr.train.checkpoint import Trained, load
from ocr.train.config import from_table
from ocr.train.registry import Recipe
from ocr.train.registry import publish as publish_model
from ocr.train.run import LAST
from ocr.weights import Record

__all__ = ["export", "publish"]

INPUTS: Final = ("words", "near", "place", "question")
OUTPUTS: Final = ("first", "last", "attention")
FREE: Final[Mapping[str, Mapping[int, str]]] = {
    "words": {1: "lines", 2: "across"}, "near": {1: "lines"}, "place": {1: "lines"},
    "question": {1: "questions", 2: "long"},
    "first": {0: "questions", 1: "words"}, "last": {0: "questions", 1: "words"},
    "attention": {0: "questions", 2: "lines"},
}  # fmt: skip
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
    sets = fitting_sets(real_pages(config)[1], FITTED)
    found = {name: outcomes(looking(trained.net), cases) for name, cases in sets.items()}
    weights = fit_confidence([one for each in found.values() for one in each])
    cases = [one for each in sets.values() for one in each[:12]]
    recipe = Recipe(
        export=lambda net, path, about: export(net, path, about, cases), quantize=quantize_weights,
        feeds=[feed_of(one) for one in cases], outputs=("attention",),
        settings=asdict(Settings(weights, BUCKETS, GRAMS, ACROSS, vocabulary())),
        measure=lambda _: figures(found, weights, COMMAND), command=COMMAND, wheel=False,
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
