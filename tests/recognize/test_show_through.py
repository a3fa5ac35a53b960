"""Text of the back of a sheet that shines through is left out with a warning; faint print stays."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

import ocr
from ocr.recognize import Reading, known
from ocr.recognize.show_through import from_the_back, show_through_warning

FRONT = (
    "Once there was a miller who left to his three",
    "sons his mill and his donkey and his cat",
    "and they divided all of it without a lawyer",
)
BACK = (
    "The weather on the coast was cold that day",
    "and the boats came back before the evening",
    "with hardly any herring in their nets",
    "so the market was closed until Monday",
)


def sheet(rows: tuple[str, ...], top: int) -> Image.Image:
    page = Image.new("L", (900, 800), 255)
    for row, text in enumerate(rows):
        ImageDraw.Draw(page).text((60, top + 70 * row), text, 0, ImageFont.load_default(32))
    return page


def seen(front: float, back: float) -> NDArray[np.uint8]:
    """A sheet whose print has some contrast, and whose back shines through with another."""
    behind = sheet(BACK, 95).transpose(Image.Transpose.FLIP_LEFT_RIGHT).filter(ImageFilter.GaussianBlur(1))
    inks = [(255.0 - np.asarray(page)) * share for page, share in ((sheet(FRONT, 60), front), (behind, back))]
    return np.asarray(245 - np.maximum(*inks) * 0.95, np.uint8)


def test_what_shines_through_is_no_text() -> None:
    [page] = ocr.read(seen(1.0, 0.3), fallback="never").pages
    assert [line.text for line in page.lines] == list(FRONT)
    assert [warning for warning in page.warnings if "shine" in warning]


def test_faint_print_is_text() -> None:
    [page] = ocr.read(seen(0.25, 0.0), fallback="never").pages
    assert [line.text for line in page.lines] == list(FRONT) and not page.warnings


def reading(confidence: float) -> Reading:
    return replace(known("word", "net"), confidence=confidence)


def line(ink: int) -> NDArray[np.uint8]:
    picture = np.full((32, 320), 240, np.uint8)
    picture[8:24, 20:300:8] = ink
    return picture


def test_faint_lines_that_are_no_surer_in_a_mirror_stay() -> None:
    pictures, readings = [line(10), line(190), line(190), line(190)], [reading(c) for c in (0.95, 0.2, 0.3, 0.5)]
    assert from_the_back(pictures, readings, lambda some: [reading(0.1)] * len(some)) == [False] * 4
    assert from_the_back(pictures, readings, lambda some: [reading(0.8)] * len(some)) == [False, True, True, True]
    dark = [line(10)] * 4
    assert from_the_back(dark, readings, lambda some: [reading(0.8)] * len(some)) == [False] * 4, "print of the page"


def test_lines_that_a_mirror_does_not_make_readable_on_the_whole_are_not_from_the_back() -> None:
    """Icons beside words, as in the menu of a program: some gain in a mirror, others lose."""
    pictures = [line(10), *[line(190)] * 6]
    readings = [reading(c) for c in (0.95, 0.5, 0.5, 0.1, 0.2, 0.88, 0.75)]
    in_a_mirror = [reading(c) for c in (0.1, 0.2, 0.5, 0.3, 0.4, 0.1)]
    assert not any(from_the_back(pictures, readings, lambda some: in_a_mirror[: len(some)]))
    one_more_sure = [reading(c) for c in (0.1, 0.1, 0.88, 0.1, 0.1, 0.1)]
    assert not any(from_the_back(pictures, readings, lambda some: one_more_sure[: len(some)]))


def test_words_that_a_mirror_spoils_stay_among_lines_of_the_back() -> None:
    pictures = [line(10), *[line(190)] * 5]
    readings = [reading(c) for c in (0.95, 0.2, 0.2, 0.2, 0.7, 0.7)]
    mirrored = iter([[reading(0.8)] * 3, [reading(0.8), reading(0.8), reading(0.8), reading(0.9), reading(0.3)]])
    assert from_the_back(pictures, readings, lambda some: next(mirrored)) == [False, True, True, True, True, False]


def test_strokes_in_a_mirror_are_no_text() -> None:
    """Pieces of lines at an angle on a map: nothing is read, and a stroke in the mirror."""
    pictures, readings = [line(10), *[line(190)] * 3], [reading(0.95), *[replace(known("", "net"), confidence=0.0)] * 3]
    strokes, words = replace(known("/", "net"), confidence=0.7), reading(0.7)
    assert from_the_back(pictures, readings, lambda some: [strokes] * len(some)) == [False] * 4
    assert from_the_back(pictures, readings, lambda some: [words] * len(some)) == [False, True, True, True]


def test_a_warning_counts_the_lines() -> None:
    assert show_through_warning(3, 0) == ()
    assert show_through_warning(3, 1) == ("page 3: 1 line that shines through from the back was left out",)
    assert show_through_warning(3, 4) == ("page 3: 4 lines that shine through from the back were left out",)
