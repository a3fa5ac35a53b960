"""What nets start from: whole-picture numbers as the operators define them, the same in a tile as in the whole."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from ocr.page.enhance_base import BASES, PUBLISHED, REACH, WHOLE, base_of, changed
from ocr.page.tones import Image, air_light, lab, luminance


def picture() -> Image:
    """Noise on a slope of light, a little blue."""
    rng = np.random.default_rng(3)
    light = np.linspace(30, 200, 80)[None, :, None] + rng.normal(0, 20, (60, 80, 3))
    return (light * (0.8, 0.9, 1.1)).clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize("operator", ["l0", *BASES])
def test_a_tile_has_the_planes_of_the_whole(operator: str) -> None:
    image = np.tile(picture(), (3, 3, 1))
    base = base_of(operator, image, 0.5)
    whole = base.planes(WHOLE)
    assert whole.dtype == np.float32 and whole.shape[:2] == image.shape[:2] and base.scale.shape == (3,)
    window, inner = slice(20, 170), slice(REACH, -REACH)
    tile = base.planes((window, window))
    assert np.abs(tile - whole[window, window])[inner, inner].mean() < 1e-5


def test_local_operators_start_from_the_picture_and_their_strength() -> None:
    planes = base_of("rof", picture(), 0.3).planes(WHOLE)
    assert np.abs(planes[..., :3] - picture() / 255).max() < 1e-6 and (planes[..., 3] == np.float32(0.3)).all()


@pytest.mark.parametrize("operator", ["style", "detail"])
def test_coarse_changes_are_made_before_the_net(operator: str) -> None:
    pytest.importorskip("scipy")
    from ocr.train.enhance.operators import REFERENCES

    noise = np.random.default_rng(6).normal(0, 1, (160, 200, 3)).astype(np.float32)
    image = (128 + 900 * cv2.GaussianBlur(noise, (0, 0), 12)).clip(0, 255).astype(np.uint8)
    start = base_of(operator, image, PUBLISHED[operator]).planes(WHOLE)[..., :3]
    wanted = REFERENCES[operator](image / np.float32(255), PUBLISHED[operator])
    assert np.abs(start - wanted).mean() < 0.2 * np.abs(image / 255 - wanted).mean()


def test_pencil_is_mostly_paper() -> None:
    planes = base_of("pencil", picture(), 0.5).planes(WHOLE)
    assert np.quantile(planes[..., 0], 0.55) > 0.85


def test_air_is_the_colour_of_the_haze() -> None:
    image = np.full((40, 40, 3), 20, np.uint8)
    image[:20] = 200, 210, 220
    assert air_light(image) == pytest.approx([200, 210, 220])
    planes = base_of("dehaze", image, 1).planes(WHOLE)
    assert planes[5, 5, :3] == pytest.approx(1) and planes[5, 5, 3] == pytest.approx(0.95)
    assert planes[35, 5, 3] == pytest.approx(0.95 * 20 / 220, abs=0.01)


def test_haze_lines_tell_how_much_is_haze() -> None:
    clear, air = np.array([0.1, 0.5, 0.1]), np.array([0.8, 0.8, 0.8])
    left = np.linspace(1, 0.2, 30)
    row = air + left[:, None] * (clear - air)
    image = np.concatenate([np.repeat(row[None], 10, 0), np.full((20, 30, 3), air)]).astype(np.float32)
    planes = base_of("dehaze-nonlocal", (image * 255 + 0.5).astype(np.uint8), 1).planes(WHOLE)
    assert np.abs(1 - planes[4, :, 3] - left).max() < 0.1


def test_what_the_net_gives_is_added_where_there_is_no_arithmetic() -> None:
    planes = np.full((4, 2, 2), 0.3)
    assert np.stack(changed("l0", planes, np.full((3, 2, 2), 0.1), 0.5)) == pytest.approx(0.4)


def test_haze_is_taken_away_by_its_strength() -> None:
    clear, haze = np.full((3, 2, 2), 0.3), np.full((1, 2, 2), 0.6)
    seen = haze + (1 - haze) * clear
    for operator in ("dehaze", "dehaze-nonlocal"):
        planes = np.concatenate([seen, haze - 0.1])
        assert np.stack(changed(operator, planes, np.full((3, 2, 2), 0.1), 1)) == pytest.approx(clear)
        assert np.stack(changed(operator, planes, np.full((3, 2, 2), 0.1), 0)) == pytest.approx(seen)


def test_lines_never_make_a_colour_darker_than_black() -> None:
    planes = np.array([0.5, 0.6, 0.7, 0.9])[:, None, None]
    assert np.stack(changed("dehaze-nonlocal", planes, np.zeros((3, 1, 1)), 1)).min() == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("strength", [0.0, 0.3, 0.5, 1.0])
def test_right_nets_would_give_what_the_operators_give(strength: float) -> None:
    pytest.importorskip("scipy")
    from ocr.train.enhance.operators import REFERENCES
    from ocr.train.enhance.operators.grid import weighted_least_squares
    from ocr.train.enhance.operators.pencil import strokes

    image = picture()
    tones = image / np.float32(255)
    light = lab(tones)[..., 0]
    wanted = {
        "tone": [weighted_least_squares(light, smoothness) - light for smoothness in (0.125, 0.5)] + [0 * light],
        "pencil": [strokes(luminance(tones)) - 1] * 3,
    }
    for operator, output in wanted.items():
        planes = base_of(operator, image, strength).planes(WHOLE).transpose(2, 0, 1)
        result = np.dstack(changed(operator, planes, np.stack(output), strength))
        assert np.abs(result - REFERENCES[operator](tones, strength)).max() < 1e-3


@pytest.mark.parametrize("operator", PUBLISHED)
def test_arrays_and_tensors_are_changed_alike(operator: str) -> None:
    torch = pytest.importorskip("torch")
    image = picture()
    planes = base_of(operator, image, 0.5).planes(WHOLE).transpose(2, 0, 1)
    output = np.random.default_rng(2).normal(0, 0.05, (3, *planes.shape[1:])).astype(np.float32)
    theirs = changed(operator, torch.from_numpy(planes.copy()), torch.from_numpy(output), torch.tensor(0.4), torch)
    ours = changed(operator, planes, output, 0.4)
    assert np.abs(np.stack(ours) - torch.stack(theirs).numpy()).max() < 1e-4


@pytest.mark.parametrize("operator", ["l0", *BASES])
@pytest.mark.parametrize("value", [0, 255])
def test_even_pictures_give_numbers(operator: str, value: int) -> None:
    image = np.full((20, 20, 3), value, np.uint8)
    base = base_of(operator, image, 0.5)
    assert np.isfinite(base.planes(WHOLE)).all() and (base.scale > 0).all()
