"""What is wrong with the picture of a card, measured on the card as it lies flat.

Each limit parts made pictures of cards with a fault from those without (docs/benchmarks.md); cards of other seeds than
those that the table counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.document import Quad
from ocr.geometry import grow
from ocr.idcard.card import Problem, Side
from ocr.idcard.frame import Frame
from ocr.idcard.layout import HEIGHT, PORTRAIT, WIDTH

__all__ = ["COARSE", "DARK", "faults", "pictured", "steepness"]

COARSE = 5.6
"""Pixels a millimetre, 142 dpi: below, strokes of dense characters run together."""
OUTSIDE = 2.5
"""Millimetres of a card beyond the picture's edge."""
DARK = 100.0
"""Least grey value of the card's ground, 0..255."""
COLORLESS = 0.02
"""A card's mean chroma, as a share of its brightness: less has only a picture in grey."""
SATURATED, GLARE = 250, 0.01
"""Least value of all three colours in a reflection, and the share of the card that the largest one takes."""
SHARP = 0.275
"""Steepness of the labels' edges at ``LOOK``, contrast a pixel."""
INK, COVERED = 0.25, 0.2
"""What is darker than the card's ground by this share counts as ink; and so much of it beside characters."""
BESIDE, SPARE, WINDOW, LEAST = 0.8, 0.35, (6.0, 5.0), 0.15
"""Millimetres round a value's line that are looked at, and round a character that are not; and of the window in which
ink is counted, with the share of it that has to be left to look at."""
PICTURE = 0.06
"""Share of ink in the place of the portrait, from which there is one."""
TILE, ROUNDS, SHADOW = 2.0, 4, 0.12
"""Of the ground: millimetres of its tiles, rounds of the fit, and by what share darker tiles are left out."""
LOOK = 6.0
"""Pixels a millimetre that are looked at; more would show grain for detail."""
RIM = 3.0
"""Millimetres along the edges that do not count: they may show what the card lies on."""

Box = tuple[float, float, float, float]
LABELLED: dict[Side, tuple[Box, ...]] = {
    Side.FRONT: ((6, 8, 23, 20), (6, 20, 23, 32), (6, 43, 60, 48)),
    Side.BACK: ((19, 37, 32, 42), (19, 43.5, 32, 48.5), (29, 5, 75, 13)),
}
"""Places with print that every card has: left, top, right, bottom in millimetres."""
Plane = NDArray[np.float32]
"""(H, W), or (H, W, 3) with colours."""


def faults(
    picture: NDArray[np.uint8], frame: Frame, lines: Sequence[Quad] = (), characters: Sequence[Quad] = ()
) -> tuple[Problem, ...]:
    """What is wrong with the picture of the card in a frame, in the order of problems.

    Args:
        picture: (H, W) grey or (H, W, 3) RGB.
        frame: where the card is.
        lines: of values, in the card's millimetres.
        characters: that were read, labels included, the same.
    """
    found = {*_placed(picture, frame), *_shown(picture, frame, lines, characters)}
    return tuple(problem for problem in Problem if problem in found)


def _placed(picture: NDArray[np.uint8], frame: Frame) -> Iterator[Problem]:
    """By where the card lies."""
    height, width = picture.shape[:2]
    outside = max(max(-x, -y, x - width, y - height) for x, y in frame.box.points)
    if outside > OUTSIDE * frame.density:
        yield Problem.CROPPED
    if frame.density < COARSE:
        yield Problem.LOW_RESOLUTION


def _shown(
    picture: NDArray[np.uint8], frame: Frame, lines: Sequence[Quad], characters: Sequence[Quad]
) -> Iterator[Problem]:
    """By its pixels."""
    flat = _flat(picture, frame)
    inner = _part(flat.astype(np.float32), (RIM, RIM, WIDTH - RIM, HEIGHT - RIM))
    bright = max(1.0, float(np.percentile(inner.mean(2), 75)))
    chroma = float((inner.max(2) - inner.min(2)).mean()) / bright
    if bright < DARK:
        yield Problem.DARK
    if chroma < COLORLESS:
        yield Problem.PHOTOCOPY
    elif _largest(inner.min(2) >= SATURATED) > GLARE:
        yield Problem.GLARE
    grey = np.asarray(cv2.cvtColor(flat, cv2.COLOR_RGB2GRAY), np.float32)
    if max(_sharpness(_part(grey, box)) for box in LABELLED[frame.side]) < SHARP:
        yield Problem.BLURRED
    if foreign(grey, lines, characters) > COVERED:
        yield Problem.COVERED


