"""The detector's trainer: it learns, survives a kill, overwrites nothing, and leaves no tensor on another device."""

from __future__ import annotations

from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from ocr.errors import UsageError  # noqa: E402
from ocr.train.config import read_config  # noqa: E402
from ocr.train.detect import trainer  # noqa: E402
from ocr.train.detect.trainer import DetectorConfig, detection_loss, train  # noqa: E402
from tests.train.detect.pages import write_config, write_data  # noqa: E402
from tests.train.runs import elsewhere, killed_at, rows, same_weights  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    """Labels of drawn pages."""
    return write_data(tmp_path)


def test_loss_falls_and_the_run_is_measured(tmp_path: Path, labels: Path) -> None:
    out = tmp_path / "run"
    assert train(write_config(tmp_path, labels, 40), out) == out / "last.pt"
    losses = [float(row["loss"]) for row in rows(out / "log.csv")]
    assert sum(losses[-10:]) < 0.8 * sum(losses[:10])
    assert {"precision", "recall", "det_f1"} <= rows(out / "evals.csv")[-1].keys()
    assert (out / "model.onnx").stat().st_size > 1000


def test_a_killed_run_goes_on_as_if_it_had_not_been(tmp_path: Path, labels: Path) -> None:
    config = write_config(tmp_path, labels, 4, "checkpoint_minutes = 0.0")
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    train(config, whole)
    with killed_at(2):
        train(config, killed)
    with pytest.raises(UsageError, match="--resume"):
        train(config, killed)
    train(config, killed, resume=True)
    assert [row["step"] for row in rows(killed / "log.csv")] == ["1", "2", "3", "4"]
    assert same_weights(whole, killed)


def test_batches_are_moved_to_the_device(tmp_path: Path, labels: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trainer, "evaluate", lambda *_: {})  # exports the net, and measures it with another runtime
    with elsewhere():
        train(write_config(tmp_path, labels, 2), tmp_path / "run")
    assert len(rows(tmp_path / "run/log.csv")) == 2


def test_unknown_keys_and_nets_are_named(tmp_path: Path, labels: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('text = ""\nwords = ""\ncache = ""\nlearnig_rate = 1.0\n')
    with pytest.raises(UsageError, match="learnig_rate"):
        read_config(DetectorConfig, config)
    path = write_config(tmp_path, labels, 2)
    path.write_text(path.read_text().replace('"db"', '"east"'))
    with pytest.raises(UsageError, match="east"):
        train(path, tmp_path / "run")


def test_masked_points_do_not_count() -> None:
    targets = torch.zeros(1, 4, 8, 8)
    targets[:, 0, 2:4], targets[:, 1], targets[:, 3, :4] = 1, 0.3, 1
    logits = torch.randn(1, 1, 8, 8)
    changed = logits.clone()
    changed[..., 4:, :] += 5
    before, after = (detection_loss(kernel, logits, targets)["loss"] for kernel in (logits, changed))
    assert torch.equal(before, after)
