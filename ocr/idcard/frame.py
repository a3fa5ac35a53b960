"""Where a card lies in a picture: the map between its millimetres and the picture's pixels."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.document import Quad
from ocr.geometry import reduced
from ocr.idcard.card import Side
from ocr.idcard.layout import HEIGHT, WIDTH

__all__ = ["FACE", "Frame", "through"]

FACE = Quad.rect(0, 0, WIDTH, HEIGHT)
"""A card, in its own millimetres."""
SHRINKS = 0.8
"""A picture is reduced by averaging areas before it is warped to less than this share of its detail."""
SAMPLES = 64
"""Rows and columns by which the usual colour of a picture is measured."""


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One side of a card.

    Attributes:
        side: front or back.
        matrix: 3 x 3, millimetres from the card's top left corner to pixels.
        labels: how many characters of its print were found where they belong.
    """

    side: Side
    matrix: NDArray[np.float64]
    labels: int = 0

    @classmethod
    def of_box(cls, side: Side, box: Quad, labels: int = 0) -> Frame:
        """A card by its corners in the picture, clockwise from its own top left one."""
        source, target = (np.array(quad.points, np.float32) for quad in (FACE, box))
        return cls(side, np.asarray(cv2.getPerspectiveTransform(source, target), np.float64), labels)

    @property
    def box(self) -> Quad:
        """The card's corners, pixels."""
        return self.to_picture(FACE)

    @property
    def density(self) -> float:
        """Pixels a millimetre."""
        return self.box.width / WIDTH

    def to_picture(self, quad: Quad) -> Quad:
        """A quad in millimetres, in pixels."""
        return through(self.matrix, quad)

    def to_card(self, quad: Quad) -> Quad:
        """A quad in pixels, in millimetres."""
        return through(np.asarray(np.linalg.inv(self.matrix), np.float64), quad)

    def view(self, density: float, rim: float = 0.0) -> NDArray[np.float64]:
        """Pixels of the card laid flat, with so many millimetres around it, to pixels of its picture: 3 x 3."""
        return np.asarray(self.matrix @ [[1 / density, 0, -rim], [0, 1 / density, -rim], [0, 0, 1]], np.float64)

    def flattened(self, picture: NDArray[np.uint8], density: float, rim: float = 0.0) -> NDArray[np.uint8]:
        """The card cut out of an (H, W) or (H, W, 3) picture, upright, at so many pixels a millimetre.

        Areas are averaged where it shrinks. What lies beyond the picture has the colour of most of the card.

        Args:
            picture: shows the card.
            density: pixels a millimetre.
            rim: millimetres around the card that are shown as well.
        """
        shown = self.to_picture(Quad.rect(-rim, -rim, WIDTH + rim, HEIGHT + rim))
        left, top, right, bottom = shown.hull
        left, top = max(0, int(left) - 1), max(0, int(top) - 1)
        part = picture[top : max(top, int(bottom)) + 2, left : max(left, int(right)) + 2]
        share = density / self.density
        small = reduced(part, share) if share < SHRINKS else part
        ratio = [small.shape[k] / max(1, part.shape[k]) for k in (1, 0)]
        matrix = np.diag([*ratio, 1.0]) @ [[1, 0, -left], [0, 1, -top], [0, 0, 1]] @ self.view(density, rim)
        size = (round((WIDTH + 2 * rim) * density), round((HEIGHT + 2 * rim) * density))
        usual = np.median(small[:: len(small) // SAMPLES + 1, :: small.shape[1] // SAMPLES + 1], axis=(0, 1))
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        flat = cv2.warpPerspective(small, matrix, size, flags=flags, borderValue=np.atleast_1d(usual).tolist())
        return flat.astype(np.uint8, copy=False)


def through(matrix: NDArray[np.float64], quad: Quad) -> Quad:
    """A quad after a projective map, 3 x 3."""
    return Quad.of(cv2.perspectiveTransform(np.array([quad.points], np.float64), matrix)[0].tolist())
