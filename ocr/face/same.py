"""Whether two pictures show the same person: ``FaceRecognizerSF`` of OpenCV with the weights of SFace."""

from __future__ import annotations

import hashlib
import math
import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from statistics import NormalDist
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.document import Quad
from ocr.errors import DependencyError, UsageError
from ocr.face.detector import Face, quiet
from ocr.face.portrait import only_face
from ocr.source import Input, single_page

__all__ = ["SamePerson", "probability", "same_person"]

VARIABLE = "OCR_FACE_MODEL"
"""Environment variable with the path of the weights."""
FILE = "face_recognition_sface_2021dec.onnx"
"""Of the OpenCV Zoo, 38,696,353 bytes, Apache-2.0."""
SHA256 = "0ba9fbfa01b5270c96627c4ef784da859931e02f04419c829e83484087c34e79"
"""Of that file."""
THRESHOLD, ERRORS = 0.363, 0.006
"""Likeness from which OpenCV takes two faces for the same person's, and the published share of pairs of Labeled Faces
in the Wild that are decided wrongly so (accuracy 0.9940)."""
SPREAD = THRESHOLD / -NormalDist().inv_cdf(ERRORS)
"""Standard deviation of the likeness of different persons, whose mean is 0, that has the published errors."""
SIDE = 112
"""Height and width of an aligned face, in pixels."""


@dataclass(frozen=True, slots=True)
class SamePerson:
    """How alike two faces are.

    Attributes:
        probability: that they are the same person's, where both cases are equally frequent and pictures are as those on
            which the error rate was published.
        likeness: cosine of the angle between the two descriptions of the faces, -1 to 1.
        error_rate: published share of wrong decisions at a probability of one half; None if the weights are others
            than those that it was published for.
        portrait: the face in the first picture, in its pixels.
        selfie: the face in the second picture.
    """

    probability: float
    likeness: float
    error_rate: float | None
    portrait: Quad
    selfie: Quad

    def to_json(self) -> dict[str, Any]:
        """The result as plain dictionaries and lists."""
        return {
            "probability": round(self.probability, 4),
            "likeness": round(self.likeness, 4),
            "error_rate": self.error_rate,
            "portrait": self.portrait.to_json(),
            "selfie": self.selfie.to_json(),
        }


def same_person(
    portrait: Input,
    selfie: Input,
    *,
    model: str | Path | None = None,
    page: int | None = None,
    selfie_page: int | None = None,
    password: str | None = None,
) -> SamePerson:
    """Compare the portrait on a document with a photograph of its holder.

    This is an aid for a person who decides, not a decision: it does not notice a photograph of a photograph, a mask or
    a forged portrait; twins and relatives are alike; and errors are more frequent with small, old, dark or worn
    portraits, with children, and with groups of people of whom the training pictures show few. Nothing is stored or
    sent.

    Args:
        portrait: a document with a portrait: a path, ``"-"`` for stdin, the bytes of a file, a binary file object, a
            PIL image or an array.
        selfie: a picture of one person.
        model: path of the weights of SFace; that of the environment variable ``OCR_FACE_MODEL`` when left out.
        page: of ``portrait``, where that is a PDF or TIFF with several pages, from 1.
        selfie_page: of ``selfie``.
        password: of encrypted PDFs.

    Raises:
        NoFaceError: one of the pictures shows no face.
        SeveralFacesError: one of them shows several faces of about the same size.
        DependencyError: the weights are missing, or are none of a face recogniser; or those of the face detector are.
        UsageError: an input has several pages, and which one is meant is not said.
        InputError: an input cannot be opened.

    Example:
        Where the weights are at hand, the result has the probability and the published error rate; without them:

        >>> ocr.same_person("card.jpg", "selfie.jpg", model="sface.onnx")  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        ...
        ocr.errors.DependencyError: sface.onnx: the weights of the face recogniser are not there; get ...
    """
    net, published = _recognizer(_weights(model))
    described, boxes = [], []
    for input, number in ((portrait, page), (selfie, selfie_page)):
        image, name = single_page(input, page=number, password=password)
        face = only_face(image.pixels, name)
        described.append(_description(net, image.pixels, face))
        boxes.append(face.box)
    one, other = (each / max(float(np.linalg.norm(each)), 1e-9) for each in described)
    likeness = float(one @ other)
    return SamePerson(probability(likeness), likeness, ERRORS if published else None, *boxes)


def probability(likeness: float) -> float:
    """Of the same person, for normal distributions of equal width on both sides of the threshold."""
    odds = (likeness - THRESHOLD) * 2 * THRESHOLD / SPREAD**2
    return 1 / (1 + math.exp(-odds))


def _weights(model: str | Path | None) -> Path:
    """The file of the weights.

    Raises:
        DependencyError: there is none.
        UsageError: the argument is no path.
    """
    if model is not None and not isinstance(model, str | Path):
        raise UsageError(f"model must be the path of a file, not of type {type(model).__name__}")
    given = model or os.environ.get(VARIABLE, "")
    get = f"get {FILE} (39 MB, Apache-2.0) of the OpenCV Zoo, then: export {VARIABLE}=PATH, or give its path as model"
    if not given:
        raise DependencyError(f"the weights of the face recogniser are missing; {get}")
    path = Path(given)
    if not path.is_file():
        raise DependencyError(f"{path}: the weights of the face recogniser are not there; {get}")
    return path


def _recognizer(path: Path) -> tuple[cv2.FaceRecognizerSF, bool]:
    """A recogniser with the weights of a file, and whether they are those of the published figures.

    Raises:
        DependencyError: the file cannot be read as weights.
    """
    try:
        data = path.read_bytes()
        return _loaded(data)
    except (OSError, cv2.error) as error:
        raise DependencyError(
            f"{path}: no weights of a face recogniser ({str(error).strip().splitlines()[-1]}); get {FILE}"
        ) from error


@lru_cache(maxsize=1)
def _loaded(data: bytes) -> tuple[cv2.FaceRecognizerSF, bool]:
    with quiet():
        net = cv2.FaceRecognizerSF.create("onnx", np.frombuffer(data, np.uint8), np.zeros(0, np.uint8))
        net.feature(np.zeros((SIDE, SIDE, 3), np.uint8))
    return net, hashlib.sha256(data).hexdigest() == SHA256


def _description(net: cv2.FaceRecognizerSF, pixels: NDArray[np.uint8], face: Face) -> NDArray[np.float32]:
    """(D,) what the net says of a face in an (H, W) grey or (H, W, 3) RGB picture."""
    colours = cv2.COLOR_GRAY2BGR if pixels.ndim == 2 else cv2.COLOR_RGB2BGR
    left, top, right, bottom = face.box.hull
    points = [at for point in face.points for at in point]
    row = np.array([left, top, right - left, bottom - top, *points, face.confidence], np.float32)
    aligned = net.alignCrop(cv2.cvtColor(pixels, colours), row)
    return np.array(net.feature(aligned), np.float32).ravel()
