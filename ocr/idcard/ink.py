"""Ink of the fields of a card, told from what is behind or over them: grounds, watermarks, stamps, other print.

Fields are printed in black. Relative to the ground around it, black ink is dark in all three colours, coloured ink is
light in at least one, and watermarks are lighter than print. So the depth of ink is measured in the lightest colour,
and what is much less deep than the characters of the fields is not theirs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.document import Quad
from ocr.geometry import grow
from ocr.idcard.card import Side
from ocr.idcard.frame import Frame
from ocr.idcard.layout import HEIGHT, LABELS, SIZE, WIDTH

__all__ = ["Ink"]

DENSITY, RIM = 9.0, 2.0
"""Pixels per millimetre at which a card is examined, and margin around it in millimetres."""
COARSE, REACH = 3.0, 5.0
"""Pixels per millimetre at which the ground is measured, and size of the window whose median it is, in millimetres."""
DEEP = 97
"""Percentile of the depth in the box of a character that stands for its ink."""
OWN = 75
"""Percentile of the ink of the characters on the fields that stands for the ink of the fields."""
SPARE, SAME = 0.4, 0.5
"""Margin at both ends of a character, in millimetres, as readings place characters roughly only.
Least depth of a field's character, as a share of the ink of the fields."""
FLOOR, FULL = 0.3, 0.75
"""Depths, as shares of the ink of the fields, that become white and black where other ink is taken away."""
FAINT, STRONG, BESIDE, FOREIGN = 0.2, 0.6, 0.35, 0.002
"""Other ink is deeper than ``FAINT``, a share of the ink of the fields, further than ``BESIDE`` millimetres from ink
that is deeper than ``STRONG``, and covers at least the share ``FOREIGN`` of the lines of the values."""
WHOLE, STEP, MORE, BAND = 0.8, 3.6, 0.3, 1.4
"""Depth of a field's ink, as a share of the usual one; width beyond the end of a line in which a character that was
missed may be, the margin to it, and half of the height of the line that is looked at, in millimetres."""
CLEAR = 0.5
"""Least depth of the ink of the fields: in dark and blurred images thin strokes are as light as other ink."""
LABEL_MARGIN = 0.5
"""Millimetres around labels that are left as they are: they are printed in another colour."""
WHITE = 235.0

