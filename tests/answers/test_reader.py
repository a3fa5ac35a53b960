"""Answers by the model that ships."""

from __future__ import annotations

import json
from typing import Any

import pytest

import ocr
from ocr.document import Document, Engine
from tests.answers.receipts import LINES, document_of

RECEIPT = document_of(LINES)


def test_fields_of_a_receipt() -> None:
    found = ocr.fields(RECEIPT, ("date", "total"))
    assert {name: answer.text for name, answer in found.items()} == {"date": "14/03/2021", "total": "12.50"}
    assert all(0.5 <= answer.confidence <= 1 and answer.page == 1 for answer in found.values())
    assert found["total"].lines[0].text == "12.50"


def test_weights_are_shares_of_the_lines() -> None:
    answer = ocr.ask(RECEIPT, "What is the total?")
    assert len(answer.weights) > 1
    assert all(len(row) == len(LINES) and sum(row) == pytest.approx(1, abs=1e-5) for row in answer.weights)
    record = json.loads(json.dumps(answer.to_json()))
    assert record["text"] == answer.text and record["reason"] is None


def test_the_page_with_the_answer_is_found() -> None:
    answer = ocr.ask(document_of(("Chapter one", "It was a cold night."), LINES), "What is the total?")
    assert (answer.text, answer.page) == ("12.50", 2)


def test_what_is_not_there_is_not_invented() -> None:
    answer = ocr.ask(RECEIPT, "What is the passport number?")
    assert (answer.text, answer.lines, answer.page, answer.reason) == ("", (), 0, ocr.Reason.NOT_IN_DOCUMENT)
    assert not answer and answer.looked_at == 1 and answer.confidence > 0.5


@pytest.mark.parametrize("question", ["Quelle est la date ?", "Wie hoch ist die Summe?", "总金额是多少?", "12 34"])
def test_questions_in_other_languages_are_not_understood(question: str) -> None:
    answer = ocr.ask(RECEIPT, question)
    assert (answer.text, answer.reason) == ("", ocr.Reason.NOT_UNDERSTOOD)


@pytest.mark.parametrize("document", [document_of(()), document_of(("", "  ")), Document("a.png", Engine(), ())])
def test_a_document_without_text(document: Document) -> None:
    assert ocr.ask(document, "What is the total?").reason is ocr.Reason.NO_TEXT


@pytest.mark.parametrize("question", ["", "  ", "?", 3, None])
def test_empty_questions(question: Any) -> None:
    with pytest.raises(ocr.UsageError, match="question"):
        ocr.ask(RECEIPT, question)


def test_arguments_of_another_kind() -> None:
    with pytest.raises(ocr.UsageError, match="names must be several"):
        ocr.fields(RECEIPT, "total")
    with pytest.raises(ocr.UsageError, match=r"must be an ocr\.Document"):
        ocr.ask("receipt.png", "total")  # type: ignore[arg-type]
    assert ocr.fields(RECEIPT, ()) == {}


def test_a_very_long_page() -> None:
    answer = ocr.ask(document_of(tuple(f"line {k} of a long list" for k in range(3000))), "What is the IBAN?")
    assert answer.reason is ocr.Reason.NOT_IN_DOCUMENT and len(answer.weights[0]) == 3000
