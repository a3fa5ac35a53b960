"""Put enhancement nets into ``models/``: model, figures, loss curve, record in the manifest.

    python -m ocr.train.enhance.publish RUN [RUN ...] --data DATA --checks cache/enhance/test cache/enhance/second

A RUN is the folder of a run of ``ocr train enhance``, with its ``last.pt``; what it trained decides the model's name:
``enhance-whiten``, ``enhance-page``, ``enhance-OPERATOR``, or ``enhance-photo`` for several photographic operators.
``--data`` is the folder of the data sets, for the document operators; ``--checks`` are folders that
``ocr.train.enhance.pictures`` wrote of photographs held out, for the photographic ones.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from ocr.errors import UsageError
from ocr.export.nets import export_net, quantize_net
from ocr.export.parity import INT8_LIMIT
from ocr.metadata import Metadata
from ocr.page.enhance import (
    DOCUMENT_OPERATORS,
    JOINT,
    MODELS,
    PAGES,
    CanEnhancer,
    EnhancerSettings,
)
from ocr.page.enhance_base import REACH, among
from ocr.train.checkpoint import Trained, load
from ocr.train.config import from_table
from ocr.train.enhance.data import PageCrops, condition_of, starts
from ocr.train.enhance.figures import closeness, compare_pages
from ocr.train.enhance.net import Can, PhotoCan, fixed
from ocr.train.enhance.operators.document import wear
from ocr.train.enhance.pictures import read_rgb
from ocr.train.enhance.trainer import PageConfig, PhotoConfig, document_crops
from ocr.train.registry import Metrics, Recipe, figure
from ocr.train.registry import publish as publish_model
from ocr.train.run import LAST
from ocr.weights import Record

__all__ = ["publish", "worn_crops"]

IN_WHEEL = ("rtv", "detail", "style", "dehaze")
"""Photographic operators whose nets the wheel has room for; the others are in the source distribution."""
IN_FLOAT = ("pencil",)
"""Operators that int8 costs several dB: a drawing is mostly white, and its strokes are shares of that."""
RANGE_CROPS, RANGE_SIDE = 48, 384
"""Crops that the ranges of int8 activations are taken from, and their side in pixels."""
LEAST_CROPS = 8
"""Of each operator, in a net of several."""
CHANGE_LIMIT, STYLE_LIMIT = 0.25, 0.8
"""How far the int8 model may be from the float one (``ocr.export.parity``) where the output is a change of a start, and
for ``style``, whose start is so near the result that the change is tiny."""

Planes = NDArray[np.float32]
"""Input of a net, (H, W, C)."""


@dataclass(frozen=True, slots=True)
class Form:
    """How a trained net becomes a model.

    Attributes:
        name: of the model.
        net: plain layers with the normalisation folded into the convolutions.
        operators: that it knows.
        settings: of its reader.
        crops: inputs for the ranges of int8 activations; empty leaves the model in floating point.
        pixels: whether input and output are pixels: then the first and last layers are int8 as well. Planes of other
            kinds differ in range.
        limit: how far the int8 model may be from the float one.
        wheel: whether the wheel has it.
    """

    name: str
    net: nn.Sequential
    operators: tuple[str, ...]
    settings: EnhancerSettings
    crops: Sequence[Planes]
    pixels: bool = False
    limit: float = CHANGE_LIMIT
    wheel: bool = True


def whiten_form(trained: Trained, data: Path) -> Form:
    """``whiten`` alone, out of a net that is told its operator."""
    net = cast(Can, trained.net)
    plain = fixed(net, torch.from_numpy(condition_of(DOCUMENT_OPERATORS, "whiten")))
    settings = EnhancerSettings(net.config.radius, changes=False, reduced=("whiten",))
    return Form("enhance-whiten", plain, ("whiten",), settings, list(worn_crops(data)), pixels=True, limit=INT8_LIMIT)


def page_form(trained: Trained) -> Form:
    """All document operators in one net."""
    crops = PageCrops(document_crops(from_table(PageConfig, trained.config)))
    seen = [np.ascontiguousarray(crops[k][0].numpy().transpose(1, 2, 0)) for k in range(4 * RANGE_CROPS)]
    net = cast(PhotoCan, trained.net)
    settings = EnhancerSettings(net.config.radius + REACH, reduced=("whiten",))
    return Form(PAGES, net.plain(), DOCUMENT_OPERATORS, settings, seen)


def photo_form(trained: Trained) -> Form:
    """One photographic operator, or several in one net."""
    config = from_table(PhotoConfig, trained.config)
    operators, net = config.operators, cast(PhotoCan, trained.net)
    single = len(operators) == 1
    crops = [] if operators[0] in IN_FLOAT else list(photo_crops(Path(config.pictures), operators))
    return Form(
        MODELS[operators[0]] if single else JOINT, net.plain(), operators,
        EnhancerSettings(net.config.radius + REACH), crops,
        limit=STYLE_LIMIT if operators == ("style",) else CHANGE_LIMIT, wheel=single and operators[0] in IN_WHEEL,
    )  # fmt: skip


def publish(run: Path, models: Path, data: Path | None = None, checks: Sequence[Path] = ()) -> Record:
    """Export, quantize, measure, copy; returns the record.

    Args:
        run: folder of the run.
        models: folder of the manifest.
        data: folder of the data sets, for document operators.
        checks: folders that ``ocr.train.enhance.pictures`` wrote, for photographic operators.

    Raises:
        InputError: the checkpoint or training data is missing.
        UsageError: ``data`` is missing, or the checkpoint does not say what the net was trained on.
        OcrError: a model differs too much from what it was made of.
    """
    trained = load(run / LAST, "enhance")
    kind = trained.config["net"]
    if kind != "photo" and data is None:
        raise UsageError(f"{run}: a net for document operators is measured on the data sets; give --data DATA")
    if kind == "photo":
        form = photo_form(trained)
    else:
        form = page_form(trained) if kind == "page" else whiten_form(trained, cast(Path, data))
    feeds = [{"image": np.ascontiguousarray(crop.transpose(2, 0, 1)[None])} for crop in form.crops]

    def export(_: nn.Module, path: Path, about: Metadata) -> float:
        sample = torch.rand(1, cast(nn.Conv2d, form.net[0]).in_channels, 90, 70)
        return export_net(form.net, path, about, "image", sample, ["result"], {2: "h", 3: "w"})

    def quantize(wide: Path, path: Path) -> object:
        return quantize_net(wide, path, feeds, whole=form.pixels, usual=not form.pixels)

    def measure(path: Path) -> Metrics:
        if kind == "photo":
            return photo_figures(path, form.operators, checks)
        return document_figures(path, form.operators, cast(Path, data))

    recipe = Recipe(
        export=export, quantize=quantize if feeds else None, feeds=feeds, outputs=("result",),
        settings=asdict(form.settings), mean=0.0, std=1.0, operators=form.operators, measure=measure,
        limit=form.limit, wheel=form.wheel, command="python -m ocr.train.enhance.publish RUN",
    )  # fmt: skip
    return publish_model(trained, form.name, recipe, models)


# ------------------------------------------------------------------------------------------------------- figures


def document_figures(path: Path, operators: Sequence[str], data: Path) -> Metrics:
    """Closeness to clean pages, of the sets and operators that are there."""
    figures: dict[str, Mapping[str, Any]] = {}
    for name, operator in (("dibco", "binarize"), ("noisyoffice", "whiten"), ("noisyoffice", "binarize")):
        truth = data / name / "dev" / "gt.jsonl"
        if operator in operators and truth.exists():
            *_, row = compare_pages(truth, operator, CanEnhancer(operator, threads=1, path=path))
            how = f"python -m ocr.train.enhance.figures pages {truth} --operator {operator}"
            values = [float(value) for value in row[1:]]
            figures[f"{name}/dev {operator}, PSNR and F-measure"] = figure(values, how)
    return figures


def photo_figures(path: Path, operators: Sequence[str], checks: Sequence[Path]) -> Metrics:
    """Closeness to the reference operators, mean over the operators, for each folder of pictures."""
    figures: dict[str, Mapping[str, Any]] = {}
    for folder in checks:
        values = np.mean([closeness(operator, folder, model=path) for operator in operators], axis=0)
        how = f"python -m ocr.train.enhance.figures operators {folder}" + (" --joint" if len(operators) > 1 else "")
        name = f"{folder.name} photographs, PSNR and SSIM, and of the unchanged picture"
        figures[name] = figure(values.round(3).tolist(), how)
    return figures


# --------------------------------------------------------------------------------------------------------- crops


def photo_crops(pictures: Path, operators: Sequence[str]) -> Iterator[Planes]:
    """What the net of some operators sees of training pictures: squares of ``RANGE_SIDE`` pixels."""
    for operator in operators:
        for _, _, base in starts(pictures, operator, max(RANGE_CROPS // len(operators), LEAST_CROPS)):
            yield np.asarray(among(operators, operator, base.planes((slice(RANGE_SIDE),) * 2)), np.float32)


def worn_crops(data: Path) -> Iterator[Planes]:
    """Squares of worn pages, 0..1: of noisyoffice/train as they are, and of isri_unlv/train worn here."""
    rng = np.random.default_rng(7)
    rows = [
        [path.parent / json.loads(row)["image"] for row in path.read_text("utf-8").splitlines()]
        for path in (data / name / "train" / "gt.jsonl" for name in ("noisyoffice", "isri_unlv"))
    ]
    for real, drawn in zip(*(rng.permutation(np.array(paths))[: RANGE_CROPS // 2] for paths in rows), strict=True):
        yield np.asarray(read_rgb(real)[:RANGE_SIDE, :RANGE_SIDE], np.float32)
        page = cv2.resize(read_rgb(drawn), None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
        top, left = (int(rng.integers(0, side - RANGE_SIDE + 1)) for side in page.shape[:2])
        crop = np.asarray(page[top : top + RANGE_SIDE, left : left + RANGE_SIDE], np.float32)
        yield np.asarray(wear(crop, crop[::-1, :, 0], rng).page, np.float32)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", type=Path, nargs="+", metavar="RUN")
    parser.add_argument("--data", type=Path, help="folder of the data sets, for document operators")
    parser.add_argument("--checks", nargs="+", type=Path, default=[], help="held-out photographs with their results")
    parser.add_argument("--models", type=Path, default=Path("models"))
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    records = [publish(run, arguments.models, arguments.data, arguments.checks) for run in arguments.runs]
    print(json.dumps([asdict(record) for record in records], indent=1))
