"""Pictures of one card in which its print is told from the rest in different ways, and the lines cut out of them.

What makes a value hard to read differs from card to card: another ink over it, a blur, too little light. No single
treatment helps against all of them, and each one costs strokes somewhere. So a doubtful value is read in several
pictures, and what is likely in most of them is kept. How far a card is out of focus is told by what is printed on all
cards: the blur is undone by which the labels are read best.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.document import Quad
from ocr.geometry import crop_line, grow
from ocr.idcard.card import Side
from ocr.idcard.find import deblurred
from ocr.idcard.frame import Frame
from ocr.idcard.layout import HEIGHT, LABELS, SIZE

__all__ = ["Cut", "Shown", "labels_of", "lines_cut", "sharpened", "stretched", "without_blank_line"]

MARGINS = ((1.6, 0.0), (0.8, -0.2))
"""Margins, in millimetres, with which the line of a value is cut out: at both ends, and above and below."""
DENSITY, RIM = 9.0, 3.0
"""Pixels per millimetre at which blurs are undone, and the margin around the card in millimetres."""
SPREADS, NOISES = (0.25, 0.3, 0.35, 0.4, 0.45), (0.004, 0.001)
"""Blurs that are tried, in millimetres, each with much and with little of the detail that is lost in noise."""
BEST = 3
"""So many of them are used."""
LABEL_ROOM = (0.0, 0.95)
"""Margins of a label, in millimetres, at both ends, and above and below."""
INK, GROUND, LEAST_CONTRAST, CONTRAST = 2, 85, 8.0, 235.0
"""Percentiles of a line that are its ink and its ground, their least difference, and what it becomes."""
INK_HEIGHT, INK_PERCENTILE, LEAST_INK = 32, 2, 0.6
"""To tell a printed line from an empty one: height in pixels at which it is cut out, percentile of its pixels that
stands for the ink, and the share of the first line's contrast that a printed line has at least."""

Image = NDArray[np.uint8]
Cut = list[Image]
"""Images of one line, (H, W) grey, with several margins or out of several pictures."""


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """An image, (H, W) grey or (H, W, 3) RGB, and the frame of a card in it."""

    image: Image
    frame: Frame


def lines_cut(shown: Sequence[Shown], lines: Sequence[Quad], height: int, *, stretch: bool = False) -> list[Cut]:
    """Images of lines that are given in millimetres, each with several margins out of every picture.

    Args:
        shown: pictures of one card.
        lines: of one value.
        height: of the images, in pixels.
        stretch: whether to spread their contrast.
    """
    cuts = [
        [crop_line(way.image, way.frame.to_image(grow(line, *more)), height) for way in shown for more in MARGINS]
        for line in lines
    ]
    return [[stretched(cut) for cut in row] for row in cuts] if stretch else cuts


def stretched(line: Image) -> Image:
    """A line, (H, W) grey, with its ground white and its ink black."""
    ink, ground = np.percentile(line, (INK, GROUND))
    return np.asarray(
        (255 - (ground - line.astype(np.float32)) * CONTRAST / max(ground - ink, LEAST_CONTRAST)).clip(0, 255), np.uint8
    )


def labels_of(side: Side, shift: tuple[float, float]) -> list[tuple[str, Quad]]:
    """Texts and places of the labels with several characters, in millimetres; ``shift`` is the card's offset."""
    right, down = shift
    places = [
        (label.text, label.left, label.center(len(label.text) - 1)[0] + SIZE / 2, label.middle)
        for label in LABELS[side]
        if len(label.text) > 1 and label.middle < HEIGHT
    ]
    return [
        (text, grow(Quad.rect(a + right, y - SIZE / 2 + down, b + right, y + SIZE / 2 + down), *LABEL_ROOM))
        for text, a, b, y in places
    ]


def sharpened(pixels: Image, placed: Frame, legible: Callable[[Shown], float]) -> list[Shown]:
    """A card that is out of focus, as it is or with blurs undone: those ways in which its labels are read best.

    Args:
        pixels: (H, W) grey or (H, W, 3) RGB.
        placed: the frame of the card in it.
        legible: how well the labels of a picture are read.
    """
    matrix = np.array([[DENSITY, 0, RIM * DENSITY], [0, DENSITY, RIM * DENSITY], [0, 0, 1]], np.float64)
    frame = Frame(placed.side, matrix, placed.labels)
    flat = placed.flattened(pixels, DENSITY, RIM)
    grey = flat if flat.ndim == 2 else np.asarray(cv2.cvtColor(flat, cv2.COLOR_RGB2GRAY), np.uint8)
    tried = [Shown(deblurred(grey, spread * DENSITY, noise), frame) for spread in SPREADS for noise in NOISES]
    return sorted([Shown(grey, frame), *tried], key=legible, reverse=True)[:BEST]


def without_blank_line(image: Image, frame: Frame, lines: Sequence[Quad]) -> list[Quad]:
    """Lines given in millimetres, without the last one if it has hardly any ink compared with the first."""
    ends = (crop_line(image, frame.to_image(lines[k]), INK_HEIGHT) for k in (0, -1))
    first, last = (float(np.median(cut)) - float(np.percentile(cut, INK_PERCENTILE)) for cut in ends)
    return [*lines] if last > LEAST_INK * first else [*lines[:-1]]
