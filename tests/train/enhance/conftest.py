"""Small data sets for the training of the enhancement nets."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("scipy")

from ocr.train.enhance import pictures
from ocr.train.enhance.plates import PLATE, cut_plates
from tests.train.enhance.operators import OPERATORS

SETS = (
    ("isri_unlv", "train"),
    ("old_books", "train"),
    ("noisyoffice", "train"),
    ("noisyoffice", "dev"),
    ("dibco", "dev"),
)


@pytest.fixture(scope="package")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Bilevel pages, worn ones with their clean ones as the data sets have them, and clean squares."""
    folder = tmp_path_factory.mktemp("data")
    rng = np.random.default_rng(8)
    for name, part in SETS:
        (folder / name / part).mkdir(parents=True)
        clean = np.full((PLATE + 40, PLATE + 60), 255, np.uint8)
        for y in range(60, PLATE, 60):
            cv2.putText(clean, "some print of 1994", (20, y), cv2.FONT_HERSHEY_SIMPLEX, 1.6, 0, 4)
        cv2.imwrite(str(folder / name / part / "clean.png"), clean)
        cv2.imwrite(str(folder / name / part / "worn.png"), clean * 0.6 + rng.normal(30, 6, clean.shape))
        row = {"image": "clean.png" if name in {"isri_unlv", "old_books"} else "worn.png", "target": "clean.png"}
        (folder / name / part / "gt.jsonl").write_text(json.dumps(row) + "\n")
    assert cut_plates(folder, folder / "plates.npz", each=3) == 6
    return folder


@pytest.fixture(scope="package")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two small photographs with the results of some operators, also at a random strength."""
    folder = tmp_path_factory.mktemp("pictures")
    rng = np.random.default_rng(4)
    (folder / "photographs").mkdir()
    for name in ("a", "b"):
        photograph = cv2.GaussianBlur(rng.integers(0, 256, (120, 150, 3), np.uint8), (0, 0), 2)
        cv2.imwrite(str(folder / "photographs" / f"{name}.png"), photograph)
    arguments = [str(folder / "photographs"), str(folder / "out"), "--shorter", "80", "100", "--window", "72"]
    pictures.main([*arguments, "--operators", *OPERATORS, "--strength", "any"])
    return folder / "out"
