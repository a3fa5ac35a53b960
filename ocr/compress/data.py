"""The lines that a recogniser is compressed with: batches to retrain on, lines to calibrate on, lines to measure on."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ocr.compress.limits import AT_LEAST_0, AT_LEAST_1, SHARE, check
from ocr.compress.samples import Port, Samples
from ocr.errors import InputError, UsageError
from ocr.recognize.charset import Charset
from ocr.train.checkpoint import Trained
from ocr.train.recognize.accuracy import error_rate
from ocr.train.recognize.calibrate import calibrate_lines
from ocr.train.recognize.ctc import CtcLoss
from ocr.train.recognize.data import HEIGHT, Batch, LineSet, Mix, collate, pool, shards
from ocr.train.recognize.losses import LineLoss, Phases
from ocr.train.recognize.net import Crnn
from ocr.train.run import Run

__all__ = ["DataConfig", "LineData", "line_data"]

LIMITS: Final = {
    "columns": AT_LEAST_1, "calibration": AT_LEAST_1, "held_lines": AT_LEAST_0, "real_share": SHARE, "seed": AT_LEAST_0,
}  # fmt: skip
GROUP: Final = 8
"""Lines of a calibration batch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DataConfig:
    """Where the lines are: the table ``[data]`` of a recipe. Patterns are relative to the current folder.

    Attributes:
        drawn: glob patterns of line shards to retrain on, usually drawn lines.
        real: glob patterns of shards of scanned lines to retrain on.
        held: glob patterns of shards that are measured and never trained on.
        real_share: share of real lines in a batch.
        columns: picture columns of a batch.
        calibration: lines for ranges, Hessians and sensitivities, taken from ``real``, else from ``drawn``.
        held_lines: at most so many lines of each held shard are measured.
        seed: of the order of lines and of the choice for calibration.
        trained_on: ``drawn`` and ``real`` in words, each with its licence; added to what the model was trained on.
    """

    drawn: tuple[str, ...]
    real: tuple[str, ...] = ()
    held: tuple[str, ...] = ()
    real_share: float = 0.5
    columns: int = 12_000
    calibration: int = 256
    held_lines: int = 200
    seed: int = 1
    trained_on: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check(self, LIMITS)


@dataclass
class LineData(Samples):
    """Lines, for recognisers.

    Attributes:
        config: where it came from.
        drawn, real: lines to retrain on; ``real`` may be empty.
        held: lines by the name of their shard.
        origin: the model that the recipe began with; its soft targets teach. None where there is no such model.
    """

    task: ClassVar[str] = "recognize"
    port: ClassVar[Port] = Port("lines", "classes", (1, 1, HEIGHT, 320))

    config: DataConfig
    drawn: LineSet
    real: LineSet
    held: dict[str, LineSet] = field(default_factory=dict)
    origin: Trained | None = None

    def batches(self, net: nn.Module, seed: int = 0) -> Iterator[Batch]:
        """Endless batches of varied lines; ``seed`` is added to that of the configuration."""
        assert isinstance(net, Crnn)
        rng = random.Random(self.config.seed + 7919 * seed)
        share = self.config.real_share if len(self.real) else 0.0
        sets = [(lines, weight) for lines, weight in ((self.drawn, 1 - share), (self.real, share)) if weight > 0]
        mix = Mix(self.config.columns, frames=net.frames)
        while True:
            for group in pool(rng, sets, mix):
                yield collate(group, net.frames)

    def calibration(self) -> list[NDArray[np.uint8]]:
        """Lines (32, W) as they are, the same ones at every call."""
        lines = self.real if len(self.real) else self.drawn
        count = min(self.config.calibration, len(lines))
        chosen = np.random.default_rng(self.config.seed).choice(len(lines), count, replace=False)
        return [lines.pictures[k] for k in chosen]

    def inputs(self) -> Iterator[Tensor]:
        """The calibration lines as input of a net, N x 1 x 32 x W, lines of similar width together."""
        pictures = sorted(self.calibration(), key=lambda picture: picture.shape[1])
        for start in range(0, len(pictures), GROUP):
            yield collate([(p, np.zeros(1, np.int32), None) for p in pictures[start : start + GROUP]]).images

    def objective(self, run: Run[Any], teacher: nn.Module | None, share: float) -> Callable[[nn.Module, Batch], Tensor]:
        """CTC, and the teacher's soft classes of each frame."""
        assert teacher is None or isinstance(teacher, Crnn)
        losses = LineLoss(run, Phases(0.0, 0.0, share), CtcLoss(), teacher)

        def loss(net: nn.Module, batch: Batch) -> Tensor:
            assert isinstance(net, Crnn)
            return losses(net, batch)["loss"]

        return loss

    def negative_log_likelihood(self, net: nn.Module, batch: Batch) -> Tensor:
        """CTC, per character."""
        total = CtcLoss()(net(batch.images), batch.labels, batch.frames, batch.label_lengths).squeeze(0)
        mean: Tensor = total / batch.label_lengths.sum().clamp(min=1)
        return mean

    def fit(self, path: Path) -> None:
        """Fit the confidence of the exported model to the held lines; one that reads nothing there is left."""
        held = LineSet(self.drawn.charset)
        for lines in self.held.values():
            for name in ("pictures", "labels", "centers", "texts"):
                getattr(held, name).extend(getattr(lines, name))
        if not len(held):
            return
        try:
            calibrate_lines(path, held, "en")
        except UsageError as error:
            fault = str(error).removeprefix(f"{path.name}: ")
            sys.stderr.write(f"the confidence is not fitted: the model {fault}\n")

    def error(self, net: nn.Module) -> float:
        """Character error rate on the held lines, over all of them; 0 without any."""
        assert isinstance(net, Crnn)
        wrong = total = 0.0
        for lines in self.held.values():
            characters = sum(map(len, lines.texts))
            wrong += error_rate(net, lines, torch.device("cpu")) * characters
            total += characters
        return wrong / total if total else 0.0


def line_data(config: DataConfig, charset: Charset, origin: Trained | None = None) -> LineData:
    """The lines that a configuration names.

    Raises:
        InputError: there are none to retrain on.
    """
    drawn, real = _set(charset, config.drawn), _set(charset, config.real)
    if not len(drawn):
        raise InputError(
            f"{', '.join(config.drawn)}: no line shards there with lines that the model's charset can spell; "
            "draw some: python -m ocr.train.recognize.shards synth --help"
        )
    files = shards(config.held)
    if config.held and not files:
        raise InputError(
            f"{', '.join(config.held)}: no line shards to measure on there; name some with --held, or leave held out: "
            "then no error is measured"
        )
    held = {path.stem: _first(_set(charset, (str(path),)), config.held_lines) for path in files}
    return LineData(config, drawn, real, {name: lines for name, lines in held.items() if len(lines)}, origin)


def _set(charset: Charset, patterns: Sequence[str]) -> LineSet:
    lines = LineSet(charset)
    lines.load(shards(patterns))
    return lines


def _first(lines: LineSet, count: int) -> LineSet:
    """The set with only some of its lines, spread evenly over it."""
    if count and len(lines) > count:
        keep = np.linspace(0, len(lines) - 1, count).astype(int)
        lines.pictures = [lines.pictures[k].copy() for k in keep]
        for name in ("labels", "centers", "texts"):
            setattr(lines, name, [getattr(lines, name)[k] for k in keep])
    return lines
