"""Maps to boxes, tiles to one map, the first look, and the shipped detector on pages drawn here."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from ocr.detect import db
from ocr.detect.db import DbDetector, inked, regions_of
from ocr.detect.look import look, resized
from ocr.detect.tiles import spans, stitched
from ocr.document import Quad
from ocr.errors import DependencyError

Map = NDArray[np.float32]


def draw(shape: tuple[int, int], quads: list[list[tuple[float, float]]]) -> Map:
    """A kernel map: quads in map points, with soft edges as the net makes them."""
    fine = np.zeros((shape[0] * 8, shape[1] * 8), np.uint8)
    for quad in quads:
        cv2.fillPoly(fine, [np.round(np.array(quad) * 8).astype(np.int32)], 255)
    return (cv2.resize(fine, shape[::-1], interpolation=cv2.INTER_AREA) / 255).astype(np.float32)


def box(left: float, top: float, right: float, bottom: float) -> list[tuple[float, float]]:
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


def test_empty_map_gives_nothing() -> None:
    assert regions_of(np.zeros((40, 60), np.float32)) == []


@pytest.mark.parametrize("top", [10.0, 10.25, 10.5, 10.75])
def test_kernel_grows_back_to_its_line(top: float) -> None:
    [(corners, score)] = regions_of(draw((40, 120), [box(20, top, 100, top + 2.5)]))
    height = 5.0 * db.SHIPPED.height
    assert corners[0] == pytest.approx((20 - 1.25, top + 1.25 - height / 2), abs=0.6)
    assert corners[2, 1] - corners[1, 1] == pytest.approx(height, rel=0.12)
    assert score > 0.6


def test_lines_a_map_point_apart_stay_two() -> None:
    quads = [box(5, 5, 90, 7.5), box(5, 9.5, 90, 12)]
    assert len(regions_of(draw((20, 100), quads))) == 2


def test_cells_of_a_row_stay_apart() -> None:
    found = regions_of(draw((20, 120), [box(5, 5, 40, 8), box(50, 5, 90, 8)]))
    assert sorted(float(c[:, 0].mean()) for c, _ in found) == pytest.approx([22.5, 70], abs=0.5)


def test_slanted_line_keeps_its_angle() -> None:
    slope = math.tan(math.radians(7))
    quad = [(10.0, 20.0), (110, 20 + 100 * slope), (110, 23 + 100 * slope), (10, 23)]
    [(corners, _)] = regions_of(draw((60, 130), [quad]))
    along = corners[1] - corners[0]
    assert math.degrees(math.atan2(along[1], along[0])) == pytest.approx(7, abs=0.5)


def test_an_unsure_line_is_nearly_as_high_as_a_sure_one() -> None:
    text = draw((60, 120), [box(10, 15, 110, 20), box(10, 30, 110, 35)])
    text[25:] *= np.float32(0.7)
    sure, unsure = (corners[3, 1] - corners[0, 1] for corners, _ in regions_of(text))
    assert 0.8 * sure < unsure <= sure


def test_sideways_line_reads_upwards() -> None:
    [(corners, _)] = regions_of(draw((120, 40), [box(20, 10, 23, 110)]))
    along = corners[1] - corners[0]
    assert along[1] < -90 and abs(along[0]) < 2


def test_a_short_line_beside_a_long_one_that_runs_upwards_does_so_too() -> None:
    level = [box(100, 20 + 12 * k, 180, 22.5 + 12 * k) for k in range(3)]
    long, short, digit = box(20, 10, 22.5, 90), box(27, 60, 29.5, 74), box(60, 40, 62, 44)
    found = [Quad.of(corners.tolist()) for corners, _ in regions_of(draw((120, 200), [*level, long, short, digit]))]
    angles = {round(quad.center[0]): abs(round(quad.angle)) for quad in found}
    assert angles == {21: 90, 28: 90, 61: 0, 140: 0}, "a digit has the direction of the page"


def test_kernels_bridged_by_a_weak_spot_are_parted() -> None:
    rows = [box(5, y, 90, y + 2.5) for y in (5, 10, 15, 30, 35, 40, 45)]
    text = draw((60, 100), rows)
    text[7:15, 40:42] = np.maximum(text[7:15, 40:42], 0.5)
    assert len(regions_of(text)) == len(rows)


def test_a_column_of_digits_is_no_sideways_line() -> None:
    rows = [box(5, y, 60, y + 2.5) for y in (5, 10, 15, 20, 25)]
    digits = [box(80, y, 82.5, y + 2.5) for y in (5, 10, 15, 20, 25)]
    text = draw((40, 100), [*rows, *digits])
    text[5:27, 80:82] = np.maximum(text[5:27, 80:82], 0.5)
    assert len(regions_of(text)) == 10


def test_ink_cuts_the_blank_ends_only() -> None:
    page = np.full((40, 200), 250, np.uint8)
    page[12:26, 50:120:4] = 20
    [[corners]] = inked(np.array(box(30, 8, 160, 30), float), page)
    assert corners[0, 0] == pytest.approx(50, abs=3) and corners[1, 0] == pytest.approx(117, abs=4)
    assert corners[:, 1].tolist() == [8, 8, 30, 30]


def test_ink_reads_light_on_dark() -> None:
    page = np.full((40, 200), 10, np.uint8)
    page[12:26, 50:120:4] = 240
    [[corners]] = inked(np.array(box(30, 8, 160, 30), float), page)
    assert corners[0, 0] == pytest.approx(50, abs=3)


def test_ink_parts_words_far_apart() -> None:
    page = np.full((40, 300), 250, np.uint8)
    for left, right in ((20, 80), (110, 150), (240, 280)):  # gaps of 1.6 and 4.6 line heights
        page[12:26, left:right:4] = 20
    [parts] = inked(np.array(box(10, 10, 295, 30), float), page)
    assert [float(p[0, 0]) for p in parts] == pytest.approx([19, 109, 239], abs=2)


@pytest.mark.parametrize(("top", "bottom", "cells"), [(0, 40, 2), (0, 33, 2), (10, 30, 1), (0, 30, 1)])
def test_a_rule_parts_cells_where_it_goes_on_beyond_the_line(top: int, bottom: int, cells: int) -> None:
    page = np.full((40, 200), 250, np.uint8)
    page[12:26, 20:86:4] = page[12:26, 96:170:4] = 20
    page[top:bottom, 90:92] = 60
    rows = inked(np.array(box(10, 10, 190, 30), float), page)
    assert len(rows) == cells
    if cells == 2:
        [[left], [right]] = rows
        assert left[1, 0] < 90 and right[0, 0] > 92


def test_a_rule_that_touches_letters_parts_nothing() -> None:
    page = np.full((40, 200), 250, np.uint8)
    page[12:26, 20:170] = 20
    page[:, 90:92] = 20
    assert len(inked(np.array(box(10, 10, 190, 30), float), page)) == 1


def test_no_ink_no_box() -> None:
    assert inked(np.array(box(30, 8, 160, 30), float), np.full((40, 200), 200, np.uint8)) == []


@pytest.mark.parametrize("size", [20, 40, 90])
def test_look_measures_the_type(size: int) -> None:
    page = np.full((1600, 1200), 255, np.uint8)
    scale = size / 30
    for y in range(100, 1500, round(size * 1.6)):
        cv2.putText(page, "The quick brown fox jumps", (60, y), cv2.FONT_HERSHEY_SIMPLEX, scale, 0, max(1, size // 12))
    assert look(page).typical == pytest.approx(size, rel=0.45)


def test_resized_halves_without_a_shift() -> None:
    page = np.full((403, 805), 255, np.uint8)
    page[200:204, 400:404] = 0
    small = resized(page, 201, 100)
    assert small.shape == (100, 201)
    assert int(small.argmin()) == 50 * 201 + 100


@pytest.mark.parametrize(("length", "side", "overlap"), [(100, 60, 20), (1000, 384, 64), (385, 384, 64), (50, 60, 20)])
def test_spans_keep_every_point_once(length: int, side: int, overlap: int) -> None:
    pieces = list(spans(length, side, overlap))
    assert [p for *_, a, b in pieces for p in range(a, b)] == list(range(length))
    for start, stop, first, last in pieces:
        assert 0 <= start <= first < last <= stop <= length and stop - start <= side
        assert first == 0 or first - start >= overlap // 2
        assert last == length or stop - last >= overlap // 2


def test_a_line_across_a_seam_is_one_line() -> None:
    text = draw((300, 400), [box(10, 40, 390, 43), box(10, 149, 390, 152), box(180, 250, 220, 253)])
    page = cv2.resize((text * 255).astype(np.uint8), None, fx=4, fy=4, interpolation=cv2.INTER_NEAREST).astype(np.uint8)
    calls = []

    def net(tile: NDArray[np.uint8]) -> Map:
        calls.append(tile.shape)
        return (tile[::4, ::4] / np.float32(255)).astype(np.float32)

    whole = stitched(page, net, stride=4, side=640, overlap=128)
    assert len(calls) > 4 and max(max(c) for c in calls) <= 640
    assert np.abs(whole - text).max() < 0.01
    assert len(regions_of(whole)) == 3


@pytest.fixture(scope="module")
def detector() -> DbDetector:
    """The shipped model."""
    try:
        return DbDetector("detect-mobile", threads=1)
    except DependencyError as error:
        pytest.skip(f"the model is not in the checkout: {error}")


def printed(lines: list[tuple[int, int, str]], shape: tuple[int, int] = (700, 900)) -> NDArray[np.uint8]:
    page = np.full(shape, 255, np.uint8)
    for x, y, text in lines:
        cv2.putText(page, text, (x, y), cv2.FONT_HERSHEY_COMPLEX, 0.8, 0, 1, cv2.LINE_AA)
    return page


@pytest.mark.parametrize("density", [0.0005, 0.01, 0.5])
def test_speckle_gives_nothing(detector: DbDetector, density: float) -> None:
    speckle = np.random.default_rng(3).random((1500, 1100)) < density
    assert detector(np.where(speckle, 0, 255).astype(np.uint8)) == []


@pytest.mark.parametrize("value", [0, 128, 255])
def test_blank_page_gives_nothing(detector: DbDetector, value: int) -> None:
    assert detector(np.full((1650, 1275), value, np.uint8)) == []


def test_one_pixel_page_gives_nothing(detector: DbDetector) -> None:
    assert detector(np.zeros((1, 1), np.uint8)) == []


@pytest.mark.parametrize("invert", [False, True])
def test_lines_and_cells_of_a_page(detector: DbDetector, invert: bool) -> None:
    prose = [(60, y, "seven lines of print that fill a page") for y in range(80, 500, 48)]
    page = printed([*prose, (60, 600, "Total"), (600, 600, "12.90")])
    regions = detector(255 - page if invert else page)
    assert len(regions) == len(prose) + 2
    total, price = sorted(regions[-2:], key=lambda region: region.quad.center[0])
    assert total.quad.hull[2] < 200 and price.quad.hull[0] > 580
    assert all(0 <= v <= 900 for region in regions for point in region.quad.points for v in point)
    assert all(0.5 < region.score <= 1 for region in regions)


def test_colour_and_grey_agree(detector: DbDetector) -> None:
    page = printed([(60, y, "the same page in grey and in colour") for y in range(80, 600, 48)])
    assert detector(page) == detector(np.repeat(page[..., None], 3, axis=2))


def region(left: float, top: float, right: float, bottom: float, score: float) -> tuple[NDArray[np.float64], float]:
    return np.array(box(left, top, right, bottom), float), score


def kept(*others: tuple[NDArray[np.float64], float]) -> int:
    """How many of the others are kept beside two sure lines."""
    lines = [region(20, 20, 300, 40, 0.9), region(20, 60, 90, 80, 0.9)]
    return len(db._plausible([*lines, *others], db.SHIPPED)) - len(lines)


def test_a_faint_piece_counts_beside_text_of_its_height() -> None:
    assert kept(region(100, 60, 116, 80, 0.45)) == 1
    assert kept(region(100, 60, 116, 92, 0.45)) == 0, "taller"
    assert kept(region(140, 60, 156, 80, 0.45)) == 0, "too far"
    assert kept(region(100, 110, 116, 130, 0.45)) == 0, "in a row of its own"
    assert kept(region(100, 110, 116, 130, 0.7)) == 1


def test_a_faint_letter_counts_in_a_row_of_letters() -> None:
    letters = [region(x, 110, x + 16, 130, 0.7) for x in (20, 100, 180)]
    assert kept(*letters, region(260, 110, 276, 130, 0.45)) == 4
    assert kept(letters[0], region(260, 110, 276, 130, 0.45)) == 1
