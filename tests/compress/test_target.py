"""Searching for a recipe that reaches a target."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from ocr.compress.data import DataConfig
from ocr.compress.recipe import read_recipe
from ocr.compress.report import read_rows
from ocr.compress.target import Goal, Outcome, reach, toml_of
from ocr.errors import UsageError
from ocr.packed_weights import is_packed
from ocr.train.checkpoint import save
from tests.compress.nets import CHARACTERS, tiny
from tests.train.recognize.lines import draw_shard


def search(folder: Path, kind: str, value: float, *, resume: bool = False, held: bool = True) -> Outcome:
    """A search without retraining."""
    draw_shard(folder / "drawn.npz", CHARACTERS, 20)
    draw_shard(folder / "held.npz", CHARACTERS, 8, seed=9)
    data = DataConfig(
        drawn=(str(folder / "drawn.npz"),), held=(str(folder / "held.npz"),) if held else (), columns=400, calibration=8
    )
    model = save(folder / "tiny.pt", tiny())
    return reach(model, Goal(kind, value), data, folder / "out", 0, resume)


def test_bytes_are_reached_and_the_recipe_is_kept(tmp_path: Path) -> None:
    found = search(tmp_path, "bytes", 12_000)
    assert found.met
    assert found.rows[-1].bytes <= 12_000
    assert is_packed(found.file)
    assert "reached: " in found.message
    assert read_recipe(tmp_path / "out" / "recipe.toml").steps[-1].technique == "rate"
    again = search(tmp_path, "bytes", 12_000, resume=True)
    assert again.rows == found.rows


def test_what_cannot_be_met_is_said_and_the_best_is_kept(tmp_path: Path) -> None:
    found = search(tmp_path, "bytes", 100)
    assert not found.met
    assert "cannot be met" in found.message
    assert f"{found.rows[-1].bytes:,} bytes" in found.message
    assert is_packed(found.file)


def test_a_loss_is_approached_from_both_sides(tmp_path: Path) -> None:
    found = search(tmp_path, "loss", 0.9)
    assert found.met
    attempts = sorted((tmp_path / "out").glob("attempt-*"))
    assert len(attempts) == 4
    budgets = [tomllib.loads((folder / "recipe.toml").read_text())["steps"][-1]["bytes"] for folder in attempts]
    assert len(set(budgets)) == 4
    rows = [read_rows(folder) for folder in attempts]
    assert found.rows[-1].bytes == min(row[-1].bytes for row in rows if row[-1].error - row[0].error <= 0.9)


def test_a_loss_without_held_lines_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="name shards with --held"):
        search(tmp_path, "loss", 0.1, held=False)


def test_time_narrows_the_net(tmp_path: Path) -> None:
    assert search(tmp_path, "ms", 10_000.0).rows[-1].parameters == tiny().parameters
    (tmp_path / "fast").mkdir()
    found = search(tmp_path / "fast", "ms", 1e-6)
    assert not found.met
    assert found.rows[-1].parameters < 0.5 * tiny().parameters


def test_tables_come_back_from_toml() -> None:
    table = {"name": 'a "b"', "data": {"drawn": ["x", "y"]}, "steps": [{"t": 1, "retrain": {"steps": 0}}, {"t": 2.5}]}
    assert tomllib.loads(toml_of(table)) == table


@pytest.mark.parametrize("goal", [("bytes", 0.0), ("loss", -1.0), ("ms", float("nan")), ("weight", 1.0)])
def test_impossible_goals(goal: tuple[str, float]) -> None:
    with pytest.raises(UsageError):
        Goal(*goal)
