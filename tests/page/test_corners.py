"""From a page's map to its quad, and the finder that ships on drawn photographs."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from ocr.page.corners import CROP, PageFinder, area, corner_view, crossing, fitted, four_sided, overlap, places
from tests.page.prose import photograph

PAGE = np.array([(11.3, 8.2), (40.1, 10.6), (37.2, 41.4), (8.9, 35.0)])
LYING = np.array([(150.0, 300.0), (800.0, 360.0), (760.0, 800.0), (90.0, 690.0)])


def drawn(quad: NDArray[np.float64], side: int = 48) -> NDArray[np.float32]:
    """A map (48, 48) of a quad in cells, its rim as grey as it is covered."""
    fine = np.zeros((side * 16, side * 16), np.float32)
    cv2.fillPoly(fine, [(quad * 16 - 0.5).round().astype(np.int32)], 1.0)
    return cv2.resize(fine, (side, side), interpolation=cv2.INTER_AREA).astype(np.float32)


@pytest.fixture(scope="module")
def finder() -> PageFinder:
    return PageFinder("corners-mobile", 1)


def apart(found: NDArray[np.float64], true: NDArray[np.float64]) -> float:
    """Largest distance of corners, whichever of them comes first."""
    return min(float(np.linalg.norm(np.roll(found, k, 0) - true, axis=1).max()) for k in range(4))


def test_a_quad_is_found_to_a_fraction_of_a_cell() -> None:
    assert apart(fitted(drawn(PAGE)), PAGE) < 0.2
    assert overlap(drawn(PAGE), PAGE) > 0.97


def test_a_corner_that_the_frame_cuts_off_lies_where_its_sides_meet() -> None:
    beyond = np.array([(-3.0, 20.0), (20.0, 2.0), (44.0, 24.0), (22.0, 44.0)])
    assert apart(fitted(drawn(beyond)), beyond) < 0.5


def test_a_side_that_the_frame_cuts_off_is_the_frames_edge() -> None:
    found = fitted(drawn(PAGE - np.array([14.0, 0.0])))
    assert np.sort(found[:, 0])[:2] == pytest.approx([0.0, 0.0], abs=1e-6)


def test_a_page_that_fills_the_frame_has_the_frames_corners() -> None:
    frame = np.array([(0, 0), (48, 0), (48, 48), (0, 48)], float)
    assert apart(fitted(np.ones((48, 48), np.float32)), frame) < 1e-6


def test_nothing_and_specks_show_no_quad() -> None:
    assert len(fitted(np.zeros((48, 48), np.float32))) == 0
    assert len(fitted(drawn(PAGE * 0.06))) == 0


def test_polygons_come_down_to_four_sides() -> None:
    cut = np.array([(0, 0), (10, 0), (10, 8), (8, 10), (0, 10)], float)
    assert apart(four_sided(cut), np.array([(0, 0), (10, 0), (10, 10), (0, 10)], float)) < 1e-9
    assert area(cut) == pytest.approx(98)
    parallel = crossing((np.zeros(2), np.array([1.0, 0])), (np.ones(2), np.array([1.0, 0])))
    assert not np.isfinite(parallel).any()


@pytest.mark.parametrize("index", range(4))
def test_crops_are_centred_on_the_corner_with_the_page_to_the_lower_right(index: int) -> None:
    view = corner_view(LYING, index)
    mapped = np.column_stack([LYING, np.ones(4)]) @ view.T
    assert mapped[index, :2] == pytest.approx([CROP / 2, CROP / 2])
    assert (mapped[(index + 2) % 4, :2] > CROP).all()


def test_the_place_of_a_peak_and_its_spread() -> None:
    heat = np.full((2, 24, 24), -20.0, np.float32)
    heat[0, 6, 18] = 20.0
    (x, y, spread), flat = places(heat)
    assert (x, y, spread) == pytest.approx((18.5 / 24, 6.5 / 24, 0.0), abs=1e-3)
    assert flat[2] > 0.38


@pytest.mark.parametrize("colour", [True, False])
def test_the_page_on_a_table_is_found_to_a_pixel_or_two(finder: PageFinder, colour: bool) -> None:
    found = finder(photograph(LYING, colour=colour))
    assert found.confidence > 0.8
    assert apart(np.array(found.quad.points), LYING) < 5


def test_a_bare_table_has_no_page(finder: PageFinder) -> None:
    bare = photograph(LYING + 5000)
    found = finder(bare)
    assert found.confidence < 0.5


@pytest.mark.parametrize("shape", [(1, 1), (3, 200), (5, 5, 3)])
def test_tiny_pictures_do_no_harm(finder: PageFinder, shape: tuple[int, ...]) -> None:
    assert 0 <= finder(np.full(shape, 255, np.uint8)).confidence <= 1
