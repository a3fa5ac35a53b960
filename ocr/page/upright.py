"""Rotates and straightens a page before it is read, and detects its lines there."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ocr.detect import Detector, Region
from ocr.detect.lone import few_letters
from ocr.document import IDENTITY, Matrix, Step, StepName
from ocr.geometry import multiply, turn_matrix, turned
from ocr.page.deskew import deskewed, skew
from ocr.page.orient import Orienter, fragmented, sideways
from ocr.page.slant import slant
from ocr.recognize import Reading

__all__ = ["SKEWED", "STEEP", "Upright", "other_ways", "stand_up", "to_turn_about"]

SURE_TURN = 0.98
"""A page is rotated if the confidence of its orientation is higher; else detection on the rotated page decides."""
SKEWED = 8.0
"""Degrees. Less skew is not corrected: lines are cropped along their own direction and resampled only once."""
STEEP = 40.0
"""Degrees. Beyond, the direction of the skew is ambiguous."""
TURNED_LENGTH = 2.5
"""Least length, in heights, of a line that is read from its other end."""
STEEP_BELOW, FLAT_BELOW, ALL_BELOW = 0.9, 0.6, 0.25
"""Confidence below which it is: of steep lines, of the others, and of these where none is read surely: then the page
itself may lie upside down."""
SURE_LINE = 0.8
PIECES = 4.0
"""Median length of a page's lines, in heights, below which its slant is measured."""
AGREED = 0.7
"""Share of the lines that must agree before a page is straightened."""


@dataclass(frozen=True, slots=True)
class Upright:
    """An upright page.

    Attributes:
        pixels: (H, W) grey or (H, W, 3) RGB.
        regions: its text lines.
        matrix: maps pixels of the original page to those of this one.
        rotation: clockwise rotation: 0, 90, 180 or 270 degrees.
        skew: after that rotation, in degrees clockwise, before it was corrected.
        steps: what was done.
    """

    pixels: NDArray[np.uint8]
    regions: Sequence[Region]
    matrix: Matrix = IDENTITY
    rotation: int = 0
    skew: float = 0.0
    steps: tuple[Step, ...] = ()

    @property
    def plain(self) -> Sequence[Region]:
        """The lines that show how the page lies: all but those at an angle to it."""
        return [region for region in self.regions if not region.slanted]


def stand_up(
    image: NDArray[np.uint8],
    regions: Sequence[Region],
    detector: Detector,
    orienter: Orienter | None,
    skewed: float = SKEWED,
) -> Upright:
    """Make a page upright. Lines are detected again only if the page is rotated, or if its orientation is doubtful.

    Args:
        image: (H, W) grey or (H, W, 3) RGB.
        regions: its lines as detected.
        detector: detects the lines of the rotated page.
        orienter: None keeps the orientation.
        skewed: degrees of skew from which on a page is straightened.
    """
    flat = Upright(image, regions)
    if skewed < math.inf and in_pieces(flat.plain) and not few_letters(image) and (degrees := slant(image)):
        page = _turned_back(image, degrees, detector, orienter)
        if _text(page.plain) > _text(flat.plain):
            return page
    return _straight(flat, detector, orienter, skewed)


def other_ways(image: NDArray[np.uint8], page: Upright, detector: Detector) -> Iterator[Upright]:
    """A page turned to its other three sides, with its lines detected there.

    Args:
        image: the page as it lay, (H, W) grey or (H, W, 3) RGB.
        page: how it was turned.
        detector: finds its lines.
    """
    for degrees in (0, 90, 180, 270):
        if degrees != page.rotation:
            step = Step(StepName.ORIENT, {"degrees": degrees})
            yield replace(_turned(Upright(image, ()), degrees, detector), steps=(step,) if degrees else ())


