"""Tones and colours against OpenCV and against what follows from their definitions."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from ocr.page.tones import (
    LINES,
    drawing_tones,
    edges,
    haze_directions,
    lab,
    line_spread,
    luminance,
    multiscale_boost,
    recoloured,
    rgb,
)


def test_colours_are_those_of_opencv() -> None:
    tones = np.random.default_rng(1).random((30, 40, 3), np.float32)
    colour = lab(tones)
    assert np.abs(np.dstack(rgb(*colour.transpose(2, 0, 1))) - tones).max() < 0.004
    colour[..., 0] = np.clip(1.4 * colour[..., 0], 0, 1)
    wanted = np.clip(cv2.cvtColor(colour * 100, cv2.COLOR_LAB2RGB), 0, 1)
    assert np.abs(np.dstack(rgb(*colour.transpose(2, 0, 1))) - wanted).max() < 1e-3


def test_recoloured_pictures_have_the_new_lightness() -> None:
    tones = np.random.default_rng(2).uniform(0.2, 0.6, (5, 6, 3)).astype(np.float32)
    light = luminance(tones)
    assert luminance(recoloured(tones, light, light * 1.2)) == pytest.approx(light * 1.2, rel=1e-4)


def test_edges_are_lengths_of_gradients() -> None:
    light = np.zeros((4, 5), np.float32)
    light[1:, 2:] = 1
    found = edges(light)
    assert found[1, 1] == found[0, 3] == 1 and found.sum() == 6 and found[3, 4] == 0


def test_a_drawing_is_mostly_paper_and_keeps_the_order_of_tones() -> None:
    tones = drawing_tones(np.random.default_rng(3).random((50, 50)).astype(np.float32))
    assert (np.diff(tones) >= 0).all() and np.quantile(tones, 0.5) > 0.7


def test_boosts_leave_middle_grey_and_raise_differences() -> None:
    even = np.full((2, 2), 0.56, np.float32)
    assert multiscale_boost(even, even, even, np) == pytest.approx(0.56)
    assert (multiscale_boost(even + 0.01, even, even, np) - 0.56).max() > 0.025


def test_haze_lines_point_everywhere() -> None:
    directions = haze_directions()
    assert directions.shape == (LINES, 3) and np.linalg.norm(directions, axis=1) == pytest.approx(1)
    assert np.abs(directions.mean(0)).max() < 0.01


def test_long_and_full_lines_are_trusted() -> None:
    count = np.array([0.0, 10, 1000, 1000])
    mean, spread = 0.5, np.array([0, 0.2, 0.01, 0.2])
    sure = line_spread(count, count * mean, count * (mean**2 + spread**2))
    assert sure[0] == np.float32(1e-3) and sure[2] < 0.01 < sure[1] < sure[3]
