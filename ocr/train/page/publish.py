"""Put nets of the page stages into ``models/``: int8 models, figures, loss curves, records in the manifest.

    python -m ocr.train.page.publish RUN [RUN ...] [--models models]

A RUN is the folder of a run of ``ocr train page``, with its ``last.pt``. Its net decides the model's name: ``orient``,
``corners-mobile`` (net ``page``) or ``corners-mobile-refine`` (net ``corner``).
"""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import torch
from torch import Tensor, nn

from ocr.export.nets import export_net, quantize_net
from ocr.metadata import Metadata
from ocr.page.corners import CROP, INPUT_SIDE, RefineSettings
from ocr.page.orient import HEIGHT, WIDTH
from ocr.train.checkpoint import Trained, load
from ocr.train.config import from_table
from ocr.train.page.data import CornerCrops, TurnedLines, WholePhotos
from ocr.train.page.trainer import CornersConfig, OrientConfig, scaled
from ocr.train.registry import Recipe, figure
from ocr.train.registry import publish as publish_model
from ocr.train.run import LAST
from ocr.train.synth.photos import Materials, pictures
from ocr.weights import Record

__all__ = ["publish"]

RANGE_INPUTS = 64
"""Inputs that the ranges of int8 activations are taken from."""
UNSEEN = 10_000
"""Scenes of these numbers, negative, are such inputs; neither training nor evaluation has seen them."""


@dataclass(frozen=True, slots=True)
class Form:
    """How a net becomes a model.

    Attributes:
        name: of the model.
        entrance: name of the model's input.
        size: height and width of the input, pixels.
        outputs: their names.
        inputs: from a checkpoint to inputs (1, C, H, W) for int8 ranges.
        settings: of the model's reader.
    """

    name: str
    entrance: str
    size: tuple[int, int]
    outputs: tuple[str, ...]
    inputs: Callable[[Trained], Iterable[Tensor]]
    settings: Mapping[str, Any]


def _lines(trained: Trained) -> Iterable[Tensor]:
    config = from_table(OrientConfig, trained.config)
    lines = TurnedLines(config.synthetic, config.real, config.real_share, config.seed)
    return (lines[k][0][None] for k in range(RANGE_INPUTS))


def _photos(trained: Trained) -> Iterable[Tensor]:
    config = from_table(CornersConfig, trained.config)
    whole = WholePhotos(_materials(config), config.reuse, config.seed)
    return (scaled(whole.draw(-UNSEEN - k)[0][None]) for k in range(RANGE_INPUTS))


def _crops(trained: Trained) -> Iterable[Tensor]:
    config = from_table(CornersConfig, trained.config)
    crops = CornerCrops(_materials(config), config.reuse, config.seed)
    return (scaled(crops.draw(-UNSEEN - k)[0][None])[:1] for k in range(RANGE_INPUTS))


def _materials(config: CornersConfig) -> Materials:
    return Materials.load(pictures(config.pages, config.each), pictures(config.photographs), config.seed + 1)


FORMS: Mapping[str, Form] = {
    "orient": Form("orient", "lines", (HEIGHT, WIDTH), ("upside_down",), _lines, {}),
    "page": Form("corners-mobile", "photo", (INPUT_SIDE, INPUT_SIDE), ("page", "presence"), _photos, {}),
    "corner": Form("corners-mobile-refine", "crops", (CROP, CROP), ("heat",), _crops, asdict(RefineSettings())),
}
"""Of each net, by its name in ``ocr.train.checkpoint.NETS``."""


def publish(run: Path, models: Path) -> Record:
    """Export, quantize, copy; returns the record.

    Args:
        run: folder of the run.
        models: folder of the manifest.

    Raises:
        InputError: the checkpoint or training data is missing.
        UsageError: the checkpoint does not say what the net was trained on.
        OcrError: a model differs too much from what it was made of.
    """
    trained = load(run / LAST)
    form = FORMS[trained.name]
    feeds = [{form.entrance: value.contiguous().numpy()} for value in form.inputs(trained)]
    sample = torch.rand(3, *feeds[0][form.entrance].shape[1:]) * 2 - 1
    evaluated = "ocr train page CONFIG --out RUN (RUN/evals.csv)"

    def export(net: nn.Module, path: Path, about: Metadata) -> float:
        return export_net(net, path, about, form.entrance, sample, form.outputs, {0: "n"})

    recipe = Recipe(
        export=export, quantize=lambda wide, path: quantize_net(wide, path, feeds), feeds=feeds, outputs=form.outputs,
        settings=form.settings, height=form.size[0], width=form.size[1],
        measure=lambda _: {name: figure(value, evaluated) for name, value in trained.metrics.items()},
        command="python -m ocr.train.page.publish RUN",
    )  # fmt: skip
    record = publish_model(trained, form.name, recipe, models)
    if (run / "evals.csv").exists():
        shutil.copy(run / "evals.csv", models / "training" / f"{form.name}.evals.csv")
    return record


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", type=Path, nargs="+", metavar="RUN")
    parser.add_argument("--models", type=Path, default=Path("models"))
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    print(json.dumps([asdict(publish(run, arguments.models)) for run in arguments.runs], indent=1))
