"""Comparisons kept as files."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from ocr.compress.compare import step_of
from ocr.compress.comparison import read_comparison, run, summary
from ocr.errors import InputError, UsageError
from ocr.train.checkpoint import save
from tests.compress.nets import CHARACTERS, tiny
from tests.train.recognize.lines import draw_shard

FILES = sorted((Path(__file__).parent.parent.parent / "models" / "recipes" / "compare").glob("*.toml"))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A comparison of two techniques with two seeds."""
    draw_shard(tmp_path / "drawn.npz", CHARACTERS, 20)
    save(tmp_path / "tiny.pt", tiny())
    path = tmp_path / "few.toml"
    path.write_text(
        f'model = "{tmp_path}/tiny.pt"\nsteps = 1\nseeds = [1, 2]\n'
        "techniques = ['magnitude sparsity=0.5', 'uniform bits=4 retrain={learning_rate=0.01}']\n"
        f'[data]\ndrawn = ["{tmp_path}/drawn.npz"]\nheld = ["{tmp_path}/drawn.npz"]\ncolumns = 400\nheld_lines = 4\n'
    )
    return path


def test_rows_are_kept_and_not_measured_twice(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = read_comparison(file)
    rows = run(plan, tmp_path / "out")
    assert [row.step for row in rows[:3]] == [
        "original",
        "magnitude sparsity=0.5 (seed 1)",
        "magnitude sparsity=0.5 (seed 2)",
    ]
    table = summary(rows).splitlines()
    assert len(table) == 5 and table[3].startswith("| magnitude sparsity=0.5 |") and table[3].endswith("| 2 |")
    monkeypatch.setattr("ocr.compress.comparison.compare", None)  # would be called if anything were measured
    assert run(plan, tmp_path / "out") == rows
    with pytest.raises(UsageError, match="rows of another comparison"):
        run(replace(plan, steps=2), tmp_path / "out")
    kept = json.loads((tmp_path / "out" / "rows.json").read_text())
    del kept["rows"]["original"]["error"]
    (tmp_path / "out" / "rows.json").write_text(json.dumps(kept))
    with pytest.raises(InputError, match=r"rows\.json: damaged"):
        run(plan, tmp_path / "out")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_shipped_comparisons_are_sound(path: Path) -> None:
    plan = read_comparison(path)
    assert plan.name == path.stem
    assert [step_of(text, 1).technique for text in plan.techniques]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("steps", "stepz", "unknown stepz"), ("techniques = [", "techniques = [] #", "needs model"),
        ("seeds = [1", 'seeds = ["a"', "seeds whole numbers"), ("columns", "colums", "unknown key 'colums'"),
    ],
)  # fmt: skip
def test_faulty_files(file: Path, old: str, new: str, message: str) -> None:
    file.write_text(file.read_text().replace(old, new))
    with pytest.raises(UsageError, match=message):
        read_comparison(file)


def test_settings_of_a_line_win_over_those_of_all() -> None:
    assert step_of("magnitude retrain={steps=7}", 3, 5).settings.retrain.steps == 7
    assert step_of("magnitude", 3, 5).settings.retrain.seed == 5
