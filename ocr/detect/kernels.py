"""Kernels of lines in the map of the detector, and the boxes that they are the middle of."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["SHRINK", "DetectorSettings", "Kernels", "measured"]

SHRINK = 0.25
"""By how much the kernel of a line is smaller than its box on every side, as a share of the height."""
LONG, LONGER_THAN_HIGH = 0.96, 0.8
"""How stretched a kernel has to be to show its direction, 0..1, and to show it beside another that does."""
STEEP = math.radians(70)
WORD, BESIDE = 3.0, 6.0
"""Least length of such a kernel, and greatest distance from the long one, in thicknesses of that."""
Map = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class DetectorSettings:
    """Post-processing settings that belong to a detector's weights; stored in the metadata of its file.

    Attributes:
        line_height: height of a typical line, ascender to descender, in pixels, that was most frequent in training.
        smallest: least height of the page's small print in the working image.
        shrink: by how much a kernel is smaller than its line on every side, as a share of the line's height.
        height: factor for the height of kernels, which the net predicts too tall.
        threshold: least probability of a map point to be part of a kernel.
        faint: least mean probability of a kernel to be considered.
        certain: least mean probability of a kernel to be a line by itself.
        certain_alone: the same for kernels that are no wider than tall. The kernel of a single letter consists of few
            points, most of them on its border: among others in a row, such as column headings, it may be faint.
        sure: mean probability below which the height of a kernel is unreliable.
    """

    line_height: float = 19.0
    smallest: float = 11.0
    shrink: float = SHRINK
    height: float = 0.94
    threshold: float = 0.32
    faint: float = 0.4
    certain: float = 0.55
    certain_alone: float = 0.6
    sure: float = 0.8


@dataclass(frozen=True, slots=True)
class Kernels:
    """Measurements of connected kernels; arrays with one entry per label, label 0 being the background."""

    center: NDArray[np.float64]
    angle: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    height: NDArray[np.float64]
    fill: NDArray[np.float64]
    score: NDArray[np.float64]
    area: NDArray[np.float64]


def measured(text: Map, labels: NDArray[Any], count: int, settings: DetectorSettings) -> Kernels:
    """Boxes from the moments of each kernel, weighted by probability: direction from the covariance, height from mass
    over length. Heights do not depend on a threshold and are exact to a fraction of a map point. A faint kernel has too
    little mass and is scaled up, at most to the height of the page's other lines.
    """
    grown = cv2.dilate(labels.astype(np.float32), np.ones((3, 3), np.uint8)).astype(np.int32)
    wide = np.where(labels > 0, labels, grown)
    ys, xs = np.nonzero(wide)
    owner, p, own = wide[ys, xs], text[ys, xs].astype(float), labels[ys, xs] > 0

    def total(values: NDArray[Any]) -> NDArray[np.float64]:
        return np.asarray(np.bincount(owner, values, count), np.float64)

    mass, area = total(p).clip(1e-9), np.bincount(owner[own], minlength=count).clip(1).astype(float)
    x, y = xs + 0.5, ys + 0.5
    cx, cy = total(p * x) / mass, total(p * y) / mass
    dx, dy = x - cx[owner], y - cy[owner]
    xx, yy, xy = total(p * dx * dx) / mass, total(p * dy * dy) / mass, total(p * dx * dy) / mass
    spread = np.hypot(xx - yy, 2 * xy) / (xx + yy).clip(1e-9)
    angle = 0.5 * np.arctan2(2 * xy, xx - yy)
    lengths = np.sqrt(6 * ((xx + yy)[:, None] + np.hypot(xx - yy, 2 * xy)[:, None] * (1, -1)).clip(0))
    beside = _beside_steep(np.stack([cx, cy], 1), angle, spread, lengths)
    angle = _settle(angle, spread, mass, beside)
    cosine, sine = np.cos(angle), np.sin(angle)
    u = (dx * cosine[owner] + dy * sine[owner])[own]
    v = dy * cosine[owner] - dx * sine[owner]
    low, high, above, below = (np.full(count, start) for start in (1e9, -1e9, 1e9, -1e9))
    for edge, ufunc, values in ((low, np.minimum, u), (high, np.maximum, u), (above, np.minimum, v[own]),
                                (below, np.maximum, v[own])):  # fmt: skip
        ufunc.at(edge, owner[own], values)
    length, extent = high - low + 1.0, below - above + 1.0
    score = total(p * own) / area
    thick = mass / length
    typical = np.median(np.repeat(thick[1:], np.ceil(length[1:]).astype(int)))
    thick = np.maximum(thick, np.minimum(thick / (score / settings.sure).clip(0.5, 1), typical))
    height = settings.height * np.minimum(thick, extent + 0.6) / (1 - 2 * settings.shrink)
    middle = total(p * v) / mass
    center = np.stack([cx - sine * middle, cy + cosine * middle], axis=1)
    ends = 0.5 + settings.shrink * height
    return Kernels(
        center=center, angle=angle, low=low - ends, high=high + ends, height=height,
        fill=area / (length * extent), score=score, area=area,
    )  # fmt: skip


def _beside_steep(
    center: NDArray[np.float64], angle: NDArray[np.float64], spread: NDArray[np.float64], lengths: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Which short kernels are lines that run up or down, beside a long one that does.

    Args:
        center: (N, 2) of the kernels.
        angle: N, in radians.
        spread: N, 0 for a round kernel to 1 for a stroke.
        lengths: (N, 2), of both axes.
    """
    steep = np.abs(angle) > STEEP
    long = np.flatnonzero(steep & (spread > LONG))
    short = np.flatnonzero(steep & (spread <= LONG) & (spread > LONGER_THAN_HIGH))
    found = np.zeros(len(angle), np.bool_)
    if len(long) and len(short):
        away = np.abs(center[short, None] - center[long])
        near = (away[..., 0] < BESIDE * lengths[long, 1]) & (away[..., 1] < lengths[long, 0] / 2)
        tall = lengths[short, :1] > WORD * lengths[long, 1]
        found[short] = (near & tall).any(1)
    return found


def _settle(
    angle: NDArray[np.float64], spread: NDArray[np.float64], mass: NDArray[np.float64], own: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Directions of short kernels, taken from the long ones but for some that have their ``own``; sideways text reads
    upwards.
    """
    long = (spread > LONG) | own
    flat = long & (np.abs(angle) < math.pi / 4)
    page = 0.0
    if flat.any():
        order = np.argsort(angle[flat])
        weight = np.cumsum(mass[flat][order])
        page = float(angle[flat][order][np.searchsorted(weight, weight[-1] / 2)])
    result = np.where(long, angle, page)
    return np.where(long & (angle > math.pi / 4), angle - math.pi, result)
