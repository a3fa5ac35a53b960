"""The background of a page: how light the paper is at each place, and the page as if it were lit evenly.

For reading print under a shadow or a stain this is as good as the net of ``enhance.py`` in a fiftieth of the time; on
an even background neither gains anything (``docs/benchmarks.md``). The background is a morphological closing of a small
copy: what is darker than its surroundings over a greater width than that of strokes.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.detect.marks import grey_of
from ocr.geometry import reduced

__all__ = ["UNEVEN", "evened", "unevenness"]

Image = NDArray[np.uint8]

UNEVEN = 0.18
"""Pages with a higher unevenness are evened out before they are read: synthetic shadows and stains are above, faded
pages, grey paper and 97 % of receipts below (``docs/experiments.md``)."""
GLANCE, SIDE = 256, 512
"""Longer sides of the small copies for measuring unevenness and for dividing: about 23 and 45 dpi of a letter page."""
STROKE, SMOOTH = 5, 5
"""Sides of the closing's square and of the median filter after it on the smaller copy: 6 mm of a letter page, more than
the strokes of headings."""
SPREAD = (10, 90)
"""Percentiles of the background that are compared: an illustration on less than a tenth of the page does not count."""
BLACK = 0.12
"""Least light in a shadow: what is darker is a border, a panel or an illustration, and stays as dark as it is."""
PANEL = 0.55
"""Light of a dark panel, at most, as a share of the lightest ground: what has light print there stays as it is, ..."""
PANEL_AREA = 0.004
"""... if it is at least this share of the page, ..."""
PANEL_PRINT, LEAST_PRINT = 1.5, 2.0
"""... and what is lighter than it outweighs what is darker so many times, by so many grey levels on average, ..."""
SPARSE_PRINT, SPARSE = 6, 0.5
"""... or, where there is little print, as in the menu beside a page, by so many times and levels."""
FLAT, WINDOW, PLACES = 0.4, 5, 2000
"""Where this share of the darker ground is of one colour, in windows of this side, a program may have filled it. So
many places are looked at, at most."""
SHARP, STEP = 0.5, 0.12
"""It did where so much of the edge of that ground is a step of so much of the light: shadows begin softly."""
PURE = 0.99
"""A page with a larger share of pure black and white was binarized and has no background."""


def unevenness(image: Image) -> float:
    """How much darker the background is in its darkest than in its lightest parts, 0..1. Takes two milliseconds.

    0 for binarized pages, where print is lighter than the background, as on dark screens, and where the background is
    filled with colours, as the cells of a table or a chart are.

    Args:
        image: (H, W) or (H, W, 3) RGB.
    """
    step = -(-max(image.shape[:2]) // GLANCE)
    sample = np.ascontiguousarray(image[::step, ::step])
    grey = grey_of(sample)
    if ((grey == 0) | (grey == 255)).mean() > PURE:
        return 0.0
    seen = ~_panels(grey, 1)
    if not seen.any() or grey[seen].mean() >= cv2.medianBlur(grey, SMOOTH)[seen].mean():  # light print
        return 0.0
    ground = _ground(grey, 1)
    dark, light = np.percentile(ground[seen], SPREAD)
    uneven = float(1 - dark / light)
    darker = seen & (ground < (1 - UNEVEN) * light)
    filled = uneven >= UNEVEN and _steps(ground, darker, STEP * light) > SHARP and _flat(image, darker, step) > FLAT
    return 0.0 if filled else uneven


def _steps(ground: Image, dark: NDArray[np.bool_], least: float) -> float:
    """The share of the edge of the dark parts of a ground, (H, W) each, that is a step of a least height."""
    square = np.ones((3, 3), np.uint8)
    edge = dark & (cv2.erode(dark.astype(np.uint8), square) == 0)
    height = cv2.morphologyEx(ground, cv2.MORPH_GRADIENT, square)
    return float((height[edge] >= least).mean()) if edge.any() else 0.0


def _flat(image: Image, dark: NDArray[np.bool_], step: int) -> float:
    """The share of places that are of one colour alone, of those that are dark in a copy ``step`` times smaller."""
    rows, columns = np.nonzero(dark)
    some = slice(None, None, 1 + len(rows) // PLACES)
    limits = np.array(image.shape[:2]) - WINDOW
    top, left = np.minimum(np.stack([rows[some], columns[some]]) * step, limits[:, None]).clip(0)
    around = np.arange(WINDOW)
    windows = image[(top[:, None] + around)[:, :, None], (left[:, None] + around)[:, None, :]]
    return float((windows == windows[:, :1, :1]).reshape(len(windows), -1).all(1).mean())


def evened(image: Image) -> Image:
    """The page divided by its background, which becomes white: removes shadows, stains and tints; dark images fade.

    Dark panels with light print, as programs have beside light tables, stay dark.

    Args:
        image: (H, W) or (H, W, 3) RGB; each channel has its own background.
    """
    height, width = image.shape[:2]
    copy, times = reduced(image, SIDE / max(image.shape[:2])), SIDE // GLANCE
    small = _ground(copy, times)
    panels = _panels(grey_of(copy), times)
    if panels.any():
        small[panels] = np.percentile(small.reshape(-1, *image.shape[2:]), SPREAD[1], axis=0).round().clip(1)
    light = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.divide(image, light, scale=255), np.uint8)


def _ground(small: Image, times: int) -> Image:
    """Background of a copy with this scale relative to the one for measuring; never 0."""
    square = np.ones((times * STROKE | 1, times * STROKE | 1), np.uint8)
    closed = cv2.morphologyEx(small, cv2.MORPH_CLOSE, square)
    ground = np.asarray(cv2.medianBlur(closed, times * SMOOTH | 1), np.uint8)
    light = max(1, round(float(np.percentile(ground, SPREAD[1]))))
    return np.where(ground < BLACK * light, np.uint8(light), ground)


def _panels(grey: Image, times: int) -> NDArray[np.bool_]:
    """Where a small copy (H, W) has dark panels with light print; a shadow has dark print."""
    usual = np.asarray(cv2.medianBlur(grey, 2 * times * SMOOTH | 1), np.uint8)
    dark = (usual < PANEL * np.percentile(usual, SPREAD[1])).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(dark, connectivity=4)
    if not any(area > PANEL_AREA * grey.size for area in stats[1:, cv2.CC_STAT_AREA]):
        return np.zeros(grey.shape, bool)
    inner = np.where(cv2.erode(dark, np.ones((2 * times + 1,) * 2, np.uint8)), labels, 0).ravel()
    lighter = np.bincount(inner, cv2.subtract(grey, usual).ravel(), count)
    darker = np.bincount(inner, cv2.subtract(usual, grey).ravel(), count)
    places = np.bincount(inner, minlength=count)
    full = (lighter > PANEL_PRINT * darker) & (lighter > LEAST_PRINT * places)
    sparse = (lighter > SPARSE_PRINT * darker) & (lighter > SPARSE * places)
    panel = (stats[:, cv2.CC_STAT_AREA] > PANEL_AREA * grey.size) & (full | sparse)
    panel[0] = False
    return cv2.dilate(panel[labels].astype(np.uint8), np.ones((4 * times + 1,) * 2, np.uint8)) > 0
