"""Leader dots: titles and page numbers become regions of their own, the dots are known."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

import ocr
from ocr.detect import Region
from ocr.detect.leaders import apart_from_leaders
from ocr.document import Quad

SIZE = 30
FONT = ImageFont.load_default(SIZE)


def entry(title: str, dots: str, number: str) -> tuple[NDArray[np.uint8], Region]:
    """An entry of a contents page, and a region that runs from its title to its number."""
    page = Image.new("L", (900, 100), 255)
    pen = ImageDraw.Draw(page)
    x = 40.0
    for part in (title, dots, number):
        pen.text((x, 30), part, 0, FONT)
        x += pen.textlength(part, FONT) + 14
    return np.asarray(page), Region(Quad.rect(38, 34, x, 62), 0.9)


@pytest.mark.parametrize("dots", ["." * 24, ". " * 15, "." * 8])
def test_title_dots_and_number(dots: str) -> None:
    page, region = entry("Wages and bread", dots.strip(), "131")
    title, leader, number = apart_from_leaders([region], page)
    assert leader.text == dots.strip()
    assert title.text == number.text == ""
    assert title.quad.hull[2] < leader.quad.hull[0] < leader.quad.hull[2] < number.quad.hull[0]
    ink = np.flatnonzero((page < 128).any(0))
    assert number.quad.hull[2] == pytest.approx(ink[-1], abs=3) and title.quad.hull[0] == pytest.approx(ink[0], abs=3)
    assert all(part.quad.hull[1] < 39 for part in (title, number)), "as high as its characters"


@pytest.mark.parametrize("text", ["a line of prose... that goes on", "3.14159 and 2.71828", "i.e. e.g. etc. viz. cf."])
def test_prose_stays_whole(text: str) -> None:
    page, region = entry(text, "", "")
    assert apart_from_leaders([region], page) == [region]


def test_a_foot_that_a_thin_letter_lost_is_no_dot() -> None:
    page, region = entry("Wages", ". " * 15, "131")
    page = page.copy()
    ink = np.flatnonzero((page < 128).any(0))
    end = ink[np.flatnonzero(np.diff(ink) > 12)[0]]  # of the title
    page[36:54, end + 3 : end + 9] = 0
    page[56:59, end + 4 : end + 7] = 0
    title, leader, _ = apart_from_leaders([region], page)
    assert leader.text == (". " * 15).strip()
    assert title.quad.hull[2] == pytest.approx(end + 9, abs=1.5)


def test_what_shines_through_from_the_back_is_no_leader() -> None:
    page, region = entry("Wages", "." * 24, "131")
    faint = np.where(page < 128, 150, 205).astype(np.uint8)
    assert apart_from_leaders([region], faint) == [region]
    assert len(apart_from_leaders([region], page)) == 3


def test_pale_type_is_not_taken_for_dots() -> None:
    page, region = entry("symbols that are printed on the keys", "", "")
    pale = np.where(page < 128, 118, np.where(page < 200, 150, 205)).astype(np.uint8)
    assert apart_from_leaders([region], pale) == [region]


def test_a_number_is_as_high_as_its_line_and_a_long_tail_is_cut() -> None:
    page, region = entry("Quality", "." * 24, "a.ce")
    page = page.copy()
    left, _, right, low = apart_from_leaders([region], page)[0].quad.hull
    page[58:90, 60:64] = 0  # the tail of Q goes on into the next line
    title, _, number = apart_from_leaders([region], page)
    assert number.quad.hull[1] == pytest.approx(title.quad.hull[1], abs=2)
    assert title.quad.hull[3] < low + 8 and (left, right) == pytest.approx(
        (title.quad.hull[0], title.quad.hull[2]), abs=2
    )


def test_a_colon_before_the_dots_belongs_to_the_title() -> None:
    page, region = entry("Wages:", "." * 24, "131")
    title, leader, _ = apart_from_leaders([region], page)
    plain, _, _ = apart_from_leaders([region], entry("Wages", "." * 24, "131")[0])
    assert leader.text == "." * 24 and title.quad.width > plain.quad.width + 3


def test_contents_are_read_exactly() -> None:
    page = Image.new("L", (1000, 700), 255)
    pen = ImageDraw.Draw(page)
    entries = [("Origins", "12"), ("Wages and bread", "31"), ("Timber", "158"), ("Trade routes", "9"), ("Index", "236")]
    for k, (title, number) in enumerate(entries):
        y, end = 60 + 80 * k, 940 - pen.textlength(number, FONT)
        pen.text((60, y), title, 0, FONT)
        pen.text((end, y), number, 0, FONT)
        start = 60 + pen.textlength(title, FONT) + 12
        dots = "." * int((end - 12 - start) / pen.textlength(".", FONT))
        pen.text((end - 12 - pen.textlength(dots, FONT), y), dots, 0, FONT)
    lines = ocr.read(np.asarray(page), fallback="never").text.split("\n")
    found = [tuple(" ".join(line.replace(".", " ").split()).rsplit(" ", 1)) for line in lines if line]
    assert found == entries
