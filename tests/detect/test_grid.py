"""Rules enclose cells, and ink in cells that the detector passed over becomes regions."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from ocr.detect import Region, grid
from ocr.detect.grid import ruled_page
from ocr.document import Quad
from ocr.geometry import rotation_matrix

SIZE = 30
LEFT, TOP, WIDE, TALL = 80, 60, 160, 50


def drawn(rows: int = 3, columns: int = 4, thick: int = 3, text: str = "7") -> NDArray[np.uint8]:
    """A table in which every cell has the same text."""
    page = np.full((TOP + rows * TALL + 100, LEFT + columns * WIDE + 100), 255, np.uint8)
    for row in range(rows + 1):
        cv2.line(page, (LEFT, TOP + row * TALL), (LEFT + columns * WIDE, TOP + row * TALL), 0, thick)
    for column in range(columns + 1):
        cv2.line(page, (LEFT + column * WIDE, TOP), (LEFT + column * WIDE, TOP + rows * TALL), 0, thick)
    for row in range(rows):
        for column in range(columns):
            at = (LEFT + column * WIDE + 12, TOP + row * TALL + 36)
            cv2.putText(page, text, at, cv2.FONT_HERSHEY_SIMPLEX, 1.0, 0, 2, cv2.LINE_AA)
    return page


def region(left: float, top: float, right: float, bottom: float) -> Region:
    return Region(Quad.rect(left, top, right, bottom), 0.9)


SEEN = [region(LEFT + 8, TOP + 10, LEFT + 40, TOP + 10 + SIZE)]


@pytest.mark.parametrize("thick", [1, 3, 5, 8])
def test_cells_of_a_grid(thick: int) -> None:
    [grid] = ruled_page(drawn(thick=thick), SEEN).grids
    assert (grid.rows, grid.columns, len(grid.cells)) == (3, 4, 12)
    assert [(cell.row, cell.column) for cell in grid.cells] == [(r, c) for r in range(3) for c in range(4)]
    middle = grid.cells[5].box.center
    assert middle == pytest.approx((LEFT + 1.5 * WIDE, TOP + 1.5 * TALL), abs=3)


def test_a_missing_rule_makes_a_span() -> None:
    page = drawn(text="")
    cv2.line(page, (LEFT + WIDE, TOP + 6), (LEFT + WIDE, TOP + TALL - 6), 255, 7)
    [grid] = ruled_page(page, SEEN).grids
    assert [(cell.row_span, cell.column_span) for cell in grid.cells[:2]] == [(1, 2), (1, 1)]
    assert len(grid.cells) == 11


def test_ink_that_was_passed_over_is_found_in_every_cell_but_one() -> None:
    known, found = ruled_page(drawn(), SEEN).completed(SEEN)
    assert known == SEEN
    assert len(found) == 11
    left, top, right, bottom = found[0].quad.hull
    assert LEFT + WIDE + 4 < left < LEFT + WIDE + 16 and right < LEFT + WIDE + 40
    assert TOP + 4 < top < TOP + 16 and TOP + 34 < bottom < TOP + 48


def test_a_low_token_gets_the_room_of_its_row() -> None:
    page = drawn(rows=3, text="")
    for column, text in enumerate(("7", "d", "m", "8")):
        cv2.putText(page, text, (LEFT + column * WIDE + 12, TOP + 36), cv2.FONT_HERSHEY_SIMPLEX, 1.0, 0, 2, cv2.LINE_AA)
    seen = [region(LEFT + 8, TOP + 10, LEFT + 40, TOP + 38)]
    _, found = ruled_page(page, seen).completed(seen)
    tops = [one.quad.hull[1] for one in sorted(found, key=lambda one: one.quad.hull[0])]
    assert len(found) == 3 and max(tops) - min(tops) < 4


def test_what_is_found_in_a_table_is_more_than_a_second_look() -> None:
    _, in_table = ruled_page(drawn(), SEEN).completed(SEEN)
    _, in_frame = ruled_page(drawn(rows=1, columns=1), []).completed([])
    assert not any(one.leftover for one in in_table) and all(one.leftover for one in in_frame) and in_frame


def test_ink_is_found_on_a_skewed_page() -> None:
    page = drawn()
    height, width = page.shape
    turn = rotation_matrix(3, (width / 2, height / 2))
    skewed = cv2.warpAffine(page, np.array(turn).reshape(3, 2).T, (width, height), borderValue=255)
    seen = [Region(r.quad.transformed(turn), r.score) for r in [region(LEFT + 8, TOP + 10, LEFT + 90, TOP + 40)]]
    ruled = ruled_page(np.asarray(skewed, np.uint8), seen)
    assert [(grid.rows, grid.columns) for grid in ruled.grids] == [(3, 4)]
    _, found = ruled.completed(seen)
    assert len(found) == 11
    assert all(abs(one.quad.angle - 3) < 0.5 for one in found)


def test_empty_cells_and_pages_without_rules_give_nothing() -> None:
    assert ruled_page(drawn(text=""), SEEN).completed([])[1] == []
    prose = np.full((400, 600), 255, np.uint8)
    for row in range(6):
        cv2.putText(prose, "no rules in this text", (40, 60 + 50 * row), cv2.FONT_HERSHEY_SIMPLEX, 1.0, 0, 2)
    assert ruled_page(prose, SEEN).grids == ()
    assert ruled_page(np.full((5, 5, 3), 255, np.uint8), []).grids == ()


def test_a_region_that_cuts_off_a_letter_is_drawn_out() -> None:
    short = region(LEFT + 30, TOP + 8, LEFT + 60, TOP + 44)
    known, _ = ruled_page(drawn(text="K9"), [short]).completed([short])
    assert known[0].quad.hull[0] < LEFT + 16
    whole = region(LEFT + 10, TOP + 8, LEFT + 60, TOP + 44)
    assert ruled_page(drawn(text="K9"), [whole]).completed([whole])[0] == [whole]


def test_boxes_between_rules_that_lie_at_one_place_are_no_cells() -> None:
    identity = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
    made = grid._grid([(0, 0, 100, 40), (100, 0, 200, 40), (200, 0, 203, 40), (0, 40, 100, 80)], 5.0, identity)
    assert made is not None and (made.rows, made.columns) == (2, 2) and len(made.cells) == 4
    assert grid._grid([(0, 0, 3, 40)], 5.0, identity) is None
