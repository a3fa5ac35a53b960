"""``/v1/ocr``: requests as clients of Mistral's interface send them."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from tests.serve.papers import TEXTS, document
from tests.serve.servers import Running


def data_url(data: bytes, kind: str = "application/pdf") -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def ask(server: Running, document: dict[str, Any], **more: Any) -> dict[str, Any]:
    answer = server.post("/v1/ocr", json={"model": "mistral-ocr-latest", "document": document, **more})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_document(server: Running) -> None:
    found = ask(server, {"type": "document_url", "document_url": data_url(document()), "document_name": "a.pdf"})
    assert [page["index"] for page in found["pages"]] == [0, 1, 2]
    assert all(text in page["markdown"] for text, page in zip(TEXTS, found["pages"], strict=True))
    assert found["pages"][0]["dimensions"] == {"dpi": 300, "height": 200, "width": 720}
    assert found["usage_info"] == {"pages_processed": 3, "doc_size_bytes": len(document())}
    assert found["pages"][0]["images"] == []


@pytest.mark.parametrize("nested", [False, True])
def test_a_picture(server: Running, nested: bool) -> None:
    url = data_url(document("PNG", TEXTS[:1]), "image/png")
    found = ask(server, {"type": "image_url", "image_url": {"url": url} if nested else url}, include_image_base64=True)
    assert TEXTS[0] in found["pages"][0]["markdown"]


@pytest.mark.parametrize(
    ("pages", "wanted"), [([2, 0], [0, 2]), ("0-1", [0, 1]), ("2", [2]), ("1-", [1, 2]), (None, [0, 1, 2])]
)
def test_pages_count_from_zero(server: Running, pages: Any, wanted: list[int]) -> None:
    found = ask(server, {"type": "document_url", "document_url": data_url(document())}, pages=pages)
    assert [page["index"] for page in found["pages"]] == wanted


@pytest.mark.parametrize(
    ("request_", "wanted"),
    [
        ({"document": {"type": "document_url", "document_url": "https://example.org/a.pdf"}}, (422, "option")),
        ({"document": {"type": "document_url", "document_url": "data:application/pdf;base64,@@"}}, (422, "option")),
        ({"document": {"type": "document_url", "document_url": "data:,"}}, (400, "empty")),
        ({"document": {"type": "document_url", "document_url": "data:,hello"}}, (415, "not_a_document")),
        ({"document": {"type": "file", "file_id": "1"}}, (422, "option")),
        ({}, (422, "option")),
        ([], (422, "option")),
    ],
)
def test_what_cannot_be_answered(server: Running, request_: Any, wanted: tuple[int, str]) -> None:
    assert server.problem("POST", "/v1/ocr", json=request_) == wanted


@pytest.mark.parametrize(
    "more",
    [
        {"pages": [3]}, {"pages": "x"}, {"pages": []}, {"pages": ""}, {"pages": [-1]},
        {"lang": "xx"}, {"table_format": "html"},
        {"include_blocks": True}, {"document_annotation_format": {"type": "json_schema"}},
    ],
)  # fmt: skip
def test_what_is_not_supported_is_not_ignored(server: Running, more: dict[str, Any]) -> None:
    request = {"document": {"type": "document_url", "document_url": data_url(document())}, **more}
    assert server.problem("POST", "/v1/ocr", json=request) == (422, "option")


def test_a_body_that_is_no_json(server: Running) -> None:
    assert server.problem("POST", "/v1/ocr", content=b"\xff{") == (422, "option")
