"""Marks on a ground of their own: rings, discs, panels."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from ocr.detect.enclosed import enclosed

SIZE = 20.0


def paper() -> NDArray[np.uint8]:
    return np.full((200, 300), 250, np.uint8)


def test_a_light_mark_in_a_disc_is_a_badge_and_the_counter_of_a_letter_is_not() -> None:
    page = paper()
    cv2.circle(page, (60, 60), 30, (120,), -1)
    page[50:70, 56:62] = 255
    cv2.rectangle(page, (150, 40), (180, 80), (0,), 6)  # as a bold O
    found = enclosed(page, SIZE, 8)
    [badge] = found.badges
    assert badge.light and badge.inside.tolist() == pytest.approx([56, 50, 62, 70], abs=1)
    assert badge.box.tolist() == pytest.approx([30, 30, 91, 91], abs=1) and len(found.light) == 1


def test_a_dark_mark_in_a_ring_is_a_badge() -> None:
    page = paper()
    cv2.circle(page, (60, 60), 22, (0,), 2)
    page[52:68, 56:62] = 0
    page[100:116, 50:56] = 0
    [badge] = enclosed(page, SIZE, 8).badges
    assert not badge.light and badge.inside.tolist() == pytest.approx([56, 52, 62, 68], abs=1)


def test_a_bent_letter_around_its_counter_is_no_panel() -> None:
    page = paper()
    right = [(100, 20), (120, 20), (120, 70), (132, 70), (132, 84), (120, 84), (120, 110)]
    cv2.fillPoly(page, [np.array([*right, (104, 110), (104, 84), (60, 84), (60, 70)])], (0,))
    cv2.fillPoly(page, [np.array([(104, 45), (104, 70), (86, 70)])], (250,))
    found = enclosed(page, SIZE, 8)
    assert not found.badges and not len(found.light)


@pytest.mark.parametrize("height", [4, 190])
def test_marks_of_other_sizes_are_left_out(height: int) -> None:
    page = np.full((300, 300), 250, np.uint8)
    page[20:280, 20:280] = 100
    page[60 : 60 + height, 100:106] = 255
    assert not len(enclosed(page, SIZE, 8).light)


def test_a_blank_page_has_nothing() -> None:
    found = enclosed(np.full((40, 50), 255, np.uint8), SIZE, 8)
    assert found.light.shape == (0, 4) and not found.badges
