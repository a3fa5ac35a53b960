"""What shines through between the words of a line does not become letters in it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

import ocr
from ocr.back_of_sheet import read_without_back, without_back
from ocr.page.upright import Upright
from ocr.read_page import ReadPage
from ocr.steps import Clock, StepName
from tests.recognize.test_show_through import FRONT, sheet

BACK = (
    "The weather on the coast was cold that day, and the",
    "boats came back before the evening with hardly any",
    "herring in their nets so that the market was closed",
    "until Monday, when a merchant from the next village",
    "came with six barrels and left without any of them.",
    "Nobody there was able to say when this had happened",
)


def sheet_with_back(contrast: float) -> NDArray[np.uint8]:
    """A page, and its back a little higher than the lines, so that both overlap."""
    back = np.asarray(sheet(BACK, 52))[:, ::-1]
    return np.asarray(
        245 - np.maximum(255.0 - np.asarray(sheet(FRONT, 60)), (255.0 - back) * contrast) * 0.95, np.uint8
    )


def test_a_page_is_read_without_its_back() -> None:
    [page] = ocr.read(sheet_with_back(0.3), fallback="never").pages
    assert [line.text for line in page.lines] == list(FRONT)
    assert [warning for warning in page.warnings if "shine" in warning]


def test_what_is_hardly_darker_than_paper_becomes_white() -> None:
    page = np.full((80, 80), 240, np.uint8)
    page[10], page[20] = 200, 20
    clean = without_back(page, 40)
    assert clean[10].min() == clean[0].min() == 255 and clean[20].max() < 30
    assert without_back(np.stack([page] * 3, 2), 40).shape == (80, 80, 3)


def test_a_reading_that_loses_a_line_is_not_taken() -> None:
    pixels = sheet_with_back(0.0)
    reader = ocr.Reader(fallback="never")
    read = reader._lines(Upright(pixels, reader.detector(pixels)), Clock(StepName.RECOGNISE))
    first = replace(read, behind=4, back_contrast=20.0)

    def fewer(page: Upright) -> ReadPage:
        return replace(read, page=page, found=read.found[1:])

    assert read_without_back(first, reader.detector, fewer) is first
    again = read_without_back(first, reader.detector, lambda page: replace(read, page=page))
    assert again is not first and again.behind == 4
