"""Pale words in lines of dark ones are part of the line; pale rules, bands and noise are not."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from ocr.detect.pale import with_pale_words
from ocr.pipeline import Reader
from tests.installed import dejavu

WIDEST = 15.0


def strip(tone: int, *, paper: int = 255, dark: int = 0) -> tuple[NDArray[np.uint8], NDArray[np.bool_], slice]:
    """A line (20, W) with a word in another tone, its columns of dark ink, and the columns of the word."""
    image = Image.new("L", (700, 20), paper)
    draw, font = ImageDraw.Draw(image), ImageFont.truetype(str(dejavu("DejaVuSerif")), 16)
    start = round(draw.textlength("see the ", font=font))
    end = start + round(draw.textlength("output notation", font=font))
    draw.text((0, 0), "see the", dark, font)
    draw.text((start, 0), "output notation", tone, font)
    draw.text((end + 8, 0), "of it", dark, font)
    pixels = np.asarray(image, np.uint8)
    middle = (paper + dark) / 2
    inked = pixels < middle if dark < paper else pixels > middle
    return pixels, np.asarray(inked.any(0), np.bool_), slice(start + 2, end - 2)


@pytest.mark.parametrize(("tone", "paper", "dark"), [(190, 255, 0), (205, 255, 0), (90, 20, 250)])
def test_a_pale_word_is_no_gap(tone: int, paper: int, dark: int) -> None:
    pixels, ink, word = strip(tone, paper=paper, dark=dark)
    assert not ink[word].any()
    found = with_pale_words(pixels, ink, paper, abs(paper - dark), WIDEST)
    gaps = np.diff(np.flatnonzero(found))
    assert gaps.max() < WIDEST
    assert (found[ink]).all()


def test_a_gap_stays_with_noise_a_rule_a_band_or_an_underline_in_it() -> None:
    rng = np.random.default_rng(3)
    for what in ("noise", "rule", "band", "underline", "box"):
        pixels, ink, word = strip(255)
        pixels = pixels.copy()
        part = pixels[:, word]
        if what == "noise":
            part[:] = np.clip(240 + rng.normal(0, 10, part.shape), 0, 255)
        elif what == "rule":
            part[:, 20:22] = 190
        elif what == "band":
            part[:] = 200
        elif what == "underline":
            part[16:18] = 190
        else:
            part[8:] = 200
        assert (with_pale_words(pixels, ink, 255, 255, WIDEST) == ink).all(), what


def test_a_pale_word_between_dark_ones_is_read() -> None:
    page, font = Image.new("L", (900, 420), 255), ImageFont.truetype(str(dejavu("DejaVuSerif")), 22)
    draw = ImageDraw.Draw(page)
    for row in range(6):
        x = 60.0
        for text, tone in (("The harbour of", 0), ("Copenhagen", 195), ("was closed again", 0)):
            draw.text((x, 40 + 60 * row), text, tone, font)
            x += draw.textlength(text + " ", font=font)
    text = Reader(threads=1).read(np.asarray(page)).text
    assert text.count("The harbour of Copenhagen was closed again") == 6
