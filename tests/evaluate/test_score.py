"""The figures against values worked out by hand, and reading with a stand-in for the reader."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from ocr.document import Block, Document, Engine, Line, Page, Quad, Word
from ocr.errors import InputError
from ocr.evaluate import Score, evaluate, match, normalise, words
from ocr.pipeline import Reader
from ocr.recognize import Glyph, Reading


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


class Stub:
    """Reads "one two" on every page and "line" in every line picture."""

    def __init__(self) -> None:
        self.shapes: list[tuple[int, ...]] = []

    def read(self, path: Path) -> Document:
        if not path.exists():
            raise InputError(f"{path}: there is no such file")
        found = tuple(Word(text, 0.9, Quad.rect(x, 0, x + 9, 9)) for text, x in (("one", 0), ("two", 10)))
        line = Line("one two", 0.9, Quad.rect(0, 0, 19, 9), found)
        page = Page(1, 20, 10, 100.0, (Block("par", line.box, (line,)),), text=line.text)
        return Document(str(path), Engine(), (page,))

    def recognizer(self, lines: Sequence[NDArray[np.uint8]]) -> list[Reading]:
        self.shapes += [line.shape for line in lines]
        return [Reading((Glyph("line", 0, 1, 0.9),), 0.9, "stub")] * len(lines)


@pytest.fixture
def truth(tmp_path: Path) -> Path:
    rows = [
        {"image": "page.png", "text": "one two"},
        {"image": "gone.png", "text": "four"},
        {"image": "line.png", "task": "line", "text": "line"},
    ]
    for name in ("page.png", "line.png"):
        Image.new("RGB", (20, 10), "red").save(tmp_path / name)
    path = tmp_path / "gt.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows) + "\n\n", encoding="utf-8")
    return path


def test_images_are_read_relative_to_the_truth_and_predictions_saved(truth: Path) -> None:
    stub, saved = Stub(), truth.parent / "out.jsonl"
    lines = list(evaluate(truth, cast(Reader, stub), save=saved, per_image=True))
    assert [line.splitlines()[0].split()[-1] for line in lines[:3]] == ["page.png", "gone.png", "line.png"]
    assert lines[1].splitlines()[1:] == ["    missed: four"]
    result = json.loads(lines[-1])
    assert (result["images"], result["missing"], result["cer"]) == (3, 1, round(4 / 15, 4))
    rows = [json.loads(row) for row in saved.read_text(encoding="utf-8").splitlines()]
    assert [row["image"] for row in rows] == ["page.png", "line.png"]
    assert rows[0]["boxes"] == [[box(0, 0, 19, 9), "one two"]]
    assert rows[0]["words"][1] == [box(10, 0, 19, 9), "two"]
    assert (rows[0]["confidences"], rows[0]["blocks"]) == ([0.9], [["par", 1]])
    assert result["ece"] == pytest.approx(0.1)
    assert stub.shapes == [(10, 20)]
    again = list(evaluate(truth, predictions=saved))
    assert json.loads(again[0]) == result


def test_only_some_images(truth: Path) -> None:
    only = truth.parent / "only.jsonl"
    only.write_text('{"image": "line.png"}\n', encoding="utf-8")
    assert json.loads(list(evaluate(truth, cast(Reader, Stub()), only=only))[-1])["images"] == 1


def test_what_is_not_json_lines_is_named(truth: Path) -> None:
    with pytest.raises(InputError, match=r"gone\.jsonl"):
        list(evaluate(truth.parent / "gone.jsonl"))
    bad = truth.parent / "bad.jsonl"
    bad.write_text("{", encoding="utf-8")
    with pytest.raises(InputError, match=r"bad\.jsonl"):
        list(evaluate(bad))


def test_a_table_and_overlays_when_asked(truth: Path) -> None:
    folder = truth.parent / "worst"
    lines = list(evaluate(truth, cast(Reader, Stub()), calibration=True, overlays=folder))
    assert lines[:2] == [str(folder / "02-page.png"), str(folder / "03-line.png")], "gone.png is the worst and gone"
    assert lines[2].split() == ["confidence", "accuracy", "lines"]
    assert lines[3].split() == ["0.900", "1.000", "1"]
    assert sorted(path.name for path in folder.iterdir()) == ["02-page.png", "03-line.png"]


def test_a_cell_is_read_by_the_lines_in_it() -> None:
    cell, beside = [box(0, 0, 100, 60), "公称 尺寸12"], [box(100, 0, 200, 60), "重量"]
    lines = [[box(52, 32, 70, 48), "12"], [box(30, 10, 60, 28), "公称"], [box(30, 30, 50, 48), "尺寸"]]
    found = figures({"boxes": [cell, beside]}, {"boxes": [*lines, [box(120, 20, 160, 40), "重里"]]})
    assert found["boxes_read"] == 0.5
    across = [box(30, 10, 180, 28), "公称 重量"]
    assert figures({"boxes": [cell, beside]}, {"boxes": [across]})["boxes_read"] == 0
    assert figures({"boxes": [cell]}, {})["boxes_read"] == 0
