"""The portrait on a document: the picture of the holder's head and shoulders."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ocr.document import Quad
from ocr.errors import NoFaceError, SeveralFacesError
from ocr.face.detector import Face, faces
from ocr.source import Input, single_page

__all__ = ["Portrait", "largest_portrait", "only_face", "portrait", "portraits"]

ABOVE, BELOW, BESIDE = 0.49, 0.27, 0.19
"""What a portrait shows around the face, in heights of the face: above the forehead, below the chin, and to either side
of a square. ISO/IEC 19794-5 and ICAO Doc 9303, part 3, section 3.9.1: 35 by 45 mm, crown to chin 34 mm, of which the
face from the forehead on is three quarters, the crown 4 mm below the upper edge."""
GHOST = 0.8
"""Greatest area of a second face, in that of the largest, that is a repeated portrait on a document."""


@dataclass(frozen=True, slots=True)
class Portrait:
    """A portrait.

    Attributes:
        box: head and shoulders, in pixels; corners clockwise from the top left of the head.
        confidence: of the face detector, 0 to 1.
        face: from the forehead to the chin.
        page: number of the page, from 1.
    """

    box: Quad
    confidence: float
    face: Quad
    page: int = 1

    def to_json(self) -> dict[str, Any]:
        """The portrait as plain dictionaries and lists."""
        return {
            "box": self.box.to_json(),
            "confidence": round(self.confidence, 4),
            "face": self.face.to_json(),
            "page": self.page,
        }


def portraits(pixels: NDArray[np.uint8], page: int = 1) -> list[Portrait]:
    """Every portrait of an (H, W) grey or (H, W, 3) RGB picture, the largest first.

    Raises:
        DependencyError: the weights of the face detector are not installed.
    """
    return [Portrait(_around(face, pixels), face.confidence, face.box, page) for face in faces(pixels)]


def largest_portrait(pixels: NDArray[np.uint8], angle: float, near: Quad, reach: float) -> Quad | None:
    """The box of the largest portrait of a document, or ``None``.

    Args:
        pixels: (H, W) grey or (H, W, 3) RGB picture.
        angle: of the document, in degrees clockwise.
        near: something on the document.
        reach: greatest distance from the centre of ``near`` to the centre of a face, in pixels.

    Raises:
        DependencyError: the weights of the face detector are not installed.
    """
    found = [face for face in faces(pixels, angle) if math.dist(face.box.center, near.center) <= reach]
    return _around(found[0], pixels) if found else None


def portrait(input: Input, *, page: int | None = None, password: str | None = None) -> Portrait:
    """Find the portrait on a document, or in any picture of one person, at any angle.

    A smaller repetition of the portrait on the same document does not count. Nothing is recognised, stored or sent.

    Args:
        input: a path, ``"-"`` for stdin, the bytes of a file, a binary file object, a PIL image or an array.
        page: of a PDF or TIFF with several pages, from 1.
        password: of an encrypted PDF.

    Raises:
        NoFaceError: no face was found.
        SeveralFacesError: several faces of about the same size were found; its ``boxes`` are those of all of them.
        InputError: the input cannot be opened.
        UsageError: the input has several pages and ``page`` is missing.
        DependencyError: the weights of the face detector are not installed.

    Example:
        >>> found = ocr.portrait("samples/card-front.jpg")
        >>> [round(at) for at in found.box.hull], found.confidence > 0.9
        ([775, 332, 935, 537], True)
    """
    image, name = single_page(input, page=page, password=password)
    face = only_face(image.pixels, name)
    return Portrait(_around(face, image.pixels), face.confidence, face.box, image.number)


def only_face(pixels: NDArray[np.uint8], name: str) -> Face:
    """The face of an (H, W) grey or (H, W, 3) RGB picture; smaller repetitions of it do not count.

    Args:
        pixels: the picture.
        name: of the picture, for messages.

    Raises:
        NoFaceError: there is none.
        SeveralFacesError: there are several of about the same size.
        DependencyError: the weights of the face detector are not installed.
    """
    found = faces(pixels)
    if not found:
        raise NoFaceError(f"{name}: no face was found; take a closer, sharper photograph of the portrait")
    alike = [one for one in found if _area(one.box) > GHOST * _area(found[0].box)]
    if len(alike) > 1:
        raise SeveralFacesError(
            f"{name}: {len(alike)} faces of about the same size were found; crop the picture to the document",
            [_around(one, pixels).hull for one in found],
        )
    return found[0]


def _area(quad: Quad) -> float:
    return quad.width * quad.height


def _around(face: Face, pixels: NDArray[np.uint8]) -> Quad:
    """The portrait around a face; within the picture, if the portrait is upright."""
    a, b, _, d = (np.array(point) for point in face.box.points)
    height = face.box.height
    across, down = (b - a) / face.box.width, (d - a) / height
    middle = (a + b) / 2
    half = (0.5 + BESIDE) * height
    top, bottom = middle - ABOVE * height * down, middle + (1 + BELOW) * height * down
    quad = Quad.of(
        [p.tolist() for p in (top - half * across, top + half * across, bottom + half * across, bottom - half * across)]
    )
    left, upper, right, lower = quad.hull
    if abs(float(across[1])) > 0.01 or across[0] < 0:
        return quad
    return Quad.rect(
        max(left, 0.0), max(upper, 0.0), min(right, float(pixels.shape[1])), min(lower, float(pixels.shape[0]))
    )
