"""Runs of both nets, resumed, and a net published and asked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("onnx")

from ocr.answers.reader import WEIGHTS, Settings  # noqa: E402
from ocr.engine import Session  # noqa: E402
from ocr.errors import UsageError  # noqa: E402
from ocr.metadata import read_metadata  # noqa: E402
from ocr.train.ask import publish as publishing  # noqa: E402
from ocr.train.ask.trainer import train  # noqa: E402
from ocr.train.checkpoint import load  # noqa: E402

STORY = 'net = "story"\nkinds = [1, 20]\nbatch = 8\nwidth = 16\nheld = 10\nsteps = {}\nlog_every = 2\n'
DOCUMENT = (
    'net = "document"\nbatch = 2\nquestions = 2\nletters = 8\nwidth = 16\nmeasured = 2\nheld = 0\nsteps = {}\n'
    'log_every = 2\ntrained_on = ["invented pages"]\nlicence = "CC0-1.0"\n'
)


@pytest.mark.parametrize("text", [STORY, DOCUMENT])
def test_a_run_is_resumed(tmp_path: Path, text: str) -> None:
    config, out = tmp_path / "run.toml", tmp_path / "run"
    config.write_text(text.format(2))
    train(config, out)
    config.write_text(text.format(4))
    trained = load(train(config, out, resume=True), "ask")
    assert trained.step == 4 and [row["step"] for row in trained.history] == [2, 4]
    assert all(0 <= value <= 1 for value in trained.metrics.values())


def test_another_net(tmp_path: Path) -> None:
    config = tmp_path / "run.toml"
    config.write_text('net = "poem"\n')
    with pytest.raises(UsageError, match="story or document"):
        train(config, tmp_path / "run")


def test_a_published_net_says_what_its_reader_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publishing, "FITTED", 3)
    config, models = tmp_path / "run.toml", tmp_path / "models"
    config.write_text(DOCUMENT.format(2))
    train(config, tmp_path / "run")
    record = publishing.publish(tmp_path / "run", models)
    path = models / "ask.onnx"
    settings = read_metadata(path).settings_as(Settings, path)
    assert len(settings.weights) == WEIGHTS and "total" in settings.vocabulary
    assert set(Session(path).inputs) == set(publishing.INPUTS)
    assert not record.wheel and json.loads((models / "manifest.json").read_text())["models"][0]["task"] == "ask"


def test_a_net_for_stories_is_not_published(tmp_path: Path) -> None:
    config = tmp_path / "run.toml"
    config.write_text(STORY.format(1))
    train(config, tmp_path / "run")
    with pytest.raises(UsageError, match="answers nothing in documents"):
        publishing.publish(tmp_path / "run", tmp_path / "models")
