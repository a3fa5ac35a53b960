"""Flattens curved pages by a smooth field of vertical shifts that makes the text lines straight.

The lines come from the detector's map. A point at (x, y) belongs to the height y + f(x, y) on the flat page, where
every line is level: f is the smooth function for which this holds best over all lines (linear least squares, one
unknown height a line). This is a mesh as page-dewarp fits it, without a model of the camera: rows become straight, but
what is compressed sideways towards the spine of a book stays compressed.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.polynomial import chebyshev
from numpy.typing import NDArray

from ocr.document import Warp

__all__ = ["Lines", "Mesh", "fit_mesh", "flattened", "trace_lines", "unflattened"]

THRESHOLD = 0.32
"""Least value of the map within a line's kernel."""
LONG_LINE = 8.0
"""Least length, in line heights, of the lines that determine the curvature."""
LEAST_LINES = 4
DEGREES = (7, 2)
"""Degrees of the field's polynomials along and across the lines."""
RIDGE, MIXED = 3e-4, 1.0
"""Regularisation towards no shift, relative to the weight of the points, and how much stronger it is for curvature that
changes down the page: short lines must not bend the text beside them."""
GRID_STEP = 16
"""Distance in pixels between points where the field is evaluated; between them it is interpolated."""
REMAP_ROWS = 512
"""Rows of the flat page that are computed at a time."""

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Lines:
    """Points (N, 2) along the middles of text lines, the index of each point's line, and the typical line height."""

    points: Array
    line: NDArray[np.int64]
    height: float


@dataclass(frozen=True, slots=True)
class Mesh:
    """A field of vertical shifts over a page of ``size`` (width, height).

    Attributes:
        coefficients: Chebyshev, (7, 3): along the lines from degree 1 on, across from 0.
        extent: left, top, right, bottom of the text; beyond it the field is that of its edge.
        bend: deviation of the lines from straight ones, in line heights (95th percentile of their points).
        residual: the same on the flat page.
    """

    size: tuple[int, int]
    coefficients: Array
    extent: tuple[float, float, float, float]
    bend: float
    residual: float

    def shift(self, x: Array, y: Array) -> Array:
        """Downward shift of points of the curved page, in pixels."""
        return np.asarray(_basis(x, y, self.extent) @ self.coefficients.ravel(), np.float64)


