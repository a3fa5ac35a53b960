"""Lines whose box cuts off the accents of capitals, read once more with what stands above them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ocr.detect.accents import taller_crops
from ocr.document import Quad
from ocr.read_page import FoundLine
from ocr.recognize import Reading
from ocr.recognize.marked import with_marks

__all__ = ["with_accents"]

Picture = NDArray[np.uint8]


def with_accents(
    pixels: Picture,
    found: Sequence[FoundLine],
    crop: Callable[[Picture, Quad], Picture],
    read: Callable[[Sequence[Picture]], list[Reading]],
) -> list[FoundLine]:
    """The lines of a page, those that are read with more marks in a taller crop read so.

    Args:
        pixels: of the page, (H, W) grey or (H, W, 3) RGB.
        found: the lines as read.
        crop: the picture of a quad, for the recogniser.
        read: reads such pictures.
    """
    lines = list(found)
    quads = [each.region.quad for each in found]
    taller = taller_crops(pixels, [each.shown for each in found], [each.picture for each in found], quads)
    pictures = [crop(pixels, quad) for _, quad in taller]
    for (i, quad), picture, whole in zip(taller, pictures, read(pictures) if pictures else (), strict=True):
        if reading := with_marks(lines[i].reading, whole):
            lines[i] = replace(lines[i], shown=quad, picture=picture, reading=reading)
    return lines
