"""Confidence against accuracy, worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from ocr.document import Quad
from ocr.evaluate.calibration import Calibration


def box(row: int) -> list[list[float]]:
    return Quad.rect(0, 10 * row, 50, 10 * row + 9).to_json()


def counted(truth: dict[str, Any], lines: list[tuple[str, float]], **more: Any) -> Calibration:
    result = Calibration()
    found = {"boxes": [[box(k), text] for k, (text, _) in enumerate(lines)], "confidences": [sure for _, sure in lines]}
    result.add(truth, found | more)
    return result


def test_boxed_lines_are_compared_with_their_partners() -> None:
    truth = {"boxes": [[box(0), "TOTAL: 1"], [box(1), "CASH"]]}
    result = counted(truth, [("Total :1", 0.9), ("Cosh", 0.4), ("no partner", 0.8)])
    assert result.lines == [(0.9, True), (0.4, False)]
    assert result.unknown == 1


def test_lines_of_a_page_stand_in_its_text_once() -> None:
    truth = {"text": "The first line and\nthe second line and\nthe third."}
    lines = ["The first line and", "the second  line and", "the third", "line and", "the thirb."]
    result = counted(truth, [(text, 0.5) for text in lines])
    assert [right for _, right in result.lines] == [True, True, True, False, False]


def test_short_lines_stand_between_spaces() -> None:
    assert counted({"text": "banana 12"}, [("an", 0.5)]).lines == [(0.5, False)]
    assert counted({"text": "banana 12"}, [("12", 0.5)]).lines == [(0.5, True)]


def test_a_hyphen_at_the_end_may_be_missing() -> None:
    lines = [("on a summer after-", 0.9), ("noon in the garden", 0.8)]
    assert counted({"text": "on a summer afternoon in the garden"}, lines).lines == [(0.9, True), (0.8, True)]


def test_what_the_truth_knows_nothing_of_is_left_out() -> None:
    result = counted({"text": "the body of the page"}, [("the body of the page", 0.9), ("RUNNING HEAD 12", 0.9)])
    assert (result.lines, result.unknown) == ([(0.9, True)], 1)


@pytest.mark.parametrize("more", [{"level": "word"}, {"task": "line"}])
def test_words_and_single_lines_say_nothing(more: dict[str, str]) -> None:
    assert counted({"text": "one", "boxes": [[box(0), "one"]]} | more, [("one", 0.9)]).lines == []


def test_error_and_table() -> None:
    result = Calibration([(0.9, True)] * 9 + [(0.9, False)] + [(0.5, True)] * 10)
    assert [count for *_, count in result.bins()] == [2] * 10
    sure = sum(abs(mean - right) for mean, right, _ in result.bins()) / 10
    assert result.error() == pytest.approx(sure)
    low = result.bins()[:5]
    assert low == [(0.5, 1.0, 2)] * 5
    assert list(Calibration([(0.25, True)]).table())[1].split() == ["0.250", "1.000", "1"]
    assert Calibration().error() == 0.0
