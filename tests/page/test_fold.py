"""The fold of an open book is found, and nothing else is taken for one."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from ocr.document import Quad
from ocr.page.fold import halves
from tests.page.prose import prose


def spread(dark: float, at: float = 0.5, lean: float = 0.0) -> NDArray[np.uint8]:
    """Two pages side by side, (600, 860), darker by a share towards a line between them."""
    page = np.concatenate([prose(430, 600), prose(430, 600)], axis=1).astype(np.float64)
    y, x = np.mgrid[0:600, 0:860]
    far = np.abs(x / 860 - at - lean * (y / 300 - 1))
    return np.asarray(page * (1 - dark * np.exp(-far / 0.04)), np.uint8)


WHOLE = Quad.rect(0, 0, 860, 600)


@pytest.mark.parametrize(("at", "lean"), [(0.5, 0.0), (0.48, 0.02), (0.52, -0.03)])
def test_the_fold_is_where_the_paper_is_darkest(at: float, lean: float) -> None:
    left, right = halves(spread(0.4, at, lean), WHOLE)
    _, top, foot, _ = left.points
    assert right.points[0] == top and right.points[3] == foot
    assert abs(top[0] / 860 - at + lean) < 0.008 and abs(foot[0] / 860 - at - lean) < 0.008


def test_without_a_shadow_there_is_no_fold() -> None:
    assert halves(spread(0.0), WHOLE) == []


def test_a_rule_between_columns_is_no_fold() -> None:
    page = spread(0.0)
    page[:, 427:433] = 0
    assert halves(page, WHOLE) == []


def test_a_crease_along_the_lines_of_a_letter_is_no_fold() -> None:
    letter = prose(600, 860).astype(np.float64)
    far = np.abs(np.arange(860) / 860 - 0.5)[:, None]
    creased = np.asarray(letter * (1 - 0.4 * np.exp(-far / 0.04)), np.uint8)
    assert halves(creased, Quad.rect(0, 0, 600, 860)) == []
    sideways = np.ascontiguousarray(np.rot90(spread(0.4)))
    assert len(halves(sideways, Quad.rect(0, 0, 600, 860))) == 2
