"""True proportions, and no pixel lost."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from ocr.document import Quad
from ocr.page.rectify import aspect_ratio, rectified
from tests.page.prose import photograph

WIDTH, HEIGHT = 1600, 1200


def seen(ratio: float, tilt: tuple[float, float], focal: float) -> NDArray[np.float64]:
    """Corners of a rectangle before a tilted camera whose axis goes through the picture's middle."""
    flat = np.array([(-ratio, -1, 0), (ratio, -1, 0), (ratio, 1, 0), (-ratio, 1, 0)]) / 2
    turns = [cv2.Rodrigues(np.radians(axis))[0] for axis in ((tilt[0], 0.0, 0.0), (0.0, tilt[1], 0.0))]
    solid = flat @ turns[0].T @ turns[1].T + (0.1, 0.05, 2.2)
    return np.asarray(solid[:, :2] / solid[:, 2:] * focal * WIDTH + (WIDTH / 2, HEIGHT / 2), np.float64)


@pytest.mark.parametrize("ratio", [210 / 297, 85.6 / 54, 0.3])
@pytest.mark.parametrize("tilt", [(0.0, 0.0), (30.0, 0.0), (25.0, -20.0), (-15.0, 35.0)])
def test_proportions_come_from_the_perspective(ratio: float, tilt: tuple[float, float]) -> None:
    quad = Quad.of(seen(ratio, tilt, 1.2).tolist())
    assert aspect_ratio(quad, WIDTH, HEIGHT) == pytest.approx(ratio, rel=0.01)


def test_a_level_picture_keeps_its_pixels() -> None:
    photo = np.random.default_rng(0).integers(0, 256, (80, 120, 3), dtype=np.uint8)
    assert (rectified(photo, Quad.rect(0, 0, 120, 80)) == photo).all()
    assert (rectified(photo[..., 0], Quad.rect(20, 10, 60, 70)) == photo[10:70, 20:60, 0]).all()


def test_the_result_is_as_dense_as_the_photograph_at_its_densest() -> None:
    corners = seen(210 / 297, (35.0, 0.0), 1.2)
    flat = rectified(np.zeros((HEIGHT, WIDTH), np.uint8), Quad.of(corners.tolist()))
    assert flat.shape[1] >= max(math.dist(corners[0], corners[1]), math.dist(corners[2], corners[3]))
    assert flat.shape[0] >= max(math.dist(corners[1], corners[2]), math.dist(corners[3], corners[0]))


def test_what_lies_outside_of_the_photograph_takes_the_pages_tone() -> None:
    corners = np.array([(-200.0, 100.0), (700.0, 100.0), (700.0, 600.0), (-200.0, 600.0)])
    flat = rectified(photograph(corners), Quad.of(corners.tolist()))
    assert (flat[200:400, :100] > 200).all()
