import cv2
import numpy as np
import pytest

from ocr.detect import rules
from ocr.detect.rules import rules_between
from ocr.document import Quad
from ocr.geometry import rotation_matrix


def table(*, rule: tuple[int, int] | None, paper: int = 250) -> np.ndarray:
    """Two words with a gap of 12 pixels, at most with a rule in it."""
    page = np.full((80, 240), paper, np.uint8)
    page[30:48, 20:100:4] = page[30:48, 112:200:4] = 30
    if rule:
        page[slice(*rule), 105:107] = 90
    return page


WORDS = [Quad.rect(18, 28, 102, 50), Quad.rect(110, 28, 202, 50)]


@pytest.mark.parametrize(
    ("rule", "cells"), [((0, 80), True), ((0, 54), True), ((24, 80), True), ((28, 50), False), (None, False)]
)
def test_a_rule_goes_on_beyond_the_line(rule: tuple[int, int] | None, cells: bool) -> None:
    found = rules_between(WORDS, table(rule=rule))
    assert bool(found) == cells
    for quad in found:
        left, _, right, _ = quad.hull
        assert left < 105 and right > 107


@pytest.mark.parametrize("shape", ["rgb", "shaded"])
def test_on_colour_and_shade(shape: str) -> None:
    page = table(rule=(0, 80), paper=200)
    assert len(rules_between(WORDS, np.dstack([page] * 3) if shape == "rgb" else page)) == 1


def test_words_far_apart_are_not_looked_between() -> None:
    far = [WORDS[0], Quad.rect(140, 28, 202, 50)]
    assert rules_between(far, table(rule=(0, 80))) == []


def test_one_line_and_none() -> None:
    assert rules_between([], table(rule=None)) == []
    assert rules_between(WORDS[:1], table(rule=(0, 80))) == []


def test_lines_of_a_skewed_page() -> None:
    page = np.full((400, 400), 250, np.uint8)
    turn = rotation_matrix(2, (200, 200))
    words = [Quad.rect(120, 190, 196, 210).transformed(turn), Quad.rect(206, 190, 280, 210).transformed(turn)]
    rule = Quad.rect(200, 100, 202, 300).transformed(turn)
    cv2.fillPoly(page, [np.round(np.array(rule.points)).astype(np.int32)], 40)
    assert len(rules_between(words, page)) == 1


def test_sideways_text_has_no_rows_to_look_along(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[object] = []
    monkeypatch.setattr(rules, "straightened", lambda corners, _: looked.append(corners))
    turn = rotation_matrix(90, (200, 200))
    columns = [Quad.rect(80, 190, 320, 206).transformed(turn), Quad.rect(80, 212, 320, 228).transformed(turn)]
    page = np.full((400, 400), 250, np.uint8)
    page[:, 205:207] = 40
    assert rules_between(columns, page) == []
    assert looked == []
