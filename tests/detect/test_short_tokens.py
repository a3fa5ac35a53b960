"""Short tokens by their ink: what is proposed, and which of them is text."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

import ocr
from ocr.detect import Region
from ocr.detect.grid import ruled_page
from ocr.detect.short_tokens import ShortTokens, Token, surely_read
from ocr.document import Quad

WORDS = "Harbour Invoice Village Security Winter Chapel Museum Ferry Silver Guild".split()


def region(left: float, top: float, right: float, bottom: float) -> Region:
    return Region(Quad.rect(left, top, right, bottom), 0.8)


def contents(size: int = 32, pages: tuple[int, ...] = (1, 2, 2, 3, 5, 7, 7, 8, 9, 12)) -> Image.Image:
    """A contents page without leaders: titles, page numbers far to the right, and the page's own number below."""
    font = ImageFont.load_default(size)
    page = Image.new("L", (1240, 1400), 255)
    draw = ImageDraw.Draw(page)
    for row, (word, number) in enumerate(zip(WORDS, pages, strict=True)):
        draw.text((120, 150 + 60 * row), f"{word} and {WORDS[-row]} of the town", 0, font)
        draw.text((1120, 150 + 60 * row), str(number), 0, font, anchor="ra")
    draw.text((620, 1300), "4", 0, font, anchor="ma")
    return page


def test_ink_of_the_size_of_type_is_proposed_where_no_region_is() -> None:
    page = np.full((600, 800), 255, np.uint8)
    page[100:124, 100:110] = 0  # a digit
    page[100:124, 113:123] = 0  # one beside it: the same token
    page[300:324, 400:410] = 0  # covered by a line
    page[400:403, 500:503] = 0  # a speck
    page[450:560, 100:300] = 0  # a picture
    lines = [region(350, 295, 600, 330), region(350, 200, 600, 235)]
    [token] = ShortTokens(ruled_page(page, lines)).beside(lines)
    left, top, right, bottom = token.region.quad.hull
    assert left < 100 and right > 123 and top < 100 and bottom > 124 and token.region.leftover
    assert token.free and not token.light


def test_letters_cut_by_the_edge_of_a_line_are_no_tokens() -> None:
    page = np.full((600, 800), 255, np.uint8)
    page[300:350, 400:410] = 0
    lines = [region(350, 290, 600, 325), region(350, 200, 600, 235)]
    assert ShortTokens(ruled_page(page, lines)).beside(lines) == []


def kept(
    readings: list[tuple[str, float]], pitch: float, at_rules: tuple[int, ...] = (), in_rings: tuple[int, ...] = ()
) -> list[str]:
    tokens = [
        Token(region(pitch * k, 0, pitch * k + 10, 20), free=k not in at_rules, enclosed=k in in_rings)
        for k in range(len(readings))
    ]
    read = dict(zip([token.region.quad for token in tokens], readings, strict=True))
    found = surely_read(tokens, lambda some: [read[region.quad] for region in some], lambda each: each)
    return [text for text, _ in found]


def test_what_is_read_surely_is_text() -> None:
    readings = [("7", 0.84), ("}", 0.82), ("a0", 0.7), ("|", 0.84), ("", 0.0), ("12", 0.95)]
    assert kept(readings, 500) == ["7", "}", "12"]


def test_a_letter_among_marks_that_are_none_is_no_text() -> None:
    readings = [("7", 0.84), ("*", 0.2), ("S", 0.4), ("8", 0.1)]
    assert kept(readings, 15) == [] and kept(readings, 500) == ["7"]


def test_pieces_of_a_frame_say_nothing_about_the_letter_in_it() -> None:
    readings = [("(", 0.4), ("7", 0.84), (")", 0.5), ("", 0.0)]
    assert kept(readings, 15) == [] and kept(readings, 15, at_rules=(0, 2, 3)) == ["7"]


def test_a_sign_in_a_ring_says_nothing_about_the_word_beside_it() -> None:
    readings = [("!", 0.7), ("Caution", 0.96)]
    assert kept(readings, 15) == [] and kept(readings, 15, in_rings=(0,)) == ["Caution"]


