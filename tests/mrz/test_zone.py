"""Which lines may be a zone."""

from __future__ import annotations

import math

import pytest

from ocr.detect import Region
from ocr.document import Quad
from ocr.geometry import rotation_matrix
from ocr.mrz.zone import zones


def line(left: float, top: float, right: float, height: float = 20.0, degrees: float = 0.0) -> Region:
    quad = Quad.rect(left, top, right, top + height)
    return Region(quad.transformed(rotation_matrix(degrees, (300, 200))), 0.9)


@pytest.mark.parametrize("degrees", [0.0, 20.0, 180.0, -90.0])
def test_two_lines_of_one_length(degrees: float) -> None:
    [zone] = zones([line(50, 300, 650, degrees=degrees), line(50, 336, 650, degrees=degrees)])
    assert len(zone.rows) == 2
    assert all(row.width == pytest.approx(614, abs=2) for row in zone.rows)
    assert zone.rows[0].height == pytest.approx(22.4, abs=0.5)


def test_three_lines_are_tried_as_three_and_as_two() -> None:
    found = zones([line(50, 300 + 36 * k, 650) for k in range(3)])
    assert sorted(len(zone.rows) for zone in found) == [2, 2, 3]


def test_lines_are_brought_to_one_extent() -> None:
    [zone] = zones([line(50, 300, 400), line(52, 336, 650)])  # the fillers of the first were not seen
    left, _, right, _ = zone.rows[0].hull
    assert left < 50 and right > 650


def test_pieces_of_one_line_are_joined() -> None:
    [zone] = zones([line(50, 300, 300), line(330, 301, 650), line(50, 336, 650)])
    assert len(zone.rows) == 2


@pytest.mark.parametrize(
    "regions",
    [
        [],
        [line(50, 300, 650)],
        [line(50, 300, 650), line(50, 420, 650)],  # too far apart
        [line(50, 300, 350), line(400, 336, 700)],  # side by side
        [line(50, 300, 650), line(50, 336, 650, height=45)],  # of different type
        [line(50, 300, 110), line(50, 336, 110)],  # words
        [line(50, 30 * k, 650) for k in range(12)],  # prose
    ],
)
def test_no_zone(regions: list[Region]) -> None:
    assert zones(regions) == []


def test_upside_down() -> None:
    [zone] = zones([line(50, 300, 650), line(50, 336, 650)])
    flipped = zone.flipped()
    assert flipped.rows[0].center == pytest.approx(zone.rows[1].center)
    assert abs(math.remainder(flipped.rows[0].angle - zone.rows[0].angle, 360)) == pytest.approx(180)
    assert flipped.flipped() == zone
    assert zone.overlaps(flipped)
