"""Orientation of a page, from the direction of its lines and a small net that classifies some of them."""

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
"""Size of the net's input, pixels."""
VOTERS = 12
"""Number of lines that are classified."""
FRAGMENT_RATIO = 2.2
"""Median length of a page's lines, in heights, below which they may be fragments of sideways lines."""
LEAST_LENGTH = 2.0
"""Least length, in heights, of lines that show their orientation."""


@dataclass(frozen=True, slots=True)
class Orientation:
    """Clockwise rotation that makes a page upright, in degrees, and its confidence (0..1)."""

    degrees: int
    confidence: float


def sideways(regions: Sequence[Region]) -> bool:
    """Whether most of the text, by length, runs vertically."""
    lying = [45 < abs(region.quad.angle) < 135 for region in regions]
    width = [region.quad.width for region in regions]
    return sum(w for w, lies in zip(width, lying, strict=True) if lies) > sum(width) / 2


def fragmented(regions: Sequence[Region]) -> bool:
    """Whether most of the text was detected in fragments hardly longer than high, as happens to sideways lines."""
    return (
        bool(regions) and float(np.median([r.quad.width / max(r.quad.height, 1.0) for r in regions])) < FRAGMENT_RATIO
    )


def line_window(line: NDArray[np.uint8], full: int = WIDTH) -> NDArray[np.uint8]:
    """The middle of a line image (H, W) as (H, ``full``); a shorter line is repeated."""
    width = line.shape[1]
    if width < full:
        return np.tile(line, (1, -(-full // width)))[:, :full]
    left = (width - full) // 2
    return line[:, left : left + full]


class Orienter:
    """Tells pages that are upside down from upright ones, with a model of ``models/manifest.json``.

    Args:
        name: the model, or the path of a model file.
        threads: threads of the runtime; 0 uses all cores.

    Example:
        >>> Orienter("orient")(page, detector(page))  # doctest: +SKIP
        Orientation(degrees=180, confidence=0.999)
    """

    def __init__(self, name: str | Path, threads: int = 0) -> None:
        file = model(name, "orient")
        self.name, self._metadata = file.name, file.metadata
        self._session = Session(file.path, threads=threads)

    def __call__(self, image: NDArray[np.uint8], regions: Sequence[Region]) -> Orientation:
        """0 or 180 degrees for an (H, W) grey or (H, W, 3) RGB page whose lines run along its rows.

        Vertical lines do not vote. Without votes the result is 0 degrees with confidence 0.
        """
        quads = [region.quad for region in regions if region.quad.width >= LEAST_LENGTH * region.quad.height]
        shape = self._metadata.width / self._metadata.height
        voters = _voters([quad for quad in quads if abs(quad.angle) < 45], shape)
        if not voters:
            return Orientation(0, 0.0)
        logits = self.upside_down(image, voters)
        vote = float(logits.mean() * math.sqrt(len(logits)))
        return Orientation(180 if vote > 0 else 0, 1 / (1 + math.exp(-abs(vote))))

    def upside_down(self, image: NDArray[np.uint8], quads: Sequence[Quad]) -> NDArray[np.float32]:
        """Log odds of each line of an (H, W) grey or (H, W, 3) RGB page being read from its wrong end."""
        height, width = self._metadata.height, self._metadata.width
        return self.logits(np.stack([line_window(crop_line(image, quad, height), width) for quad in quads]))

    def logits(self, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Log odds of each line image (N, H, W) being upside down."""
        tensor = self._metadata.normalised(pictures[:, None])
        [result] = self._session.run({self._session.inputs[0]: tensor})
        return np.asarray(result, np.float32)


def _voters(quads: Sequence[Quad], shape: float) -> list[Quad]:
    """Up to ``VOTERS`` lines from all over the page, preferring those at least this wide relative to their height."""
    full = [quad for quad in quads if quad.width >= quad.height * shape]
    chosen = full if len(full) >= VOTERS else sorted(quads, key=lambda quad: quad.height - quad.width)[:VOTERS]
    step = max(1, len(chosen) // VOTERS)
    return list(chosen[step // 2 :: step][:VOTERS])
