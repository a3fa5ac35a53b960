"""What `ocr train` can train: one trainer for each task.

Importing this module imports no trainer and no torch; :func:`trainer` does.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ocr.errors import UsageError

__all__ = ["TASKS", "Task", "Trainer", "trainer"]


class Trainer(Protocol):
    """Trains one model."""

    def __call__(self, config_path: Path, out: Path, resume: bool = False, **options: str) -> Path:
        """Train as the configuration says; returns the path of the result.

        Args:
            config_path: TOML file.
            out: folder of the run, made if it does not exist.
            resume: continue the run in ``out`` from its last checkpoint.
            options: of single trainers: ``ctc`` of the recogniser's.

        Raises:
            UsageError: a fault in the configuration, or ``out`` holds a run and ``resume`` is false.
            InputError: the training data is missing.
        """
        ...


@dataclass(frozen=True, slots=True)
class Task:
    """A trainer and what it trains.

    Attributes:
        trainer: where the function is, ``module:function``.
        description: one line for the command's help.
    """

    trainer: str
    description: str


TASKS: Mapping[str, Task] = {
    "recognize": Task("ocr.train.recognize.trainer:train", "text recogniser: pictures of lines to characters"),
    "language": Task("ocr.train.language.trainer:train", "language model of the lm decoder: texts to n-grams"),
    "detect": Task("ocr.train.detect.trainer:train", "text detector: pages to boxes of lines"),
    "enhance": Task("ocr.train.enhance.trainer:train", "document and photographic operators: images to images"),
    "page": Task("ocr.train.page.trainer:train", "page stages: orientation of lines, corners of photographed pages"),
    "ask": Task(
        "ocr.train.ask.trainer:train", "answers to questions: lines of a page and a question to a span of words"
    ),
}


def trainer(task: str) -> Trainer:
    """The training function of a task.

    Raises:
        UsageError: there is no such task.
        ModuleNotFoundError: a package of the train extra is not installed.
    """
    if task not in TASKS:
        raise UsageError(f"there is no task {task!r} to train; the tasks are {', '.join(TASKS)}")
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # before torch: spinning threads starve their neighbours
    module, _, name = TASKS[task].trainer.partition(":")
    found: Trainer = getattr(importlib.import_module(module), name)
    return found
