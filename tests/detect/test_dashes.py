"""Dashes in cells."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from ocr.detect.dashes import dash_in

SIZE = 30


def cell(*boxes: tuple[int, int, int, int]) -> NDArray[np.uint8]:
    """Ink of a cell of 120 x 50 pixels with some boxes."""
    ink = np.zeros((50, 120), np.uint8)
    for left, top, right, bottom in boxes:
        ink[top:bottom, left:right] = 1
    return ink


@pytest.mark.parametrize(("length", "text"), [(7, "-"), (16, "–"), (30, "—")])
def test_a_dash_by_its_length(length: int, text: str) -> None:
    found = dash_in(cell((50, 24, 50 + length, 27)), SIZE)
    assert found is not None and found.text == text and found.box == (50, 24, 50 + length, 27)


@pytest.mark.parametrize(
    "boxes",
    [
        [],
        [(50, 24, 52, 27)],  # a speck
        [(50, 15, 60, 35)],  # a block
        [(20, 24, 100, 27)],  # a rule
        [(50, 45, 60, 48)],  # at the foot of the cell
        [(2, 24, 12, 27)],  # at its side
        [(50, 24, 60, 27), (80, 24, 90, 27)],
    ],
)
def test_what_is_no_dash(boxes: list[tuple[int, int, int, int]]) -> None:
    assert dash_in(cell(*boxes), SIZE) is None
