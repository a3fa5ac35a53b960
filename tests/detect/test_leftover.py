"""The second look: which ink is left, where it stands together, and what becomes of pieces of large type."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from ocr.detect import Region
from ocr.detect.db import DbDetector
from ocr.detect.leftover import TEXTURE, Least, covered, largest, left_over, mostly_covered, second_look, settled
from ocr.document import Quad
from ocr.errors import DependencyError


def words(*boxes: tuple[float, float, float, float]) -> NDArray[np.float64]:
    return np.array(boxes, float)


def line(left: float, top: float, right: float, bottom: float) -> NDArray[np.float64]:
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom)], float)


def region(left: float, top: float, right: float, bottom: float, leftover: bool = False) -> Region:
    return Region(Quad.of(line(left, top, right, bottom).tolist()), 0.8, leftover)


def test_a_word_is_covered_by_a_line_of_its_size() -> None:
    found = words((10, 10, 60, 30), (10, 100, 60, 120), (100, 0, 150, 60))
    assert covered(found, [line(5, 8, 200, 34)]).tolist() == [True, False, False], "the last is twice as tall"
    assert covered(found, []).tolist() == [False] * 3


def test_small_words_below_large_type_are_not_covered_by_it() -> None:
    assert covered(words((10, 116, 40, 128), (10, 106, 40, 128)), [line(5, 60, 400, 110)]).tolist() == [False, True]


def test_a_row_is_covered_by_the_numbers_in_it() -> None:
    numbers = [np.array(Quad.rect(20 * k, 0, 20 * k + 14, 20).points) for k in range(5)]
    assert mostly_covered(Quad.rect(0, 0, 94, 20), numbers)
    assert not mostly_covered(Quad.rect(0, 0, 94, 20), numbers[:2]) and not mostly_covered(Quad.rect(0, 30, 94, 50), [])


def test_a_place_grows_where_it_cuts_a_line_off() -> None:
    """Half of a pale word is ink; the other half stands where the place ends."""
    seen: list[tuple[int, int]] = []

    def detect(part: NDArray[np.uint8], scale: float) -> list[tuple[NDArray[np.float64], float]]:
        dark = np.flatnonzero((part < 200).any(0))
        seen.append(part.shape)
        left, right = float(dark[0]), float(dark[-1]) + 1
        return [(np.array([(left, 30), (right, 30), (right, 50), (left, 50)], float), 0.9)]

    page = np.full((200, 600), 255, np.uint8)
    page[100:114, 200:330] = 120
    word = np.array([[200.0, 100.0, 250.0, 114.0]])
    [(corners, _)] = second_look(page, word, [], detect, Least(17.0, 0.5, 0.5))
    assert corners[:, 0].min() == 200 and corners[:, 0].max() == 330 and len(seen) > 1


def test_frames_and_textures_are_no_words() -> None:
    cells = [(x, y, x + 20.0, y + 12.0) for x in range(20, 200, 40) for y in range(20, 100, 30)]
    left = left_over(words((10, 10, 220, 110), *cells), [])
    assert len(left) == len(cells), "all but the frame"
    grain = np.random.default_rng(1).random((TEXTURE + 1, 4)) * 500
    assert len(left_over(np.sort(grain, axis=1), [])) == 0


def test_places_hold_words_of_one_size_that_stand_near_each_other() -> None:
    title, small, far = (100, 100, 400, 180), (100, 300, 150, 312), (800, 900, 850, 912)
    places, rest = largest(words(title, small, far), (1000, 1000))
    assert [place.words.tolist() for place in places] == [[list(title)]]
    places, rest = largest(rest, (1000, 1000))
    assert len(places) == 2 and not len(rest)
    assert all(0 <= place.box[0] < place.box[2] <= 1000 for place in places)


def test_the_surer_reading_decides_between_large_type_and_its_pieces() -> None:
    regions = [region(0, 0, 300, 100, leftover=True), region(20, 40, 60, 60), region(100, 30, 140, 60)]
    assert settled(regions, [0.9, 0.3, 0.0]) == [True, False, False]
    assert settled(regions, [0.3, 0.9, 0.2]) == [False, True, True]
    assert settled(regions, [0.55, 0.5, 0.2]) == [False, True, True]
    assert settled([*regions[1:], region(0, 200, 300, 300, leftover=True)], [0.5, 0.5, 0.1]) == [True] * 3


@pytest.fixture(scope="module")
def detector() -> DbDetector:
    """The shipped model."""
    try:
        return DbDetector("detect-mobile", threads=1)
    except DependencyError as error:
        pytest.skip(f"the model is not in the checkout: {error}")


def printed(shape: tuple[int, int], *texts: tuple[str, int, int, float]) -> NDArray[np.uint8]:
    """A page with texts: what, left, baseline, size."""
    page = np.full(shape, 255, np.uint8)
    for text, x, y, size in texts:
        cv2.putText(page, text, (x, y), cv2.FONT_HERSHEY_COMPLEX, size, 0, max(1, round(2 * size)), cv2.LINE_AA)
    return page


@pytest.mark.parametrize("size", [0.8, 1.5, 3.0])
@pytest.mark.parametrize("text", ["Yes", "42", "harbour"])
def test_a_lone_token_is_found(detector: DbDetector, text: str, size: float) -> None:
    width = round(22 * size * len(text))
    page = printed((round(100 * size), width + round(80 * size)), (text, round(40 * size), round(60 * size), size))
    found = max(detector(page), key=lambda region: region.quad.height)  # a first look may see a part of it
    assert found.quad.center == pytest.approx((page.shape[1] / 2, 50 * size), rel=0.35)


@pytest.mark.parametrize("ratio", [4, 6, 9])
def test_large_type_and_small_lines_of_one_page(detector: DbDetector, ratio: int) -> None:
    page = printed(
        (1600, 1200),
        ("Report", 100, 100 + 30 * ratio, 0.8 * ratio),
        ("a line of small print below the title", 100, 800, 0.8),
        ("and another one, two inches below it", 100, 1100, 0.8),
    )
    heights = sorted(found.quad.height for found in detector(page) if found.quad.width > 300)
    assert len(heights) == 3 and heights[2] > 2.5 * heights[1]
