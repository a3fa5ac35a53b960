"""A page before it is read: turned the right way up, made straight, its lines found there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ocr.detect import Detector, Region
from ocr.document import IDENTITY, Matrix, Step, StepName
from ocr.geometry import multiply, turn_matrix, turned
from ocr.page.deskew import deskewed, skew
from ocr.page.orient import Orienter, fragmented, sideways

__all__ = ["SKEWED", "STEEP", "Upright", "stand_up"]

SURE = 0.98
"""A page is turned only if the orientation is surer than this; if it is not, a second look at the page decides."""
SKEWED = 8.0
"""Degrees. Less skew is left as it is: lines are cut out along their own direction, so their pixels are drawn once."""
STEEP = 40.0
"""Degrees. Beyond, nobody knows which way a page leans."""
AGREED = 0.7
"""Share of the lines that have to agree before a page is made straight."""


@dataclass(frozen=True, slots=True)
class Upright:
    """A page that stands upright.

    Attributes:
        pixels: (H, W) grey or (H, W, 3) RGB.
        regions: its text lines.
        matrix: maps pixels of the page as it came to those of this one.
        rotation: how far it was turned clockwise: 0, 90, 180 or 270 degrees.
        skew: its skew then, in degrees clockwise, before it was made straight.
        steps: what was done.
    """

    pixels: NDArray[np.uint8]
    regions: Sequence[Region]
    matrix: Matrix = IDENTITY
    rotation: int = 0
    skew: float = 0.0
    steps: tuple[Step, ...] = ()


def stand_up(
    image: NDArray[np.uint8],
    regions: Sequence[Region],
    detector: Detector,
    orienter: Orienter | None,
    skewed: float = SKEWED,
) -> Upright:
    """The page upright; it is looked at again only where it has been turned, or where its orientation is doubtful.

    Args:
        image: (H, W) grey or (H, W, 3) RGB.
        regions: its lines as ``detector`` found them.
        detector: finds them again on the turned page.
        orienter: None leaves the page as it lies.
        skewed: degrees from which on a skewed page is made straight.
    """
    page = Upright(image, regions)
    if orienter is not None and regions:
        page = _oriented(page, detector, orienter)
    angle, agreed = skew(page.regions)
    if agreed < AGREED or not skewed <= abs(angle) <= STEEP:
        return page
    straight, matrix = deskewed(page.pixels, angle)
    step = Step(StepName.DESKEW, {"degrees": round(angle, 2), "confidence": round(agreed, 3)})
    return Upright(
        straight, detector(straight), multiply(page.matrix, matrix), page.rotation, angle, (*page.steps, step)
    )


def _oriented(page: Upright, detector: Detector, orienter: Orienter) -> Upright:
    """The page turned so that it reads, where that is sure."""
    first = _turned(page, 90, detector) if sideways(page.regions) else page
    found = orienter(first.pixels, first.regions)
    if found.confidence < SURE or fragmented(first.regions):
        second = page if first.rotation else _turned(page, 90, detector)
        other = orienter(second.pixels, second.regions)
        if other.confidence > found.confidence:
            first, found = second, other
    degrees = (first.rotation + found.degrees) % 360
    if found.confidence < SURE or degrees == 0:
        return page
    step = Step(StepName.ORIENT, {"degrees": degrees, "confidence": round(found.confidence, 4)})
    return replace(first if found.degrees == 0 else _turned(page, degrees, detector), steps=(step,))


def _turned(page: Upright, degrees: int, detector: Detector) -> Upright:
    """The page as it came, turned clockwise and looked at again."""
    height, width = page.pixels.shape[:2]
    pixels = turned(page.pixels, degrees)
    return Upright(pixels, detector(pixels), turn_matrix(degrees, width, height), degrees)
