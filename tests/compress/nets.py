"""A tiny net that reads drawn letters, and the lines that it is compressed with."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import torch

from ocr.compress.data import DataConfig, LineData, line_data
from ocr.recognize.charset import Charset
from ocr.train.checkpoint import Trained, build
from tests.train.recognize.lines import draw_shard

__all__ = ["CHARACTERS", "LINE", "lines", "tiny"]

CHARACTERS = "ABCD"
LINE = (1, 1, 32, 320)
WIDTHS = (8, 16, 16, 24, 24, 32, 32, 40)


def tiny(seed: int = 0, widths: tuple[int, ...] = WIDTHS, hidden: int = 16) -> Trained:
    """A mobile net of 50,000 weights, untrained."""
    torch.manual_seed(seed)
    charset = Charset(CHARACTERS)
    arguments = {"classes": len(charset), "widths": widths, "hidden": hidden}
    net = build("recognize", "mobile", arguments).eval()
    return Trained(
        "recognize", "mobile", arguments, net, charset=CHARACTERS, trained_on=("drawn (CC0)",), licence="CC0-1.0"
    )


@cache
def _drawn(folder: Path) -> DataConfig:
    draw_shard(folder / "drawn.npz", CHARACTERS, 40)
    draw_shard(folder / "held.npz", CHARACTERS, 12, seed=9)
    return DataConfig(
        drawn=(str(folder / "drawn.npz"),), held=(str(folder / "held.npz"),), columns=400, calibration=12, held_lines=10
    )


def lines(folder: Path, origin: Trained | None = None) -> LineData:
    """Lines in a folder, drawn once."""
    return line_data(_drawn(folder), Charset(CHARACTERS), origin)
