"""Dithered pictures."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from ocr.idcard.dithered import undithered


def greys(colours: bool = False) -> NDArray[np.uint8]:
    """A ramp with black strokes."""
    picture = np.tile(np.linspace(60, 220, 300), (200, 1)).astype(np.uint8)
    picture[40:160:8, 40:260] = 10
    return np.repeat(picture[..., None], 3, 2) if colours else picture


@pytest.mark.parametrize("colours", [False, True])
def test_dots_become_the_greys_that_they_stand_for(colours: bool) -> None:
    grey = greys()
    dots = np.asarray(Image.fromarray(grey).convert("1").convert("RGB" if colours else "L"))
    back = undithered(dots)
    assert back.shape == dots.shape and back.dtype == np.uint8
    flat = back if back.ndim == 2 else back[..., 0]
    assert np.abs(flat[:30].astype(float) - grey[:30]).mean() < 30


@pytest.mark.parametrize("colours", [False, True])
def test_other_pictures_stay_as_they_are(colours: bool) -> None:
    grey = greys(colours)
    clean = np.asarray(np.where(grey > 128, 255, 0), np.uint8)
    for picture in (grey, clean, grey[:, :2]):
        assert undithered(picture) is picture
