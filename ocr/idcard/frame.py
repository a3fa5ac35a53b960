"""The position of a card in a picture: the map between millimetres of the card and pixels of the picture."""

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
"""A card, in millimetres."""
SHRINKS = 0.8
"""Scale below which a picture is reduced by area averaging before it is warped."""
SAMPLES = 64
"""Rows and columns that are sampled to measure the typical colour of a picture."""


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One side of a card.

    Attributes:
        side: front or back.
        matrix: (3, 3), maps millimetres from the top left corner of the card to pixels.
        labels: number of printed characters that were found at their places.
    """

    side: Side
    matrix: NDArray[np.float64]
    labels: int = 0

    @classmethod
    def of_box(cls, side: Side, box: Quad, labels: int = 0) -> Frame:
        """A card from its corners in the picture, clockwise from the top left of the card."""
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
        """Map a quad from millimetres to pixels."""
        return through(self.matrix, quad)

    def to_card(self, quad: Quad) -> Quad:
        """Map a quad from pixels to millimetres."""
        return through(np.asarray(np.linalg.inv(self.matrix), np.float64), quad)

    def view(self, density: float, rim: float = 0.0) -> NDArray[np.float64]:
        """(3, 3), maps pixels of the rectified card with a margin of ``rim`` millimetres to pixels of its picture."""
        return np.asarray(self.matrix @ [[1 / density, 0, -rim], [0, 1 / density, -rim], [0, 0, 1]], np.float64)

    def flattened(self, picture: NDArray[np.uint8], density: float, rim: float = 0.0) -> NDArray[np.uint8]:
        """The card rectified from an (H, W) or (H, W, 3) picture.

        It is reduced by area averaging. What lies beyond the picture gets the median colour of the card.

        Args:
            picture: shows the card.
            density: pixels a millimetre.
            rim: margin around the card, in millimetres.
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
    """A quad after a projective map, (3, 3)."""
    return Quad.of(cv2.perspectiveTransform(np.array([quad.points], np.float64), matrix)[0].tolist())
