"""Finds cards in any orientation: a quad with the shape of a card is rectified and read, or else the whole image."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass, replace
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.detect import Detector, Region, shown_quads
from ocr.detect.look import resized
from ocr.document import Quad
from ocr.geometry import crop_line, invert, overlap, turn_matrix, turned
from ocr.idcard.card import RESIDENT, Side
from ocr.idcard.cut_off import completed
from ocr.idcard.frame import Frame, projected
from ocr.idcard.layout import HEIGHT, WIDTH
from ocr.idcard.locate import ResidentCards, with_corners
from ocr.idcard.quality import steepness
from ocr.page.corners import PageFinder
from ocr.page.orient import Orienter, fragmented, sideways
from ocr.recognize import LineRecognizer, Reading

__all__ = ["CardFinder", "Cards", "Found", "Line", "brightness", "deblurred"]

OVERVIEW_SIDE = 800
"""Longer side, in pixels, to which an image is reduced for the first search."""
LEAST_DENSITY = 3.5
"""Pixels per millimetre below which the reduced image is not enough: lines and further cards may be missed."""
FLAT_DENSITY, FLAT_MARGIN = 9.0, 3.0
"""Pixels per millimetre of a rectified card, and millimetres of margin around it."""
SURE_CORNERS, SHAPE = 0.8, 1.1
"""Least confidence of the corner network, and greatest deviation of the aspect ratio from that of a card (a factor),
for a quad to be rectified: below it, one of the corners is wrong as a rule. If there are two cards, it is lower."""
ROUGH_CORNERS, ROUGH_SHAPE = 0.7, 1.25
"""The same for a quad to be rectified where nothing else shows a card."""
TILTED_SHAPE = 1.15
"""The deviation for a quad that an edge of the image cuts off."""
SAME_FRAME = 0.8
"""Least intersection over union of a rectified quad and the card that its labels indicate."""
ASKEW = 1.2
"""Median distance of labels from their places, in millimetres, from which a quad may have wrong corners."""
AROUND = 0.1
"""Margin around a quad that the corner network found, as a share of its longer side."""
DIM, WHITE, GRAIN = 150.0, 235.0, 1.0
"""An image whose brightest parts are below ``DIM`` is brightened, to ``WHITE``, and smoothed by ``GRAIN`` pixels."""
SOFT = 0.21
"""Steepness of edges below which a card is out of focus."""
SPREAD, NOISE = 0.036, 0.004
"""Standard deviation of the blur of a card out of focus, in millimetres times the steepness of its edges; and the ratio
of noise power to signal power, for the Wiener filter."""
PADDING = 16
"""Pixels by which an image is extended by reflection before it is filtered."""
SAMPLES = 200
"""Least number of rows and columns that are sampled to measure brightness."""

LEAST_LINES = 4
"""Fewest lines, outside of the cards that were found, that may be of another one upside down."""

Image = NDArray[np.uint8]
Map = NDArray[np.float64]
Line = tuple[Quad, Reading]


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """An image, or a part of it, with what was read and found in it.

    Attributes:
        image: rotated so that text lines are horizontal, and brightened if it was dark.
        matrix: (3, 3), maps its pixels to those of the input image.
        lines: quads in its pixels, and their readings.
        frames: of the cards, in its pixels; empty if no card was found.
        soft: what has the shape of a card is out of focus.
    """

    image: Image
    matrix: Map
    lines: list[Line]
    frames: list[Frame]
    soft: bool = False

    def placed(self, frame: Frame) -> Frame:
        """One of the frames, in pixels of the input image."""
        return replace(frame, matrix=self.matrix @ frame.matrix)


class Cards(Protocol):
    """Tells cards from other things by what was read."""

    def located(self, lines: Sequence[Line]) -> list[Frame]:
        """The cards that lines show, those with most labels first."""
        ...

    def confirmed(self, lines: Sequence[Line], box: Quad) -> list[Frame]:
        """The card that fills a quad, if a few characters are at their places; otherwise none."""
        ...

    def places(self, frame: Frame) -> NDArray[np.float64]:
        """(N, 2) places of what is printed on every card of the kind in a frame, in millimetres."""
        ...


class CardFinder:
    """Finds cards. Threads may share it.

    Args:
        detector: of text lines.
        recognizer: of Chinese lines.
        threads: CPU threads of models that are loaded here.

    Raises:
        DependencyError: a model file is missing.
    """

    def __init__(self, detector: Detector, recognizer: LineRecognizer, threads: int) -> None:
        self._detector, self._recognizer = detector, recognizer
        self._cards: Cards = ResidentCards()
        self._corners, self._orienter = PageFinder("corners-mobile", threads), Orienter("orient", threads)

    def of(self, cards: Cards) -> CardFinder:
        """A finder of other cards, with the same models."""
        other = copy(self)
        other._cards = cards
        return other

    def __call__(self, pixels: Image) -> Found:
        """The cards of an (H, W) grey or (H, W, 3) RGB image.

        A quad with the shape of a card is rectified and read, sharpened first if it is out of focus. If it is no card,
        the whole image is read: reduced first, then in full resolution where that may show more.
        """
        small = _within(pixels, OVERVIEW_SIDE)
        share = pixels.shape[1] / small.shape[1]
        corners = self._corners(_lit(small))
        quad = corners.quad.transformed((share, 0, 0, share, 0, 0))
        sure = corners.confidence > SURE_CORNERS
        box = _lying(quad, SHAPE) if sure else None
        found = self._flat(pixels, box) if box else None
        askew = found is not None and box is not None and any(self._is_askew(f, found, box) for f in found.frames)
        if found is None or askew or not found.frames:
            left, top, right, bottom = _hull(quad, pixels) if sure else (0, 0, *pixels.shape[1::-1])
            matrix = np.array([[1.0, 0, left], [0, 1, top], [0, 0, 1]])
            every = self._in_focus(pixels, self._all(_lit(pixels[top:bottom, left:right]), matrix))
            found = every if found is None or every.frames or not (askew or found.soft) else found
        rough = _lying(quad, ROUGH_SHAPE) if corners.confidence > ROUGH_CORNERS and not box else None
        if rough and not found.frames:
            found = max(found, self._flat(pixels, rough), key=lambda one: len(one.frames))
        if corners.confidence > ROUGH_CORNERS and not any(frame.off <= ASKEW for frame in found.frames):
            return self._completed(pixels, found, quad)
        if not sure or askew:
            return found
        there = projected(_back(found.matrix), quad)
        return replace(found, frames=[with_corners(f, there, self._cards.places(f)) for f in found.frames])

    def _completed(self, pixels: Image, found: Found, quad: Quad) -> Found:
        """The card that an edge of the image cuts off.

        Args:
            pixels: the input image.
            found: the same without that, if no such card is found.
            quad: what is left of the card, in pixels of the input image.
        """
        boxes = (_lying(whole, TILTED_SHAPE) for whole in completed(quad, pixels.shape[1::-1]))
        ways = [self._flat(pixels, box) for box in boxes if box]
        labelled = [other for other in ways if any(frame.off <= ASKEW for frame in other.frames)]
        if labelled:
            return max(labelled, key=lambda other: max(frame.labels for frame in other.frames))
        return found

    def _is_askew(self, frame: Frame, found: Found, box: Quad) -> bool:
        """Whether the labels in a quad that was laid flat, in pixels of the input image, deny one of its corners."""
        flat = projected(_back(found.matrix), box)
        there = with_corners(frame, flat, self._cards.places(frame))
        return frame.off > ASKEW or (frame.kind == RESIDENT and there is frame)

    def _in_focus(self, pixels: Image, found: Found) -> Found:
        """What was found, or the same card laid flat where its blur can be undone, if it is alone and out of focus."""
        if len(found.frames) != 1:
            return found
        box = found.placed(found.frames[0]).box
        if steepness(pixels, box) >= SOFT:
            return found
        flat = self._flat(pixels, box)
        return flat if flat.frames else replace(found, soft=True)

    def _flat(self, pixels: Image, box: Quad) -> Found:
        """The content of a quad, rectified as a card; without frames, unless it is a single card."""
        card = Frame.of_box(Side.FRONT, box)
        density = min(card.density, FLAT_DENSITY)
        matrix = card.view(density, FLAT_MARGIN)
        flat = card.flattened(pixels, density, FLAT_MARGIN)
        inner = projected(_back(matrix), box)
        steep = steepness(flat, inner)
        lit = _lit(flat)
        ways = [(lit, lit)]
        if steep < SOFT and lit is flat:
            clear = deblurred(flat, SPREAD / steep * density)
            ways.insert(0, (clear, _grey(clear)))  # the filter makes coloured noise, which lines may be missed for
        found = _first(self._lines(way, look, matrix, inner) for way, look in ways)
        alone = len(found.frames) == 1 and overlap(found.frames[0].box, inner) > SAME_FRAME
        return replace(found, frames=found.frames if alone else [], soft=steep < SOFT)

    def _lines(self, flat: Image, look: Image, matrix: Map, box: Quad) -> Found:
        """The lines of a rectified card; none if they are vertical, as on a sheet that is not a card.

        Args:
            flat: the card.
            look: the same, in which lines are detected.
            matrix: (3, 3), maps pixels to those of the input image.
            box: of the card.
        """
        regions = self._detector(look)
        if sideways(regions) or fragmented(regions):
            return Found(flat, matrix, [], [])
        ways = self._ways(flat, look, regions, matrix)
        return _first(
            found if found.frames else replace(found, frames=self._cards.confirmed(found.lines, box)) for found in ways
        )

    def _all(self, image: Image, matrix: Map) -> Found:
        """All cards of an image; ``matrix``, (3, 3), maps its pixels to those of the input image."""
        small = _within(image, OVERVIEW_SIDE)
        found = _first(self._turns(image, small, matrix))
        least = LEAST_DENSITY * image.shape[1] / small.shape[1]
        if small is not image and min((frame.density for frame in found.frames), default=0.0) < least:
            found = _first(self._turns(image, image, matrix))
        return found

    def _turns(self, image: Image, look: Image, matrix: Map) -> Iterator[Found]:
        """The image as it is and rotated by 90 degrees, the likelier orientation first; then both upside down.

        Args:
            image: to be read.
            look: the same image, possibly reduced, in which lines are detected.
            matrix: (3, 3), maps the pixels of ``image`` to those of the input image.
        """
        seen = {0: self._detector(look)}
        unlikely = []
        for degrees in (90, 0) if sideways(seen[0]) else (0, 90):
            if degrees not in seen:
                seen[degrees] = self._detector(turned(look, degrees))
            back = invert(turn_matrix(degrees, image.shape[1], image.shape[0]))
            a, b, c, d, e, f = back
            turn = matrix @ np.array([[a, c, e], [b, d, f], [0, 0, 1]])
            ways = self._ways(turned(image, degrees), turned(look, degrees), seen[degrees], turn)
            yield next(ways)
            unlikely.append(ways)
        if look is image:
            for ways in unlikely:
                yield from ways

    def _ways(self, image: Image, look: Image, regions: Sequence[Region], matrix: Map) -> Iterator[Found]:
        """The lines of an image, read in their likely orientation and then upside down."""
        upside_down = self._orienter(look, regions).degrees == 180
        share = image.shape[1] / look.shape[1]
        quads = [quad.transformed((share, 0, 0, share, 0, 0)) for quad in shown_quads(regions)]
        ways = [quads, [Quad((c, d, a, b)) for a, b, c, d in (quad.points for quad in quads)]]
        for quads in (ways[upside_down], ways[not upside_down]):
            readings = self._recognizer([crop_line(image, quad, self._recognizer.height) for quad in quads])
            lines = list(zip(quads, readings, strict=True))
            frames = self._cards.located(lines)
            yield (
                self._with_opposite(Found(image, matrix, lines, frames)) if frames else Found(image, matrix, lines, [])
            )

    def _with_opposite(self, found: Found) -> Found:
        """With the cards that lie upside down beside those that were found, where there are lines outside of these."""
        inner = [line for line in found.lines if any(_contains(frame, line[0]) for frame in found.frames)]
        rest = [quad for quad, _ in found.lines if not any(_contains(frame, quad) for frame in found.frames)]
        if len(rest) < LEAST_LINES:
            return found
        quads = [Quad((c, d, a, b)) for a, b, c, d in (quad.points for quad in rest)]
        readings = self._recognizer([crop_line(found.image, quad, self._recognizer.height) for quad in quads])
        lines = list(zip(quads, readings, strict=True))
        others = self._cards.located(lines)
        if not others:
            return found
        return replace(found, lines=[*inner, *lines], frames=[*found.frames, *others])


def _contains(frame: Frame, quad: Quad) -> bool:
    """Whether the middle of a line lies on a card."""
    return cv2.pointPolygonTest(np.array(frame.box.points, np.float32), quad.center, False) >= 0


def _back(matrix: Map) -> Map:
    return np.asarray(np.linalg.inv(matrix), np.float64)


def _first(ways: Iterable[Found]) -> Found:
    """The first attempt that shows cards; the last one if none does."""
    for found in ways:
        if found.frames:
            break
    return found


def brightness(pixels: Image) -> float:
    """The grey value of the brightest parts of an image."""
    step = max(1, min(pixels.shape[:2]) // SAMPLES)
    return max(1.0, float(np.percentile(pixels[::step, ::step], 99)))


def _lit(pixels: Image) -> Image:
    """A dark image brightened and smoothed; any other unchanged."""
    top = brightness(pixels)
    if top >= DIM:
        return pixels
    smooth = cv2.GaussianBlur(pixels.astype(np.float32), (0, 0), GRAIN)
    return np.asarray((smooth * (WHITE / top)).clip(0, 255), np.uint8)


def _within(pixels: Image, side: int) -> Image:
    """An image reduced so that its longer side has ``side`` pixels; a smaller one unchanged."""
    share = side / max(pixels.shape[:2])
    if share >= 1:
        return pixels
    return resized(pixels, round(pixels.shape[1] * share), round(pixels.shape[0] * share))


def deblurred(pixels: Image, spread: float, noise: float = NOISE) -> Image:
    """An image with a blur undone by a Wiener filter; mean, contrast and colours are kept.

    Args:
        pixels: (H, W) or (H, W, 3).
        spread: of the blur, a Gaussian one, in pixels.
        noise: its power as a share of that of the picture.
    """
    edges = ((PADDING, PADDING), (PADDING, PADDING), (0, 0))
    padded = np.pad(np.atleast_3d(pixels), edges, mode="reflect").astype(np.float32)
    height, width = padded.shape[:2]
    square = np.fft.fftfreq(height)[:, None] ** 2 + np.fft.rfftfreq(width) ** 2
    blur = np.exp(-2 * (math.pi * spread) ** 2 * square)
    filter = (blur * (1 + noise) / (blur**2 + noise))[..., None]
    clear = np.fft.irfft2(np.fft.rfft2(padded, axes=(0, 1)) * filter, (height, width), axes=(0, 1))
    inner = clear[PADDING : height - PADDING, PADDING : width - PADDING].clip(0, 255).astype(np.uint8)
    return np.ascontiguousarray(inner.reshape(pixels.shape))


def _grey(pixels: Image) -> Image:
    return pixels if pixels.ndim == 2 else np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)


def _lying(quad: Quad, deviation: float) -> Quad | None:
    """The quad, starting at a long side, if its aspect ratio is that of a card up to a factor."""
    a, b, c, d = quad.points
    lying = quad if quad.width > quad.height else Quad((d, a, b, c))
    off = lying.width / max(lying.height, 1e-6) / (WIDTH / HEIGHT)
    return lying if 1 / deviation < off < deviation else None


def _hull(quad: Quad, pixels: Image) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of a quad with a margin, within an image."""
    low, high = np.array(quad.hull).reshape(2, 2)
    room = AROUND * (high - low).max()
    left, top = np.maximum(low - room, 0).astype(int)
    right, bottom = np.minimum(high + room, pixels.shape[1::-1]).astype(int)
    return left, top, right, bottom
