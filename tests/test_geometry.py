"""Geometry: crops come out upright and sharp, maps undo each other."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from ocr import geometry
from ocr.document import Quad


def page_with_text(degrees: float = 0.0) -> tuple[NDArray[np.uint8], Quad]:
    page = np.full((400, 900), 255, np.uint8)
    cv2.putText(page, "Reading 123", (150, 220), cv2.FONT_HERSHEY_SIMPLEX, 2.0, 0, 4)
    quad = Quad.rect(140, 165, 560, 240)
    turn = geometry.rotation_matrix(degrees, (450, 200))
    a, b, c, d, e, f = turn
    matrix = np.array([[a, c, e], [b, d, f]])
    return np.asarray(cv2.warpAffine(page, matrix, (900, 400), borderValue=255), np.uint8), quad.transformed(turn)


def test_crop_of_upright_quad_has_the_asked_height_and_the_quads_shape() -> None:
    page, quad = page_with_text()
    line = geometry.crop_line(page, quad, 32)
    assert line.shape == (32, round(32 * 420 / 75))
    assert line.dtype == np.uint8
    assert line.min() < 100
    assert line[:, 0].mean() > 250


@pytest.mark.parametrize("degrees", [-8, -3, 2, 7, 25])
def test_crop_of_a_skewed_line_equals_the_straight_one(degrees: float) -> None:
    straight = geometry.crop_line(*page_with_text(), 32)
    skewed = geometry.crop_line(*page_with_text(degrees), 32)
    assert skewed.shape == straight.shape
    assert np.abs(straight.astype(int) - skewed).mean() < 6


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_crop_of_a_sideways_line_is_upright(degrees: int) -> None:
    page, quad = page_with_text()
    straight = geometry.crop_line(page, quad, 32)
    matrix = geometry.turn_matrix(degrees, 900, 400)
    sideways = geometry.crop_line(geometry.turned(page, degrees), quad.transformed(matrix), 32)
    assert np.abs(straight.astype(int) - sideways).mean() < 3


def test_crop_in_perspective_uses_all_four_corners() -> None:
    page = np.full((200, 300), 255, np.uint8)
    corners = np.array([[40, 50], [260, 30], [260, 130], [40, 110]], np.int32)
    cv2.fillPoly(page, [corners], 0)
    line = geometry.crop_line(page, Quad.of(corners.tolist()), 32)
    assert line[2:-2, 2:-2].mean() < 10


def test_thin_strokes_survive_shrinking() -> None:
    page = np.full((96, 960), 255, np.uint8)
    page[:, ::30] = 0
    line = geometry.crop_line(page, Quad.rect(0, 0, 960, 96), 32)
    assert (line.min(axis=0) < 220).sum() == 32


def test_crop_takes_colour_and_what_hangs_over_the_edge() -> None:
    page = np.full((50, 80, 3), (250, 250, 240), np.uint8)
    line = geometry.crop_line(page, Quad.rect(-20, -10, 120, 70), 40)
    assert line.shape == (40, 70)
    assert line.min() > 240
    assert geometry.crop_line(page, Quad.rect(500, 500, 501, 540), 40).shape == (40, geometry.MIN_WIDTH)


def test_padding_grows_the_picture() -> None:
    page, quad = page_with_text()
    assert geometry.crop_line(page, quad, 32, pad=0.5).shape[1] == round(32 * (420 + 75) / 150)


def test_grow_follows_the_text() -> None:
    quad = Quad.rect(0, 0, 100, 20).transformed(geometry.rotation_matrix(30))
    grown = geometry.grow(quad, 5, 2)
    assert grown.width == pytest.approx(110)
    assert grown.height == pytest.approx(24)
    assert grown.angle == pytest.approx(30)
    assert grown.center == pytest.approx(quad.center)


def test_maps_undo_each_other() -> None:
    matrix = geometry.multiply(geometry.rotation_matrix(33, (4, 5)), (2, 0, 0, -3, 7, 1))
    x, y = geometry.apply(geometry.invert(matrix), *geometry.apply(matrix, 12, 34))
    assert (x, y) == pytest.approx((12, 34))
    with pytest.raises(ValueError, match="inverted"):
        geometry.invert((1, 1, 1, 1, 0, 0))
    with pytest.raises(ValueError, match="multiple of 90"):
        geometry.turn_matrix(45, 10, 10)


def test_turn_matrix_agrees_with_turned_pixels() -> None:
    page = np.zeros((20, 30), np.uint8)
    page[3, 7] = 255
    for degrees in (0, 90, 180, 270):
        x, y = geometry.apply(geometry.turn_matrix(degrees, 30, 20), 7.5, 3.5)
        assert geometry.turned(page, degrees)[int(y), int(x)] == 255


@pytest.mark.parametrize(
    ("rotation", "corner"), [(0, (10.0, 820.0)), (90, (10.0, 20.0)), (180, (610.0, 20.0)), (270, (610.0, 820.0))]
)
def test_page_matrix_sends_the_top_left_pixel_to_its_corner(rotation: int, corner: tuple[float, float]) -> None:
    size = (1200, 1600) if rotation % 180 == 0 else (1600, 1200)
    matrix = geometry.page_matrix(*size, (10, 20, 610, 820), rotation)
    assert geometry.apply(matrix, 0, 0) == pytest.approx(corner)


def test_corners_are_ordered_clockwise_from_the_top_left() -> None:
    quad = Quad.rect(5, 6, 50, 20)
    assert geometry.order_corners([quad.points[i] for i in (2, 0, 3, 1)]) == quad
    with pytest.raises(ValueError, match="four"):
        geometry.order_corners([(0, 0)])


def test_skew_is_the_long_lines_angle() -> None:
    lines = [Quad.rect(0, y, 800, y + 20).transformed(geometry.rotation_matrix(2)) for y in range(0, 300, 30)]
    stray = Quad.rect(0, 0, 30, 20).transformed(geometry.rotation_matrix(-40))
    assert geometry.skew_of([*lines, *[stray] * 20]) == pytest.approx(2)
    sideways = [q.transformed(geometry.turn_matrix(90, 900, 400)) for q in lines]
    assert geometry.skew_of(sideways) == pytest.approx(2)
    assert geometry.skew_of([]) == 0.0


def test_overlap_is_the_common_share_of_two_quads() -> None:
    square = Quad.rect(0, 0, 10, 10)
    assert geometry.overlap(square, square) == pytest.approx(1)
    assert geometry.overlap(square, Quad.rect(5, 0, 15, 10)) == pytest.approx(1 / 3)
    assert geometry.overlap(square, Quad.rect(20, 0, 30, 10)) == 0
