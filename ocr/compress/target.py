"""Reaching a target: recipes are proposed, run and corrected until a size, an error or a time is met.

    ocr compress MODEL --target-bytes 200K -o DIR
    ocr compress MODEL --max-loss 0.01 -o DIR
    ocr compress MODEL --target-ms 1.5 -o DIR

Every attempt is an ordinary run in a folder of its own (``DIR/attempt-1`` and so on), so an interrupted search goes on
with ``--resume``. The best attempt's model, recipe and report are copied to DIR; where the target was not met, that is
said.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from ocr.compress.bench import compress, opened, prepare, samples
from ocr.compress.data import DataConfig
from ocr.compress.measure import Row, measured
from ocr.compress.pages import PageConfig
from ocr.compress.recipe import recipe_of
from ocr.compress.retrain import Retraining
from ocr.compress.weights import compressed
from ocr.compress.widths import WidthSettings, widths
from ocr.errors import UsageError
from ocr.train.checkpoint import Trained

__all__ = ["Goal", "Outcome", "reach", "toml_of"]

ATTEMPTS: Final = 4
KEPT: Final = (1.0, 0.85, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1)
"""Shares of the width that are tried for a time."""
BESIDE: Final = 17_000
"""Bytes of a packed file that are not coded weights, about: where the search begins."""
SMALLEST: Final = 2_000
"""Least budget of coded weights that is tried."""


@dataclass(frozen=True, slots=True)
class Goal:
    """What is to be reached.

    Attributes:
        kind: ``bytes`` of the packed file, ``loss`` of character error rate on the held lines, ``ms`` a line.
        value: the most that it may be.
    """

    kind: str
    value: float

    def __post_init__(self) -> None:
        if self.kind not in ("bytes", "loss", "ms") or not self.value > 0:
            raise UsageError(f"a target of {self.value} {self.kind}: it must be more than 0")

    def met(self, row: Row, first: Row) -> bool:
        """Whether a model's figures reach it; ``first`` are those of the original."""
        if self.kind == "loss":
            return row.error - first.error <= self.value
        return (row.bytes if self.kind == "bytes" else row.milliseconds) <= self.value

    def said(self, row: Row, first: Row) -> str:
        """What a model reached of it."""
        if self.kind == "loss":
            return f"{row.error - first.error:+.4f} of error at {row.bytes:,} bytes"
        reached = f"{row.bytes:,} bytes" if self.kind == "bytes" else f"{row.milliseconds:.2f} ms"
        return f"{reached} at {row.error - first.error:+.4f} of error"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The best attempt: its figures, the packed model, and whether it meets the goal."""

    rows: tuple[Row, ...]
    file: Path
    met: bool
    message: str


@dataclass(frozen=True, slots=True)
class _Attempt:
    folder: Path
    setting: float
    rows: tuple[Row, ...]


def reach(
    model: Path, goal: Goal, data: DataConfig | PageConfig, out: Path, steps: int, resume: bool, command: str = ""
) -> Outcome:
    """Search for a recipe that reaches a goal.

    Args:
        model: a checkpoint.
        goal: what to reach.
        data: where the lines or pages are.
        out: folder of the search.
        steps: of each retraining.
        resume: continue the search in ``out``.
        command: what is run, for the reports.

    Raises:
        UsageError: ``out`` holds another run, or there are no held lines to judge a loss by.
        InputError: model or data is missing or damaged.
    """
    trained = opened(model)
    if goal.kind == "ms" and trained.task != "recognize":
        raise UsageError("a time is reached by a narrower net, which is made of recognisers only; give --target-bytes")
    found = samples(data, trained)
    if goal.kind == "loss" and not getattr(found, "held", None):
        raise UsageError("a loss needs lines or pages to measure it on: name shards with --held, or hold_back pages")
    prepare(model, toml_of({"goal": goal.kind, "value": goal.value, "steps": steps, **_where(data)}), out, resume)
    done: list[_Attempt] = []
    for setting in _settings(goal, trained, data, done):
        folder = out / f"attempt-{len(done) + 1}"
        table = _table(goal, trained, setting, steps, data, model.stem)
        prepare(model, toml_of(table), folder, (folder / "run.json").exists())
        rows = compress(model, recipe_of(table, folder / "recipe.toml"), folder, command)
        done.append(_Attempt(folder, setting, tuple(rows)))
    best = _best(goal, done)
    for name in ("recipe.toml", "report.json", "report.md", "pareto.png", f"{model.stem}-small.dcz"):
        shutil.copy(best.folder / name, out / name)
    met = goal.met(best.rows[-1], best.rows[0])
    verdict = "reached" if met else "the target cannot be met; the best that was reached, and kept"
    message = f"{verdict}: {goal.said(best.rows[-1], best.rows[0])}"
    return Outcome(best.rows, out / f"{model.stem}-small.dcz", met, message)


def _best(goal: Goal, done: Sequence[_Attempt]) -> _Attempt:
    """The smallest that meets a loss, the most accurate that meets a size or time; else the nearest."""

    def order(attempt: _Attempt) -> tuple[bool, float]:
        last, first = attempt.rows[-1], attempt.rows[0]
        met = goal.met(last, first)
        if goal.kind == "loss":
            return not met, last.bytes if met else last.error
        return not met, last.error if met else (last.bytes if goal.kind == "bytes" else last.milliseconds)

    return min(done, key=order)


def _settings(goal: Goal, trained: Trained, data: DataConfig | PageConfig, done: Sequence[_Attempt]) -> Iterator[float]:
    """What to try next, seeing what was done: a budget of coded bytes, or a share of the width."""
    if goal.kind == "ms":
        yield _narrowest(goal, trained, data)
        return
    size = 4 * sum(weight.numel() for weight in compressed(trained.net).values())
    setting = max(SMALLEST, goal.value - BESIDE if goal.kind == "bytes" else size / 16)
    factor = 0.7
    while True:
        yield setting
        row, first = done[-1].rows[-1], done[-1].rows[0]
        met = goal.met(row, first)
        if len(done) == ATTEMPTS or (goal.kind == "bytes" and met):
            return
        if goal.kind == "bytes":
            following = setting - (row.bytes - goal.value) - 200
            if setting <= SMALLEST:
                return
            setting = max(SMALLEST, following)
        else:  # wider steps first, then finer ones around the limit
            setting *= factor if met else 1 / factor
            if any(abs(attempt.setting / setting - 1) < 0.05 for attempt in done):
                setting *= factor**-0.5 if met else factor**0.5
                factor **= 0.5
            setting = min(max(setting, SMALLEST), size / 4)


def _narrowest(goal: Goal, trained: Trained, config: DataConfig | PageConfig) -> float:
    """The largest share of the width whose net is fast enough; time depends on the shape alone: no training."""
    data = samples(config, trained)
    data.held = {}  # type: ignore[attr-defined]
    for keep in KEPT:
        settings = WidthSettings(keep=keep, hidden=keep, retrain=Retraining(steps=0))
        row = measured(widths(trained, settings, data), data, "trial")
        if goal.met(row, row):
            return keep
    return KEPT[-1]


def _table(
    goal: Goal, trained: Trained, setting: float, steps: int, data: DataConfig | PageConfig, stem: str
) -> dict[str, Any]:
    """The recipe of a setting."""
    training = {"steps": steps, "learning_rate": 7e-4, "average": 0.98}
    plan: list[dict[str, Any]] = []
    if goal.kind == "ms":
        plan.append({"technique": "widths", "keep": setting, "hidden": setting, "retrain": training})
    else:
        weights = sum(weight.numel() for weight in compressed(trained.net).values())
        sparsity = round(min(0.95, 1.05 - 0.25 * 8 * setting / weights), 3)
        if sparsity > 0.2:
            plan.append({"technique": "magnitude", "sparsity": sparsity, "retrain": training})
        plan.append({"technique": "rate", "bytes": int(setting), "retrain": training})
    return {"name": f"{stem}-small", **_where(data), "steps": plan}


def _where(data: DataConfig | PageConfig) -> dict[str, Any]:
    """The table of a recipe that names the data."""
    values = {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(data).items()}
    return {"pages" if isinstance(data, PageConfig) else "data": values}


def toml_of(table: Mapping[str, Any]) -> str:
    """A table as TOML: plain values, then tables, then lists of tables.

    Example:
        >>> print(toml_of({"name": "a", "steps": [{"bits": 4, "retrain": {"steps": 0}}]}))
        name = "a"
        [[steps]]
        bits = 4
        [steps.retrain]
        steps = 0
    """
    return "\n".join(_lines(table, ""))


def _lines(table: Mapping[str, Any], path: str) -> Iterator[str]:
    nested = {key: value for key, value in table.items() if _tables(value)}
    for key, value in table.items():
        if key not in nested:
            yield f"{key} = {json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False)}"
    for key, value in nested.items():
        name = f"{path}{key}"
        for inner in value if isinstance(value, list) else [value]:
            yield f"[[{name}]]" if isinstance(value, list) else f"[{name}]"
            yield from _lines(inner, f"{name}.")


def _tables(value: Any) -> bool:
    return isinstance(value, Mapping) or (isinstance(value, list) and any(isinstance(v, Mapping) for v in value))
