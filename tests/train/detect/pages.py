"""Drawn pages with line boxes, in the forms that the detector's training reads."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["SIDE", "page_of_lines", "write_config", "write_data"]

SIDE = 96
"""Of a crop, pixels."""

Quad = list[list[int]]


def page_of_lines() -> tuple[NDArray[np.uint8], list[Quad]]:
    """A page (160, 200) of five rows of bars, as high as letters, and the quads of the rows."""
    page = np.full((160, 200), 255, np.uint8)
    quads = []
    for y in range(12, 140, 28):
        page[y + 4 : y + 14, 20:180:3] = 0
        quads.append([[20, y], [180, y], [180, y + 18], [20, y + 18]])
    return page, quads


def write_data(root: Path) -> Path:
    """The page as three labelled scans and as a receipt of sroie/train and sroie/dev; returns the labels' path."""
    page, quads = page_of_lines()
    for part in ("train", "dev"):
        folder = root / "sroie" / part
        (folder / "img").mkdir(parents=True)
        cv2.imwrite(str(folder / "img" / "page.png"), page)
        row = {"image": "img/page.png", "boxes": [[quad, "X"] for quad in quads]}
        (folder / "gt.jsonl").write_text(json.dumps(row) + "\n")
    record = {"image": "sroie/train/img/page.png", "size": [160, 200], "lines": quads, "unsure": []}
    labels = root / "labels.json.gz"
    with gzip.open(labels, "wt") as file:
        file.write("\n".join(json.dumps(record) for _ in range(3)))
    return labels


def write_config(root: Path, labels: Path, steps: int, more: str = "") -> Path:
    """A configuration of the smallest net."""
    config = root / f"config-{steps}.toml"
    config.write_text(f"""
net = "db"
text = ""
words = ""
pages = 0
cache = "{root}/cache"
real_root = "{root}"
real_labels = "{labels}"
batch = 2
steps = {steps}
warmup = 5
workers = 0
hold_back = 1
log_every = 1
trained_on = ["bars"]
licence = "CC0-1.0"
{more}
[layers]
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
""")
    return config
