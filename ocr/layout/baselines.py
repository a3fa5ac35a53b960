"""Baselines and x-heights, from where the letters of a line end in its picture.

The lower ends of letters without descenders are measured to a fraction of a pixel, and a straight line is fitted
through those that agree; descenders, commas, and letters whose place is uncertain do not count.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ocr.document import Baseline, Point, Quad
from ocr.geometry import shown_by_crop
from ocr.percentiles import percentiles
from ocr.recognize import Reading
from ocr.recognize.script import is_han

__all__ = ["measured_baseline"]

DESCENDING = frozenset("gjpqyQJçşţ")
FLAT = frozenset("acemnorsuvwxz")
"""Letters that show the x-height."""
FEWEST, FEWEST_SLOPED = 2, 6
"""Least number of letters for a level baseline, and for one with a slope of its own."""
LONG = 4.0
"""Least distance between the first and the last of those letters for a slope, in heights of the picture."""
COARSE, FINE = 0.12, 0.05
"""Letters further from the others than this, in heights of the picture, do not count: at first, and after a fit."""
CONTRAST = 24
"""Least difference between ink and paper in grey levels."""
INNER = 0.15
"""Share of a letter's width at both ends that may belong to its neighbours."""


def measured_baseline(picture: NDArray[np.uint8], quad: Quad, reading: Reading) -> Baseline | None:
    """The baseline of a line, in pixels of its page.

    Args:
        picture: (H, W) grey, the line as ``ocr.geometry.crop_line`` shows it.
        quad: where the line is on the page.
        reading: of the picture.

    Returns:
        None if fewer than two letters show it, as in lines of Han.
    """
    glyphs = [g for g in reading.glyphs if _stands(g.text)]
    if len(glyphs) < FEWEST:
        return None
    height, width = picture.shape
    spans = np.array([(g.start, g.end) for g in glyphs]) * width
    inner = INNER * (spans[:, 1] - spans[:, 0])
    first = np.clip(np.floor(spans[:, 0] + inner), 0, width - 1).astype(int)
    last = np.clip(np.ceil(spans[:, 1] - inner), first + 1, width).astype(int)
    profile = _ink(picture, np.stack([first, last], 1))
    if profile is None:
        return None
    marked = profile.max(0) >= 0.5
    x, low, high = (first + last)[marked] / 2, _last_edge(profile[:, marked]), _first_edge(profile[:, marked])
    fit = _fitted(x, low, height)
    if fit is None:
        return None
    slope, offset = fit
    flat = np.array([g.text in FLAT for g in glyphs])[marked]
    stands = flat & (np.abs(low - slope * x - offset) < COARSE * height)
    size = _median((slope * x + offset - high)[stands]) if stands.any() else 0.0
    shown = shown_by_crop(quad)
    start, end = (_on_page(shown, u, (slope * u * width + offset) / height) for u in (0.0, 1.0))
    return Baseline(start, end, max(0.0, size) / height * shown.height)


def _ink(picture: NDArray[np.uint8], spans: NDArray[np.int64]) -> NDArray[np.float64] | None:
    """Darkness (H, N) of each row of spans (N, 2), 0 paper to 1 ink, also of light text; None without contrast."""
    dark, middle, light = percentiles(picture[::2, ::4], 2, 50, 98)
    if light - dark < CONTRAST:
        return None
    light_text = light - middle > middle - dark
    extreme = np.maximum if light_text else np.minimum
    bounds = np.minimum(spans.ravel(), picture.shape[1] - 1)
    levels = extreme.reduceat(picture, bounds, axis=1)[:, ::2].astype(float)
    return (levels - dark if light_text else light - levels) / (light - dark)


def _last_edge(profile: NDArray[np.float64]) -> NDArray[np.float64]:
    """Where each column (H, N) stops being ink for good, from the top, in pixels."""
    return len(profile) - _first_edge(profile[::-1])


def _first_edge(profile: NDArray[np.float64]) -> NDArray[np.float64]:
    """Where each column (H, N) begins to be ink, between the centres of two pixels."""
    rows = (profile >= 0.5).argmax(0)
    columns = np.arange(profile.shape[1])
    inside, outside = profile[rows, columns], profile[np.maximum(rows - 1, 0), columns]
    share = np.where(rows > 0, (inside - 0.5) / np.maximum(inside - outside, 1e-6), 0.5)
    return np.asarray(rows + 0.5 - share, np.float64)


def _fitted(x: NDArray[np.float64], y: NDArray[np.float64], height: int) -> tuple[float, float] | None:
    """Slope and offset of the line through most of the points; None if too few agree."""
    if len(x) < FEWEST:
        return None
    slope, offset = 0.0, _median(y)
    for tolerance in (COARSE, FINE):
        near = np.abs(y - slope * x - offset) <= tolerance * height
        if near.sum() < max(FEWEST, len(x) / 3):
            return None
        own_x, own_y = x[near], y[near]
        if len(own_x) >= FEWEST_SLOPED and np.ptp(own_x) > LONG * height:
            slope, offset = _least_squares(own_x, own_y)
        else:
            slope, offset = 0.0, _median(own_y)
    return slope, offset


def _on_page(quad: Quad, along: float, down: float) -> Point:
    """The point of the page at shares of the length and height of a quad."""
    a, b, c, d = quad.points
    x, y = ((a[k] + along * (b[k] - a[k])) * (1 - down) + (d[k] + along * (c[k] - d[k])) * down for k in (0, 1))
    return x, y


@lru_cache(1 << 12)
def _stands(character: str) -> bool:
    """Whether a character stands on the baseline."""
    return character.isalnum() and character not in DESCENDING and not is_han(character)


def _median(values: NDArray[np.float64]) -> float:
    ordered, half = np.sort(values), len(values) // 2
    return float(ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2)


def _least_squares(x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[float, float]:
    """Slope and offset of the regression line."""
    middle, level = float(x.mean()), float(y.mean())
    off = x - middle
    slope = float(off @ (y - level)) / float(off @ off)
    return slope, level - slope * middle
