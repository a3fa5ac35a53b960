"""Scenes with a page: its corners are where the page is seen, at every size; tables without a page have none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from ocr.train.synth import photos
from ocr.train.synth.photos import LARGE, Materials, Scene, pictures, scene


def page() -> np.ndarray:
    """A page with dark blocks where lines would be, different in each quarter."""
    image = np.full((400, 300), 245, np.uint8)
    for k, top in enumerate(range(30, 360, 30)):
        image[top : top + 12, 30 : 270 - 20 * (k % 5)] = 30
    image[40:120, 30:110] = 10
    return image


@pytest.fixture(scope="module")
def materials(tmp_path_factory: pytest.TempPathFactory) -> Materials:
    folder = tmp_path_factory.mktemp("scans")
    cv2.imwrite(str(folder / "page.png"), page())
    rimmed = page()
    rimmed[:, :12] = 0
    cv2.imwrite(str(folder / "rimmed.png"), rimmed)
    kept = photos.GROUNDS
    photos.GROUNDS = 6
    try:
        return Materials.load(sorted(folder.iterdir()), [])
    finally:
        photos.GROUNDS = kept


def test_scans_with_a_black_rim_are_left_out(materials: Materials) -> None:
    assert len(materials.pages) == 1 and len(materials.grounds) == 6
    assert max(materials.pages[0].shape) == LARGE


def test_an_unreadable_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "broken.png").write_bytes(b"no image")
    with pytest.raises(ValueError, match=r"broken\.png"):
        Materials.load([tmp_path / "broken.png"], [])


def test_images_are_chosen_evenly_from_each_folder(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        for k in range(10):
            (tmp_path / name / f"{k}.png").touch()
        (tmp_path / name / "notes.txt").touch()
    chosen = pictures([str(tmp_path / "a"), str(tmp_path / "b")], count=5)
    assert [path.name for path in chosen] == ["0.png", "2.png", "4.png", "6.png", "8.png"] * 2


def bare(made: Scene) -> Scene:
    """The scene without objects and fingers on top, evenly lit."""
    return replace(made, objects=[], fingers=[], light=np.ones((64, 64, 3), np.float32))


def test_the_corners_are_those_of_the_page_in_the_photograph(materials: Materials) -> None:
    compared = 0
    for seed in range(30):
        made = bare(scene(materials, seed))
        inside = len(made.corners) and ((made.corners > 0) & (made.corners < made.size)).all()
        if not inside:
            continue
        view = made.frame(500)
        photograph = cv2.cvtColor(made.draw(view, (500, 500)), cv2.COLOR_RGB2GRAY)
        height, width = made.page.shape[:2]
        flat = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
        corners = cv2.perspectiveTransform(made.corners[None], view)[0].astype(np.float32)
        back = cv2.warpPerspective(photograph, cv2.getPerspectiveTransform(corners, flat), (width, height))
        drawn = cv2.cvtColor(made.page[..., :3], cv2.COLOR_RGB2GRAY)
        a, b = (cv2.blur(image, (9, 9)).astype(float).ravel() for image in (back, drawn))
        if b.std() > 25:
            assert np.corrcoef(a, b)[0, 1] > 0.8, seed
            compared += 1
    assert compared >= 6


def test_a_seed_gives_the_same_photograph_and_a_crop_shows_the_same_scene(materials: Materials) -> None:
    first, again = scene(materials, 3), scene(materials, 3)
    view = first.frame(200)
    whole = first.draw(view, (200, 200))
    assert np.array_equal(whole, again.draw(view, (200, 200)))
    corner = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1.0]])
    crop = first.draw(corner @ view, (100, 100))
    assert np.abs(crop.astype(float).mean((0, 1)) - whole[:100, :100].astype(float).mean((0, 1))).max() < 12


def test_some_scenes_have_no_page_some_a_hand(materials: Materials) -> None:
    made = [scene(materials, seed) for seed in range(120)]
    assert 5 <= sum(not len(each.corners) for each in made) <= 35
    assert any(each.fingers for each in made) and any(each.objects for each in made)
    for each in made[:20]:
        assert max(each.size) == 1.0
        assert each.draw(each.frame(64), (64, 64)).shape == (64, 64, 3)


def test_cards_and_photographs_come_where_there_are_photographs(materials: Materials) -> None:
    photograph = np.random.default_rng(1).integers(0, 255, (64, 96, 3), np.uint8)
    richer = replace(materials, photographs=(photograph,))
    made = [scene(richer, seed, 160) for seed in range(60)]
    assert any((each.page[..., 3] < 128).any() for each in made if len(each.corners)), "cards have round corners"


def test_a_shadow_darkens_what_it_falls_on() -> None:
    canvas = np.full((40, 40, 3), 100, np.float32)
    photos._fill(canvas, np.array([[10, 10], [30, 10], [30, 30], [10, 30]], float), None, 0.0, depth=0.5)
    assert canvas[20, 20] == pytest.approx(50) and canvas[2, 2] == pytest.approx(100)
