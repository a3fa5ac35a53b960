"""Corners beyond the picture."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ocr.document import Quad
from ocr.idcard.cut_off import completed
from ocr.idcard.layout import HEIGHT, WIDTH

SIZE = (1000, 800)


def card(angle: float, width: float, height: float, x: float, y: float) -> list[tuple[float, float]]:
    """Corners of a rectangle that is turned about its first corner."""
    along = np.array([math.cos(angle), math.sin(angle)])
    down = np.array([-along[1], along[0]])
    start = np.array([x, y])
    points = (start, start + width * along, start + width * along + height * down, start + height * down)
    return [(float(a), float(b)) for a, b in points]


@pytest.mark.parametrize("sides", [(6 * WIDTH, 6 * HEIGHT), (6 * HEIGHT, 6 * WIDTH)])
@pytest.mark.parametrize("angle", [-0.2, 0.0, 0.15])
@pytest.mark.parametrize("first", range(4))
def test_the_end_that_the_lower_edge_takes(sides: tuple[float, float], angle: float, first: int) -> None:
    whole = card(angle, *sides, 300.0, 500.0)
    (a, b, c, d), edge = whole, SIZE[1] - 1.0
    seen = [a, b, _on_edge(b, c, edge), _on_edge(a, d, edge)]
    found = completed(Quad.of([*seen[first:], *seen[:first]]), SIZE)
    assert found
    off = min(_apart(quad, whole) for quad in found)
    assert off < 0.1


def test_a_corner_that_lies_too_far_out_is_taken_back() -> None:
    """The side of a card goes on to the edge of the picture where the corner net sees no end of it."""
    quad = Quad(((130, 289), (629, 162), (629, 922), (333, 1009)))
    whole = [(556.0, 179.0), (742.0, 893.0), (326.0, 1002.0), (125.0, 290.0)]
    assert min(_apart(one, whole) for one in completed(quad, (629, 1280))) < 50


def test_a_card_that_is_whole_stays_as_it_is() -> None:
    assert completed(Quad.of(card(0.1, 500, 315, 200, 200)), SIZE) == []


def _on_edge(start: tuple[float, float], end: tuple[float, float], y: float) -> tuple[float, float]:
    share = (y - start[1]) / (end[1] - start[1])
    return start[0] + share * (end[0] - start[0]), y


def _apart(quad: Quad, whole: list[tuple[float, float]]) -> float:
    points = np.array(quad.points)
    return min(float(np.abs(np.roll(points, -k, axis=0) - np.array(whole)).max()) for k in range(4))
