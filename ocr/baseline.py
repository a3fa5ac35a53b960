"""What the letters of a line stand on."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from ocr.quad import Map, Point, mapped

__all__ = ["Baseline"]


@dataclass(frozen=True, slots=True)
class Baseline:
    """A baseline, from the start to the end of its line, and the height of the letters on it.

    Attributes:
        start: where it meets the left end of the line's box, in pixels.
        end: where it meets the right end.
        x_height: height of letters without ascenders, in pixels; 0 where the line shows none.

    Example:
        >>> Baseline((10.0, 50.0), (110.0, 51.0)).slope
        0.01
    """

    start: Point
    end: Point
    x_height: float = 0.0

    @property
    def slope(self) -> float:
        """Rise of y along x; y points down."""
        across = self.end[0] - self.start[0]
        return (self.end[1] - self.start[1]) / across if across else 0.0

    def at(self, x: float) -> float:
        """The y of the baseline at ``x``."""
        return self.start[1] + self.slope * (x - self.start[0])

    def transformed(self, matrix: Map) -> Baseline:
        """The baseline after a map."""
        start, end = mapped((self.start, self.end), matrix)
        if callable(matrix):
            scale = math.dist(start, end) / max(math.dist(self.start, self.end), 1e-6)
        else:
            a, b, c, d, _, _ = matrix
            scale = math.sqrt(abs(a * d - b * c))
        return Baseline(start, end, self.x_height * scale)

    def to_json(self) -> dict[str, Any]:
        """``{"baseline": [[x, y], [x, y]], "x_height"}``, rounded to a tenth of a pixel."""
        points = [[round(x, 1), round(y, 1)] for x, y in (self.start, self.end)]
        return {"baseline": points, "x_height": round(self.x_height, 1)}
