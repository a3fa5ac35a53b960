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


def test_a_narrow_gutter_is_followed_upwards() -> None:
    run_together = [[piece(0, 200, y), piece(218, 420, y)] for y in (0, 30, 60, 90, 120, 150)]
    columns = [[piece(x, x + 200, y)] for y in (180, 210, 240) for x in (0, 219)]
    assert all(len(row) == 2 for row in joined([*run_together, *columns])[:6])


def test_a_narrow_gap_between_short_cells_is_none() -> None:
    label = [piece(0, 60, 0), piece(78, 140, 0)]
    cells = [[piece(x, x + 60, y)] for y in (30, 60) for x in (0, 78)]
    assert len(joined([label, *cells])[0]) == 1


def test_a_wide_gap_needs_no_witness() -> None:
    assert len(joined([[piece(10, 100, 0), piece(150, 200, 0)]])[0]) == 2


def test_nothing_gives_nothing() -> None:
    assert joined([]) == []
    assert joined([[]]) == [[]]
