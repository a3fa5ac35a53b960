"""What the trainers' tests share: reading a run's log, killing a run, and starting one on another device."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch
from torch import Tensor

from ocr.train import run as run_module
from ocr.train.checkpoint import load
from ocr.train.run import LAST, Run
from tests.train.elsewhere import DEVICE, Elsewhere

__all__ = ["Killed", "elsewhere", "killed_at", "rows", "same_weights"]


class Killed(BaseException):
    """Stands for the signal that ends a process at once."""


@contextmanager
def killed_at(step: int) -> Iterator[None]:
    """Inside, a run is killed when it is about to take a step."""
    descend = Run.descend

    def until(run: Run[torch.nn.Module], loss: Tensor) -> None:
        if run.step == step:
            raise Killed
        descend(run, loss)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Run, "descend", until)
        with pytest.raises(Killed):
            yield


@contextmanager
def elsewhere() -> Iterator[None]:
    """Inside, runs are on a pretended device, whose tensors cannot be mixed with the CPU's."""
    with pytest.MonkeyPatch.context() as patch, Elsewhere():
        patch.setattr(run_module, "best_device", lambda: DEVICE)
        yield


def rows(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file."""
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def same_weights(first: Path, second: Path) -> bool:
    """Whether the results of two runs are equal to the last bit."""
    one, other = (load(folder / LAST).net.state_dict() for folder in (first, second))
    return all(torch.equal(value, other[key]) for key, value in one.items())
