"""Which way up pages are, with the model that ships; and reading them whichever way they lie."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

import ocr
from ocr.detect import Region
from ocr.detect.db import DbDetector
from ocr.document import Page, Quad
from ocr.geometry import turned
from ocr.page.deskew import deskewed
from ocr.page.orient import WIDTH, Orienter, fragmented, line_window, sideways
from tests.page.prose import LINES, prose


@pytest.fixture(scope="module")
def reader() -> ocr.Reader:
    return ocr.Reader(fallback="never", quality="fast")


@pytest.mark.parametrize("degrees", [0, 180])
def test_the_turn_that_makes_a_page_read(degrees: int) -> None:
    page = turned(prose(), degrees)
    found = Orienter("orient", 1)(page, DbDetector("detect-mobile", 1)(page))
    assert found.degrees == degrees
    assert found.confidence > 0.98


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_sideways_lines_are_told_from_level_ones(degrees: int) -> None:
    page = turned(prose(), degrees)
    assert sideways(DbDetector("detect-mobile", 1)(page)) == (degrees in {90, 270})


def test_a_page_without_lines_stays() -> None:
    page = np.full((100, 100), 255, np.uint8)
    dot = Region(Quad.rect(10, 10, 20, 20), 0.9)
    orienter = Orienter("orient", 1)
    assert orienter(page, []).confidence == orienter(page, [dot]).confidence == 0.0


def test_short_lines_fill_the_window() -> None:
    line = np.arange(100, dtype=np.uint8)[None].repeat(32, 0)
    assert line_window(line).shape == (32, WIDTH)
    assert (line_window(line)[0, 100:200] == line[0]).all()
    assert line_window(line.repeat(5, 1)).shape == (32, WIDTH)


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_a_turned_page_reads_and_its_boxes_stay_on_the_original(reader: ocr.Reader, degrees: int) -> None:
    page = prose()
    [upright], [result] = reader.read(page).pages, reader.read(turned(page, degrees)).pages
    assert result.rotation == (360 - degrees) % 360
    assert result.text == upright.text
    assert [step.detail["degrees"] for step in result.steps if step.name == "orient"] == [result.rotation]
    assert (result.height, result.width) == turned(page, degrees).shape
    for before, after in zip(upright.lines, result.lines, strict=True):
        assert (after.box.angle - degrees + 180) % 360 == pytest.approx(180, abs=1)
        assert after.box.width == pytest.approx(before.box.width, rel=0.05)
        assert inked(turned(page, degrees), after.box) > 0.02


def test_a_skewed_page_reads_and_its_boxes_stay_on_the_original(reader: ocr.Reader) -> None:
    page, _ = deskewed(prose(), -12.0)
    [result] = reader.read(page).pages
    assert result.skew == pytest.approx(12.0, abs=0.2)
    assert (result.height, result.width) == page.shape
    assert all(word.box.angle == pytest.approx(12.0, abs=1) for word in result.words)
    assert similar(result) >= len(LINES) - 1


def test_turning_and_straightening_can_be_left_out() -> None:
    page = turned(prose(), 180)
    [result] = ocr.Reader(fallback="never", quality="fast", orient=False, deskew=False).read(page).pages
    assert result.rotation == 0
    assert similar(result) == 0


def similar(page: Page) -> int:
    """How many of the lines were read as they are."""
    return sum(line in page.text for line in LINES)


def inked(page: NDArray[np.uint8], quad: Quad) -> float:
    """Share of dark pixels inside a quad."""
    mask = np.zeros(page.shape, np.uint8)
    cv2.fillConvexPoly(mask, np.array(quad.points).round().astype(np.int32), 1)
    return float((page[mask > 0] < 128).mean())


def test_pieces_of_lines_that_stand_on_end_are_told_from_lines() -> None:
    pieces = [Region(Quad.rect(10, 20 * k, 24, 20 * k + 10), 0.9) for k in range(9)]
    lines = [Region(Quad.rect(10, 20 * k, 90, 20 * k + 10), 0.9) for k in range(9)]
    assert fragmented(pieces)
    assert not fragmented(lines)
    assert not fragmented([])