def trace_lines(text: NDArray[np.float32], scale: float) -> Lines:
    """Middles of long lines, column by column, from the detector's map.

    Args:
        text: probability of the text kernel, (H, W).
        scale: map points per page pixel.
    """
    mask = (text > THRESHOLD).astype(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    width, area = stats[:, cv2.CC_STAT_WIDTH].astype(float), stats[:, cv2.CC_STAT_AREA].astype(float)
    thick = area / width.clip(1)
    chosen = (width > LONG_LINE * 2 * thick) & (stats[:, cv2.CC_STAT_LEFT] >= 0)
    chosen[0] = False
    y, x = np.nonzero(chosen[labels])
    if not len(y):
        return Lines(np.zeros((0, 2)), np.zeros(0, np.int64), 0.0)
    weight, owner = text[y, x].astype(float), labels[y, x]
    column = owner.astype(np.int64) * text.shape[1] + x
    columns, where = np.unique(column, return_inverse=True)
    mass = np.bincount(where, weight)
    middle = np.bincount(where, weight * (y + 0.5)) / mass
    points = np.stack([columns % text.shape[1] + 0.5, middle], 1) / scale
    return Lines(points, columns // text.shape[1], 2 * float(np.median(thick[chosen])) / scale)


def fit_mesh(lines: Lines, width: int, height: int) -> Mesh:
    """The field that makes the lines of a page level; no shift if there are fewer than ``LEAST_LINES``."""
    points, line = lines.points, np.unique(lines.line, return_inverse=True)[1]
    count = int(line.max()) + 1 if len(line) else 0
    empty = np.zeros((DEGREES[0], DEGREES[1] + 1))
    if count < LEAST_LINES:
        return Mesh((width, height), empty, (0.0, 0.0, float(width), float(height)), 0.0, 0.0)
    (left, top), (right, bottom) = points.min(0), points.max(0)
    extent = (float(left), float(top), float(right), float(bottom))
    basis = _basis(points[:, 0], points[:, 1], extent)
    members = np.bincount(line)

    def centred(values: Array) -> Array:
        columns = values.reshape(len(values), -1)
        means = np.stack([np.bincount(line, column) / members for column in columns.T], 1)
        return np.asarray((columns - means[line]).reshape(values.shape))

    matrix, wanted = centred(basis), -centred(points[:, 1])
    weight = np.ones(len(points))
    along, across = np.arange(1, DEGREES[0] + 1), np.arange(DEGREES[1] + 1)
    pull = RIDGE * (1 + (MIXED * np.outer(along, across).ravel()) ** 2)
    for _ in range(4):  # iteratively less weight for what is no line: illustrations, rules
        normal = matrix.T @ (matrix * weight[:, None]) + weight.sum() * np.diag(pull)
        solution = np.linalg.solve(normal, matrix.T @ (weight * wanted))
        left_over = np.abs(wanted - matrix @ solution)
        weight = 1 / np.maximum(1.0, left_over / (0.1 * lines.height)) ** 2
    bend, residual = (float(np.percentile(np.abs(v), 95)) / lines.height for v in (_unbent(points, line), left_over))
    return Mesh((width, height), solution.reshape(empty.shape), extent, bend, residual)


def flattened(image: NDArray[np.uint8], mesh: Mesh) -> NDArray[np.uint8]:
    """The flattened page, (H, W) grey or (H, W, 3) RGB, of the same size."""
    height, width = image.shape[:2]
    y = _curved(mesh, width, height)
    flat = np.empty_like(image)
    columns = np.arange(width, dtype=np.float32)
    grid_x = (columns + 0.5) * np.float32((y.shape[1] - 1) / width)
    for start in range(0, height, REMAP_ROWS):
        rows = np.arange(start, min(start + REMAP_ROWS, height), dtype=np.float32)
        grid_y = (rows + 0.5) * np.float32((y.shape[0] - 1) / height)
        source_y = _between(_between(y, grid_x, axis=1), grid_y, axis=0).astype(np.float32) - np.float32(0.5)
        source_x = np.broadcast_to(columns, source_y.shape).copy()
        flat[start : start + len(rows)] = cv2.remap(
            image, source_x, source_y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
        )
    return flat


def unflattened(mesh: Mesh) -> Warp:
    """The map from the flattened page to the curved one; points beyond the page are moved as its edge is."""
    width, height = mesh.size
    y = _curved(mesh, width, height)
    rows, columns = y.shape
    shifts = (y - np.linspace(0, height, rows)[:, None]).tolist()

    def back(x: float, v: float) -> tuple[float, float]:
        column = min(max(x / width, 0.0), 1.0) * (columns - 1)
        row = min(max(v / height, 0.0), 1.0) * (rows - 1)
        left, top = min(int(column), columns - 2), min(int(row), rows - 2)
        across, down = column - left, row - top
        upper = shifts[top][left] * (1 - across) + shifts[top][left + 1] * across
        lower = shifts[top + 1][left] * (1 - across) + shifts[top + 1][left + 1] * across
        return x, v + upper * (1 - down) + lower * down

    return back


def _curved(mesh: Mesh, width: int, height: int) -> Array:
    """Heights on the curved page of a grid of points, ``GRID_STEP`` apart, of the flat one."""
    x, v = np.meshgrid(np.linspace(0, width, width // GRID_STEP + 2), np.linspace(0, height, height // GRID_STEP + 2))
    y = v.copy()
    for _ in range(6):  # y + f(x, y) = v by fixed-point iteration: f changes slowly with y
        y = v - mesh.shift(x.ravel(), y.ravel()).reshape(v.shape)
    return np.asarray(y, np.float64)


def _between(values: Array, at: NDArray[np.floating], axis: int) -> Array:
    """Values at places between rows or columns, linearly. cv2.remap of OpenCV 4 rounds places to 1/32."""
    low = at.astype(np.int64)
    first, second = values.take(low, axis), values.take(low + 1, axis)
    return first + (second - first) * np.expand_dims(at - low, 1 - axis)


def _basis(x: Array, y: Array, extent: tuple[float, float, float, float]) -> Array:
    """Chebyshev polynomials (N, 21) at points (N,); beyond the extent, those at its edge."""
    left, top, right, bottom = extent
    u = (2 * (x - left) / max(right - left, 1e-6) - 1).clip(-1, 1)
    v = (2 * (y - top) / max(bottom - top, 1e-6) - 1).clip(-1, 1)
    along, across = chebyshev.chebvander(u, DEGREES[0])[:, 1:], chebyshev.chebvander(v, DEGREES[1])
    return np.asarray((along[:, :, None] * across[:, None]).reshape(len(u), -1), np.float64)


def _unbent(points: Array, line: NDArray[np.int64]) -> Array:
    """Distance of points from the straight line through all points of their line, (N,)."""
    members = np.bincount(line)
    x = points[:, 0] - (np.bincount(line, points[:, 0]) / members)[line]
    y = points[:, 1] - (np.bincount(line, points[:, 1]) / members)[line]
    slope = np.bincount(line, x * y) / np.bincount(line, x * x).clip(1e-6)
    return np.asarray(y - slope[line] * x)
