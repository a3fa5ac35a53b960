"""Enhancement: tiles are exact, strength is a dial, wrong input is said to be wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ocr.errors import UsageError
from ocr.page import enhance as module
from ocr.page.enhance import (
    DOCUMENT_OPERATORS,
    MODELS,
    OPERATORS,
    PHOTOGRAPHIC_OPERATORS,
    CanEnhancer,
    Image,
    condition_of,
    enhance,
)


@pytest.fixture(scope="module")
def nets(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Small untrained nets that do something different for every operator."""
    torch = pytest.importorskip("torch")
    from ocr.train.enhance_export import export
    from ocr.train.nets.can import Can, CanConfig

    torch.manual_seed(5)
    folder = tmp_path_factory.mktemp("nets")
    paths: dict[str, Path] = {}
    for operators, dials in ((DOCUMENT_OPERATORS, 1), (PHOTOGRAPHIC_OPERATORS, 2)):
        net = Can(CanConfig(width=4, dilations=(1, 2, 4, 1)), len(operators) * dials)
        for norm in net.norms:
            torch.nn.init.normal_(norm.table, std=0.2)
        path = export(net, operators, folder / f"{dials}.onnx")
        paths |= dict.fromkeys(operators, path)
    return paths


def picture(height: int, width: int) -> Image:
    return np.random.default_rng(2).integers(0, 256, (height, width, 3), np.uint8)


def test_tiles_give_what_the_whole_gives(nets: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    image = picture(97, 61)
    whole = CanEnhancer("denoise", threads=1, path=nets["denoise"])(image)
    monkeypatch.setattr(module, "TILE", 20)
    tiled = CanEnhancer("denoise", threads=1, path=nets["denoise"])(image)
    assert np.abs(whole.astype(int) - tiled).max() <= 1


@pytest.mark.parametrize("shape", [(1, 1, 3), (3, 500, 3), (40, 30)])
def test_shape_and_kind_stay(nets: dict[str, Path], shape: tuple[int, ...]) -> None:
    image = np.full(shape, 200, np.uint8)
    result = CanEnhancer("whiten", path=nets["whiten"])(image)
    assert result.shape == shape and result.dtype == np.uint8


def test_document_strength_blends(nets: dict[str, Path]) -> None:
    image = picture(30, 40)
    none, half, full = (CanEnhancer("whiten", s, path=nets["whiten"])(image).astype(int) for s in (0, 0.5, 1))
    assert np.array_equal(none, image)
    assert np.abs(half - (image + full) / 2).max() <= 1


def test_photographic_strength_reaches_the_net(nets: dict[str, Path]) -> None:
    image = picture(20, 20)
    weak, strong = (CanEnhancer("l0", s, path=nets["l0"])(image) for s in (0, 1))
    assert not np.array_equal(weak, strong)


def test_binarize_gives_two_values(nets: dict[str, Path]) -> None:
    result = CanEnhancer("binarize", path=nets["binarize"])(picture(20, 20).mean(2).astype(np.uint8))
    assert set(np.unique(result)) <= {0, 255}


def test_condition() -> None:
    assert condition_of(("a", "b"), "b").tolist() == [0, 1]
    assert condition_of(("a", "b"), "b", 0.25).tolist() == [0, 1, 0, 0.25]


def test_every_operator_has_a_model() -> None:
    assert set(MODELS) == set(OPERATORS) and len(OPERATORS) == 15


@pytest.mark.parametrize(("operator", "strength", "named"), [("whitten", None, "whitten"), ("whiten", 1.5, "1.5")])
def test_wrong_arguments_are_named(operator: str, strength: float | None, named: str) -> None:
    with pytest.raises(UsageError, match=named):
        CanEnhancer(operator, strength)


@pytest.mark.parametrize("image", [np.zeros((4, 4, 4), np.uint8), np.zeros((4, 4)), np.zeros((0, 4), np.uint8)])
def test_wrong_pictures_are_refused(nets: dict[str, Path], image: Image) -> None:
    with pytest.raises(UsageError, match="uint8"):
        CanEnhancer("whiten", path=nets["whiten"])(image)


def shadowed() -> tuple[Image, Image]:
    """Lines of print, clean and in the shadow of something on the right."""
    clean = np.full((240, 320), 255, np.uint8)
    for y in range(30, 210, 24):
        clean[y : y + 9, 30:290:7] = 20
        clean[y + 4 : y + 6, 30:290] = 20
    light = np.linspace(1, 0.35, 320)[None]
    return clean, (clean * light * 0.9).astype(np.uint8)


def test_shipped_whiten_takes_a_shadow_out() -> None:
    clean, dark = shadowed()
    result = enhance(dark, "whiten")
    assert np.abs(result.astype(int) - clean).mean() < 0.35 * np.abs(dark.astype(int) - clean).mean()


def test_a_large_page_gets_the_tones_of_its_reduced_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    _, dark = shadowed()
    whole = enhance(dark, "whiten").astype(int)
    monkeypatch.setattr(module, "ENOUGH", dark.size // 4)
    monkeypatch.setattr(module, "BAND", 100)
    reduced = enhance(dark, "whiten")
    assert reduced.shape == dark.shape and not np.array_equal(whole, reduced)
    assert np.abs(whole - reduced).mean() < 8
    assert np.array_equal(enhance(dark, "whiten", 0.0), dark)
    half = enhance(np.repeat(dark[..., None], 3, 2), "whiten", 0.5)
    assert np.abs(half.mean(2) - (dark.astype(int) + reduced) / 2).mean() < 8


@pytest.mark.parametrize("shape", [(1, 3000), (3000, 2, 3), (1, 1)])
def test_reduced_pages_of_odd_shapes_keep_them(shape: tuple[int, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ENOUGH", 1)
    assert enhance(np.full(shape, 90, np.uint8), "whiten").shape == shape


def test_shipped_binarize_finds_print_in_a_shadow() -> None:
    clean, dark = shadowed()
    assert ((enhance(dark, "binarize") < 128) == (clean < 128)).mean() > 0.97
