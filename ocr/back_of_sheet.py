"""Pages whose back shines through: read once more without what is fainter than their print.

What shines through between the words of a line becomes letters in it, so that leaving out lines is not enough.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ocr.detect import Detector
from ocr.detect.marks import grey_of
from ocr.document import Line
from ocr.page.upright import Upright
from ocr.percentiles import percentiles
from ocr.read_page import LEGIBLE, ReadPage

__all__ = ["read_without_back", "without_back"]

MARGIN = 1.2
"""What is no darker than so many times the contrast of the back becomes white."""
FEW, MOST = 3, 0.8
"""Lines of fewer letters and digits may be lost; of the others so large a share has to be found again."""
AS_CLEAR = 0.95
"""The page is taken so where it is read so clearly, at least, as a share of the first reading."""


def without_back(pixels: NDArray[np.uint8], contrast: float) -> NDArray[np.uint8]:
    """A page on which what is hardly darker than its paper is white.

    Args:
        pixels: (H, W) grey or (H, W, 3) RGB.
        contrast: of what shines through, in grey levels.
    """
    [paper] = percentiles(grey_of(pixels)[::4, ::4], 75)
    white = max(1.0, paper - MARGIN * contrast)
    curve = np.minimum(np.arange(256) * (255 / white), 255).astype(np.uint8)
    return np.asarray(curve[pixels])


def read_without_back(read: ReadPage, detector: Detector, reader: Callable[[Upright], ReadPage]) -> ReadPage:
    """A page read once more without its back, or as it was read where that would lose a line.

    Args:
        read: the page as read, with lines left out that are from its back.
        detector: finds the lines of the page.
        reader: reads an upright page.
    """
    pixels = without_back(read.page.pixels, read.back_contrast)
    again = reader(replace(read.page, pixels=pixels, regions=detector(pixels)))
    legible = (line for line in read.lines if line.confidence >= LEGIBLE and _letters(line) >= FEW)
    if again.clearness < AS_CLEAR * read.clearness or not all(_is_there(line, again.lines) for line in legible):
        return read
    return replace(again, behind=read.behind)


def _letters(line: Line) -> int:
    return sum(map(str.isalnum, line.text))


def _is_there(line: Line, lines: Sequence[Line]) -> bool:
    """Whether most letters of a line are there in lines at its place."""
    left, top, right, bottom = line.box.hull
    hulls = ((other, other.box.hull) for other in lines)
    beside = (other for other, (x0, y0, x1, y1) in hulls if y0 < (top + bottom) / 2 < y1 and x0 < right and x1 > left)
    return sum(map(_letters, beside)) >= MOST * _letters(line)
