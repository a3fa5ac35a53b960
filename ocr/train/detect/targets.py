"""Target maps of the text detector, drawn from line quads at a quarter of the crop's resolution.

Following differentiable binarization (Liao et al., AAAI 2020): the shrunk text kernel, the threshold map, where the
threshold map counts, and how much the kernel counts.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.detect.kernels import SHRINK
from ocr.train.detect.net import STRIDE

__all__ = ["Quads", "draw_targets", "shrink"]

GAP_WEIGHT = 3
"""Weight of the gaps beside a line: they separate cells."""
SHORT_WEIGHT = 6
"""Weight of kernels of one or two characters: a few points among thousands."""
SMALLEST_LINE = 6.0
"""Height, pixels of the crop, below which a line is masked out."""
THRESHOLDS = (0.3, 0.7)
"""Values of the threshold map away from lines and at their edges."""

Quads = NDArray[np.float64]
"""Quadrilaterals (N, 4, 2), corners clockwise from the top left, pixels."""


def shrink(quads: Quads, ratio: float = SHRINK) -> Quads:
    """Kernels of line quads: ``ratio`` of the height cut off each side, never narrower than they are high."""
    a, b, c, d = (quads[:, k] for k in range(4))
    along, across = (b + c - a - d) / 2, (d + c - a - b) / 2
    width = np.linalg.norm(along, axis=1, keepdims=True).clip(1e-6)
    height = np.linalg.norm(across, axis=1, keepdims=True).clip(1e-6)
    half_across = across * (0.5 - ratio)
    half_along = along / width * np.maximum(width / 2 - ratio * height, height * (0.5 - ratio))
    centre = quads.mean(axis=1)
    corners = [centre + x * half_along + y * half_across for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
    return np.stack(corners, axis=1)


def draw_targets(lines: Quads, unsure: Quads, side: int) -> NDArray[np.float32]:
    """Four maps (4, side / 4, side / 4): kernel, threshold, weight of the threshold, weight of the kernel.

    Args:
        lines: quads of the lines, pixels of the crop.
        unsure: quads where there may be text or not; they do not count.
        side: of the crop, pixels.
    """
    small = side // STRIDE
    heights = np.linalg.norm(lines[:, 3] - lines[:, 0], axis=1)
    tiny = heights < SMALLEST_LINE
    masked = np.concatenate([unsure, lines[tiny]])
    lines = lines[~tiny]
    full = np.zeros((side, side), np.uint8)
    fixed = np.round(shrink(lines) * 16).astype(np.int32)
    for quad in fixed:
        cv2.fillPoly(full, [quad - 8], 255, shift=4)
    kernel = cv2.resize(full, (small, small), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    weight = np.ones((side, side), np.uint8)
    for quad in np.round(_ends(lines)).astype(np.int32):
        cv2.fillPoly(weight, [quad], GAP_WEIGHT)
    for quad, short in zip(fixed, _short(lines), strict=True):
        cv2.fillPoly(weight, [quad - 8], SHORT_WEIGHT if short else 1, shift=4)
    for quad in np.round(masked).astype(np.int32):
        cv2.fillPoly(weight, [quad], 0)
    weight = cv2.resize(weight, (small, small), interpolation=cv2.INTER_NEAREST).astype(np.uint8)
    weight[(kernel > 0.5) & (weight == 0)] = 1
    threshold = np.full((small, small), THRESHOLDS[0], np.float32)
    inside = np.zeros((small, small), np.float32)
    for quad in lines:
        _draw_border(threshold, inside, quad)
    return np.stack([kernel, threshold, inside, weight.astype(np.float32)])


def _ends(lines: Quads) -> Quads:
    """Strips (2 N, 4, 2) before and after each kernel: as high as the kernel, 1.2 line heights long."""
    kernels = shrink(lines)
    across = np.linalg.norm(lines[:, 3] - lines[:, 0], axis=1)[:, None]
    along = kernels[:, 1] - kernels[:, 0]
    reach = along / np.linalg.norm(along, axis=1, keepdims=True).clip(1e-6) * across * 1.2
    a, b, c, d = (kernels[:, k] for k in range(4))
    return np.concatenate([np.stack([b, b + reach, c + reach, c], 1), np.stack([a - reach, a, d, d - reach], 1)])


def _short(lines: Quads) -> NDArray[np.bool_]:
    """Which lines (N, 4, 2) are one or two characters."""
    width, height = (np.linalg.norm(lines[:, k] - lines[:, 0], axis=1) for k in (1, 3))
    return np.asarray(width < 1.3 * height)


def _draw_border(threshold: NDArray[np.float32], inside: NDArray[np.float32], quad: Quads) -> None:
    """Raise ``threshold`` at the quad's edge, falling off to the kernel's, and mark in ``inside`` where it counts."""
    low, high = THRESHOLDS
    small = threshold.shape[0]
    height = float(np.linalg.norm(quad[3] - quad[0]))
    reach = max(1e-3, SHRINK * height)
    x0, y0 = np.floor((quad.min(0) - reach) / STRIDE).astype(int).clip(0, small)
    x1, y1 = (np.ceil((quad.max(0) + reach) / STRIDE).astype(int) + 1).clip(0, small)
    if x1 <= x0 or y1 <= y0:
        return
    along = quad[1] - quad[0]
    width = float(np.linalg.norm(along))
    unit = along / max(width, 1e-6)
    dx = (np.arange(x0, x1) + 0.5)[None, :] * STRIDE - quad[:, 0].mean()
    dy = (np.arange(y0, y1) + 0.5)[:, None] * STRIDE - quad[:, 1].mean()
    u, v = np.abs(dx * unit[0] + dy * unit[1]) - width / 2, np.abs(dy * unit[0] - dx * unit[1]) - height / 2
    near = 1 - np.abs(np.maximum(u, v)) / reach
    view = np.s_[y0:y1, x0:x1]
    np.maximum(threshold[view], low + (high - low) * near.clip(0, 1), out=threshold[view], casting="unsafe")
    np.maximum(inside[view], near > 0, out=inside[view], casting="unsafe")
