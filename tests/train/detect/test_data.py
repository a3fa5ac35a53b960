"""The detector's training crops: the same for the same index, with targets that move with the image."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch")

from ocr.errors import InputError  # noqa: E402
from ocr.train.detect.data import (  # noqa: E402
    USUAL_LINE_HEIGHT,
    CropConfig,
    PageCrops,
    Source,
    drawn_sources,
    labelled_sources,
    read_grey,
)
from ocr.train.detect.targets import draw_targets, shrink  # noqa: E402
from tests.train.detect.pages import SIDE, page_of_lines, write_data  # noqa: E402

PLAIN = CropConfig(side=SIDE, real_share=1.0, blank=0.0, invert=0.0, turn=0.0, tilt=0.0, line_height=18.0, spread=0.0)


@pytest.fixture
def source(tmp_path: Path) -> Source:
    """The page of lines as a labelled scan."""
    [first, *_] = labelled_sources(write_data(tmp_path), tmp_path, tmp_path / "cache")
    return first


def drawn(folder: Path, count: int) -> None:
    """Drawn pages, the last one without lines."""
    page, quads = page_of_lines()
    folder.mkdir()
    for k in range(count):
        cv2.imwrite(str(folder / f"{k}.png"), page if k < count - 1 else page * 0 + 128)
        (folder / f"{k}.json").write_text(json.dumps({"lines": quads if k < count - 1 else []}))


def test_labelled_scans_are_reduced_once(tmp_path: Path) -> None:
    labels = write_data(tmp_path)
    [small, *_] = labelled_sources(labels, tmp_path, tmp_path / "cache", largest=100)
    assert max(read_grey(small.image).shape) == 100
    assert small.line_height == pytest.approx(9.0)
    assert small.lines[0, 1, 0] == pytest.approx(90.0)
    with pytest.raises(InputError, match=r"none\.png"):
        read_grey(tmp_path / "none.png")


def test_a_crop_is_the_same_for_the_same_index(source: Source) -> None:
    crops = PageCrops((), [source], replace(PLAIN, tilt=0.5, turn=0.5, invert=0.5), 3)
    for index in range(4):
        first, second = crops[index], crops[index]
        assert first[0].shape == (1, SIDE, SIDE) and first[1].shape == (4, SIDE // 4, SIDE // 4)
        assert all(torch.equal(one, other) for one, other in zip(first, second, strict=True))
    assert not torch.equal(crops[0][0], crops[1][0])


@pytest.mark.parametrize("config", [PLAIN, replace(PLAIN, turn=1.0), replace(PLAIN, tilt=1.0)])
@pytest.mark.parametrize("scale", [0.6, 1.4])
def test_kernels_lie_on_the_ink(source: Source, config: CropConfig, scale: float) -> None:
    crops = PageCrops((), [source], config, 3)
    for seed in range(5):
        picture, targets = crops.crop(source, np.random.default_rng(seed), scale)
        ink = cv2.resize(picture, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA) < 230
        kernel = targets[0] > 0.9
        if kernel.sum() > 20:
            assert ink[kernel].mean() > 0.9


def test_crops_without_text_have_empty_kernels(tmp_path: Path) -> None:
    drawn(tmp_path / "pages", 3)
    sources = drawn_sources(tmp_path / "pages")
    assert [len(source.lines) for source in sources] == [5, 5, 0] and sources[2].line_height == USUAL_LINE_HEIGHT
    crops = PageCrops([tmp_path / "pages"], [], replace(PLAIN, blank=1.0), 1)
    for index in range(12):
        picture, targets = crops[index]
        assert picture.min() >= -1 and picture.max() <= 1
        assert not targets[0].any() and targets[3].min() == 1


def test_pages_drawn_meanwhile_are_taken_up(tmp_path: Path) -> None:
    drawn(tmp_path / "pages", 2)
    crops = PageCrops([tmp_path / "pages"], [], PLAIN, 1)
    crops[0]
    (tmp_path / "pages/1.json").unlink()
    crops[1]
    assert len(crops.drawn) == 2
    crops[5000]
    assert len(crops.drawn) == 1


def test_kernels_of_touching_lines_are_apart() -> None:
    lines = np.array([[(8, y), (88, y), (88, y + 20), (8, y + 20)] for y in (20, 40)], float)
    kernel = draw_targets(lines, np.zeros((0, 4, 2)), SIDE)[0]
    middle = kernel[:, SIDE // 8]
    assert middle[30 // 4] > 0.9 and middle[50 // 4] > 0.9 and middle[40 // 4] < 0.1


def test_a_single_character_keeps_a_square_kernel() -> None:
    [kernel] = shrink(np.array([[(10, 10), (14, 10), (14, 30), (10, 30)]], float))
    assert np.ptp(kernel[:, 0]) == pytest.approx(10) and np.ptp(kernel[:, 1]) == pytest.approx(10)


def test_unsure_quads_and_tiny_lines_do_not_count() -> None:
    half = np.array([[(0, 0), (48, 0), (48, 96), (0, 96)]], float)
    weight = draw_targets(np.zeros((0, 4, 2)), half, SIDE)[3]
    assert weight[:, :11].max() == 0 and weight[:, 14:].min() == 1
    tiny = np.array([[(10, 40), (90, 40), (90, 45), (10, 45)]], float)
    kernel, _, inside, weight = draw_targets(tiny, np.zeros((0, 4, 2)), SIDE)
    assert not kernel.any() and not inside.any() and weight[10, 12] == 0


def test_gaps_and_single_characters_weigh_more() -> None:
    lines = np.array([[(8, 40), (40, 40), (40, 56), (8, 56)], [(70, 40), (78, 40), (78, 56), (70, 56)]], float)
    weight = draw_targets(lines, np.zeros((0, 4, 2)), SIDE)[3]
    assert weight[48 // 4, 44 // 4] == 3 and weight[48 // 4, 74 // 4] == 6 and weight[48 // 4, 20 // 4] == 1
