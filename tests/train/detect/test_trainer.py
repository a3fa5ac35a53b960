"""The detector's training loop: it learns, it resumes, it rejects what it does not know."""

from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch")

from ocr.errors import UsageError  # noqa: E402
from ocr.train.config import read_config  # noqa: E402
from ocr.train.detect.data import draw_targets, shrink  # noqa: E402
from ocr.train.detect.trainer import DetectorConfig, train  # noqa: E402

SIDE = 96


def write_run(folder: Path, steps: int) -> Path:
    """A labelled page of bars that stand for lines, and a configuration of the smallest net."""
    page = np.full((160, 200), 255, np.uint8)
    lines = []
    for y in range(12, 140, 28):
        page[y + 4 : y + 14, 20:180:3] = 0
        lines.append([[20, y], [180, y], [180, y + 18], [20, y + 18]])
    cv2.imwrite(str(folder / "page.png"), page)
    record = {"image": "page.png", "size": [160, 200], "lines": lines, "unsure": []}
    with gzip.open(folder / "labels.json.gz", "wt") as file:
        file.write("\n".join(json.dumps(record) for _ in range(3)))
    config = folder / f"config{steps}.toml"
    config.write_text(
        f"""
text = ""
words = ""
pages = 0
cache = "{folder}/cache"
real_root = "{folder}"
real_labels = "{folder}/labels.json.gz"
batch = 2
steps = {steps}
warmup = 5
workers = 0
hold_back = 1
log_every = 10
[net]
stem = 8
channels = [8, 8, 8, 8]
blocks = [1, 1, 1, 1]
neck = 16
head = 8
[crop]
side = {SIDE}
invert = 0.0
turn = 0.0
tilt = 0.0
"""
    )
    return config


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_loss_falls_and_a_resumed_run_goes_on(tmp_path: Path) -> None:
    out = tmp_path / "run"
    model = train(write_run(tmp_path, 40), out)
    first = rows(out / "log.csv")
    assert float(first[-1]["loss"]) < 0.8 * float(first[0]["loss"])
    assert model.stat().st_size > 1000
    with pytest.raises(UsageError, match="--resume"):
        train(write_run(tmp_path, 60), out)
    train(write_run(tmp_path, 60), out, resume=True)
    assert [row["step"] for row in rows(out / "log.csv")] == ["10", "20", "30", "40", "50", "60"]
    assert {"precision", "recall", "det_f1"} <= rows(out / "evals.csv")[-1].keys()


def test_unknown_key_is_named(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('text = ""\nwords = ""\ncache = ""\nlearnig_rate = 1.0\n')
    with pytest.raises(UsageError, match="learnig_rate"):
        read_config(DetectorConfig, config)


def test_kernels_of_touching_lines_are_apart() -> None:
    lines = np.array([[(8, y), (88, y), (88, y + 20), (8, y + 20)] for y in (20, 40)], float)
    kernel = draw_targets(lines, np.zeros((0, 4, 2)), SIDE)[0]
    middle = kernel[:, SIDE // 8]
    assert middle[30 // 4] > 0.9 and middle[50 // 4] > 0.9 and middle[40 // 4] < 0.1


def test_a_single_character_keeps_a_square_kernel() -> None:
    [kernel] = shrink(np.array([[(10, 10), (14, 10), (14, 30), (10, 30)]], float))
    assert np.ptp(kernel[:, 0]) == pytest.approx(10) and np.ptp(kernel[:, 1]) == pytest.approx(10)


def test_unsure_regions_do_not_count() -> None:
    unsure = np.array([[(0, 0), (48, 0), (48, 96), (0, 96)]], float)
    weight = draw_targets(np.zeros((0, 4, 2)), unsure, SIDE)[3]
    assert weight[:, :11].max() == 0 and weight[:, 14:].min() == 1
