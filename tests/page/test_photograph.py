"""Sheets are taken out of photographs of them, and out of nothing else."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

import ocr
from ocr.document import Quad
from ocr.page.corners import PageFinder
from ocr.page.dewarp import Mesh, flattened, unflattened
from ocr.page.photograph import reading_order, sheets_in
from ocr.page.rectify import rectified, way_back
from tests.page.prose import curved, prose

SAMPLES = Path(__file__).parents[2] / "samples"


@pytest.fixture(scope="module")
def finder() -> PageFinder:
    return PageFinder("corners-mobile", 1)


def cloth(width: int, height: int, seed: int = 0) -> NDArray[np.uint8]:
    """A checked cloth, (H, W, 3)."""
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    checks = ((x // 40) % 2 + (y // 40) % 2)[..., None] * np.array([40, 20, 25]) + np.array([70, 40, 60])
    noise = np.random.default_rng(seed).normal(0, 6, (height, width, 1))
    return np.asarray((checks + noise).clip(0, 255), np.uint8)


def laid(
    scene: NDArray[np.uint8], page: NDArray[np.uint8], corners: Sequence[tuple[float, float]]
) -> NDArray[np.uint8]:
    """A scene with a grey page, (H, W), whose corners are at some places."""
    height, width = page.shape
    flat = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    matrix = cv2.getPerspectiveTransform(flat, np.array(corners, np.float32))
    size = scene.shape[1::-1]
    drawn = cv2.warpPerspective(cv2.cvtColor(page, cv2.COLOR_GRAY2RGB), matrix, size, flags=cv2.INTER_AREA)
    mask = cv2.warpPerspective(np.ones_like(page), matrix, size)[..., None]
    return np.asarray(np.where(mask > 0, np.minimum(drawn, 240), scene), np.uint8)


LYING = [(120.0, 90.0), (760.0, 130.0), (800.0, 1050.0), (90.0, 1010.0)]


def test_a_page_on_a_cloth_is_taken_out(finder: PageFinder) -> None:
    [sheet] = sheets_in(laid(cloth(900, 1200), prose(760, 1060), LYING), finder)
    assert np.abs(np.array(sheet.quad.points) - np.array(LYING)).max() < 12


def book(dark: float, turned: int = 0) -> NDArray[np.uint8]:
    """An open book on a cloth, (H, W, 3), whose pages are darker towards the fold by a share."""
    page = np.concatenate([prose(420, 600), prose(420, 600)], axis=1).astype(np.float64)
    far = np.abs(np.arange(840) - 420) / 840
    shaded = (page * (1 - dark * np.exp(-far / 0.04))).astype(np.uint8)
    corners = [(150.0, 110.0), (1090.0, 140.0), (1060.0, 800.0), (130.0, 780.0)]
    return np.ascontiguousarray(np.rot90(laid(cloth(1220, 900), shaded, corners), turned))


@pytest.mark.parametrize("turned", [0, 1, 2])
def test_the_pages_of_an_open_book_are_two(finder: PageFinder, turned: int) -> None:
    photo = book(0.4, turned)
    first, second = (sheet.quad for sheet in sheets_in(photo, finder))
    along = 1 if turned % 2 else 0
    fold = (first.center[along] + second.center[along]) / 2
    middle = photo.shape[1 - along] / 2
    assert abs(fold - middle) < 15
    shared = set(first.points) & set(second.points)
    assert len(shared) == 2  # the ends of the fold


def test_two_columns_without_a_fold_are_one_page(finder: PageFinder) -> None:
    assert len(sheets_in(book(0.0), finder)) <= 1


def test_pages_are_read_as_they_lie_when_upright() -> None:
    left, right = Quad.rect(0, 0, 10, 14), Quad.rect(10, 0, 20, 14)
    top, foot = Quad.rect(0, 0, 14, 10), Quad.rect(0, 10, 14, 20)
    assert reading_order([left, right], [0, 0]) == [0, 1]
    assert reading_order([left, right], [180, 180]) == [1, 0]
    assert reading_order([top, foot], [90, 90]) == [1, 0]
    assert reading_order([top, foot], [270, 270]) == [0, 1]
    assert reading_order([left, right], [0, 180]) == [0, 1]


def test_two_pages_side_by_side_are_two(finder: PageFinder) -> None:
    left, right = [(60, 80), (560, 70), (570, 800), (50, 820)], [(660, 90), (1150, 110), (1140, 830), (650, 800)]
    scene = laid(laid(cloth(1200, 900), prose(600, 850), left), prose(600, 850), right)
    first, second = sheets_in(scene, finder)
    assert first.quad.hull[2] < 600 < second.quad.hull[0]


@pytest.mark.parametrize("name", ["receipt.jpg", "card-front.jpg", "card-back.jpg", "passport.jpg"])
def test_receipts_that_fill_the_picture_and_cards_stay_whole(name: str, finder: PageFinder) -> None:
    assert not sheets_in(np.asarray(Image.open(SAMPLES / name)), finder)


def test_flat_pages_and_screenshots_stay_whole(finder: PageFinder) -> None:
    page = np.full((1200, 900), 255, np.uint8)
    page[100:520, 70:830] = prose()
    noise = np.random.default_rng(1).normal(0, 3, page.shape)
    grey = (page * 0.9 + noise).clip(0, 255).astype(np.uint8)
    screen = Image.new("RGB", (1200, 900), (60, 90, 120))
    ImageDraw.Draw(screen).rectangle((150, 60, 1050, 840), fill=(255, 255, 255))
    screen.paste(Image.fromarray(prose()), (200, 120))
    for flat in (page, grey, np.asarray(screen)):
        assert not sheets_in(np.asarray(flat, np.uint8), finder)


def test_points_of_a_taken_out_page_go_back() -> None:
    photo = laid(cloth(900, 1200), prose(760, 1060), LYING)
    quad = ocr.Quad.of(LYING)
    flat = rectified(photo, quad)
    height, width = flat.shape[:2]
    back = way_back(quad, width, height)
    corners = [back(x, y) for x, y in ((0, 0), (width, 0), (width, height), (0, height))]
    assert np.allclose(corners, LYING, atol=0.01)


def test_points_of_a_flattened_page_go_back() -> None:
    rng = random.Random(3)
    coefficients = np.zeros((7, 3))
    coefficients[1, 0] = -14.0
    mesh = Mesh((760, 420), coefficients, (0.0, 0.0, 760.0, 420.0), 0.5, 0.01)
    page = np.zeros((420, 760), np.uint8)
    back = unflattened(mesh)
    for _ in range(5):
        x, y = rng.randint(60, 700), rng.randint(60, 360)
        page[:] = 0
        cv2.circle(page, (x, y), 4, 255, -1)
        flat = flattened(page, mesh)
        v, u = (float(part.mean()) for part in np.nonzero(flat > 128))
        assert np.allclose(back(u, v), (x, y), atol=1.5)


def test_a_photographed_page_is_read_in_its_place() -> None:
    photo = laid(cloth(900, 1200), curved(prose(760, 1060), 10), LYING)
    reader = ocr.Reader(quality="fast", fallback="never", threads=1)
    page = reader.read(photo)[0]
    assert (page.width, page.height) == (900, 1200)
    assert "corners" in [step.name for step in page.steps]
    assert "will know what happened to both of them later." in page.text
    for line in page.lines:
        left, top, right, bottom = line.box.hull
        assert 110 < left < right < 770, line.text
        assert 100 < top < bottom < 500, line.text
    assert not any(step.name == "corners" for step in ocr.read(photo, photo="never", quality="fast")[0].steps)


def test_text_beside_the_page_is_reported() -> None:
    photo = laid(cloth(900, 1200), prose(760, 1060), [(120, 90), (760, 100), (780, 900), (110, 890)])
    photo[1000:1100, 100:800] = 230
    photo[1010:1090, 110:790] = cv2.cvtColor(prose()[80:160, 40:720], cv2.COLOR_GRAY2RGB)
    page = ocr.read(photo, quality="fast", fallback="never", threads=1)[0]
    if any(step.name == "corners" for step in page.steps):
        assert any("beside the photographed page" in warning for warning in page.warnings)
    else:
        assert len(page.lines) >= 6
