"""Short tokens beside the lines of a page."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw, ImageFont

import ocr

PAGE = (900, 700)


def text_of(page: Image.Image) -> list[str]:
    return [line.text for line in ocr.read(np.asarray(page, np.uint8), fallback="never").pages[0].lines]


def test_letters_at_the_rows_of_a_plan_are_read() -> None:
    page = Image.new("L", PAGE, 255)
    draw, small, large = ImageDraw.Draw(page), ImageFont.load_default(15), ImageFont.load_default(17)
    draw.text((60, 30), "Seats of the upper circle", 0, ImageFont.load_default(24))
    for row, letter in enumerate("ABCDEFGHJK"):
        y = 100 + 40 * row
        draw.text((40, y + 4), letter, 0, large, stroke_width=1)
        for seat in range(18):
            x = 80 + 40 * seat
            draw.rounded_rectangle((x, y, x + 32, y + 28), 7, outline=100)
            draw.text((x + 16, y + 14), str(seat + 1), 0, small, anchor="mm")
    found = text_of(page)
    rows = {word for line in found for word in line.split() if word.isalpha() and len(word) == 1}
    assert len(rows & set("ABCDEFGHJK")) >= 8, found


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
