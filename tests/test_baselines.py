"""Baselines and x-heights of lines that are drawn where we know them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from ocr.document import Quad
from ocr.geometry import crop_line, rotation_matrix
from ocr.layout.baselines import measured_baseline
from ocr.layout.spacing import join, to_line
from ocr.recognize import Glyph, Reading

from .installed import dejavu

SIZE, LEFT, BASE = 48, 40, 90


def drawn(text: str, degrees: float = 0.0, light: bool = False) -> tuple[Image.Image, Quad, Reading, float]:
    """A page with one line, its quad, what a recogniser would read, and the height of its letter x."""
    font = ImageFont.truetype(str(dejavu()), SIZE)
    page = Image.new("L", (1100, 200), 0 if light else 255)
    ImageDraw.Draw(page).text((LEFT, BASE), text, 255 if light else 0, font, anchor="ls")
    width = font.getlength(text)
    starts = [font.getlength(text[:k]) / width for k in range(len(text) + 1)]
    glyphs = tuple(Glyph(c, starts[k], starts[k + 1], 0.9) for k, c in enumerate(text))
    quad = Quad.rect(LEFT, BASE - 0.85 * SIZE, LEFT + width, BASE + 0.3 * SIZE)
    if degrees:
        centre = (page.width / 2, page.height / 2)
        page = page.rotate(-degrees, Image.Resampling.BICUBIC, fillcolor=0 if light else 255)
        quad = quad.transformed(rotation_matrix(degrees, centre))
    return page, quad, Reading(glyphs, 0.9, "crnn"), float(-font.getbbox("x", anchor="ls")[1])


@pytest.mark.parametrize("light", [False, True])
@pytest.mark.parametrize("degrees", [0.0, 2.0, -5.0])
@pytest.mark.parametrize("text", ["gypsy quay, judging a pygmy", "Payment of 450.00 is due today"])
def test_a_drawn_baseline_is_found(text: str, degrees: float, light: bool) -> None:
    page, quad, reading, x_height = drawn(text, degrees, light)
    found = measured_baseline(crop_line(np.array(page), quad, 40), quad, reading)
    assert found
    back = rotation_matrix(-degrees, (page.width / 2, page.height / 2))
    straight = found.transformed(back)
    assert straight.start[1] == pytest.approx(BASE, abs=0.04 * SIZE)
    assert straight.end[1] == pytest.approx(BASE, abs=0.04 * SIZE)
    assert found.x_height == pytest.approx(x_height, abs=0.05 * SIZE)


@pytest.mark.parametrize("text", ["漢字漢字", "--- ...", "g"])
def test_lines_that_show_no_baseline_have_none(text: str) -> None:
    page, quad, reading, _ = drawn(text)
    assert measured_baseline(crop_line(np.array(page), quad, 40), quad, reading) is None


def test_a_picture_without_contrast_has_none() -> None:
    _, quad, reading, _ = drawn("plain")
    assert measured_baseline(np.full((40, 300), 200, np.uint8), quad, reading) is None


def test_joined_lines_have_one_baseline() -> None:
    page, quad, reading, _ = drawn("plain words")
    line = to_line(quad, reading)
    baseline = measured_baseline(crop_line(np.array(page), quad, 40), quad, reading)
    assert baseline
    first = replace(line, baseline=baseline)
    second = first.transformed((1, 0, 0, 1, 500, 2))
    both = join([first, line.transformed((1, 0, 0, 1, 250, 1)), second]).baseline
    assert both and second.baseline
    assert (both.start, both.end) == (baseline.start, second.baseline.end)
