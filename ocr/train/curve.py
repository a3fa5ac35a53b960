"""The curves of a training run as a picture: one panel for each loss and each figure, over minutes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from PIL import Image, ImageDraw, ImageFont

from ocr.output import replacing

__all__ = ["draw_curve"]

WIDTH: Final = 360
HEIGHT: Final = 220
"""Pixels of a panel."""
COLUMNS: Final = 3
MARGIN: Final = 34
SKIPPED: Final = ("step", "minutes", "rate")
INK, LINE, GRID = (40, 40, 40), (31, 119, 180), (215, 215, 215)

Rows = Sequence[Mapping[str, Any]]
Points = list[tuple[float, float]]


def draw_curve(path: Path, log: Rows, evals: Rows) -> None:
    """Write the curves as a PNG; without rows there is no picture.

    Args:
        path: of the picture.
        log: rows with ``minutes`` and numbers by name.
        evals: the same.
    """
    panels = [(name, points) for rows in (log, evals) for name, points in series(rows).items()]
    if not panels:
        return
    columns = min(COLUMNS, len(panels))
    picture = Image.new("RGB", (columns * WIDTH, math.ceil(len(panels) / columns) * HEIGHT), "white")
    for k, (name, points) in enumerate(panels):
        picture.paste(panel(name, points), (k % columns * WIDTH, k // columns * HEIGHT))
    with replacing(path) as file:
        picture.save(file, "PNG")


def series(rows: Rows) -> dict[str, Points]:
    """(minutes, value) of every finite number of the rows, by name."""
    found: dict[str, Points] = {}
    for row in rows:
        for name, value in row.items():
            if name not in SKIPPED and isinstance(value, int | float) and math.isfinite(value):
                found.setdefault(name, []).append((float(row["minutes"]), float(value)))
    return found


def panel(name: str, points: Points) -> Image.Image:
    """One curve with its name, its last value and its range."""
    picture = Image.new("RGB", (WIDTH, HEIGHT), "white")
    pen, font = ImageDraw.Draw(picture), ImageFont.load_default(12)
    xs, ys = [x for x, _ in points], [y for _, y in points]
    low, high, end = min(ys), max(ys), max(xs)
    frame = (MARGIN, MARGIN, WIDTH - 12, HEIGHT - 22)
    pen.rectangle(frame, outline=GRID)

    def place(x: float, y: float) -> tuple[float, float]:
        across = x / end if end else 0.0
        up = (y - low) / (high - low) if high > low else 0.5
        return frame[0] + across * (frame[2] - frame[0]), frame[3] - up * (frame[3] - frame[1])

    spots = [place(x, y) for x, y in points]
    pen.line(spots, fill=LINE, width=2)
    for x, y in spots if len(spots) < 40 else spots[-1:]:
        pen.ellipse((x - 2, y - 2, x + 2, y + 2), fill=LINE)
    pen.text((MARGIN, 6), f"{name}: {ys[-1]:.4g}", fill=INK, font=font)
    pen.text((2, frame[1]), f"{high:.3g}", fill=INK, font=font)
    pen.text((2, frame[3] - 12), f"{low:.3g}", fill=INK, font=font)
    pen.text((MARGIN, frame[3] + 4), "0", fill=INK, font=font)
    pen.text((frame[2], frame[3] + 4), f"{end:.3g} minutes", fill=INK, font=font, anchor="ra")
    return picture
