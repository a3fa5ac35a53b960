"""Enhancement: tiles are exact, strength is a dial, wrong input is said to be wrong."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from ocr.errors import UsageError
from ocr.metadata import Metadata
from ocr.page import enhance as module
from ocr.page.enhance import (
    DOCUMENT_OPERATORS,
    MODELS,
    OPERATORS,
    PHOTOGRAPHIC_OPERATORS,
    CanEnhancer,
    EnhancerSettings,
    Image,
    available,
    enhance,
)
from ocr.page.enhance_base import PUBLISHED


@pytest.fixture(scope="module")
def nets(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Small untrained nets that do something different for every document operator, and one of local operators."""
    torch = pytest.importorskip("torch")
    from ocr.export.nets import export_net, quantize_net
    from ocr.train.enhance.data import condition_of
    from ocr.train.enhance.net import Can, CanConfig, PhotoCan, PhotoCanConfig, fixed

    torch.manual_seed(5)
    folder = tmp_path_factory.mktemp("nets")

    def write(layers: Any, operator: str, settings: EnhancerSettings) -> Path:
        about = Metadata("enhance", operator, "", (), 0, 0, 0.0, 1.0, asdict(settings), operators=(operator,))
        path, sample = folder / f"{operator}.onnx", torch.rand(1, layers[0].in_channels, 40, 40)
        export_net(layers, path, about, "image", sample, ["result"], {2: "h", 3: "w"})
        return path

    net = Can(CanConfig(width=4, dilations=(1, 2, 4, 1)), len(DOCUMENT_OPERATORS))
    for norm in net.norms:
        torch.nn.init.normal_(norm.table, std=0.2)
    settings = EnhancerSettings(net.config.radius, changes=False, reduced=("whiten",))
    files = {
        name: write(fixed(net, torch.from_numpy(condition_of(DOCUMENT_OPERATORS, name))), name, settings)
        for name in DOCUMENT_OPERATORS
    }
    photo = PhotoCan(PhotoCanConfig(width=4, dilations=(1, 2, 1)), 4)
    torch.nn.init.normal_(photo.last.weight, std=0.1)
    feeds = [{"image": crop[None]} for crop in np.random.default_rng(1).random((4, 4, 40, 40), np.float32)]
    wide = write(photo.plain(), "l0", EnhancerSettings(photo.config.radius))
    return {**files, "l0": quantize_net(wide, folder / "l0-int8.onnx", feeds, usual=True)}


def picture(height: int, width: int) -> Image:
    return np.random.default_rng(2).integers(0, 256, (height, width, 3), np.uint8)


