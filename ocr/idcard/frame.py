"""The position of a card in an image: the map between millimetres of the card and pixels of the image."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.document import Quad
from ocr.geometry import reduced
from ocr.idcard.card import RESIDENT, Side
from ocr.idcard.layout import HEIGHT, WIDTH

__all__ = ["FACE", "Frame", "projected"]

FACE = Quad.rect(0, 0, WIDTH, HEIGHT)
"""A card, in millimetres."""
AREA_BELOW = 0.8
"""Scale below which an image is reduced by area averaging before it is warped."""
SAMPLES = 64
"""Rows and columns that are sampled to measure the typical colour of an image."""


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One side of a card.

    Attributes:
        side: front or back.
        matrix: (3, 3), maps millimetres from the top left corner of the card to pixels.
        labels: number of printed characters that were found at their places; of labels, on a card with a description.
        kind: of card.
        off: median distance of these characters from their places, in millimetres, where corners gave the frame.
    """

    side: Side
    matrix: NDArray[np.float64]
    labels: int = 0
    kind: str = RESIDENT
    off: float = 0.0

    @classmethod
    def of_box(cls, side: Side, box: Quad, labels: int = 0) -> Frame:
        """A card from its corners in the image, clockwise from the top left of the card."""
        source, target = (np.array(quad.points, np.float32) for quad in (FACE, box))
        return cls(side, np.asarray(cv2.getPerspectiveTransform(source, target), np.float64), labels)

    @property
    def box(self) -> Quad:
        """The card's corners, pixels."""
        return self.to_image(FACE)

    @property
    def density(self) -> float:
        """Pixels per millimetre."""
        return self.box.width / WIDTH

    def to_image(self, quad: Quad) -> Quad:
        """Map a quad from millimetres to pixels."""
        return projected(self.matrix, quad)

    def to_card(self, quad: Quad) -> Quad:
        """Map a quad from pixels to millimetres."""
        return projected(np.asarray(np.linalg.inv(self.matrix), np.float64), quad)

    def view(self, density: float, rim: float = 0.0) -> NDArray[np.float64]:
        """(3, 3), maps pixels of the rectified card with a margin of ``rim`` millimetres to pixels of its image."""
        return np.asarray(self.matrix @ [[1 / density, 0, -rim], [0, 1 / density, -rim], [0, 0, 1]], np.float64)

    def flattened(self, image: NDArray[np.uint8], density: float, rim: float = 0.0) -> NDArray[np.uint8]:
        """The card rectified from an (H, W) or (H, W, 3) image.

        It is reduced by area averaging. What lies beyond the image gets the median colour of the card.

        Args:
            image: shows the card.
            density: pixels per millimetre.
            rim: margin around the card, in millimetres.
        """
        shown = self.to_image(Quad.rect(-rim, -rim, WIDTH + rim, HEIGHT + rim))
        left, top, right, bottom = shown.hull
        left, top = max(0, int(left) - 1), max(0, int(top) - 1)
        part = image[top : max(top, int(bottom)) + 2, left : max(left, int(right)) + 2]
        share = density / self.density
        small = reduced(part, share) if share < AREA_BELOW else part
        ratio = [small.shape[k] / max(1, part.shape[k]) for k in (1, 0)]
        matrix = np.diag([*ratio, 1.0]) @ [[1, 0, -left], [0, 1, -top], [0, 0, 1]] @ self.view(density, rim)
        size = (round((WIDTH + 2 * rim) * density), round((HEIGHT + 2 * rim) * density))
        usual = np.median(small[:: len(small) // SAMPLES + 1, :: small.shape[1] // SAMPLES + 1], axis=(0, 1))
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        flat = cv2.warpPerspective(small, matrix, size, flags=flags, borderValue=np.atleast_1d(usual).tolist())
        return flat.astype(np.uint8, copy=False)


def projected(matrix: NDArray[np.float64], quad: Quad) -> Quad:
    """A quad after a projective map, (3, 3)."""
    return Quad.of(cv2.perspectiveTransform(np.array([quad.points], np.float64), matrix)[0].tolist())
