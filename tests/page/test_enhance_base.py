"""What nets start from: whole-picture numbers as the operators define them, the same in a tile as in the whole."""

from __future__ import annotations

import numpy as np
import pytest

from ocr.page.enhance_base import BASES, REACH, STYLE_TONES, Image, air_light, base_of, changed, luminance


def picture() -> Image:
    """Noise on a slope of light, a little blue."""
    rng = np.random.default_rng(3)
    light = np.linspace(30, 200, 80)[None, :, None] + rng.normal(0, 20, (60, 80, 3))
    return (light * (0.8, 0.9, 1.1)).clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize("operator", ["l0", *BASES])
def test_a_tile_has_the_planes_of_the_whole(operator: str) -> None:
    image = picture()
    base, tones = base_of(operator, image), image / np.float32(255)
    whole = base.planes(tones)
    assert whole.dtype == np.float32 and whole.shape[:2] == image.shape[:2] and base.scale.shape == (3,)
    window, inner = slice(10, 50), slice(REACH, -REACH)
    tile = base.planes(tones[window, window])
    assert np.abs(tile - whole[window, window])[inner, inner].mean() < 1e-5


def test_local_operators_start_from_the_picture() -> None:
    tones = picture() / np.float32(255)
    assert np.array_equal(base_of("l0", picture()).planes(tones), tones)


def test_style_starts_from_its_tones() -> None:
    grey = np.repeat(picture()[..., :1], 3, 2)
    planes = base_of("style", grey).planes(grey / np.float32(255))
    quantiles = np.quantile(luminance(planes[..., :3]), np.linspace(0, 1, len(STYLE_TONES)))
    assert np.abs(quantiles - STYLE_TONES)[1:].max() < 1e-3  # black stays black
    assert np.allclose(planes[..., 3:6], grey / 255)


def test_pencil_is_mostly_paper() -> None:
    planes = base_of("pencil", picture()).planes(picture() / np.float32(255))
    assert np.quantile(planes[..., 0], 0.55) > 0.85


def test_air_is_the_colour_of_the_haze() -> None:
    image = np.full((40, 40, 3), 20, np.uint8)
    image[:20] = 200, 210, 220
    assert air_light(image) == pytest.approx([200, 210, 220])
    planes = base_of("dehaze", image).planes(image / np.float32(255))
    assert planes[5, 5, :3] == pytest.approx(1) and planes[5, 5, 3] == pytest.approx(0.95)
    assert planes[35, 5, 3] == pytest.approx(0.95 * 20 / 220, abs=0.01)


def test_haze_lines_tell_how_much_is_haze() -> None:
    clear, air = np.array([0.1, 0.5, 0.1]), np.array([0.8, 0.8, 0.8])
    left = np.linspace(1, 0.2, 30)
    row = air + left[:, None] * (clear - air)
    image = np.concatenate([np.repeat(row[None], 10, 0), np.full((20, 30, 3), air)]).astype(np.float32)
    planes = base_of("dehaze-nonlocal", (image * 255 + 0.5).astype(np.uint8)).planes(image)
    assert np.abs(1 - planes[4, :, 3] - left).max() < 0.1


def test_haze_is_taken_away() -> None:
    clear = np.full((2, 2, 3), 0.3, np.float32)
    haze = np.full((2, 2, 1), 0.6, np.float32)
    seen = haze + (1 - haze) * clear
    assert changed("dehaze", seen, haze - 0.1, np.full_like(seen, 0.1)) == pytest.approx(clear)
    assert changed("l0", seen, haze, np.full_like(seen, 0.1)) == pytest.approx(seen + 0.1)


@pytest.mark.parametrize("operator", ["l0", *BASES])
@pytest.mark.parametrize("value", [0, 255])
def test_even_pictures_give_numbers(operator: str, value: int) -> None:
    image = np.full((20, 20, 3), value, np.uint8)
    base = base_of(operator, image)
    assert np.isfinite(base.planes(image / np.float32(255))).all() and (base.scale > 0).all()
