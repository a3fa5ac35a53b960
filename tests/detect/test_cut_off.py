"""Boxes that cut letters off, and titles on dark bands."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

import ocr
from ocr.detect import Region
from ocr.detect.cut_off import with_whole_letters
from ocr.document import Quad


def title(ground: int, ink: int) -> NDArray[np.uint8]:
    """A large line, (H, W) grey; its letters reach from row 100 to 160 or so."""
    page = Image.new("L", (900, 300), ground)
    ImageDraw.Draw(page).text((60, 90), "Harbour letters", ink, ImageFont.load_default(64))
    return np.asarray(page, np.uint8)


def test_a_box_grows_to_its_letters() -> None:
    for page in (title(255, 0), title(40, 255)):
        rows = np.flatnonzero((page != page[0, 0]).any(1))
        cut = Region(Quad.rect(50, rows[0] + 12, 560, rows[-1] - 4), 0.9)
        whole = with_whole_letters(page, cut)
        assert whole is not None and whole.quad.hull[1] < rows[0] + 2 and whole.quad.hull[3] > rows[-1] - 4
        assert with_whole_letters(page, whole) is None
        assert with_whole_letters(np.full_like(page, 255), cut) is None


def test_a_title_on_a_dark_band_is_read_on_the_page_as_it_was() -> None:
    page = Image.new("RGB", (1280, 720), (245, 245, 250))
    draw = ImageDraw.Draw(page)
    draw.rectangle((0, 0, 1280, 110), fill=(60, 60, 60))
    draw.text((50, 22), "Invoice analysis harbour", "white", ImageFont.load_default(54))
    for k in range(5):
        draw.text((90, 180 + 80 * k), "Network meeting library window", (30, 30, 30), ImageFont.load_default(30))
    [read] = ocr.read(np.asarray(page), fallback="never").pages
    assert read.text.split("\n")[0] == "Invoice analysis harbour"
