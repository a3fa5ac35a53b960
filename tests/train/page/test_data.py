"""Training samples of the page stages: scenes agree from every view, samples with their targets, lines turned over."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from ocr.train.page.data import (  # noqa: E402
    CornerCrops,
    Photos,
    Reuse,
    SceneSample,
    TurnedLines,
    WholePhotos,
    line_tensor,
)
from ocr.train.page.net import CornerNet, OrientNet, PageNet, centre_of_mass  # noqa: E402
from ocr.train.recognize.shards import write_shard  # noqa: E402
from ocr.train.synth.photos import SMALL, Materials, scene  # noqa: E402
from tests.train.page.materials import dark_above  # noqa: E402


def test_nets_have_the_shapes_they_promise() -> None:
    page, presence = PageNet().eval()(torch.zeros(2, 3, 64, 64))
    assert page.shape == (2, 16, 16)
    assert presence.shape == (2,)
    heat = CornerNet().eval()(torch.zeros(3, 3, 96, 96))
    assert heat.shape == (3, 24, 24)
    assert OrientNet().eval()(torch.zeros(2, 1, 32, 100)).shape == (2,)


def test_centre_of_mass_is_in_shares_of_the_side() -> None:
    heat = torch.full((2, 24, 24), -50.0)
    heat[0] = 0
    heat[1, 3, 20] = 50
    assert centre_of_mass(heat).tolist() == [pytest.approx([0.5, 0.5]), pytest.approx([20.5 / 24, 3.5 / 24])]


def test_a_scene_is_the_same_for_the_same_seed_and_from_every_view(materials: Materials) -> None:
    seed = next(seed for seed in range(50) if len(scene(materials, seed, SMALL).corners))
    first, second = scene(materials, seed, SMALL), scene(materials, seed, SMALL)
    view = first.frame(96)
    picture = first.draw(view, (96, 96))
    assert (picture == second.draw(view, (96, 96))).all()
    shifted = np.array([[1, 0, -32], [0, 1, -32], [0, 0, 1]]) @ view
    part = first.draw(shifted, (32, 32)).astype(float)
    assert abs(part - picture[32:64, 32:64]).mean() < 25  # noise and JPEG differ, what is seen does not
    assert len(scene(materials, seed, SMALL).corners) == 4


def test_some_scenes_have_no_page(materials: Materials) -> None:
    empty = sum(not len(scene(materials, seed, SMALL).corners) for seed in range(60))
    assert 2 <= empty <= 20


def test_whole_photographs_show_where_the_page_is(materials: Materials) -> None:
    photos = WholePhotos(materials, Reuse(), 1)
    samples = [photos.draw(number) for number in range(12)]
    for picture, page, present in samples:
        assert picture.shape == (3, 192, 192) and picture.dtype == torch.uint8 and page.shape == (48, 48)
        assert bool(page.any()) == bool(present)
    picture, page, present = next(sample for sample in samples if sample[2])
    turned = photos.varied((picture, page, present), random.Random(3))
    assert not torch.equal(turned[1], page)
    assert float(turned[1].sum()) == pytest.approx(float(page.sum())) and turned[0].sum() == picture.sum()


def test_corner_crops_show_a_corner_where_they_say(materials: Materials) -> None:
    crops = CornerCrops(materials, Reuse(), 1)
    pictures, positions, _ = crops.draw(5)
    assert pictures.shape == (4, 3, 96, 96) and positions.shape == (4, 2)
    assert float((positions - 0.5).abs().max()) < 0.5
    mirrored = crops.varied((pictures, positions, torch.zeros(())), random.Random(1))  # mirrors, and changes the light
    assert torch.equal(mirrored[1], positions.flip(1))
    assert all(torch.equal(one, other) for one, other in zip(crops.draw(5), crops.draw(5), strict=True))


def test_samples_are_used_again_but_never_unchanged(materials: Materials) -> None:
    class Counted(Photos):
        drawn = varied_count = 0

        def draw(self, number: int) -> SceneSample:
            self.drawn += 1
            return torch.tensor(number), torch.zeros(()), torch.zeros(())

        def varied(self, sample: SceneSample, rng: random.Random) -> SceneSample:
            self.varied_count += 1
            return sample

    photos = Counted(materials, Reuse(fresh=0.25, kept=70), 1)
    for index in range(400):
        photos[index]
    assert photos.drawn + photos.varied_count == 400 and len(photos.seen) == 70
    assert 100 < photos.drawn < 200


def test_lines_are_upside_down_as_they_say(tmp_path: Path) -> None:
    write_shard(tmp_path / "drawn.npz", [(dark_above(), "dark above"), (dark_above(), "no")])
    write_shard(tmp_path / "real.npz", [(dark_above(), "dark above")])
    lines = TurnedLines([f"{tmp_path}/drawn.npz"], [f"{tmp_path}/real.npz"], 0.5, 1)
    assert [len(kept) for kept in lines.sets] == [1, 1]  # two letters are too few
    agreed = 0
    for index in range(60):
        window, upside_down = lines[index]
        assert window.shape == (1, 32, 256)
        agreed += bool(window[0, :12].mean() > window[0, -12:].mean()) == bool(upside_down)
    assert agreed > 50  # some are light on dark
    assert torch.equal(lines[3][0], lines[3][0])


def test_a_short_line_fills_the_window() -> None:
    assert line_tensor(np.full((32, 30), 255, np.uint8)).min() == 1
