"""The page stages' trainer: every net runs, survives a kill, overwrites nothing; tensors are on one device."""

from __future__ import annotations

from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from ocr.errors import UsageError  # noqa: E402
from ocr.train.page import trainer  # noqa: E402
from ocr.train.page.trainer import train  # noqa: E402
from ocr.train.recognize.shards import write_shard  # noqa: E402
from ocr.train.synth.photos import Materials  # noqa: E402
from tests.train.page.materials import dark_above  # noqa: E402
from tests.train.runs import elsewhere, killed_at, rows, same_weights  # noqa: E402

NETS = ("orient", "page", "corner")


def write_config(folder: Path, net: str, steps: int) -> Path:
    """A run of so many steps, and the lines that it may need."""
    shard = folder / "lines.npz"
    write_shard(shard, [(dark_above(), "dark above")] * 3)
    data = (
        f'synthetic = ["{shard}"]\nreal = []\nheld = ["{shard}"]' if net == "orient" else "pages = []\nphotographs = []"
    )
    path = folder / f"{net}.toml"
    path.write_text(
        f'net = "{net}"\n{data}\nbatch = 2\nsteps = {steps}\nwarmup = 3\nworkers = 0\nlog_every = 1\n'
        "checkpoint_minutes = 0.0\n"
    )
    return path


@pytest.fixture(autouse=True)
def _few_scenes(materials: Materials, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trainer, "HELD_SCENES", 2)
    monkeypatch.setattr(Materials, "load", lambda *_: materials)


@pytest.mark.parametrize("net", NETS)
def test_a_killed_run_goes_on_as_if_it_had_not_been(tmp_path: Path, net: str) -> None:
    config = write_config(tmp_path, net, 4)
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    assert train(config, whole) == whole / "last.pt"
    with killed_at(2):
        train(config, killed)
    with pytest.raises(UsageError, match="--resume"):
        train(config, killed)
    train(config, killed, resume=True)
    assert [row["step"] for row in rows(killed / "log.csv")] == ["1", "2", "3", "4"]
    assert len(rows(killed / "evals.csv")) == 1
    assert same_weights(whole, killed)


@pytest.mark.parametrize("net", NETS)
def test_batches_are_moved_to_the_device(tmp_path: Path, net: str) -> None:
    with elsewhere():
        train(write_config(tmp_path, net, 2), tmp_path / "run")
    assert len(rows(tmp_path / "run/log.csv")) == 2


def test_orientation_is_learned(tmp_path: Path) -> None:
    train(write_config(tmp_path, "orient", 60), tmp_path / "run")
    assert float(rows(tmp_path / "run/evals.csv")[-1]["lines"]) <= 0.5
    losses = [float(row["loss"]) for row in rows(tmp_path / "run/log.csv")]
    assert sum(losses[-10:]) < sum(losses[:10])


def test_unknown_nets_and_keys_are_named(tmp_path: Path) -> None:
    path = write_config(tmp_path, "orient", 1)
    path.write_text(path.read_text().replace('"orient"', '"sheet"'))
    with pytest.raises(UsageError, match="'sheet'"):
        train(path, tmp_path / "run")
    path = write_config(tmp_path, "corner", 1)
    path.write_text(path.read_text() + "surreal = 1\n")
    with pytest.raises(UsageError, match="surreal"):
        train(path, tmp_path / "run")
