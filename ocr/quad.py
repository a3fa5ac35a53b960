"""Points, affine maps and boxes on a page, in pixels, origin top left."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["Map", "Matrix", "Point", "Quad", "Warp", "mapped"]

Point = tuple[float, float]
Matrix = tuple[float, float, float, float, float, float]
"""Affine map (a, b, c, d, e, f) as in PDF: x' = ax + cy + e, y' = bx + dy + f."""
Warp = Callable[[float, float], Point]
"""Any other map, as of a page that a camera saw at an angle."""
Map = Matrix | Warp


def mapped(points: Sequence[Point], by: Map) -> list[Point]:
    """Points after a map."""
    if callable(by):
        return [by(x, y) for x, y in points]
    a, b, c, d, e, f = by
    return [(a * x + c * y + e, b * x + d * y + f) for x, y in points]


@dataclass(frozen=True, slots=True)
class Quad:
    """Four corners in pixels, clockwise from the top left corner of the text.

    Raises:
        ValueError: there are not four corners, or one is not finite.

    Example:
        >>> quad = Quad(((0, 0), (9, 0), (9, 4), (0, 4)))
        >>> quad.width, quad.height, quad.angle
        (9.0, 4.0, 0.0)
    """

    points: tuple[Point, Point, Point, Point]

    def __post_init__(self) -> None:
        try:
            (a, b), (c, d), (e, f), (g, h) = self.points
        except (TypeError, ValueError):
            a = b = c = d = e = f = g = h = math.nan
        # The sum is not finite if a part of it is not; it may also overflow.
        if not math.isfinite(a + b + c + d + e + f + g + h) and not self._is_finite():
            raise ValueError(f"a quad has four finite corners, got {self.points!r}")

    def __reduce__(self) -> tuple[type[Quad], tuple[Any, ...]]:
        return Quad, (self.points,)

    def _is_finite(self) -> bool:
        return len(self.points) == 4 and all(math.isfinite(v) for p in self.points for v in p)

    @classmethod
    def of(cls, corners: Sequence[Sequence[float]]) -> Quad:
        """A quad from any (4, 2) sequence or array."""
        a, b, c, d = ((float(x), float(y)) for x, y in corners)
        return cls((a, b, c, d))

    @classmethod
    def rect(cls, left: float, top: float, right: float, bottom: float) -> Quad:
        """An upright rectangle."""
        return cls(((left, top), (right, top), (right, bottom), (left, bottom)))

    @property
    def hull(self) -> tuple[float, float, float, float]:
        """Upright bounding rectangle: left, top, right, bottom."""
        xs, ys = zip(*self.points, strict=True)
        return min(xs), min(ys), max(xs), max(ys)

    @property
    def width(self) -> float:
        """Length along the text: mean of the top and bottom sides."""
        a, b, c, d = self.points
        return (math.dist(a, b) + math.dist(d, c)) / 2

    @property
    def height(self) -> float:
        """Length across the text: mean of the left and right sides."""
        a, b, c, d = self.points
        return (math.dist(a, d) + math.dist(b, c)) / 2

    @property
    def angle(self) -> float:
        """Direction of the text in degrees, clockwise on the page (y points down), -180..180."""
        a, b, c, d = self.points
        return math.degrees(math.atan2(b[1] + c[1] - a[1] - d[1], b[0] + c[0] - a[0] - d[0]))

    @property
    def center(self) -> Point:
        """Mean of the corners."""
        return sum(p[0] for p in self.points) / 4, sum(p[1] for p in self.points) / 4

    def transformed(self, matrix: Map) -> Quad:
        """The quad after a map."""
        return Quad.of(mapped(self.points, matrix))

    def turned_about(self) -> Quad:
        """The same place, read from the other end."""
        return Quad((*self.points[2:], *self.points[:2]))

    def to_json(self) -> list[list[float]]:
        """``[[x, y], [x, y], [x, y], [x, y]]``, rounded to a tenth of a pixel."""
        return [[round(x, 1), round(y, 1)] for x, y in self.points]
