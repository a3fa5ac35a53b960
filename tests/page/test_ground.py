"""The ground: shadows are seen and taken out, clean pages and what is bilevel are not touched by the judgement."""

from __future__ import annotations

import numpy as np
import pytest

from ocr.page.ground import UNEVEN, Image, evened, unevenness
from tests.page.prose import prose

LIGHT = np.linspace(1, 0.4, 760)[None]
SHADOWED = (prose() * LIGHT * 0.9).astype(np.uint8)
COLOURED = np.stack([SHADOWED, SHADOWED, (SHADOWED * 0.8).astype(np.uint8)], 2)


@pytest.mark.parametrize("page", [SHADOWED, COLOURED, np.repeat(np.repeat(SHADOWED, 4, 0), 4, 1)])
def test_a_shadow_is_seen_at_any_size_and_in_colour(page: Image) -> None:
    assert unevenness(page) == pytest.approx(0.48, abs=0.04)


@pytest.mark.parametrize(
    "page",
    [prose(), (prose() * 0.6).astype(np.uint8), np.where(np.arange(760) < 300, 20, prose()).astype(np.uint8)],
    ids=["clean", "grey paper", "bilevel with a black half"],
)
def test_even_pages_are_let_be(page: Image) -> None:
    assert unevenness(page) < UNEVEN / 4


@pytest.mark.parametrize("page", [SHADOWED, COLOURED])
def test_evened_paper_is_white_and_print_stays_dark(page: Image) -> None:
    result = evened(page)
    clean = prose() if page.ndim == 2 else np.repeat(prose()[..., None], 3, 2)
    assert result.shape == page.shape
    assert np.median(result[clean == 255]) >= 250 and np.percentile(result[clean == 255], 1) > 200
    assert result[clean == 0].max() < 60
    assert unevenness(result) < 0.05


def test_black_panels_stay_black_and_bilevel_pages_are_not_judged() -> None:
    page = SHADOWED.copy()
    page[:, :200] = 9
    assert evened(page)[50:-50, 20:150].max() < 16
    bilevel = np.where(np.arange(760) < 300, 0, np.where(prose() > 127, 255, 0)).astype(np.uint8)
    grain = np.random.default_rng(1).integers(-3, 4, bilevel.shape)
    assert unevenness(bilevel) == 0 and unevenness((bilevel.clip(90, 250) + grain).astype(np.uint8)) > 0.5


def test_cells_that_are_filled_with_colours_are_no_shadow() -> None:
    """White numbers in the darker ones, as in heat maps, were smeared with their cells."""
    page = np.full((600, 700, 3), 255, np.uint8)
    for k, colour in enumerate(
        [(68, 1, 84), (59, 82, 139), (33, 145, 140), (94, 201, 98), (253, 231, 37), (40, 60, 90)]
    ):
        left, top = 80 + 180 * (k % 3), 60 + 240 * (k // 3)
        page[top : top + 240, left : left + 180] = colour
        page[top + 110 : top + 126, left + 80 : left + 90] = 255 if k in (0, 1, 5) else 0
    assert unevenness(page) == 0
    grainy = page + np.random.default_rng(2).integers(-4, 1, page.shape)
    assert unevenness(grainy.clip(0, 255).astype(np.uint8)) > UNEVEN


def test_print_on_dark_screens_is_no_shadow() -> None:
    assert unevenness(255 - SHADOWED) == 0


def test_dark_panels_with_light_print_are_no_shadow_and_stay_dark_beside_one() -> None:
    """As the menus of a program above a light table."""
    page, menu = prose().copy(), (60 + (255 - prose()) * 0.7).astype(np.uint8)
    page[:260] = menu[:260]
    assert unevenness(page) < UNEVEN / 4
    shaded = (page * LIGHT).astype(np.uint8)
    shaded[:260] = page[:260]
    assert unevenness(shaded) > UNEVEN
    kept, wanted = evened(shaded)[:250], menu[:250]
    assert np.abs(kept.astype(int) - wanted).mean() < 25


def test_a_dark_menu_with_few_words_beside_a_light_page_stays_dark() -> None:
    """A gradient with a word here and there was taken for a shadow, and its words vanished with it."""
    page = np.full((800, 900, 3), 250, np.uint8)
    page[:, :180] = np.linspace((78, 115, 223), (34, 74, 190), 800)[:, None].astype(np.uint8)
    for row in range(60, 400, 60):
        page[row : row + 10, 40:100:3] = 235
    page[100:700:30, 300:800] = 60
    assert evened(page)[700:780, 20:160].max() < 200
    assert evened(page)[60:400, 40:100].max() > 220


@pytest.mark.parametrize("shape", [(1, 1), (8, 8, 3), (1, 4000), (3000, 2)])
@pytest.mark.parametrize("tone", [0, 90, 255])
def test_pages_of_odd_shapes(shape: tuple[int, ...], tone: int) -> None:
    page = np.full(shape, tone, np.uint8)
    assert unevenness(page) == 0
    assert evened(page).shape == shape
