"""Line shards that tests draw for themselves, with the Hershey strokes of OpenCV: no font is needed."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import cv2
import numpy as np

__all__ = ["config_of", "draw_shard"]

ADVANCE, MARGIN = 16, 4
"""Columns of a character, and of paper at both ends."""


def draw_shard(path: Path, characters: str, count: int = 60, seed: int = 0, *, centers: bool = True) -> Path:
    """Lines of three to five of some characters, with or without the centres of their glyphs."""
    rng = random.Random(seed)
    pictures, texts, places = [], [], []
    for _ in range(count):
        text = "".join(rng.choices(characters, k=rng.randint(3, 5)))
        width = 2 * MARGIN + ADVANCE * len(text)
        picture = np.full((32, width), 255, np.uint8)
        for k, character in enumerate(text):
            at = (MARGIN + k * ADVANCE, 24)
            cv2.putText(picture, character, at, cv2.FONT_HERSHEY_SIMPLEX, 0.75, 0, 2, cv2.LINE_AA)
        pictures.append(picture)
        texts.append(text)
        places.append((MARGIN + ADVANCE * (np.arange(len(text)) + 0.5)) / width)
    values: dict[str, Any] = {
        "pixels": np.concatenate(pictures, 1), "widths": np.array([p.shape[1] for p in pictures], np.int32),
        "texts": np.array("\n".join(texts)),
    }  # fmt: skip
    if centers:
        values["centers"] = np.concatenate(places).astype(np.float32)
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, **values)
    return path


def config_of(path: Path, **values: object) -> Path:
    """A configuration of a small net that reads drawn lines of a few characters, in eight steps."""
    folder = path.parent
    fixed: dict[str, object] = {
        "net": "small", "charset": "latin", "synthetic": [f"{folder}/drawn/*.npz"], "columns": 400, "steps": 8,
        "minutes": 1e6, "warmup": 2, "log_every": 1, "checkpoint_minutes": 0.0, "ctc_from": 0.3, "frame_until": 0.6,
    }  # fmt: skip
    lines = (f"{key} = {str(value).lower() if isinstance(value, bool) else repr(value)}" for key, value in
             {**fixed, **values}.items())  # fmt: skip
    path.write_text("\n".join(lines).replace("'", '"') + "\n", encoding="utf-8")
    return path