def test_numbers_in_circles_and_large_numbers_before_small_ones_are_read() -> None:
    page = Image.new("RGB", (700, 560), "white")
    draw, font, bold = ImageDraw.Draw(page), ImageFont.load_default(22), ImageFont.load_default(72)
    for row, word in enumerate(WORDS[:6]):
        top, fill = 30 + 56 * row, ("#c03000", "#0060c0", "white")[row % 3]
        draw.ellipse((36, top, 72, top + 36), fill, "black", 2)
        draw.text(
            (54, top + 18), str(row + 3), "black" if fill == "white" else "white", ImageFont.load_default(18), "mm"
        )
        draw.text((100, top + 5), f"{word} and {WORDS[row + 3]} of the town", "black", font)
    for k, price in enumerate(("54", "27", "8")):
        draw.rectangle((30 + 220 * k, 400, 220 + 220 * k, 530), "white" if k else "#c01020", "black", 2)
        draw.text((50 + 220 * k, 415), price, "black" if k else "white", bold)
        draw.text(
            (52 + 220 * k + draw.textlength(price, bold), 425),
            "39",
            "black" if k else "white",
            ImageFont.load_default(30),
        )
    text = ocr.read(np.asarray(page, np.uint8), fallback="never").text
    words = text.replace("\t", " ").split()
    assert [word for word in words if len(word) == 1 and word.isdigit()][:6] == list("345678"), text
    assert {"54", "27"} <= set(words) and words.count("39") == 3 and words.count("8") == 2, text


def test_many_tokens_are_read_on_only_if_half_of_the_first_are_text() -> None:
    assert len(kept([("5", 0.84)] * 90, 500)) == 90
    assert kept([("*", 0.1)] * 60 + [("5", 0.84)] * 30, 500) == []


@pytest.mark.parametrize("dark", [False, True])
def test_page_numbers_of_a_contents_page_and_its_own(dark: bool) -> None:
    picture: NDArray[np.uint8] = np.asarray(contents(), np.uint8)
    [page] = ocr.read(255 - picture if dark else picture, fallback="never").pages
    rows = page.text.split("\n")
    assert [row.split()[-1] for row in rows if " town" in row] == "1 2 2 3 5 7 7 8 9 12".split()
    assert "4" in rows


def test_a_small_number_beside_a_large_one_ends_where_the_large_one_does() -> None:
    page = contents()
    draw = ImageDraw.Draw(page)
    draw.text((200, 900), "8", 0, ImageFont.load_default(130))
    left, top, right, _ = draw.textbbox((200, 900), "8", ImageFont.load_default(130))
    draw.text((right + 6, top), "76", 0, ImageFont.load_default(44), anchor="lt")
    size = region(right - 35, top + 3, right + 60, top + 38)
    loop = region(left + 10, top + 50, right - 10, top + 90)
    short = ShortTokens(ruled_page(np.asarray(page), [size]))
    cut = short.without_large_mark(size, [size, loop])
    assert cut and cut.quad.hull[0] == pytest.approx(right, abs=6) and cut.quad.hull[1] == pytest.approx(top, abs=2)
    assert short.without_large_mark(cut, [cut]) is None and not short.is_piece(cut)
    joined = [size, region(left - 200, top + 60, right - 10, top + 95)]  # letters of two lines that touch
    assert short.without_large_mark(size, joined) is None
    assert short.is_piece(loop) and not short.is_piece(size)


def test_a_pale_numeral_as_tall_as_five_lines_is_proposed() -> None:
    page = contents()
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(180)
    draw.text((200, 900), "2", 170, font)
    lines = [region(120, 150 + 60 * k, 700, 180 + 60 * k) for k in range(10)]
    tokens = ShortTokens(ruled_page(np.asarray(page), lines)).beside(lines)
    _, top, _, bottom = draw.textbbox((200, 900), "2", font)
    assert [token.large for token in tokens if token.region.quad.height > bottom - top] == [True]
