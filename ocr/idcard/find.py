"""Cards in a picture, whichever way up: what has a card's shape is read as it lies flat, or else the whole picture."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.detect import Detector, Region, shown_quads
from ocr.detect.look import resized
from ocr.document import Quad
from ocr.geometry import crop_line, invert, overlap, turn_matrix, turned
from ocr.idcard.card import Side
from ocr.idcard.frame import Frame, through
from ocr.idcard.layout import HEIGHT, WIDTH
from ocr.idcard.locate import agreeing, borne_out, locate
from ocr.idcard.quality import steepness
from ocr.page.corners import PageFinder
from ocr.page.orient import Orienter, fragmented, sideways
from ocr.recognize import LineRecognizer, Reading

__all__ = ["CardFinder", "Found", "Line", "brightness", "focused"]

AFAR = 800
"""Longer side, in pixels, at which a picture is looked at first."""
FINE = 3.5
"""Pixels a millimetre below which a card that is seen from afar may lack lines, and another card be overlooked."""
DENSE, RIM = 9.0, 3.0
"""Pixels a millimetre at which a card is read that was laid flat, and millimetres that are shown around it."""
SURE, SHAPE = 0.7, 1.1
"""What the corner net finds so surely, with the sides' ratio of a card up to such a factor, is laid flat. Of one card
among two it is less sure."""
SAME = 0.8
"""Intersection over union of what was laid flat and the card that its labels show."""
AROUND = 0.1
"""Room left around what the corner net is sure of, as a share of its longer side."""
DIM, WHITE, GRAIN = 150.0, 235.0, 1.0
"""A picture whose brightest parts are below ``DIM`` is read with them at ``WHITE``, and smoothed by so many pixels."""
SOFT = 0.21
"""Steepness of a card's edges below which it is out of focus."""
SPREAD, NOISE = 0.036, 0.004
"""Standard deviation of the blur of a card out of focus, in millimetres times the steepness of its edges; and the power
of noise beside the picture's, for Wiener's filter."""
MARGIN = 16
"""Pixels by which a picture is mirrored at its edges while it is filtered."""
SAMPLES = 200
"""Rows and columns of a picture by which its brightness is measured, at least."""

