"""Rectifies a quad of a photograph to a rectangle of the true proportions, at the photograph's full resolution."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.document import Quad, Warp
from ocr.source.page import MAX_COLOR_PIXELS, MAX_PIXELS

__all__ = ["aspect_ratio", "rectified", "way_back"]

FOCAL = (0.6, 1.2, 3.0)
"""Focal length in units of the photograph's longer side: least, assumed if it cannot be determined, and greatest."""
LONGEST_SIDE = 32_000
"""OpenCV cannot warp beyond 32,766 pixels."""

Array = NDArray[np.float64]


def aspect_ratio(quad: Quad, width: int, height: int) -> float:
    """Width over height of the rectangle that a ``width`` x ``height`` photograph shows as ``quad``.

    Zhang and He, Whiteboard Scanning and Image Enhancement, Digital Signal Processing 2007, section 3.4: the focal
    length follows from the perspective, the proportions from both. The camera's axis is assumed to go through the
    middle of the photograph. A focal length beyond ``FOCAL`` means that the perspective is too weak to determine it.
    """
    longer = max(width, height)
    a, b, c, d = (np.array([(x - width / 2) / longer, (y - height / 2) / longer, 1.0]) for x, y in quad.points)
    across = np.cross(a, c)
    to_b = np.dot(across, d) / _apart(np.dot(np.cross(b, c), d)) * b - a
    to_d = np.dot(across, b) / _apart(np.dot(np.cross(d, c), b)) * d - a
    depth = to_b[2] * to_d[2]
    squared = -np.dot(to_b[:2], to_d[:2]) / depth if abs(depth) > 1e-6 else -1.0
    least, usual, most = FOCAL
    focal = math.sqrt(squared) if least**2 <= squared <= most**2 else usual
    return _length(to_b, focal) / max(_length(to_d, focal), 1e-9)


def _apart(value: float) -> float:
    """The value, kept away from zero."""
    return value if abs(value) > 1e-12 else math.copysign(1e-12, value)


def _length(ray: Array, focal: float) -> float:
    """Length of a side in the plane of the page."""
    return math.sqrt((ray[0] ** 2 + ray[1] ** 2) / focal**2 + ray[2] ** 2)


def rectified(photo: NDArray[np.uint8], quad: Quad) -> NDArray[np.uint8]:
    """The page inside ``quad`` of an (H, W) grey or (H, W, 3) RGB photograph, as a rectangle.

    Its size keeps the photograph's full resolution everywhere, up to the largest size of a page. Areas outside of the
    photograph are filled with the page's own tone.
    """
    ratio = aspect_ratio(quad, photo.shape[1], photo.shape[0])
    corners = np.array(quad.points, np.float64)
    density = _density(corners, ratio)
    limit = MAX_PIXELS if photo.ndim == 2 else MAX_COLOR_PIXELS
    unit = min(density, math.sqrt(limit / ratio), LONGEST_SIDE / max(ratio, 1.0))
    width, height = max(1, round(ratio * unit)), max(1, round(unit))
    square = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    matrix = cv2.getPerspectiveTransform(corners.astype(np.float32) - 0.5, square - 0.5)
    tone = np.median(_inside(photo, corners), axis=0)
    flat = cv2.warpPerspective(
        photo, matrix, (width, height), flags=cv2.INTER_CUBIC, borderValue=np.ravel(tone).tolist()
    )
    return flat.astype(np.uint8, copy=False)


def way_back(quad: Quad, width: int, height: int) -> Warp:
    """The map from a :func:`rectified` page of ``width`` x ``height`` pixels to the photograph."""
    square = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    matrix = cv2.getPerspectiveTransform(square, np.array(quad.points, np.float32))
    (a, b, c), (d, e, f), (g, h, i) = matrix.tolist()

    def back(x: float, y: float) -> tuple[float, float]:
        w = g * x + h * y + i
        return (a * x + b * y + c) / w, (d * x + e * y + f) / w

    return back


def _density(corners: Array, ratio: float) -> float:
    """Height in pixels at which no resolution of the photograph is lost."""
    unit = np.array([(0, 0), (ratio, 0), (ratio, 1), (0, 1)], np.float32)
    matrix = cv2.getPerspectiveTransform(unit, corners.astype(np.float32)).astype(np.float64)
    closest = 0.0
    for x, y in unit.tolist():
        u, v, w = matrix @ (x, y, 1.0)
        jacobian = (matrix[:2, :2] - np.outer((u / w, v / w), matrix[2, :2])) / w
        closest = max(closest, float(np.linalg.norm(jacobian, axis=0).max()))
    return closest


def _inside(photo: NDArray[np.uint8], corners: Array) -> NDArray[np.uint8]:
    """A sample of the page's pixels: (N,) or (N, 3)."""
    share = np.linspace(0.1, 0.9, 24)
    top = corners[0] + share[:, None] * (corners[1] - corners[0])
    bottom = corners[3] + share[:, None] * (corners[2] - corners[3])
    points = (top[None] + share[:, None, None] * (bottom - top)[None]).reshape(-1, 2)
    x, y = points.round().astype(int).T
    within = (x >= 0) & (y >= 0) & (x < photo.shape[1]) & (y < photo.shape[0])
    return photo[y[within], x[within]] if within.any() else photo.reshape(-1, *photo.shape[2:])
