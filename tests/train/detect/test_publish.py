"""From a run of the detector to a model that the reader's detector loads."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from ocr.detect.db import DbDetector  # noqa: E402
from ocr.errors import UsageError  # noqa: E402
from ocr.metadata import read_metadata  # noqa: E402
from ocr.train.checkpoint import load  # noqa: E402
from ocr.train.detect.publish import publish  # noqa: E402
from ocr.train.detect.trainer import train  # noqa: E402
from tests.train.detect.pages import page_of_lines, write_config, write_data  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def test_a_run_becomes_a_model(tmp_path: Path) -> None:
    run, models = tmp_path / "run", tmp_path / "models"
    train(write_config(tmp_path, write_data(tmp_path), 60), run)
    record = publish(run, tmp_path, models, name="detect-bars")
    assert record.file == "detect-bars.onnx" and record.trained_on == ("bars",) and record.licence == "CC0-1.0"
    assert {"held-back pages det_f1", "sroie/dev det_f1", "minutes of training"} <= record.metrics.keys()
    [entry] = json.loads((models / "manifest.json").read_text())["models"]
    assert entry["name"] == "detect-bars" and entry["bytes"] == (models / entry["file"]).stat().st_size
    assert read_metadata(models / "detect-bars.onnx").trained_on == ("bars",)
    assert load(models / "training/detect-bars.pt", "detect").step == 60
    assert (models / "training/detect-bars.log.csv").exists() and (models / "training/detect-bars.evals.csv").exists()
    page, _ = page_of_lines()
    assert isinstance(DbDetector(models / "detect-bars.onnx")(page), list)


def test_a_run_that_does_not_say_what_it_was_trained_on_is_refused(tmp_path: Path) -> None:
    config = write_config(tmp_path, write_data(tmp_path), 1)
    config.write_text(config.read_text().replace('trained_on = ["bars"]', ""))
    train(config, tmp_path / "run")
    with pytest.raises(UsageError, match="trained_on"):
        publish(tmp_path / "run", tmp_path, tmp_path / "models")
    assert not (tmp_path / "models/manifest.json").exists()
