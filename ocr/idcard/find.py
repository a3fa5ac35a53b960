"""Cards in a picture, whichever way up: its lines are read one way and another until labels show cards."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.detect import Detector, shown_quads
from ocr.detect.look import resized
from ocr.document import Quad
from ocr.geometry import crop_line, turn_matrix, turned
from ocr.idcard.frame import Frame
from ocr.idcard.layout import HEIGHT, WIDTH
from ocr.idcard.locate import agreeing, locate
from ocr.idcard.quality import steepness
from ocr.page.corners import Corners, PageFinder
from ocr.page.orient import Orienter, sideways
from ocr.recognize import LineRecognizer, Reading

__all__ = ["CardFinder", "Found", "Line", "brightness"]

AFAR = 800
"""Longer side, in pixels, at which lines are looked for first."""
FINE = 3.5
"""Pixels a millimetre below which a card that is seen from afar may lack lines, and another card be overlooked."""
SURE, SHAPE = 0.5, 1.06
"""What the corner net finds surely, with the sides' ratio of a card up to such a factor, is taken for one."""
DIM, WHITE, GRAIN = 150.0, 235.0, 1.0
"""A picture whose brightest parts are below ``DIM`` is read with them at ``WHITE``, and smoothed by so many pixels."""

SOFT, SPREAD, GAIN = 0.21, 0.35, 2.0
"""Steepness of a card's edges below which it is out of focus; what is then sharpened, in millimetres, and how much."""

Picture = NDArray[np.uint8]
Line = tuple[Quad, Reading]


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """A picture as it was read.

    Attributes:
        picture: turned so that the lines run from left to right; a dark one made bright.
        degrees: by which it is turned, clockwise.
        lines: quads in its pixels and what was read of them.
        frames: of the cards; without any, the picture shows none.
        soft: what has the shape of a card is out of focus.
    """

    picture: Picture
    degrees: int
    lines: list[Line]
    frames: list[Frame]
    soft: bool = False


class CardFinder:
    """Finds cards. Threads may share it.

    Args:
        detector: finds the lines.
        recognizer: reads Chinese lines.
        threads: CPU threads of models that are loaded here.

    Raises:
        DependencyError: a model file is missing.
    """

    def __init__(self, detector: Detector, recognizer: LineRecognizer, threads: int) -> None:
        self._detector, self._recognizer = detector, recognizer
        self._corners, self._orienter = PageFinder("corners-mobile", threads), Orienter("orient", threads)

    def __call__(self, pixels: Picture) -> Found:
        """The cards of an (H, W) grey or (H, W, 3) RGB picture.

        Lines are looked for from afar; then in all detail, where there is more of it and it may be needed. Where
        nothing is found, and what has the shape of a card is out of focus, the picture is sharpened.
        """
        lit = _lit(pixels)
        corners = self._corners(lit)
        soft = corners.confidence > SURE and steepness(lit, corners.quad) < SOFT
        small = _within(lit, AFAR)
        found = self._first(lit, small, corners)
        share = lit.shape[1] / small.shape[1]
        if soft and not found.frames:
            lit = _sharpened(lit, corners.quad.width / WIDTH)
            found = self._first(lit, lit, corners)
        elif share > 1 and (not found.frames or min(frame.density for frame in found.frames) < FINE * share):
            found = self._first(lit, lit, corners)
        quad = corners.quad.transformed(turn_matrix(found.degrees, lit.shape[1], lit.shape[0]))
        return replace(found, frames=[agreeing(frame, quad) for frame in found.frames], soft=soft)

    def _first(self, picture: Picture, look: Picture, corners: Corners) -> Found:
        """The first way that shows cards; the last one where none does."""
        for found in self._ways(picture, look, corners):
            if found.frames:
                break
        return found

    def _ways(self, picture: Picture, look: Picture, corners: Corners) -> Iterator[Found]:
        """The picture as it is or turned by a quarter, the likelier way first; then both upside down.

        Args:
            picture: what is read.
            look: the same, or from further away: where lines are looked for.
            corners: of what may be a card.
        """
        share = picture.shape[1] / look.shape[1]
        first = 90 if _stands(corners) else 0
        regions = {first: self._detector(turned(look, first))}
        order = (90 - first, first) if sideways(regions[first]) else (first, 90 - first)
        unlikely = []
        for degrees in order:
            if degrees not in regions:
                regions[degrees] = self._detector(turned(look, degrees))
            upside_down = self._orienter(turned(look, degrees), regions[degrees]).degrees == 180
            quads = [quad.transformed((share, 0, 0, share, 0, 0)) for quad in shown_quads(regions[degrees])]
            ways = [quads, [Quad((c, d, a, b)) for a, b, c, d in (quad.points for quad in quads)]]
            yield self._read(turned(picture, degrees), degrees, ways[upside_down])
            unlikely.append((degrees, ways[not upside_down]))
        if look is picture:
            yield from (self._read(turned(picture, degrees), degrees, quads) for degrees, quads in unlikely)

    def _read(self, picture: Picture, degrees: int, quads: Sequence[Quad]) -> Found:
        readings = self._recognizer([crop_line(picture, quad, self._recognizer.height) for quad in quads])
        lines = list(zip(quads, readings, strict=True))
        return Found(picture, degrees, lines, locate(lines))


def brightness(pixels: Picture) -> float:
    """The grey value of a picture's brightest parts."""
    return max(1.0, float(np.percentile(pixels, 99)))


def _lit(pixels: Picture) -> Picture:
    """A dark picture made bright, its grain smoothed; any other as it is."""
    top = brightness(pixels)
    if top >= DIM:
        return pixels
    smooth = cv2.GaussianBlur(pixels.astype(np.float32), (0, 0), GRAIN)
    return np.asarray((smooth * (WHITE / top)).clip(0, 255), np.uint8)


def _within(pixels: Picture, side: int) -> Picture:
    """A picture made so small that its longer side has so many pixels; a small one as it is."""
    share = side / max(pixels.shape[:2])
    if share >= 1:
        return pixels
    return resized(pixels, round(pixels.shape[1] * share), round(pixels.shape[0] * share))


def _sharpened(pixels: Picture, density: float) -> Picture:
    """A picture with ``GAIN`` times the detail below ``SPREAD`` added, which so many pixels a millimetre show."""
    blurred = cv2.GaussianBlur(pixels, (0, 0), SPREAD * density).astype(np.float32)
    return np.asarray((pixels + GAIN * (pixels - blurred)).clip(0, 255), np.uint8)


def _stands(corners: Corners) -> bool:
    """Whether what has the shape of a card stands on end."""
    a, b, c, d = (np.array(point) for point in corners.quad.points)
    across, down = np.hypot(*(b - a)) + np.hypot(*(c - d)), np.hypot(*(d - a)) + np.hypot(*(c - b))
    shape = WIDTH / HEIGHT
    return bool(corners.confidence > SURE and shape / SHAPE < down / max(across, 1e-6) < shape * SHAPE)
