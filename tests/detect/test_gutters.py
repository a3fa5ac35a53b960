"""Which gaps of a row lie between cells."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ocr.detect.gutters import joined


def piece(left: float, right: float, top: float) -> NDArray[np.float64]:
    return np.array([(left, top), (right, top), (right, top + 20), (left, top + 20)], float)


def test_a_gap_above_a_gutter_parts_the_row() -> None:
    header = [piece(10, 100, 0), piece(130, 200, 0)]
    body = [[piece(10, 60, y)] for y in (30, 60)] + [[piece(132, 190, y)] for y in (30, 60)]
    assert len(joined([header, *body])[0]) == 2


def test_a_gap_within_prose_is_bridged() -> None:
    sentence = [piece(10, 100, 60), piece(130, 300, 60)]
    prose = [[piece(10, 300, y)] for y in (0, 30, 90, 120)]
    [line] = joined([sentence, *prose])[0]
    assert line[:, 0].min() == 10 and line[:, 0].max() == 300


def test_a_wide_gap_needs_no_witness() -> None:
    assert len(joined([[piece(10, 100, 0), piece(150, 200, 0)]])[0]) == 2


def test_nothing_gives_nothing() -> None:
    assert joined([]) == []
    assert joined([[]]) == [[]]
