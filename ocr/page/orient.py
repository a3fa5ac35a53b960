"""Which way up is a page? The direction of its lines tells, and a small net that looks at a few of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ocr.detect import Region
from ocr.document import Quad
from ocr.engine import Session
from ocr.geometry import crop_line
from ocr.weights import model

__all__ = ["HEIGHT", "WIDTH", "Orientation", "Orienter", "fragmented", "line_window", "sideways"]

HEIGHT, WIDTH = 32, 256
"""Of the net's input, pixels."""
VOTERS = 12
"""Lines that are looked at."""
SHORT = 2.2
"""Median length of a page's lines, in heights, under which they may be pieces of lines that stand on end."""
LEAST_LENGTH = 2.0
"""Shorter lines, in heights, hardly show which way up they are."""


@dataclass(frozen=True, slots=True)
class Orientation:
    """How far to turn a page clockwise so that it reads, in degrees, and how surely (0..1)."""

    degrees: int
    confidence: float


def sideways(regions: Sequence[Region]) -> bool:
    """Whether most of the text, by length, runs up or down the page."""
    lying = [45 < abs(region.quad.angle) < 135 for region in regions]
    width = [region.quad.width for region in regions]
    return sum(w for w, lies in zip(width, lying, strict=True) if lies) > sum(width) / 2


def fragmented(regions: Sequence[Region]) -> bool:
    """Whether most of the text came in pieces hardly longer than high, as lines that stand on end do."""
    return bool(regions) and float(np.median([r.quad.width / max(r.quad.height, 1.0) for r in regions])) < SHORT


def line_window(line: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The middle of a line picture (32, W) as (32, 256); a shorter line is set again behind itself until it is full."""
    width = line.shape[1]
    if width < WIDTH:
        return np.tile(line, (1, -(-WIDTH // width)))[:, :WIDTH]
    left = (width - WIDTH) // 2
    return line[:, left : left + WIDTH]


class Orienter:
    """Tells pages that are upside down from upright ones, with a model of ``models/manifest.json``.

    Args:
        name: the model.
        threads: threads of the runtime; 0 takes every core.
        path: a model file outside the manifest, say one in training.

    Example:
        >>> Orienter("orient")(page, detector(page))  # doctest: +SKIP
        Orientation(degrees=180, confidence=0.999)
    """

    def __init__(self, name: str, threads: int = 0, path: Path | None = None) -> None:
        self.name = name
        self._session = Session(path or model(name).path, threads=threads)

    def __call__(self, image: NDArray[np.uint8], regions: Sequence[Region]) -> Orientation:
        """0 or 180 degrees for an (H, W) grey or (H, W, 3) RGB page whose lines run along its rows.

        Lines that run up or down do not vote. Without voters the page stays, and nothing is sure.
        """
        quads = [region.quad for region in regions if region.quad.width >= LEAST_LENGTH * region.quad.height]
        voters = _voters([quad for quad in quads if abs(quad.angle) < 45])
        if not voters:
            return Orientation(0, 0.0)
        logits = self.logits(np.stack([line_window(crop_line(image, quad, HEIGHT)) for quad in voters]))
        vote = float(logits.mean() * math.sqrt(len(logits)))
        return Orientation(180 if vote > 0 else 0, 1 / (1 + math.exp(-abs(vote))))

    def logits(self, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Log odds of each line picture (N, 32, 256) being upside down."""
        tensor = pictures[:, None].astype(np.float32) * np.float32(1 / 127.5) - 1
        [result] = self._session.run({self._session.inputs[0]: tensor})
        return np.asarray(result, np.float32)


def _voters(quads: Sequence[Quad]) -> list[Quad]:
    """Up to ``VOTERS`` lines, those long enough to fill the window first, from all over the page."""
    full = [quad for quad in quads if quad.width >= quad.height * WIDTH / HEIGHT]
    chosen = full if len(full) >= VOTERS else sorted(quads, key=lambda quad: quad.height - quad.width)[:VOTERS]
    step = max(1, len(chosen) // VOTERS)
    return list(chosen[step // 2 :: step][:VOTERS])
