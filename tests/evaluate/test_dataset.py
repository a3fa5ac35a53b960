"""A whole set: what is read, saved and reported, with a stand-in for the reader."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from ocr.document import Block, Document, Engine, Line, Page, Quad, Word
from ocr.errors import InputError, OutputError, UsageError
from ocr.evaluate import evaluate
from ocr.pipeline import Reader
from ocr.recognize import Glyph, Reading


def box(left: float, top: float, right: float, bottom: float) -> list[list[float]]:
    return Quad.rect(left, top, right, bottom).to_json()


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

    def read_lines(self, lines: Sequence[NDArray[np.uint8]]) -> list[Reading]:
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


def test_outputs_that_cannot_be_written_are_named(truth: Path) -> None:
    with pytest.raises(OutputError, match=r"none/out\.jsonl.*--save"):
        list(evaluate(truth, cast(Reader, Stub()), save=truth.parent / "none" / "out.jsonl"))
    with pytest.raises(OutputError, match=r"gt\.jsonl.*--overlays"):
        list(evaluate(truth, cast(Reader, Stub()), overlays=truth / "worst"))


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("[]", "line 1 is not an object with an image"),
        ('{"text": "a"}', "line 1 is not an object with an image"),
        ('{"image": 1}', "line 1: image must be a string, not 1"),
        ('{"image": "a.png", "text": 5}', "line 1: text must be a string, not 5"),
        ('{"image": "a.png", "boxes": {}}', "line 1: boxes must be a list"),
        ("nul", "line 1 is not JSON"),
        ("", "no images"),
    ],
)
def test_ground_truth_of_another_kind_is_refused(tmp_path: Path, line: str, fault: str) -> None:
    (tmp_path / "gt.jsonl").write_text(f"{line}\n")
    with pytest.raises(InputError, match=f"gt.jsonl: .*{re.escape(fault)}"):
        list(evaluate(tmp_path / "gt.jsonl", cast(Reader, Stub())))


def test_what_an_engine_does_not_give_may_be_null(tmp_path: Path) -> None:
    truth, found = tmp_path / "gt.jsonl", tmp_path / "found.jsonl"
    truth.write_text('{"image": "a.png", "text": "one"}\n')
    found.write_text('{"image": "a.png", "text": "one", "words": null, "boxes": null}\n')
    [*_, summary] = evaluate(truth, predictions=found, only=found)
    assert json.loads(summary)["cer"] == 0.0


def test_ground_truth_is_not_replaced_and_a_choice_of_nothing_is_refused(tmp_path: Path) -> None:
    truth, other = tmp_path / "gt.jsonl", tmp_path / "only.jsonl"
    truth.write_text('{"image": "a.png", "text": "one"}\n')
    other.write_text('{"image": "b.png"}\n')
    with pytest.raises(UsageError, match="would replace the input; give another name with --save"):
        list(evaluate(truth, cast(Reader, Stub()), save=truth))
    with pytest.raises(InputError, match=r"only.jsonl: none of its images"):
        list(evaluate(truth, cast(Reader, Stub()), only=other))
    assert truth.read_text() == '{"image": "a.png", "text": "one"}\n'
