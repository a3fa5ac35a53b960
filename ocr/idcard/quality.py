"""What is wrong with the picture of a card, measured on the card as it lies flat.

Each limit parts made pictures of cards with a fault from those without (docs/benchmarks.md); cards of other seeds than
those that the table counts.
"""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.idcard.card import Problem, Side
from ocr.idcard.frame import Frame
from ocr.idcard.layout import HEIGHT, WIDTH

__all__ = ["COARSE", "DARK", "faults"]

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
INK, COVERED = 0.25, 0.03
"""What is darker than the ground round it by this share counts as ink; and so much of it where nothing is printed."""
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
BLANK: dict[Side, tuple[Box, ...]] = {
    Side.FRONT: (
        (6, 12.9, 52, 14.9), (6, 19.2, 52, 21.0), (6, 25.4, 52, 27.2), (6, 32, 15.5, 42.5), (6, 48.5, 80, 51)
    ),
    Side.BACK: ((25, 23.5, 80, 35.5), (22, 42, 80, 43.8), (6, 24, 19, 50), (22, 48.3, 62, 50.3)),
}  # fmt: skip
"""Where no card has print."""

Plane = NDArray[np.float32]
"""(H, W), or (H, W, 3) with colours."""


def faults(picture: NDArray[np.uint8], frame: Frame) -> tuple[Problem, ...]:
    """What is wrong with the (H, W) grey or (H, W, 3) RGB picture of the card in a frame, in the order of problems."""
    found = {*_placed(picture, frame), *_shown(picture, frame)}
    return tuple(problem for problem in Problem if problem in found)


def _placed(picture: NDArray[np.uint8], frame: Frame) -> Iterator[Problem]:
    """By where the card lies."""
    height, width = picture.shape[:2]
    outside = max(max(-x, -y, x - width, y - height) for x, y in frame.box.points)
    if outside > OUTSIDE * frame.density:
        yield Problem.CROPPED
    if frame.density < COARSE:
        yield Problem.LOW_RESOLUTION


def _shown(picture: NDArray[np.uint8], frame: Frame) -> Iterator[Problem]:
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
    ink = _ink(grey)
    if max(float((_part(ink, box) > INK).mean()) for box in BLANK[frame.side]) > COVERED:
        yield Problem.COVERED


def _flat(picture: NDArray[np.uint8], frame: Frame) -> NDArray[np.uint8]:
    """The card at ``LOOK`` pixels a millimetre, (H, W, 3); what it has more of them is averaged."""
    shrinks = frame.density / LOOK
    if shrinks > 1.25:
        picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), 0.42 * shrinks), np.uint8)
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


def _ink(grey: Plane) -> Plane:
    """How much darker each pixel is than the ground round it, as a share."""
    reach = round(4 * LOOK) | 1
    ground = cv2.morphologyEx(cv2.GaussianBlur(grey, (0, 0), 0.15 * LOOK), cv2.MORPH_CLOSE, np.ones((reach, reach)))
    ground = cv2.GaussianBlur(ground, (0, 0), 2 * LOOK)
    return np.asarray((ground - grey) / np.maximum(ground, 1), np.float32)