Plane = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Ink:
    """The ink of one side of a card.

    Attributes:
        depth: (H, W), 0 where there is only ground, 1 where no light of any colour returns.
        shade: (H, W), the same of the mean of the colours.
        frame: of the card in these planes.
        own: depth of the characters of the fields.
    """

    depth: Plane
    shade: Plane
    frame: Frame
    own: float

    @classmethod
    def of(cls, image: NDArray[np.uint8], frame: Frame, characters: Iterable[Quad]) -> Ink:
        """Measure the ink of a card.

        Args:
            image: (H, W) grey or (H, W, 3) RGB.
            frame: of the card in the image.
            characters: boxes that were read as characters of fields, in millimetres; most of them rightly.
        """
        density = DENSITY
        flat = frame.flattened(image, density, RIM)
        flat = flat if flat.ndim == 3 else flat[..., None]
        scale = COARSE / density
        small = cv2.resize(flat, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        size = round(REACH * COARSE) // 2 * 2 + 1
        coarse = cv2.medianBlur(small, size)
        ground = cv2.resize(coarse, flat.shape[1::-1], interpolation=cv2.INTER_LINEAR).reshape(flat.shape)
        light = flat.astype(np.float32) / np.maximum(ground, 1)
        depth, shade = (1 - light.max(2)).clip(0, 1), (1 - light.mean(2)).clip(0, 1)
        matrix = np.array([[density, 0, RIM * density], [0, density, RIM * density], [0, 0, 1]], np.float64)
        ink = cls(depth, shade, Frame(frame.side, matrix, frame.labels), 1.0)
        found = [ink.at(box) for box in characters]
        return cls(depth, shade, ink.frame, float(np.percentile(found, OWN)) if found else 0.0)

    def at(self, box: Quad) -> float:
        """Depth of the ink in a box given in millimetres."""
        left, top, right, bottom = (max(0, round(edge)) for edge in self.frame.to_image(box).hull)
        part = self.depth[top : bottom + 1, left : right + 1]
        return float(np.percentile(part, DEEP)) if part.size else 0.0

    def holds(self, box: Quad, spare: float = SPARE) -> bool:
        """Whether what is in a box, and ``spare`` millimetres beside it, is as deep as the characters of the fields."""
        return self.at(grow(box, spare, 0)) >= SAME * self.own

    def extended(self, line: Quad, left: float, right: float) -> Quad:
        """A line with a character before it and one behind it, where ink shows that they were missed.

        Args:
            line: in millimetres.
            left: where no character is any more.
            right: the same, on the right.
        """
        a, b, c, d = line.points
        start, end = (a[0] + d[0]) / 2, (b[0] + c[0]) / 2
        before = self._inked(max(left, start - STEP), start, (a[1] + d[1]) / 2)
        behind = self._inked(end, min(right, end + STEP), (b[1] + c[1]) / 2)
        return _longer(line, start - before[0] + MORE if before else 0.0, behind[1] - end + MORE if behind else 0.0)

    def narrowed(self, line: Quad, right: float) -> Quad:
        """A line without its end behind ``right`` where no ink shows that a character was missed there.

        Args:
            line: in millimetres.
            right: the end of the last character that was read, in millimetres.
        """
        _, b, c, _ = line.points
        end = (b[0] + c[0]) / 2
        behind = self._inked(right, end, (b[1] + c[1]) / 2) if right < end else (right, end)
        return _longer(line, 0.0, min(0.0, (behind[1] if behind else right) + MORE - end))

    def _inked(self, left: float, right: float, middle: float) -> tuple[float, float] | None:
        """From where to where there is ink as deep as the fields' within a part of a line, in millimetres."""
        x, top, far, bottom = (
            max(0, round(v))
            for v in self.frame.to_image(Quad.rect(left, middle - BAND, max(left, right), middle + BAND)).hull
        )
        columns = np.flatnonzero((self.depth[top:bottom, x:far] > WHOLE * self.own).any(0))
        if not len(columns):
            return None
        return left + float(columns[0]) / self.frame.density, left + float(columns[-1] + 1) / self.frame.density

    def is_foreign(self, lines: Sequence[Quad]) -> bool:
        """Whether something else is printed over or behind lines, given in millimetres, and can be told apart."""
        if self.own < CLEAR:
            return False
        where = self._filled(lines)
        strong = (self.depth > STRONG * self.own).astype(np.uint8)
        near = cv2.dilate(strong, np.ones((3, 3), np.uint8), iterations=round(BESIDE * self.frame.density)) > 0
        other = (self.shade > FAINT * self.own) & ~near & where
        return bool(other.sum() > FOREIGN * max(1, int(where.sum())))

    def alone(self, dx: float = 0.0, dy: float = 0.0) -> NDArray[np.uint8]:
        """(H, W) grey: the ink of the fields and the labels on white.

        Args:
            dx: offset of the card from its layout to the right, in millimetres.
            dy: the same downwards.
        """
        low, high = FLOOR * self.own, FULL * self.own
        kept = ((self.depth - low) / max(high - low, 1e-6)).clip(0, 1)
        labels = [
            grow(Quad.rect(left + dx, middle - SIZE / 2 + dy, right + dx, middle + SIZE / 2 + dy), *2 * (LABEL_MARGIN,))
            for left, middle, right in _labels(self.frame.side)
        ]
        shown = np.where(self._filled(labels), self.shade, kept * max(self.own, 0.5))
        return np.asarray((WHITE * (1 - shown)).clip(0, 255), np.uint8)

    def _filled(self, quads: Sequence[Quad]) -> NDArray[np.bool_]:
        mask = np.zeros(self.depth.shape, np.uint8)
        for quad in quads:
            cv2.fillConvexPoly(mask, np.array(self.frame.to_image(quad).points).round().astype(np.int32), 1)
        return mask > 0


def _longer(line: Quad, before: float, behind: float) -> Quad:
    """A line with more at its ends, in its direction."""
    corners = np.array(line.points)
    along = (corners[1] - corners[0]) / max(line.width, 1e-6)
    corners[[0, 3]] -= before * along
    corners[[1, 2]] += behind * along
    return Quad.of(corners.tolist())


def _labels(side: Side) -> list[tuple[float, float, float]]:
    """Left end, middle and right end of every label, in millimetres."""
    return [
        (label.left, label.middle, min(WIDTH, label.center(len(label.text) - 1)[0] + SIZE / 2))
        for label in LABELS[side]
        if label.middle < HEIGHT
    ]
