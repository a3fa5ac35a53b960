"""The figures, against values worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from ocr.document import Quad
from ocr.evaluate import Score, match, normalise, words


def box(left: float, top: float, right: float, bottom: float) -> list[list[float]]:
    return Quad.rect(left, top, right, bottom).to_json()


def figures(truth: dict[str, Any], found: dict[str, Any]) -> dict[str, float]:
    score = Score()
    score.add({"image": "a.png"} | truth, found and {"image": "a.png"} | found)
    return score.figures()


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("  a \n\t b  ", "a b"),
        ("“quoted” ‘single’ «x»", '"quoted" \'single\' "x"'),
        ("''twice''", '"twice"'),
        ("1–2—3−4", "1-2-3-4"),
        ("• item · dot", "item dot"),
        ("ﬁne ＡＢ ½", "fine AB 1⁄2"),
        ("soft\u00adhyphen\ufeff", "softhyphen"),
    ],
)
def test_normalise(text: str, folded: str) -> None:
    assert normalise(text) == folded


def test_words_lose_the_punctuation_at_their_ends() -> None:
    assert words("Total: (12.50), -- “yes”!") == ["Total", "12.50", "yes"]


def test_cer_and_wer() -> None:
    # "the cat" -> "the bat!": 2 edits of 7 characters; 1 of 2 words
    assert figures({"text": "the cat"}, {"text": "the bat!"}) == pytest.approx(
        {"images": 1, "missing": 0, "cer": 2 / 7, "wer": 1 / 2, "word_f1": 1 / 2, "char_f1": 2 * 5 / (7 + 6)}
        | {"order_gap": 0.0, "line_recall": 1.0}
    )


def test_errors_are_no_more_than_the_text_is_long() -> None:
    assert figures({"text": "ab"}, {"text": "x" * 50})["cer"] == 1.0


def test_a_missing_prediction_is_empty_text() -> None:
    found = figures({"text": "one two"}, {})
    assert (found["missing"], found["cer"], found["wer"], found["word_f1"]) == (1, 1.0, 1.0, 0.0)


def test_order_free_text_has_no_error_rate() -> None:
    found = figures({"text": "a b c", "order_free": True}, {"text": "c b a"})
    assert "cer" not in found
    assert found["word_f1"] == 1.0


def test_order_gap() -> None:
    """Six words found of eight and seven; the longest run in order has four: (6 - 4) * 2 / 15 of F1."""
    found = figures({"text": "a b c d e f g h"}, {"text": "e f a b c d x"})
    assert found["order_gap"] == pytest.approx(100 * 2 * 2 / 15)
    assert figures({"text": "one two three"}, {"text": "one tvvo three!"})["order_gap"] == 0.0
    assert "order_gap" not in figures({"text": "a b c", "order_free": True}, {"text": "c b a"})


def test_lines_are_looked_for_where_there_are_no_boxes() -> None:
    assert figures({"text": "the first\nthe second"}, {"text": "the second"})["line_recall"] == 0.5
    assert "line_recall" not in figures({"boxes": [[box(0, 0, 9, 9), "one"]]}, {"text": "one"})
    assert "line_recall" not in figures({"text": "one", "task": "line"}, {"text": "one"})


def test_zones_and_lines_are_right_as_a_whole_or_wrong() -> None:
    zone = {"text": "P<UTO\nL898", "task": "mrz"}
    assert figures(zone, {"text": "P<UTO\nL898"})["exact"] == 1
    assert figures(zone, {"text": "P<UTO\nL89B"})["exact"] == 0
    assert figures(zone, {})["exact"] == 0
    assert figures({"text": "", "task": "mrz"}, {"text": ""})["exact"] == 1
    assert figures({"text": "", "task": "mrz"}, {"text": "P<UTO"})["exact"] == 0
    assert "line_recall" not in figures(zone, {"text": ""})
    assert "exact" not in figures({"text": "a page"}, {"text": "a page"})


def test_case_counts_unless_it_is_ignored() -> None:
    assert figures({"text": "ABC"}, {"text": "abc"})["cer"] == 1.0
    assert figures({"text": "ABC", "ignore_case": True}, {"text": "abc"})["cer"] == 0.0


def test_boxes_are_paired_once_and_best_first() -> None:
    truth = [[box(0, 0, 10, 10), "a"], [box(20, 0, 30, 10), "b"]]
    found = [[box(0, 0, 10, 9), "near"], [box(0, 0, 10, 10), "exact"], [box(26, 0, 36, 10), "off"]]
    assert match(truth, found) == [(0, 1)]


def test_detection_and_end_to_end() -> None:
    truth = {"boxes": [[box(0, 0, 10, 10), "One"], [box(20, 0, 30, 10), "two"]]}
    found = {
        "text": "one xx",
        "boxes": [[box(0, 0, 10, 10), "ONE "], [box(20, 0, 30, 10), "x"], [box(50, 0, 60, 9), "y"]],
    }
    result = figures(truth, found)
    assert result["det_f1"] == pytest.approx(2 * 2 / 5)
    assert result["e2e_f1"] == pytest.approx(2 * 1 / 5)
    assert result["cer"] == pytest.approx(4 / 7), "the boxes' texts stand in for the text: 'One two' -> 'one xx'"


def test_word_level_truth_is_compared_with_words() -> None:
    truth = {"boxes": [[box(0, 0, 10, 10), "a"]], "level": "word"}
    found = {"text": "a", "boxes": [[box(0, 0, 99, 10), "a"]], "words": [[box(0, 0, 10, 10), "a"]]}
    assert figures(truth, found)["e2e_f1"] == 1.0


def test_fields_and_records() -> None:
    score = Score()
    score.add({"image": "1", "fields": {"name": "Ada L", "number": 7}}, {"fields": {"name": "ada l", "number": "8"}})
    score.add({"image": "2", "fields": {"name": "Bo"}}, {"fields": {"name": "Bo"}})
    assert score.figures() == {"images": 2, "missing": 0, "fields": 2 / 3, "records": 1 / 2}


def test_seconds_are_averaged_over_the_predictions_that_have_them() -> None:
    score = Score()
    for seconds in (1.0, 3.0, 8.0):
        score.add({"image": "a", "text": "x"}, {"text": "x", "seconds": seconds})
    score.add({"image": "b", "text": "x"}, {"text": "x"})
    assert (score.figures()["seconds_mean"], score.figures()["seconds_median"]) == (4.0, 3.0)


def test_a_cell_is_read_by_the_lines_in_it() -> None:
    cell, beside = [box(0, 0, 100, 60), "出生 日期12"], [box(100, 0, 200, 60), "住址"]
    lines = [[box(52, 32, 70, 48), "12"], [box(30, 10, 60, 28), "出生"], [box(30, 30, 50, 48), "日期"]]
    found = figures({"boxes": [cell, beside]}, {"boxes": [*lines, [box(120, 20, 160, 40), "住扯"]]})
    assert found["boxes_read"] == 0.5
    across = [box(30, 10, 180, 28), "出生 住址"]
    assert figures({"boxes": [cell, beside]}, {"boxes": [across]})["boxes_read"] == 0
    assert figures({"boxes": [cell]}, {})["boxes_read"] == 0