Picture = NDArray[np.uint8]
Map = NDArray[np.float64]
Line = tuple[Quad, Reading]


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """A picture or a part of it, as it was read.

    Attributes:
        picture: turned so that the lines run along its rows; a dark one made bright.
        matrix: 3 x 3, its pixels to those of the picture as it came.
        lines: quads in its pixels and what was read of them.
        frames: of the cards, in its pixels; without any, the picture shows none.
        soft: what has the shape of a card is out of focus.
    """

    picture: Picture
    matrix: Map
    lines: list[Line]
    frames: list[Frame]
    soft: bool = False

    def placed(self, frame: Frame) -> Frame:
        """One of the frames, in the picture as it came."""
        return Frame(frame.side, self.matrix @ frame.matrix, frame.labels)


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

        What has the shape of one card is laid flat and read, sharpened first if it is out of focus. Where that is none,
        all there is is read: looked at from afar, then in all detail, where there is more of it and it may be needed.
        """
        small = _within(pixels, AFAR)
        share = pixels.shape[1] / small.shape[1]
        corners = self._corners(_lit(small))
        quad = corners.quad.transformed((share, 0, 0, share, 0, 0))
        sure = corners.confidence > SURE
        found = self._flat(pixels, box) if sure and (box := _lying(quad)) else None
        if found is None or not (found.soft or found.frames):
            left, top, right, bottom = _hull(quad, pixels) if sure else (0, 0, *pixels.shape[1::-1])
            found = self._all(_lit(pixels[top:bottom, left:right]), np.array([[1.0, 0, left], [0, 1, top], [0, 0, 1]]))
        there = through(_back(found.matrix), quad)
        return replace(found, frames=[agreeing(frame, there) for frame in found.frames])

    def _flat(self, pixels: Picture, box: Quad) -> Found:
        """What lies in a quad as a card would, laid flat; without frames, unless that is one card."""
        card = Frame.of_box(Side.FRONT, box)
        density = min(card.density, DENSE)
        matrix = card.view(density, RIM)
        flat = card.flattened(pixels, density, RIM)
        inner = through(_back(matrix), box)
        steep = steepness(flat, inner)
        ways = [lit := _lit(flat)]
        if steep < SOFT and lit is flat:
            ways.insert(0, focused(flat, SPREAD / steep * density))
        found = _first(self._lines(way, matrix, inner) for way in ways)
        alone = len(found.frames) == 1 and overlap(found.frames[0].box, inner) > SAME
        return replace(found, frames=found.frames if alone else [], soft=steep < SOFT)

    def _lines(self, flat: Picture, matrix: Map, box: Quad) -> Found:
        """The lines of a card in a quad; none where they stand on end, as those of a sheet that was laid flat would."""
        regions = self._detector(flat)
        if sideways(regions) or fragmented(regions):
            return Found(flat, matrix, [], [])
        ways = self._ways(flat, flat, regions, matrix)
        return _first(found if found.frames else replace(found, frames=borne_out(found.lines, box)) for found in ways)

    def _all(self, picture: Picture, matrix: Map) -> Found:
        """All cards of a picture; ``matrix``, 3 x 3, takes its pixels to those of the picture as it came."""
        small = _within(picture, AFAR)
        found = _first(self._turns(picture, small, matrix))
        least = FINE * picture.shape[1] / small.shape[1]
        if small is not picture and min((frame.density for frame in found.frames), default=0.0) < least:
            found = _first(self._turns(picture, picture, matrix))
        return found

    def _turns(self, picture: Picture, look: Picture, matrix: Map) -> Iterator[Found]:
        """The picture as it is or turned by a quarter, the likelier way first; then both upside down.

        Args:
            picture: what is read.
            look: the same, or from further away: where lines are looked for.
            matrix: 3 x 3, its pixels to those of the picture as it came.
        """
        seen = {0: self._detector(look)}
        unlikely = []
        for degrees in (90, 0) if sideways(seen[0]) else (0, 90):
            if degrees not in seen:
                seen[degrees] = self._detector(turned(look, degrees))
            back = invert(turn_matrix(degrees, picture.shape[1], picture.shape[0]))
            a, b, c, d, e, f = back
            turn = matrix @ np.array([[a, c, e], [b, d, f], [0, 0, 1]])
            ways = self._ways(turned(picture, degrees), turned(look, degrees), seen[degrees], turn)
            yield next(ways)
            unlikely.append(ways)
        if look is picture:
            for ways in unlikely:
                yield from ways

    def _ways(self, picture: Picture, look: Picture, regions: Sequence[Region], matrix: Map) -> Iterator[Found]:
        """The lines of a picture read as they seem to stand, and the other way up."""
        upside_down = self._orienter(look, regions).degrees == 180
        share = picture.shape[1] / look.shape[1]
        quads = [quad.transformed((share, 0, 0, share, 0, 0)) for quad in shown_quads(regions)]
        ways = [quads, [Quad((c, d, a, b)) for a, b, c, d in (quad.points for quad in quads)]]
        for quads in (ways[upside_down], ways[not upside_down]):
            readings = self._recognizer([crop_line(picture, quad, self._recognizer.height) for quad in quads])
            lines = list(zip(quads, readings, strict=True))
            yield Found(picture, matrix, lines, locate(lines))


def _back(matrix: Map) -> Map:
    return np.asarray(np.linalg.inv(matrix), np.float64)


def _first(ways: Iterable[Found]) -> Found:
    """The first that shows cards; the last one where none does."""
    for found in ways:
        if found.frames:
            break
    return found


def brightness(pixels: Picture) -> float:
    """The grey value of a picture's brightest parts."""
    step = max(1, min(pixels.shape[:2]) // SAMPLES)
    return max(1.0, float(np.percentile(pixels[::step, ::step], 99)))


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


def focused(pixels: Picture, spread: float) -> Picture:
    """A picture in grey without a blur of so many pixels, by Wiener's filter; mean and contrast stay."""
    grey = pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    padded = cv2.copyMakeBorder(grey, MARGIN, MARGIN, MARGIN, MARGIN, cv2.BORDER_REFLECT).astype(np.float32)
    height, width = padded.shape
    square = np.fft.fftfreq(height)[:, None] ** 2 + np.fft.rfftfreq(width) ** 2
    blur = np.exp(-2 * (math.pi * spread) ** 2 * square)
    clear = np.fft.irfft2(np.fft.rfft2(padded) * blur * (1 + NOISE) / (blur**2 + NOISE), padded.shape)
    return np.asarray(clear[MARGIN : height - MARGIN, MARGIN : width - MARGIN].clip(0, 255), np.uint8)


def _lying(quad: Quad) -> Quad | None:
    """The quad from one of its long sides on, if it has the shape of a card."""
    a, b, c, d = quad.points
    lying = quad if quad.width > quad.height else Quad((d, a, b, c))
    off = lying.width / max(lying.height, 1e-6) / (WIDTH / HEIGHT)
    return lying if 1 / SHAPE < off < SHAPE else None


def _hull(quad: Quad, pixels: Picture) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of a quad with some room around it, in a picture."""
    low, high = np.array(quad.hull).reshape(2, 2)
    room = AROUND * (high - low).max()
    left, top = np.maximum(low - room, 0).astype(int)
    right, bottom = np.minimum(high + room, pixels.shape[1::-1]).astype(int)
    return left, top, right, bottom
