"""Accents of capitals, which boxes cut off: the crop shows them, but nothing of the line above."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from ocr.detect.accents import taller_crops
from ocr.document import Quad
from ocr.geometry import apply, crop_line, rotation_matrix
from tests.installed import dejavu


def drawn(
    *texts: str, face: str = "DejaVuSerif", size: int = 40, leading: float = 1.5, ground: int = 255, ink: int = 0
) -> tuple[NDArray[np.uint8], list[Quad]]:
    """A page (H, W) with lines, and boxes from the ascenders to the descenders of each."""
    font = ImageFont.truetype(str(dejavu(face)), size)
    page = Image.new("L", (1100, 200 + round(len(texts) * leading * size)), ground)
    pen, quads = ImageDraw.Draw(page), []
    for k, text in enumerate(texts):
        y = 100 + k * leading * size
        pen.text((60, y), text, ink, font)
        _, top, _, bottom = font.getbbox("bp")
        quads.append(Quad.rect(55, y + top - 2, 65 + font.getlength(text), y + bottom + 2))
    return np.asarray(page, np.uint8), quads


def with_accents(page: NDArray[np.uint8], shown: list[Quad], lines: list[Quad]) -> list[Quad]:
    """The crops, those of lines with accents made higher."""
    taller = dict(taller_crops(page, shown, [crop_line(page, quad, 32) for quad in shown], lines))
    return [taller.get(i, quad) for i, quad in enumerate(shown)]


@pytest.mark.parametrize(("ground", "ink"), [(255, 0), (30, 230)])
def test_a_crop_grows_to_the_accents_of_capitals(ground: int, ink: int) -> None:
    page, [quad] = drawn("È possibile", ground=ground, ink=ink)
    first = np.flatnonzero((page != ground).any(1))[0]
    [crop] = with_accents(page, [quad], [quad])
    assert first - 0.06 * quad.height < crop.hull[1] <= first < quad.hull[1] - 3
    assert crop.points[2:] == quad.points[2:] and crop.points[0][0] == quad.points[0][0]


def test_lines_without_accents_above_keep_their_crops() -> None:
    page, quads = drawn("Possibly, yes;", "quickly 'typed' bought", "ijfg àé", leading=1.15)
    assert with_accents(page, quads, quads) == quads
    blank = np.full_like(page, 255)
    assert with_accents(blank, quads, quads) == quads


def test_colour_and_the_edges_of_the_page() -> None:
    page, [quad] = drawn("Ándale")
    colour = np.repeat(page[:, :, None], 3, 2)
    assert with_accents(colour, [quad], [quad]) == with_accents(page, [quad], [quad])
    cut = page[round(quad.hull[1]) - 1 :]
    moved = Quad.rect(quad.hull[0], 1, quad.hull[2], 1 + quad.height)
    assert with_accents(cut, [moved], [moved]) == [moved]
    outside = Quad.rect(2000, 50, 2100, 90)
    assert with_accents(page, [outside], [outside]) == [outside]


def test_a_sloping_line_grows_across_its_own_direction() -> None:
    page, [quad] = drawn("È possibile connettersi a un server")
    turned = Image.fromarray(page).rotate(6, resample=Image.Resampling.BICUBIC, fillcolor=255)
    center = (page.shape[1] / 2, page.shape[0] / 2)
    matrix = rotation_matrix(-6, center)
    sloping = Quad.of([apply(matrix, *point) for point in quad.points])
    [level], [crop] = with_accents(page, [quad], [quad]), with_accents(np.asarray(turned), [sloping], [sloping])
    assert crop.height == pytest.approx(level.height, abs=1.5) and level.height > quad.height + 3
    assert crop.points[2:] == sloping.points[2:] and crop.width == pytest.approx(sloping.width, abs=0.1)


def test_a_mark_of_the_line_above_is_not_taken() -> None:
    """Descenders and commas close above a line, with and without the box of their line."""
    page, quads = drawn("quickly, pages; copy", "mno nor mno sure mno", leading=1.02)
    assert with_accents(page, quads, quads) == quads
