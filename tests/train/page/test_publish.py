"""From runs of the page stages' nets to models that the stages load."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from ocr.metadata import read_metadata  # noqa: E402
from ocr.page.corners import PageFinder  # noqa: E402
from ocr.train.page import publish as publishing  # noqa: E402
from ocr.train.page import trainer  # noqa: E402
from ocr.train.page.publish import publish  # noqa: E402
from ocr.train.page.trainer import train  # noqa: E402
from ocr.train.synth.photos import Materials  # noqa: E402
from tests.train.page.test_trainer import write_config  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory, materials: Materials) -> Path:
    """All three nets after a few steps, published."""
    folder = tmp_path_factory.mktemp("work")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trainer, "HELD_SCENES", 2)
        patch.setattr(Materials, "load", lambda *_: materials)
        patch.setattr(publishing, "RANGE_INPUTS", 8)
        for net, steps in (("orient", 30), ("page", 12), ("corner", 12)):
            config = write_config(folder, net, steps)
            config.write_text(config.read_text() + f'trained_on = ["drawn {net}s"]\nlicence = "CC0-1.0"\n')
            train(config, folder / net)
            publish(folder / net, folder / "models")
    return folder / "models"


def test_all_three_are_in_the_manifest_with_what_they_were_trained_on(models: Path) -> None:
    entries = {entry["name"]: entry for entry in json.loads((models / "manifest.json").read_text())["models"]}
    assert {name: entry["task"] for name, entry in entries.items()} == {
        "orient": "orient", "corners-mobile": "corners", "corners-mobile-refine": "corners",
    }  # fmt: skip
    assert entries["corners-mobile"]["trained_on"] == ["drawn pages"]
    assert {"loss", "dice", "presence"} <= entries["corners-mobile"]["metrics"].keys()
    for name in entries:
        assert (models / "training" / f"{name}.pt").exists() and (models / "training" / f"{name}.log.csv").exists()
        assert (models / "training" / f"{name}.evals.csv").exists()


def test_the_files_say_what_their_input_is(models: Path) -> None:
    sizes = {name: (read_metadata(models / f"{name}.onnx").height, read_metadata(models / f"{name}.onnx").width)
             for name in ("orient", "corners-mobile", "corners-mobile-refine")}  # fmt: skip
    assert sizes == {"orient": (32, 256), "corners-mobile": (192, 192), "corners-mobile-refine": (96, 96)}


def test_the_page_finder_takes_them(models: Path) -> None:
    found = PageFinder("corners-mobile", folder=models)(np.full((120, 160, 3), 200, np.uint8))
    assert 0 <= found.confidence <= 1
