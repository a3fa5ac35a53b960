"""Short tokens beside the lines of a page."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

import ocr
from ocr.detect import Region
from ocr.detect.grid import ruled_page
from ocr.document import Quad
from ocr.read_page import FoundLine
from ocr.recognize import Glyph, Reading
from ocr.token_lines import ReadLines, with_short_tokens

PAGE = (900, 700)


def text_of(page: Image.Image) -> list[str]:
    return [line.text for line in ocr.read(np.asarray(page, np.uint8), fallback="never").pages[0].lines]


def test_doubtful_letters_in_a_column_are_text_and_others_are_not() -> None:
    page = Image.new("L", PAGE, 255)
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(24)
    places = [(40, 100 + 90 * row) for row in range(5)] + [(500, 320)]
    for (x, y), letter in zip(places, "ABDEKG", strict=True):
        draw.text((x, y), letter, 0, font, anchor="lt")
    line = Region(Quad.rect(200, 30, 600, 60), 0.9)

    last: list[FoundLine] = []

    def read(
        regions: Sequence[Region], others: Sequence[Region] = (), reader: ReadLines | None = None
    ) -> list[FoundLine]:
        found = []
        for region in regions:
            x, y = region.quad.center
            at = min(range(6), key=lambda k: abs(places[k][0] - x) + abs(places[k][1] - y))
            text = "e" if at == 3 and region.quad.height > 24 else "ABDEKG"[at]
            left, top, right, bottom = map(round, region.quad.hull)
            picture = np.asarray(page, np.uint8)[top:bottom, left:right]
            found.append(FoundLine(region, region.quad, picture, Reading((Glyph(text, 0, 1, 0.7),), 0.7, "test")))
        last[:] = found
        return found

    ruled = ruled_page(np.asarray(page, np.uint8), [line])
    sure = FoundLine(line, line.quad, np.full((30, 400), 255, np.uint8), Reading((), 0.95, "test"))
    _, tokens, _ = with_short_tokens([sure], ruled, read, lambda _: [each.reading for each in last], None)
    assert sorted(token.reading.text for token in tokens) == ["A", "B", "D", "E", "K"]


def test_large_numerals_beside_paragraphs_and_small_print_on_panels_are_read() -> None:
    page = Image.new("L", PAGE, 255)
    draw = ImageDraw.Draw(page)
    for k, numeral in enumerate("24"):
        draw.text((40, 40 + 240 * k), numeral, 185, ImageFont.load_default(130))
        for row in range(6):
            draw.text((180, 50 + 240 * k + 28 * row), "The ferry leaves at noon from the old pier", 0,
                      ImageFont.load_default(20))  # fmt: skip
    draw.rectangle((40, 540, 400, 660), fill=60)
    draw.text((60, 550), "Harbour Market", 255, ImageFont.load_default(34))
    draw.text((60, 620), "open from nine till five", 255, ImageFont.load_default(13))
    found = " ".join(text_of(page))
    assert "open from nine till five" in found
    assert all(numeral in found.split() for numeral in "24"), found
