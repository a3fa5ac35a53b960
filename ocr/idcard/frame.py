"""Where a card lies in a picture: the map between its millimetres and the picture's pixels."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.document import Quad
from ocr.idcard.card import Side
from ocr.idcard.layout import HEIGHT, WIDTH

__all__ = ["FACE", "Frame"]

FACE = Quad.rect(0, 0, WIDTH, HEIGHT)
"""A card, in its own millimetres."""


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
        return _through(self.matrix, quad)

    def to_card(self, quad: Quad) -> Quad:
        """A quad in pixels, in millimetres."""
        return _through(np.asarray(np.linalg.inv(self.matrix), np.float64), quad)

    def flattened(self, picture: NDArray[np.uint8], density: float) -> NDArray[np.uint8]:
        """The card cut out of an (H, W) or (H, W, 3) picture, upright, at so many pixels a millimetre."""
        width, height = round(WIDTH * density), round(HEIGHT * density)
        scale = np.diag([1 / density, 1 / density, 1.0])
        flags = cv2.INTER_AREA | cv2.WARP_INVERSE_MAP
        flat = cv2.warpPerspective(
            picture, self.matrix @ scale, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE
        )
        return flat.astype(np.uint8, copy=False)


def _through(matrix: NDArray[np.float64], quad: Quad) -> Quad:
    return Quad.of(cv2.perspectiveTransform(np.array([quad.points], np.float64), matrix)[0].tolist())
