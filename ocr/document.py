"""The result tree: Document > Page > Block > Line > Word > Char, each with a Quad.

Everything is frozen. Coordinates are pixels of the page as rasterized, origin top left; quads run clockwise from the
text's own top left corner. Confidence is the probability, 0..1, that the text is exactly right.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

__all__ = ["Block", "Char", "Document", "Engine", "Line", "Matrix", "Page", "Point", "Quad", "Step", "Word"]

Point = tuple[float, float]
Matrix = tuple[float, float, float, float, float, float]
"""Affine map (a, b, c, d, e, f) as in PDF: x' = a x + c y + e, y' = b x + d y + f."""

IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Quad:
    """Four corners, clockwise from the text's top left: ``Quad(((0, 0), (9, 0), (9, 4), (0, 4)))``."""

    points: tuple[Point, Point, Point, Point]

    def __post_init__(self) -> None:
        if len(self.points) != 4 or not all(math.isfinite(v) for p in self.points for v in p):
            raise ValueError(f"a quad has four finite corners, got {self.points!r}")

    @classmethod
    def of(cls, corners: Sequence[Sequence[float]]) -> Quad:
        """A quad from any 4 x 2 sequence or array."""
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

    def transformed(self, matrix: Matrix) -> Quad:
        """The quad after an affine map."""
        a, b, c, d, e, f = matrix
        return Quad.of([(a * x + c * y + e, b * x + d * y + f) for x, y in self.points])

    def to_json(self) -> list[list[float]]:
        """``[[x, y] * 4]`` rounded to a tenth of a pixel."""
        return [[round(x, 1), round(y, 1)] for x, y in self.points]


@dataclass(frozen=True, slots=True)
class Char:
    """One character; ``box`` spans the CTC frames that spelled it."""

    text: str
    confidence: float
    box: Quad

    def transformed(self, matrix: Matrix) -> Char:
        """The character after an affine map."""
        return replace(self, box=self.box.transformed(matrix))


@dataclass(frozen=True, slots=True)
class Word:
    """Characters between two spaces."""

    text: str
    confidence: float
    box: Quad
    chars: tuple[Char, ...] = ()

    def transformed(self, matrix: Matrix) -> Word:
        """The word after an affine map."""
        chars = tuple(char.transformed(matrix) for char in self.chars)
        return replace(self, box=self.box.transformed(matrix), chars=chars)


@dataclass(frozen=True, slots=True)
class Line:
    """One text line. ``text`` is the words joined by single spaces; ``engine`` says who read it."""

    text: str
    confidence: float
    box: Quad
    words: tuple[Word, ...] = ()
    engine: str = ""

    def transformed(self, matrix: Matrix) -> Line:
        """The line after an affine map."""
        words = tuple(word.transformed(matrix) for word in self.words)
        return replace(self, box=self.box.transformed(matrix), words=words)


@dataclass(frozen=True, slots=True)
class Block:
    """Lines that belong together. ``kind`` is one of par, heading, table, list, header, footer."""

    kind: str
    box: Quad
    lines: tuple[Line, ...]

    def transformed(self, matrix: Matrix) -> Block:
        """The block after an affine map."""
        lines = tuple(line.transformed(matrix) for line in self.lines)
        return replace(self, box=self.box.transformed(matrix), lines=lines)

    @property
    def text(self) -> str:
        """The lines, one a row; cells that share a row are joined by a tab in ``Page.text``."""
        return "\n".join(line.text for line in self.lines)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was done to a page on the way, with what it found."""

    name: str
    detail: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """``{"name": ..., **detail}``."""
        return {"name": self.name, **self.detail}


@dataclass(frozen=True, slots=True)
class Page:
    """One page.

    Attributes:
        rotation: how far it was turned clockwise to be read: 0, 90, 180 or 270 degrees. Boxes are those of the page as
            it came.
        skew: of its lines in degrees, clockwise, once it is turned.
        matrix: maps its pixels to the points of the original PDF page's user space (y up).
    """

    number: int
    width: int
    height: int
    dpi: float
    blocks: tuple[Block, ...] = ()
    rotation: int = 0
    skew: float = 0.0
    seconds: float = 0.0
    steps: tuple[Step, ...] = ()
    text: str = ""
    matrix: Matrix = IDENTITY

    @property
    def lines(self) -> tuple[Line, ...]:
        """Every line in reading order."""
        return tuple(line for block in self.blocks for line in block.lines)

    @property
    def words(self) -> tuple[Word, ...]:
        """Every word in reading order."""
        return tuple(word for line in self.lines for word in line.words)


@dataclass(frozen=True, slots=True)
class Engine:
    """Which models read a document, by their names in ``models/manifest.json``."""

    detector: str = ""
    recognizer: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """All pages of one input.

    Example:
        >>> Document("a.png", Engine(), (Page(1, 10, 10, 300.0, text="hi"),)).text
        'hi'
    """

    source: str
    engine: Engine
    pages: tuple[Page, ...]

    def __iter__(self) -> Iterator[Page]:
        return iter(self.pages)

    @property
    def text(self) -> str:
        """The pages' text, parted by form feeds as pdftotext does."""
        return "\f".join(page.text for page in self.pages)