def to_turn_about(
    image: NDArray[np.uint8], regions: Sequence[Region], readings: Sequence[Reading], orienter: Orienter | None
) -> list[int]:
    """The lines of an upright page that may run downwards or upside down: steep ones, and what was hardly read.

    Args:
        image: (H, W) grey or (H, W, 3) RGB.
        regions: its lines.
        readings: of these lines.
        orienter: leaves out those that look upright to it; None leaves out none.
    """
    flat_below = FLAT_BELOW if any(reading.confidence >= SURE_LINE for reading in readings) else ALL_BELOW
    pairs = enumerate(zip(regions, readings, strict=True))
    doubtful = [i for i, pair in pairs if _may_be_turned(*pair, flat_below)]
    if not doubtful or orienter is None:
        return doubtful
    odds = orienter.upside_down(image, [regions[i].quad for i in doubtful])
    return [i for i, over in zip(doubtful, odds.ravel(), strict=True) if over > 0]


def _may_be_turned(region: Region, reading: Reading, flat_below: float) -> bool:
    steep = 45 < abs(region.quad.angle) < 135
    long = region.quad.width > TURNED_LENGTH * region.quad.height
    return long and reading.confidence < (STEEP_BELOW if steep else flat_below)


def in_pieces(regions: Sequence[Region]) -> bool:
    """Whether what was found is mostly short, as words and the fragments of steep lines are; or nothing was found."""
    return not regions or float(np.median([r.quad.width / max(r.quad.height, 1.0) for r in regions])) < PIECES


def _turned_back(image: NDArray[np.uint8], degrees: float, detector: Detector, orienter: Orienter | None) -> Upright:
    """A page whose lines run too steeply to be detected, turned back by their slant and made upright."""
    level, matrix = deskewed(image, degrees)
    page = _straight(Upright(level, detector(level)), detector, orienter, SKEWED)
    step = Step(StepName.DESKEW, {"degrees": round(degrees, 2)})
    whole = multiply(matrix, page.matrix)
    return replace(page, matrix=whole, skew=degrees + page.skew, steps=(step, *page.steps))


def _text(regions: Sequence[Region]) -> float:
    """How much text was found: the length of lines in their heights."""
    return sum(region.score * region.quad.width / max(region.quad.height, 1.0) for region in regions)


def _straight(page: Upright, detector: Detector, orienter: Orienter | None, skewed: float) -> Upright:
    """A page rotated by a multiple of 90 degrees, and straightened."""
    if orienter is not None and page.plain:
        page = _oriented(page, detector, orienter)
    angle, agreed = skew(page.plain)
    if agreed < AGREED or not skewed <= abs(angle) <= STEEP:
        return page
    straight, matrix = deskewed(page.pixels, angle)
    step = Step(StepName.DESKEW, {"degrees": round(angle, 2), "confidence": round(agreed, 3)})
    return Upright(
        straight, detector(straight), multiply(page.matrix, matrix), page.rotation, angle, (*page.steps, step)
    )


def _oriented(page: Upright, detector: Detector, orienter: Orienter) -> Upright:
    """The page rotated upright, where that is certain."""
    first = _turned(page, 90, detector) if sideways(page.plain) else page
    found = orienter(first.pixels, first.plain)
    if found.confidence < SURE_TURN or fragmented(first.plain):
        second = page if first.rotation else _turned(page, 90, detector)
        other = orienter(second.pixels, second.plain)
        if other.confidence > found.confidence:
            first, found = second, other
    degrees = (first.rotation + found.degrees) % 360
    if found.confidence < SURE_TURN or degrees == 0:
        return page
    step = Step(StepName.ORIENT, {"degrees": degrees, "confidence": round(found.confidence, 4)})
    return replace(first if found.degrees == 0 else _turned(page, degrees, detector), steps=(step,))


def _turned(page: Upright, degrees: int, detector: Detector) -> Upright:
    """The original page, rotated clockwise, with its lines detected again."""
    height, width = page.pixels.shape[:2]
    pixels = turned(page.pixels, degrees)
    return Upright(pixels, detector(pixels), turn_matrix(degrees, width, height), degrees)
