"""Distillation: a narrower net, made from the large one's widest channels or from random weights, learns from it.

Hinton, Vinyals, Dean, "Distilling the Knowledge in a Neural Network", 2015. Three ways for CTC nets:

- ``frame``: the softened classes of each frame (:mod:`ocr.train.recognize.distil`), beside the labels;
- ``sequence``: the teacher's readings take the place of the labels (Kim, Rush, "Sequence-Level Knowledge Distillation",
  2016), so lines without labels would do;
- ``hard``: labels alone, for comparison.

``generations`` repeats it with each student as the next one's teacher (Furlanello et al., "Born-Again Neural Networks",
2018).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
import torch
from torch import nn

from ocr.compress.data import LineData
from ocr.compress.retrain import Retraining, retrain
from ocr.errors import UsageError
from ocr.train.checkpoint import Trained, build
from ocr.train.recognize.data import Batch

__all__ = ["WAYS", "DistilSettings", "check_student", "distil"]

WAYS: Final = ("frame", "sequence", "hard")


@dataclass(frozen=True, slots=True, kw_only=True)
class DistilSettings:
    """The student.

    Attributes:
        widths: channels of its eight convolutions; empty for those of the model itself.
        hidden: LSTM units each way; 0 for those of the model.
        way: one of ``WAYS``.
        generations: students in a row, each of the same size.
        retrain: of each; its teacher is ``origin``, another checkpoint, or, from the second generation on, the student
            before.
    """

    widths: tuple[int, ...] = ()
    hidden: int = 0
    way: str = "frame"
    generations: int = 1
    retrain: Retraining = field(default_factory=lambda: Retraining(steps=1000, learning_rate=1e-3))

    def __post_init__(self) -> None:
        check_student(self.way, WAYS, self.widths)
        if self.generations < 1:
            raise UsageError(f"generations must be at least 1, not {self.generations}")


def check_student(way: str, ways: Sequence[str], widths: Sequence[int]) -> None:
    """Refuse a way of teaching that is none of ``ways``, and widths that are not those of a mobile net.

    Raises:
        UsageError: one of them is so.
    """
    if way not in ways:
        raise UsageError(f"way must be one of {', '.join(ways)}, not {way!r}")
    if widths and len(widths) != 8:
        raise UsageError(f"widths must be eight numbers, one a convolution, not {len(widths)}")


def distil(trained: Trained, settings: DistilSettings, data: LineData) -> Trained:
    """The trained student.

    Raises:
        UsageError: the net is not a mobile one, whose widths are arguments.
    """
    if trained.name != "mobile":
        raise UsageError(f"net {trained.name}: students are made of nets of the kind mobile")
    arguments = dict(trained.arguments)
    arguments |= {"widths": settings.widths} if settings.widths else {}
    arguments |= {"hidden": settings.hidden} if settings.hidden else {}
    teacher, student = data.origin or trained, trained
    for _ in range(settings.generations):
        lines = replace(data, origin=teacher)
        training = settings.retrain
        if settings.way != "frame":
            training = replace(training, teacher="none")
        if settings.way == "sequence":
            lines = _Read(data.config, data.drawn, data.real, data.held, teacher)
        fresh = replace(trained, net=build("recognize", "mobile", arguments), arguments=arguments)
        student = retrain(fresh, training, lines)
        teacher = student
    return student


class _Read(LineData):
    """Lines whose labels are what the teacher reads in them."""

    def batches(self, net: nn.Module, seed: int = 0) -> Iterator[Batch]:
        """The batches of the base, labelled anew."""
        assert self.origin is not None
        teacher = self.origin.net
        for batch in LineData.batches(self, net, seed):
            with torch.inference_mode():
                best = teacher(batch.images).argmax(-1).t().numpy()
            rows = [_collapsed(row[:frames]) for row, frames in zip(best, batch.frames.tolist(), strict=True)]
            yield replace(
                batch,
                labels=torch.from_numpy(np.concatenate(rows).astype(np.int32)),
                label_lengths=torch.tensor([len(row) for row in rows], dtype=torch.int32),
                frame_targets=torch.full_like(batch.frame_targets, -1),
            )


def _collapsed(path: np.ndarray[tuple[int], np.dtype[np.int64]]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """A CTC path without repetitions and blanks."""
    kept: np.ndarray[tuple[int], np.dtype[np.int64]] = path[(path != 0) & (path != np.concatenate([[0], path[:-1]]))]
    return kept
