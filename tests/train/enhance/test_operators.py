"""Reference operators: each keeps shape and range, and does what it is known for."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

pytest.importorskip("scipy")

from ocr.page.enhance import DOCUMENT_OPERATORS, PHOTOGRAPHIC_OPERATORS
from ocr.page.tones import Picture, luminance
from ocr.train.enhance.operators import REFERENCES
from ocr.train.enhance.operators.document import wear
from ocr.train.enhance.operators.grid import gradient, smoothed


def scene(seed: int = 0) -> Picture:
    """Two flat halves with fine texture on them, and a gradient of light."""
    rng = np.random.default_rng(seed)
    picture = np.zeros((48, 64, 3), np.float32)
    picture[:, :32], picture[:, 32:] = (0.3, 0.5, 0.7), (0.7, 0.6, 0.2)
    picture += np.linspace(0, 0.1, 48, dtype=np.float32)[:, None, None]
    return np.clip(picture + 0.03 * rng.standard_normal(picture.shape), 0, 1).astype(np.float32)


def variation(picture: Picture) -> float:
    """Total variation."""
    return float(sum(np.abs(part).sum() for part in gradient(picture)))


def test_there_is_a_reference_for_every_photographic_operator() -> None:
    assert tuple(REFERENCES) == PHOTOGRAPHIC_OPERATORS


@pytest.mark.parametrize("name", REFERENCES)
def test_shape_range_and_determinism(name: str) -> None:
    first, second = (REFERENCES[name](scene(), 0.5) for _ in range(2))
    assert first.shape == (48, 64, 3)
    assert np.isfinite(first).all() and first.min() > -0.1 and first.max() < 1.1
    assert np.array_equal(first, second)


@pytest.mark.parametrize("name", ["l0", "rof", "tvl1", "rtv"])
def test_smoothing_takes_texture_and_keeps_the_edge(name: str) -> None:
    picture = scene()
    weak, strong = (REFERENCES[name](picture, strength) for strength in (0.2, 0.8))
    assert variation(strong) < variation(weak) < variation(picture)
    assert np.abs(strong[24, 28] - strong[24, 36]).max() > 0.3


@pytest.mark.parametrize("name", ["tone", "detail", "style", "dehaze", "dehaze-nonlocal"])
def test_strength_is_a_dial(name: str) -> None:
    picture = scene()
    moved = [float(np.abs(REFERENCES[name](picture, strength) - picture).mean()) for strength in (0.0, 0.5, 1.0)]
    assert moved[0] < 0.02 < moved[2]
    assert moved[0] < moved[1] < moved[2]


def test_dehazing_takes_the_haze_out() -> None:
    clear = scene()
    hazy = (0.5 * clear + 0.5 * 0.9).astype(np.float32)
    for name in ("dehaze", "dehaze-nonlocal"):
        assert REFERENCES[name](hazy, 1.0).std() > 1.1 * hazy.std(), name


def test_pencil_draws_grey_edges() -> None:
    drawing = REFERENCES["pencil"](scene(), 0.5)
    assert np.array_equal(drawing[..., 0], drawing[..., 2])
    assert drawing[24, 31:33].mean() < drawing[24, 10:20].mean()


def test_system_is_solved() -> None:
    rng = np.random.default_rng(4)
    picture, x, y = (rng.random((7, 9)).astype(np.float32) for _ in range(3))
    u = smoothed(picture, x, y)
    across, down = gradient(u)
    across, down = across * x, down * y
    pull = across + down
    pull[:, 1:] -= across[:, :-1]
    pull[1:] -= down[:-1]
    assert np.abs(u - pull - picture).max() < 1e-4


def page(side: int = 96) -> Picture:
    """Black print with a red mark."""
    clean = np.ones((side, side, 3), np.float32)
    clean[20:24, 10:80] = clean[40:44, 10:80] = 0.05
    clean[60:80, 20:50] = (0.8, 0.1, 0.1)
    return clean


@pytest.mark.parametrize("seed", range(6))
def test_every_document_target_is_closer_to_clean_than_the_worn_page(seed: int) -> None:
    clean = page()
    worn = wear(clean, luminance(clean), np.random.default_rng(seed))
    distance = float(np.abs(worn.page - clean).mean())
    for operator in DOCUMENT_OPERATORS:
        target = worn.target(operator)
        assert target.shape == clean.shape and target.min() >= -1e-5 and target.max() <= 1 + 1e-5
        if operator != "binarize":
            assert float(np.abs(target - clean).mean()) <= distance + 1e-3, operator


def test_binarize_has_two_values_and_the_print() -> None:
    target = wear(page(), np.ones((96, 96), np.float32), np.random.default_rng(1)).target("binarize")
    assert set(np.unique(target)) == {0, 1}
    assert not target[22, 40].any() and target[5, 5].all()


def test_whiten_keeps_colour() -> None:
    for seed in range(5):
        target = wear(page(), np.ones((96, 96), np.float32), np.random.default_rng(seed)).target("whiten")
        red, green, _ = target[70, 35]
        assert red > green + 0.1
        assert cv2.resize(target, (1, 1), interpolation=cv2.INTER_AREA).min() > 0.6
    with pytest.raises(ValueError, match="whitten"):
        wear(page(), np.ones((96, 96), np.float32), np.random.default_rng(0)).target("whitten")