def steepness(picture: NDArray[np.uint8], box: Quad) -> float:
    """How steep the steepest edges are of what lies in a quad as a card would, as a share of the contrast a pixel.

    Args:
        picture: (H, W) grey or (H, W, 3) RGB.
        box: in its pixels; may be turned.
    """
    flat = cv2.cvtColor(_flat(picture, Frame.of_box(Side.FRONT, box)), cv2.COLOR_RGB2GRAY).astype(np.float32)
    return _sharpness(_part(flat, (RIM, RIM, WIDTH - RIM, HEIGHT - RIM)))


def pictured(picture: NDArray[np.uint8], frame: Frame) -> bool:
    """Whether there is a portrait where the layout has it: hair, clothes and shades that the ground does not have.

    OpenCV 5 has no cascade classifiers any more, and brings no face detector's weights.
    """
    grey = np.asarray(cv2.cvtColor(_flat(picture, frame), cv2.COLOR_RGB2GRAY), np.float32)
    dark = _ground(grey) - grey > INK * _ground(grey)
    return float(_part(dark.astype(np.float32), PORTRAIT).mean()) > PICTURE


def _flat(picture: NDArray[np.uint8], frame: Frame) -> NDArray[np.uint8]:
    """The card at ``LOOK`` pixels a millimetre, (H, W, 3)."""
    flat = frame.flattened(picture, LOOK)
    return flat if flat.ndim == 3 else np.asarray(cv2.cvtColor(flat, cv2.COLOR_GRAY2RGB), np.uint8)


def _part(flat: Plane, box: Box) -> Plane:
    """A rectangle given in millimetres."""
    left, top, right, bottom = (round(at * LOOK) for at in box)
    return flat[top:bottom, left:right]


def _largest(mask: NDArray[np.bool_]) -> float:
    """The largest connected part, as a share of all."""
    _, _, statistics, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    return int(statistics[1:, cv2.CC_STAT_AREA].max(initial=0)) / mask.size


def _sharpness(grey: Plane) -> float:
    """How steep the steepest edges are, a pixel, as a share of the contrast."""
    across, down = (cv2.Sobel(grey, cv2.CV_32F, *way) / 8 for way in ((1, 0), (0, 1)))
    contrast = float(np.percentile(grey, 95) - np.percentile(grey, 1))
    return float(np.percentile(np.hypot(across, down), 98.5)) / max(contrast, 1.0)


def foreign(grey: Plane, lines: Sequence[Quad], characters: Sequence[Quad]) -> float:
    """The largest share of ink beside the characters of a value's line: what a stamp or a finger leaves there.

    Args:
        grey: the card, flat, at ``LOOK``.
        lines: of values, in millimetres.
        characters: that were read, in millimetres.
    """
    free = np.zeros(grey.shape, np.uint8)
    for line in lines:
        _fill(free, grow(line, BESIDE, BESIDE), 1)
    for character in characters:
        _fill(free, grow(character, SPARE, SPARE), 0)
    rim = round(RIM * LOOK)
    free[:rim], free[-rim:], free[:, :rim], free[:, -rim:] = 0, 0, 0, 0
    ground = _ground(grey)
    ink = (ground - cv2.GaussianBlur(grey, (0, 0), 0.15 * LOOK)) > INK * ground
    size = (round(WINDOW[0] * LOOK), round(WINDOW[1] * LOOK))
    seen, inked = (cv2.boxFilter(mask.astype(np.float32), -1, size) for mask in (free, free * ink))
    return float((inked / np.maximum(seen, 1e-6))[seen > LEAST].max(initial=0.0))


def _fill(mask: NDArray[np.uint8], quad: Quad, value: int) -> None:
    cv2.fillConvexPoly(mask, (np.array(quad.points) * LOOK).round().astype(np.int32), value)


def _ground(grey: Plane) -> Plane:
    """What the card's ground would be without print, light that falls off to a side counted in: a quadratic surface.

    It is fitted to tiles of the card again and again, without those that are darker than it.
    """
    height, width = grey.shape
    tile = round(TILE * LOOK)
    rows, columns = height // tile, width // tile
    tiles = grey[: rows * tile, : columns * tile].reshape(rows, tile, columns, tile)
    bright = np.percentile(tiles, 70, axis=(1, 3)).ravel()
    y, x = (axis.ravel() + 0.5 for axis in np.mgrid[:rows, :columns])
    kept = np.ones(len(bright), np.bool_)
    for _ in range(ROUNDS):
        solved = np.linalg.lstsq(_surface(x, y)[kept], bright[kept], rcond=None)[0]
        fitted = _surface(x, y) @ solved
        kept = bright > (1 - SHADOW) * fitted
        if kept.sum() < len(bright) / 4:
            break
    v, u = np.mgrid[:height, :width] / tile
    return np.asarray((_surface(u.ravel(), v.ravel()) @ solved).reshape(height, width), np.float32)


def _surface(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], 1)
