"""The slant of steeply turned pages: every angle is found, and none where there are no lines."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from ocr.page.slant import slant


def lines(degrees: float) -> NDArray[np.uint8]:
    """Seven lines, turned clockwise."""
    page = np.full((1000, 1000), 240, np.uint8)
    for y in range(330, 660, 50):
        cv2.putText(page, "several words of text", (230, y), cv2.FONT_HERSHEY_COMPLEX, 1.2, 20, 2, cv2.LINE_AA)
    matrix = cv2.getRotationMatrix2D((500, 500), -degrees, 1.0)
    return np.asarray(cv2.warpAffine(page, matrix, (1000, 1000), borderValue=240), np.uint8)


@pytest.mark.parametrize("degrees", [10, 20, 33, 44, -12, -25, -40])
@pytest.mark.parametrize("turn", [0, 90, 180])
def test_the_slant_is_found_up_to_quarter_turns(degrees: int, turn: int) -> None:
    assert slant(lines(degrees + turn)) == pytest.approx(degrees, abs=1.0)


@pytest.mark.parametrize("degrees", [0, 4, -6, 90, 180])
def test_no_slant_where_the_detector_finds_the_lines(degrees: int) -> None:
    assert slant(lines(degrees)) == 0.0


def test_no_slant_without_lines() -> None:
    noise = np.random.default_rng(1).integers(0, 255, (600, 500)).astype(np.uint8)
    assert slant(noise) == slant(np.full((300, 200), 255, np.uint8)) == slant(np.zeros((8, 8), np.uint8)) == 0.0
