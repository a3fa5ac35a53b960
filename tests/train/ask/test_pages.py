"""Invented documents, real receipts, and what is asked about them."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from ocr.errors import InputError  # noqa: E402
from ocr.train.ask.layouts import SEVERAL  # noqa: E402
from ocr.train.ask.measure import case  # noqa: E402
from ocr.train.ask.pages import batch_of, by_rows, pages, questions, receipt_of, receipts, worn  # noqa: E402
from ocr.train.ask.papers import KINDS, draw  # noqa: E402


def box(left: float, top: float, right: float) -> list[list[float]]:
    """A quad 10 high."""
    return [[left, top], [right, top], [right, top + 10], [left, top + 10]]


BOXES = [
    (box(0, 0, 80), "BOOK TA .K"), (box(0, 12, 80), "SDN BHD"), (box(0, 24, 80), "NO 5, JALAN 1,"),
    (box(0, 36, 80), "JOHOR."), (box(0, 48, 30), "DATE:"), (box(40, 48, 80), "25/12/2018 8:13 PM"),
    (box(0, 60, 30), "TOTAL"), (box(60, 60, 80), "RM19.00"), (box(0, 72, 30), "CASH"), (box(60, 72, 80), "119.00"),
]  # fmt: skip
VALUES = {"company": "BOOK TA.K SDN BHD", "date": "25/12/2018", "address": "NO 5, JALAN 1, JOHOR.", "total": "19.00"}


@pytest.mark.parametrize("unseen", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_marks_are_where_the_text_is(kind: str, unseen: bool) -> None:
    rng = random.Random(5)
    for _ in range(30):
        page = draw(kind, rng, unseen)
        assert len(page.fields) > 1 and not set(page.fields) & set(page.absent)
        for field in page.fields:
            for line, begin, last, end in page.answers(field):
                assert page.rows[line].text[begin:] and page.rows[last].text[:end]
                assert line == last or field in SEVERAL


def test_fields_of_a_real_receipt_are_located() -> None:
    page = receipt_of(BOXES, VALUES)
    assert page.answers("company") == [(0, 0, 1, 7)]
    assert page.answers("address") == [(2, 0, 3, 6)]
    assert page.answers("date") == [(5, 0, 5, 10)]
    assert page.answers("total") == [(7, 2, 7, 7)]  # not in 119.00


def test_lines_of_one_height_are_a_row() -> None:
    rows = list(receipt_of(BOXES, {}).rows)
    shuffled = rows[:]
    random.Random(1).shuffle(shuffled)
    assert by_rows(shuffled) == rows


def test_questions_have_answers_or_none() -> None:
    rng = random.Random(2)
    page = worn(draw("invoice", rng), rng)
    asked = case(page, questions(page, rng, 40))
    assert 5 < sum(not right for right in asked.right) < 25
    assert all(text for right in asked.right for text in right)
    batch = batch_of([(asked.page, asked.questions)])
    assert bool((batch.first.sum(1) > 0).all()) and bool((batch.last.sum(1) > 0).all())
    assert [bool(row[0]) for row in batch.first] == [not right for right in asked.right]


def test_batches_follow_from_the_seed(tmp_path: Path) -> None:
    truth = tmp_path / "gt.jsonl"
    truth.write_text(json.dumps({"boxes": BOXES, "key_fields": VALUES}) + "\n")
    real = receipts(truth)
    one, other = (pages(random.Random(3), 3, 2, real, 0.5) for _ in range(2))
    assert all(torch.equal(a, b) for a, b in zip(one, other, strict=True))
    assert one.question.shape[:2] == (3, 2)


@pytest.mark.parametrize("content", ["", "{}", "nothing"])
def test_ground_truth_of_another_form(tmp_path: Path, content: str) -> None:
    truth = tmp_path / "gt.jsonl"
    if content:
        truth.write_text(content)
    with pytest.raises(InputError, match="key_fields"):
        receipts(truth)
