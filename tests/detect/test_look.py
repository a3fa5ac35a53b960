"""What the ink of a page shows: sizes of type, and where words may be."""

from __future__ import annotations

import numpy as np

from ocr.detect.look import look


def test_print_beside_and_on_a_dark_panel_has_its_size() -> None:
    """One threshold for all of a page with a dark menu saw few of its words, and its type three times as large."""
    page = np.full((900, 1300), 250, np.uint8)
    page[:, :240] = 30
    for top in range(60, 860, 40):
        for left in range(20, 1200, 90):
            ground, ink = (30, 140) if left < 150 else (250, 130)
            if not 150 <= left < 260:
                page[top : top + 11, left : left + 60 : 3] = ink
                assert page[top - 1, left] == ground
    seen = look(page)
    assert 11 <= seen.typical < 18 and len(seen.words) > 200


def test_light_marks_on_dark_buttons_are_words() -> None:
    page = np.full((900, 1300), 255, np.uint8)
    page[100:160, 100:300] = 60
    page[120:135, 140:180] = page[120:135, 190:260] = 250
    words = look(page).words
    for word in ([140, 120, 180, 135], [190, 120, 260, 135]):
        assert (np.abs(words - word) < 2).all(1).any()
    hollow = np.full((900, 1300), 255, np.uint8)
    hollow[100:160, 100:300] = 60
    hollow[105:155, 105:295] = 255
    assert len(look(hollow).words) <= 1, "a frame is no panel"