@pytest.mark.parametrize(("operator", "shape"), [("denoise", (97, 61)), ("l0", (97, 61)), ("l0", (50, 64))])
def test_tiles_give_what_the_whole_gives(
    nets: dict[str, Path], operator: str, shape: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    image = picture(*shape)
    whole = CanEnhancer(operator, threads=1, path=nets[operator])(image)
    monkeypatch.setattr(module, "TILE", 22)
    tiled = CanEnhancer(operator, threads=1, path=nets[operator])(image)
    assert not np.array_equal(whole, image)
    assert np.abs(whole.astype(int) - tiled).max() <= 1


@pytest.mark.parametrize("operator", ["whiten", "l0"])
@pytest.mark.parametrize("shape", [(1, 1, 3), (3, 501, 3), (40, 31)])
def test_shape_and_kind_stay(nets: dict[str, Path], operator: str, shape: tuple[int, ...]) -> None:
    image = np.full(shape, 200, np.uint8)
    result = CanEnhancer(operator, path=nets[operator])(image)
    assert result.shape == shape and result.dtype == np.uint8


def test_strength_of_document_operators_blends(nets: dict[str, Path]) -> None:
    image = picture(30, 40)
    none, half, full = (CanEnhancer("whiten", s, path=nets["whiten"])(image).astype(int) for s in (0, 0.5, 1))
    assert np.array_equal(none, image)
    assert np.abs(half - (image + full) / 2).max() <= 1


def test_binarize_gives_two_values(nets: dict[str, Path]) -> None:
    result = CanEnhancer("binarize", path=nets["binarize"])(picture(20, 20).mean(2).astype(np.uint8))
    assert set(np.unique(result)) <= {0, 255}


def test_every_operator_has_a_model() -> None:
    assert set(MODELS) == set(OPERATORS) and len(OPERATORS) == 15


def test_an_operator_without_a_net_is_said_to_have_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(module.MODELS, "pencil", "enhance-none")
    monkeypatch.setattr(module, "JOINT", "enhance-none")
    assert "pencil" not in available()
    with pytest.raises(UsageError, match="pencil has no net yet; there are whiten"):
        CanEnhancer("pencil")


def test_the_net_for_all_stands_in_for_one_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    image = photograph()
    own = enhance(image, "pencil")
    monkeypatch.setitem(module.MODELS, "pencil", "enhance-none")
    other = CanEnhancer("pencil")(image)
    assert not np.array_equal(own, other) and np.abs(own.astype(int) - other).mean() < 20


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


def whitened(image: Image, pixels: int, strength: float | None = None) -> Image:
    """The page whitened by a net that sees it at about so many pixels."""
    enhancer = CanEnhancer("whiten", strength, threads=1)
    enhancer.settings = replace(enhancer.settings, pixels=pixels)
    return enhancer(image)


def test_a_large_page_gets_the_tones_of_its_reduced_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    _, dark = shadowed()
    whole = enhance(dark, "whiten").astype(int)
    monkeypatch.setattr(module, "ROWS_AT_A_TIME", 100)
    reduced = whitened(dark, dark.size // 4)
    assert reduced.shape == dark.shape and not np.array_equal(whole, reduced)
    assert np.abs(whole - reduced).mean() < 8
    assert np.array_equal(whitened(dark, dark.size // 4, 0.0), dark)
    half = whitened(np.repeat(dark[..., None], 3, 2), dark.size // 4, 0.5)
    assert np.abs(half.mean(2) - (dark.astype(int) + reduced) / 2).mean() < 8


@pytest.mark.parametrize("shape", [(1, 3000), (3000, 2, 3), (1, 1)])
def test_reduced_pages_of_odd_shapes_keep_them(shape: tuple[int, ...]) -> None:
    assert whitened(np.full(shape, 90, np.uint8), 1).shape == shape


def test_shipped_binarize_finds_print_in_a_shadow() -> None:
    clean, dark = shadowed()
    assert ((enhance(dark, "binarize") < 128) == (clean < 128)).mean() > 0.97


def photograph() -> Image:
    """A cup of coffee on a table, 300 x 200: by Rachel Michetti, CC0, as scikit-image carries it."""
    return np.ascontiguousarray(cv2.imread(str(Path(__file__).with_name("cup.jpg")), cv2.IMREAD_COLOR_RGB), np.uint8)


@pytest.mark.parametrize("operator", PHOTOGRAPHIC_OPERATORS)
def test_photographic_nets_come_closer_to_their_operators_than_the_picture_is(operator: str) -> None:
    pytest.importorskip("scipy")
    from ocr.train.enhance.figures import psnr
    from ocr.train.enhance.operators import REFERENCES

    image = photograph()
    for strength in (None, 0.9):
        wanted = REFERENCES[operator](image / np.float32(255), PUBLISHED[operator] if strength is None else strength)
        target = (wanted.clip(0, 1) * 255 + 0.5).astype(np.uint8)
        assert psnr(enhance(image, operator, strength), target) > psnr(image, target) + 2


@pytest.mark.parametrize("operator", ["rtv", "dehaze"])
def test_grey_pictures_and_strength_pass_through_photographic_nets(operator: str) -> None:
    grey = photograph()[..., 0]
    weak, strong = (enhance(grey, operator, strength).astype(int) for strength in (0.1, 0.9))
    assert weak.shape == grey.shape and np.abs(weak - grey).mean() < np.abs(strong - grey).mean()


@pytest.mark.parametrize("operator", ["tone", "style", "dehaze", "dehaze-nonlocal"])
def test_no_strength_is_no_change(operator: str) -> None:
    image = photograph()
    assert np.abs(enhance(image, operator, 0).astype(int) - image).max() <= 1
