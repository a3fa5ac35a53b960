"""Percentiles of grey levels are those of numpy."""

from __future__ import annotations

import numpy as np
import pytest

from ocr.percentiles import percentiles


@pytest.mark.parametrize("shape", [(1, 1), (2, 3), (7, 5), (48, 301)])
def test_percentiles_are_those_of_numpy(shape: tuple[int, int]) -> None:
    levels = np.random.default_rng(1).integers(0, 256, shape, np.uint8)
    assert percentiles(levels, 0, 2, 50, 75, 98, 100) == pytest.approx(np.percentile(levels, (0, 2, 50, 75, 98, 100)))


def test_a_view_is_left_as_it_is() -> None:
    levels = np.array([[9, 1, 5], [3, 7, 2]], np.uint8)
    assert percentiles(levels[:, ::2], 50) == (4.0,)
    assert levels.tolist() == [[9, 1, 5], [3, 7, 2]]
