"""Quads, crops, warps and angles; the only place where pixels are converted to points of a PDF and back."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.document import Matrix, Quad

__all__ = [
    "apply",
    "crop_line",
    "grow",
    "invert",
    "multiply",
    "order_corners",
    "overlap",
    "page_matrix",
    "reduced",
    "rotation_matrix",
    "shown_by_crop",
    "skew_of",
    "turn_matrix",
    "turned",
    "widened",
]

ALIGNED = 0.04
"""A quad counts as upright if no side deviates from its axis by more than this share of the height."""
MIN_WIDTH = 8


def multiply(first: Matrix, then: Matrix) -> Matrix:
    """The affine map that applies ``first``, then ``then``."""
    a, b, c, d, e, f = first
    A, B, C, D, E, F = then
    return (
        A * a + C * b,
        B * a + D * b,
        A * c + C * d,
        B * c + D * d,
        A * e + C * f + E,
        B * e + D * f + F,
    )


def invert(matrix: Matrix) -> Matrix:
    """The inverse map.

    Raises:
        ValueError: the map has no inverse.
    """
    a, b, c, d, e, f = matrix
    det = a * d - b * c
    if not math.isfinite(det) or det == 0:
        raise ValueError(f"matrix {matrix} cannot be inverted")
    return d / det, -b / det, -c / det, a / det, (c * f - d * e) / det, (b * e - a * f) / det


def apply(matrix: Matrix, x: float, y: float) -> tuple[float, float]:
    """The image of a point under the map."""
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f


def rotation_matrix(degrees: float, center: tuple[float, float] = (0.0, 0.0)) -> Matrix:
    """Rotation by ``degrees``, clockwise on the page (y points down), about ``center``."""
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    x, y = center
    return cos, sin, -sin, cos, x - cos * x + sin * y, y - sin * x - cos * y


def turn_matrix(degrees: int, width: float, height: float) -> Matrix:
    """Map from pixels of a ``width`` x ``height`` page to those of the page rotated clockwise by 0, 90, 180 or 270.

    Raises:
        ValueError: the angle is not a multiple of 90.
    """
    turns: dict[int, Matrix] = {
        0: (1, 0, 0, 1, 0, 0),
        90: (0, 1, -1, 0, height, 0),
        180: (-1, 0, 0, -1, width, height),
        270: (0, -1, 1, 0, 0, width),
    }
    if degrees % 360 not in turns:
        raise ValueError(f"a page is rotated by a multiple of 90 degrees, not by {degrees}")
    return turns[degrees % 360]


def turned(image: NDArray[np.uint8], degrees: int) -> NDArray[np.uint8]:
    """The image rotated clockwise by a multiple of 90 degrees; ``turn_matrix`` maps its pixels."""
    return np.ascontiguousarray(np.rot90(image, -(degrees // 90) % 4))


def page_matrix(width: int, height: int, box: Sequence[float], rotation: int = 0) -> Matrix:
    """Map from pixels of a page as shown to points of the PDF page's user space (y up).

    Args:
        width: of the image, pixels.
        height: of the image, pixels.
        box: the part of user space that the image shows: left, bottom, right, top, in points.
        rotation: the page's ``/Rotate``: how far a viewer turns user space clockwise to show it.
    """
    left, bottom, right, top = box
    w, h = (width, height) if rotation % 180 == 0 else (height, width)
    upright = invert(turn_matrix(rotation, w, h))
    return multiply(upright, ((right - left) / w, 0.0, 0.0, (bottom - top) / h, left, top))


def order_corners(points: Iterable[Sequence[float]]) -> Quad:
    """The quad of four points in any order, clockwise from the top left corner.

    Raises:
        ValueError: there are not four points.
    """
    corners = [(float(x), float(y)) for x, y in points]
    if len(corners) != 4:
        raise ValueError(f"a quad has four corners, got {len(corners)}")
    cx, cy = sum(x for x, _ in corners) / 4, sum(y for _, y in corners) / 4
    corners.sort(key=lambda p: math.atan2(p[1] - cy, p[0] - cx))
    first = min(range(4), key=lambda i: corners[i][0] + corners[i][1])
    return Quad.of(corners[first:] + corners[:first])


def grow(quad: Quad, along: float, across: float) -> Quad:
    """The quad with ``along`` pixels added at both ends of the text and ``across`` above and below it."""
    angle = math.radians(quad.angle)
    ux, uy = math.cos(angle), math.sin(angle)
    ends = ((-1, -1), (1, -1), (1, 1), (-1, 1))
    return Quad.of(
        [
            (x + i * along * ux - j * across * uy, y + i * along * uy + j * across * ux)
            for (x, y), (i, j) in zip(quad.points, ends, strict=True)
        ]
    )


def widened(quads: Sequence[Quad], share: float) -> list[Quad]:
    """Quads with up to ``share`` of their height added at both ends, but never past the middle of the gap to a
    neighbour.

    Detectors miss faint full stops and hyphens at the ends of lines.
    """
    if not quads:
        return []
    left, top, right, bottom = np.array([quad.hull for quad in quads]).T
    height = np.array([quad.height for quad in quads])
    overlap = np.minimum(bottom[:, None], bottom) - np.maximum(top[:, None], top)
    beside = overlap > 0.3 * np.minimum(height[:, None], height)
    np.fill_diagonal(beside, False)
    to_right = np.where(
        beside & (left[None] >= right[:, None] - height[:, None]), left[None] - right[:, None], np.inf
    ).min(1)
    to_left = np.where(
        beside & (right[None] <= left[:, None] + height[:, None]), left[:, None] - right[None], np.inf
    ).min(1)
    result = []
    for quad, h, before, after in zip(quads, height, to_left, to_right, strict=True):
        a, b, c, d = quad.points
        if abs(quad.angle) > 30:  # its neighbours are above and below
            result.append(grow(quad, min(share, 0.2) * float(h), 0.0))
            continue
        angle = math.radians(quad.angle)
        ux, uy = math.cos(angle), math.sin(angle)
        x = float(np.clip(before / 2, 0.0, share * h))
        y = float(np.clip(after / 2, 0.0, share * h))
        result.append(
            Quad(
                (
                    (a[0] - x * ux, a[1] - x * uy),
                    (b[0] + y * ux, b[1] + y * uy),
                    (c[0] + y * ux, c[1] + y * uy),
                    (d[0] - x * ux, d[1] - x * uy),
                )
            )
        )
    return result


def skew_of(quads: Iterable[Quad]) -> float:
    """Skew of a page in degrees, clockwise: the median of the lines' angles weighted by length; 0 without lines.

    Sideways lines count by how far they are from the nearest quarter turn. Words too short to show a direction
    (under three times their height) count only where there is nothing longer.
    """
    lines = list(quads)
    lines = [q for q in lines if q.width >= 3 * q.height] or lines
    pairs = sorted(((q.angle + 45) % 90 - 45, q.width) for q in lines)
    half = sum(weight for _, weight in pairs) / 2
    passed = 0.0
    for angle, weight in pairs:
        passed += weight
        if passed >= half:
            return angle
    return 0.0


def overlap(one: Quad, other: Quad) -> float:
    """Intersection over union of two convex quads."""
    first, second = (np.array(quad.points, np.float32) for quad in (one, other))
    common = cv2.intersectConvexConvex(first, second)[0]
    return float(common / max(1e-6, cv2.contourArea(first) + cv2.contourArea(second) - common))


def reduced(image: NDArray[np.uint8], scale: float) -> NDArray[np.uint8]:
    """An (H, W) or (H, W, 3) image reduced by area averaging; unchanged if ``scale`` is 1 or more."""
    if scale >= 1:
        return image
    size = [max(1, round(side * scale)) for side in image.shape[1::-1]]
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def crop_line(image: NDArray[np.uint8], quad: Quad, height: int, *, pad: float = 0.0) -> NDArray[np.uint8]:
    """The text of a quad as an upright grey image, (height, W) with W = height * quad.width / quad.height.

    Upright quads are sliced and resized, skewed ones warped. Reduction averages areas, so that the thin strokes of
    1-bit scans remain. Outside of the page its border is repeated.

    Args:
        image: page, (H, W) grey or (H, W, 3) RGB.
        quad: where the line is, in pixels of ``image``.
        height: of the image, pixels.
        pad: margin on all four sides, as a share of the quad's height.
    """
    if pad:
        quad = grow(quad, pad * quad.height, pad * quad.height)
    width = max(MIN_WIDTH, round(height * quad.width / max(quad.height, 1e-6)))
    edges = _upright(quad)
    if edges:
        part, _, _ = _slice(image, *edges)
        return _resize(part, width, height)
    return _warp(image, quad, width, height)


def shown_by_crop(quad: Quad) -> Quad:
    """What :func:`crop_line` really shows of a page: whole pixels where the quad is upright.

    Example:
        >>> shown_by_crop(Quad.rect(1.2, 2.6, 50.4, 20.3)).hull
        (1.0, 3.0, 50.0, 20.0)
    """
    edges = _upright(quad)
    return Quad.rect(*(float(round(edge)) for edge in edges)) if edges else quad


def _upright(quad: Quad) -> tuple[float, float, float, float] | None:
    """Left, top, right and bottom of a quad that is upright, or nearly."""
    a, b, c, d = quad.points
    slack = max(1.0, ALIGNED * quad.height)
    upright = b[0] > a[0] and d[1] > a[1]
    if upright and max(abs(a[1] - b[1]), abs(d[1] - c[1]), abs(a[0] - d[0]), abs(b[0] - c[0])) <= slack:
        return (a[0] + d[0]) / 2, (a[1] + b[1]) / 2, (b[0] + c[0]) / 2, (c[1] + d[1]) / 2
    return None


def _slice(
    image: NDArray[np.uint8], left: float, top: float, right: float, bottom: float
) -> tuple[NDArray[np.uint8], int, int]:
    """Grey pixels of a rectangle and its top left corner; outside of the page its border is repeated."""
    rows, columns = image.shape[:2]
    x0, y0 = round(left), round(top)
    x1, y1 = max(x0 + 1, round(right)), max(y0 + 1, round(bottom))
    inner_x0, inner_y0 = min(max(x0, 0), columns - 1), min(max(y0, 0), rows - 1)
    inner_x1, inner_y1 = max(min(x1, columns), inner_x0 + 1), max(min(y1, rows), inner_y0 + 1)
    part = _grey(image[inner_y0:inner_y1, inner_x0:inner_x1])
    if (x0, y0, x1, y1) == (inner_x0, inner_y0, inner_x1, inner_y1):
        return part, x0, y0
    # Never more border than the page is long: a quad far outside must not use up the memory.
    above, below = min(max(0, inner_y0 - y0), rows), min(max(0, y1 - inner_y1), rows)
    before, after = min(max(0, inner_x0 - x0), columns), min(max(0, x1 - inner_x1), columns)
    padded = cv2.copyMakeBorder(part, above, below, before, after, cv2.BORDER_REPLICATE)
    return np.asarray(padded, np.uint8), inner_x0 - before, inner_y0 - above


def _warp(image: NDArray[np.uint8], quad: Quad, width: int, height: int) -> NDArray[np.uint8]:
    left, top, right, bottom = quad.hull
    part, x0, y0 = _slice(image, left - 2, top - 2, right + 2, bottom + 2)
    scale = min(1.0, 2 * height / max(quad.height, 1e-6))
    if scale < 1:  # large type: most of the reduction first, cheaply
        small = (max(1, round(part.shape[1] * scale)), max(1, round(part.shape[0] * scale)))
        sx, sy = small[0] / part.shape[1], small[1] / part.shape[0]
        part = np.asarray(cv2.resize(part, small, interpolation=cv2.INTER_AREA), np.uint8)
    else:
        sx = sy = 1.0
    full_height = max(height, round(quad.height * scale))
    full_width = max(width, round(quad.width * scale))
    # A pixel's value belongs to its centre: corners lie half a pixel before the centre of the first pixel.
    source = np.array([((x - x0) * sx - 0.5, (y - y0) * sy - 0.5) for x, y in quad.points], np.float32)
    w, h = full_width, full_height
    target = np.array([(-0.5, -0.5), (w - 0.5, -0.5), (w - 0.5, h - 0.5), (-0.5, h - 0.5)], np.float32)
    if float(np.abs(source[0] + source[2] - source[1] - source[3]).max()) <= 1.0:
        affine = cv2.getAffineTransform(source[:3], target[:3])
        flat = cv2.warpAffine(part, affine, (w, h), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    else:
        perspective = cv2.getPerspectiveTransform(source, target)
        flat = cv2.warpPerspective(part, perspective, (w, h), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return _resize(np.asarray(flat, np.uint8), width, height)


def _resize(part: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    if part.shape == (height, width):
        return np.ascontiguousarray(part)
    shrinks = part.shape[0] >= height and part.shape[1] >= width
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(part, (width, height), interpolation=method), np.uint8)


def _grey(part: NDArray[np.uint8]) -> NDArray[np.uint8]:
    if part.ndim == 2:
        return part
    return np.asarray(cv2.cvtColor(np.ascontiguousarray(part[..., :3]), cv2.COLOR_RGB2GRAY), np.uint8)
