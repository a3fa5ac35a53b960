"""The table of trainable tasks."""

from __future__ import annotations

import inspect
import subprocess
import sys

import pytest

from ocr.errors import UsageError
from ocr.train.tasks import TASKS, trainer


@pytest.mark.parametrize("task", TASKS)
def test_every_task_has_a_trainer_with_the_same_arguments(task: str) -> None:
    pytest.importorskip("torch")
    parameters = list(inspect.signature(trainer(task)).parameters)
    assert parameters[:3] == ["config_path", "out", "resume"]


def test_unknown_task_is_named_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match=r"no task 'translate'.*recognize"):
        trainer("translate")


def test_the_table_is_read_without_torch() -> None:
    code = "import sys; import ocr.train.tasks; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
