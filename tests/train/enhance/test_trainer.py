"""The enhancement nets' trainer: every kind learns, survives a kill, overwrites nothing; tensors are on one device."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from ocr.errors import UsageError  # noqa: E402
from ocr.train.checkpoint import load  # noqa: E402
from ocr.train.device import Precision  # noqa: E402
from ocr.train.enhance.trainer import compiled, train  # noqa: E402
from ocr.train.run import Model, RunConfig, start  # noqa: E402
from tests.train.enhance.operators import OPERATORS, write_config  # noqa: E402
from tests.train.runs import elsewhere, killed_at, rows, same_weights  # noqa: E402

NETS = ("whiten", "page", "photo")


@pytest.fixture(autouse=True)
def _not_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch, "compile", lambda net: net)


@pytest.mark.parametrize(("net", "steps"), [("whiten", 60), ("page", 40), ("photo", 60)])
def test_loss_falls(net: str, steps: int, data: Path, results: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    assert train(write_config(tmp_path / "run.toml", net, steps, data, results), out) == out / "last.pt"
    losses = [float(row["loss"]) for row in rows(out / "log.csv")]
    assert sum(losses[-12:]) < sum(losses[:12])


@pytest.mark.parametrize("net", NETS)
def test_a_killed_run_goes_on_as_if_it_had_not_been(net: str, data: Path, results: Path, tmp_path: Path) -> None:
    config = write_config(tmp_path / "run.toml", net, 4, data, results)
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    train(config, whole)
    with killed_at(2):
        train(config, killed)
    with pytest.raises(UsageError, match="--resume"):
        train(config, killed)
    train(config, killed, resume=True)
    assert [row["step"] for row in rows(killed / "log.csv")] == ["1", "2", "3", "4"]
    assert same_weights(whole, killed)


@pytest.mark.parametrize("net", NETS)
def test_batches_are_moved_to_the_device(net: str, data: Path, results: Path, tmp_path: Path) -> None:
    with elsewhere():
        train(write_config(tmp_path / "run.toml", net, 2, data, results, OPERATORS[:2]), tmp_path / "run")
    assert len(rows(tmp_path / "run/log.csv")) == 2


def test_unknown_nets_are_named(data: Path, results: Path, tmp_path: Path) -> None:
    config = write_config(tmp_path / "run.toml", "sharpen", 1, data, results)
    with pytest.raises(UsageError, match="'sharpen'"):
        train(config, tmp_path / "run")


def test_the_compiler_is_left_out_where_the_memory_format_is_not_free() -> None:
    run = start(Model("enhance", "can", {"conditions": 2, "config": {"width": 4, "dilations": (1, 2)}}), RunConfig())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch, "compile", lambda net: "compiled")
        run.precision = Precision(torch.bfloat16, torch.contiguous_format)
        assert compiled(run) is run.net
        run.precision = Precision(torch.bfloat16, torch.channels_last)
        assert str(compiled(run)) == "compiled"


def test_full_width_dilations_train_on_this_processor(data: Path, results: Path, tmp_path: Path) -> None:
    """In a process of its own: where the wrong memory format is chosen, it ends in a segmentation fault or in NaN."""
    config = write_config(tmp_path / "run.toml", "whiten", 2, data, results)
    text = config.read_text().replace("width = 8\ndilations = [1, 2, 1]", "width = 24\ndilations = [1, 2, 4, 8, 16, 1]")
    config.write_text(text)
    code = (
        "import sys, torch; torch.compile = lambda net: net\n"  # where it is used, it takes a minute
        "from ocr.cli import main; main()"
    )
    command = [sys.executable, "-c", code, "train", "enhance", str(config), "--out", str(tmp_path / "run")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    weights = load(tmp_path / "run/last.pt").net.state_dict().values()
    assert all(torch.isfinite(value).all() for value in weights)
