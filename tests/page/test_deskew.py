"""Skew from lines, and pages made straight."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest

from ocr.detect import Region
from ocr.document import Quad
from ocr.geometry import apply, rotation_matrix
from ocr.page.deskew import deskewed, skew


def lines(*angles: float, width: float = 400) -> list[Region]:
    level = [Quad.rect(100, 100 + 40 * k, 100 + width, 124 + 40 * k) for k in range(len(angles))]
    return [
        Region(quad.transformed(rotation_matrix(a, quad.center)), 0.9) for quad, a in zip(level, angles, strict=True)
    ]


def test_skew_is_the_median_direction_and_its_confidence_the_agreement() -> None:
    angle, agreed = skew(lines(3.0, 3.1, 3.2, 40.0))
    assert angle == pytest.approx(3.1, abs=0.01)
    assert agreed == pytest.approx(0.75)


def test_sideways_lines_count_from_the_nearest_quarter() -> None:
    assert skew(lines(-87.0, -87.0, -87.0))[0] == pytest.approx(3.0)


def test_few_or_short_lines_are_sure_of_nothing() -> None:
    assert skew(lines(5.0, 5.0)) == (0.0, 0.0)
    assert skew(lines(5.0, 5.0, 5.0, width=40)) == (0.0, 0.0)


@pytest.mark.parametrize("degrees", [-7.0, 4.0])
def test_a_straightened_page_is_level_and_keeps_its_corners(degrees: float) -> None:
    page = np.full((300, 400), 200, np.uint8)
    matrix = np.array(rotation_matrix(degrees, (200, 150))).reshape(3, 2).T
    page = cv2.warpAffine(page, matrix, (400, 300), borderValue=200).astype(np.uint8)
    start, end = (60, 150 - 140 * math.tan(math.radians(degrees))), (340, 150 + 140 * math.tan(math.radians(degrees)))
    cv2.line(page, (60, round(start[1])), (340, round(end[1])), 0, 3)
    straight, forth = deskewed(page, degrees)
    dark = np.argwhere(straight < 100)
    assert np.ptp(dark[:, 0]) <= 7
    assert apply(forth, *start)[1] == pytest.approx(apply(forth, *end)[1], abs=0.1)
    for x, y in ((0, 0), (400, 0), (400, 300), (0, 300)):
        u, v = apply(forth, x, y)
        assert -1 <= u <= straight.shape[1] + 1
        assert -1 <= v <= straight.shape[0] + 1
    assert straight[0, 0] == 200


def test_colour_stays_colour() -> None:
    page = np.full((50, 60, 3), (10, 120, 240), np.uint8)
    straight, _ = deskewed(page, 5.0)
    assert straight.shape[2] == 3
    assert (straight.reshape(-1, 3) == (10, 120, 240)).all()
