"""``/v1/read``: the same as ``ocr read``, in every format, whole or page by page; what is no document is refused."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from PIL import Image

import ocr
from ocr.serve.routes import MEDIA_TYPES
from ocr.write import FORMATS
from tests.serve.papers import document
from tests.serve.servers import Running, pdf_text


def events(text: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Name and data of each event of a stream."""
    for event in text.split("\n\n"):
        lines = [line for line in event.split("\n") if line and not line.startswith(":")]
        if lines:
            name, data = lines
            yield name.removeprefix("event: "), json.loads(data.removeprefix("data: "))


def test_json_is_that_of_the_library(server: Running, reader: ocr.Reader, samples: Path) -> None:
    answer = server.read("/v1/read", samples / "scan.pdf", pages="2")
    assert answer.status_code == 200
    found, wanted = answer.json(), reader.read(samples / "scan.pdf", pages="2").to_json()
    assert found["source"] == "a.bin"
    assert found["engine"] == wanted["engine"]
    assert [page["blocks"] for page in found["pages"]] == [page["blocks"] for page in wanted["pages"]]


@pytest.mark.parametrize("format", FORMATS)
def test_every_format(server: Running, format: str) -> None:
    answer = server.read("/v1/read", document(), pages="1", format=format)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == MEDIA_TYPES[format]
    assert FORMATS[format].suffixes[0] in answer.headers["content-disposition"]
    if format == "pdf":
        with pikepdf.open(io.BytesIO(answer.content)) as pdf:
            assert len(pdf.pages) == 3
        assert "A STORY FOR GIRLS" in pdf_text(answer.content)
    elif format not in ("csv", "xlsx", "docx"):
        assert "STORY" in answer.text.upper()


def test_a_raw_body_is_a_document_whatever_its_type(server: Running) -> None:
    data = document("TIFF")
    headers = {"Content-Type": "application/x-www-form-urlencoded", "OCR-File-Name": "b%C3%BCcher/%E4%B9%A6.tif"}
    answer = server.post("/v1/read?pages=1", content=data, headers=headers)
    assert (answer.status_code, answer.json()["source"]) == (200, "书.tif")


def test_parameters_may_be_fields_of_the_form(server: Running) -> None:
    files = {"file": ("x.pdf", document())}
    answer = server.post("/v1/read", files=files, data={"format": "txt", "pages": "3"})
    assert answer.status_code == 200
    assert "\f" not in answer.text
    assert server.problem("POST", "/v1/read?pages=1", files=files, data={"pages": "3"}) == (422, "option")


def test_page_by_page(server: Running) -> None:
    names, data = zip(*events(server.read("/v1/read", document(), stream="true").text), strict=True)
    assert names == ("queued", "start", "page", "page", "page", "done")
    assert data[1]["source"] == "a.bin"
    assert (data[1]["page_count"], data[1]["pages"]) == (3, [1, 2, 3])
    assert [page["number"] for page in data[2:5]] == [1, 2, 3]
    assert data[2]["blocks"][0]["lines"][0]["words"][0]["chars"]
    assert data[5] == {"pages": 3, "failed": [], "warnings": []}


@pytest.mark.parametrize("format", ["txt", "pdf"])
def test_another_format_comes_with_the_last_event(server: Running, format: str) -> None:
    body = {"file": document()}
    headers = {"Accept": "text/event-stream"}
    answer = server.post("/v1/read", files=body, params={"format": format, "pages": 1}, headers=headers)
    assert answer.headers["content-type"].startswith("text/event-stream")
    *_, (name, done) = events(answer.text)
    assert (name, done["format"], done["media_type"]) == ("done", format, MEDIA_TYPES[format])
    text = done["content"] if format == "txt" else pdf_text(base64.b64decode(done["base64"]))
    assert "A STORY FOR GIRLS" in text


def test_a_failure_after_the_start_is_the_last_event(server: Running) -> None:
    *_, (name, problem) = events(server.read("/v1/read", document(), stream="true", pages="7").text)
    assert (name, problem["status"], problem["code"]) == ("error", 422, "option")


def test_a_page_that_fails_does_not_cost_the_others(server: Running) -> None:
    data = bytearray(document("TIFF"))
    with Image.open(io.BytesIO(data)) as picture:
        picture.seek(1)
        offset, length = picture.tag_v2[273][0], picture.tag_v2[279][0]  # type: ignore[attr-defined]
    data[offset : offset + length] = bytes(length)
    answer = server.read("/v1/read", bytes(data))
    assert answer.status_code == 200
    failed = [page["number"] for page in answer.json()["pages"] if "error" in page]
    assert failed == [2] == [int(number) for number in answer.headers["OCR-Failed-Pages"].split(",")]


@pytest.mark.parametrize(
    ("data", "wanted"),
    [
        (b"nonsense", (415, "not_a_document")),
        (b"%PDF-1.7 and nothing else", (422, "unreadable")),
        (b"\x89PNG\r\n\x1a\n", (422, "unreadable")),
        (b"", (400, "empty")),
    ],
)
def test_what_is_no_document(server: Running, data: bytes, wanted: tuple[int, str]) -> None:
    assert server.problem("POST", "/v1/read", files={"file": ("a.pdf", data)}) == wanted
    assert server.problem("POST", "/v1/read", content=data) == wanted


@pytest.mark.parametrize(
    "query",
    ["pages=", "pages=x", "pages=9", "lang=xx", "format=exe", "unknown=1", "dpi=1e9", "mode=", "password=sesame"],
)
def test_parameters_that_cannot_be_used(server: Running, query: str) -> None:
    body = document()
    assert server.problem("POST", f"/v1/read?{query}", content=body) == (422, "option")


@pytest.mark.parametrize(
    "files",
    [
        {"other": ("a.pdf", b"%PDF-1.4")},
        [("file", ("a.pdf", b"%PDF-1.4")), ("file", ("b.pdf", b"%PDF-1.4"))],
        [("file", ("a.pdf", b"%PDF-1.4")), ("more", ("b.pdf", b"%PDF-1.4"))],
    ],
)
def test_forms_that_are_not_as_they_should_be(server: Running, files: Any) -> None:
    assert server.problem("POST", "/v1/read", files=files) == (400, "form")


@pytest.mark.parametrize("kind", ["multipart/form-data", "multipart/form-data; boundary=x; charset=nonsense"])
def test_a_damaged_form(server: Running, kind: str) -> None:
    status, code = server.problem("POST", "/v1/read", content=b"--x\r\nnonsense", headers={"Content-Type": kind})
    assert (status, code) == (400, "form")


def test_passwords(server: Running) -> None:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(document())) as pdf:
        pdf.save(out, encryption=pikepdf.Encryption(owner="o", user="gehäuse"))
    data = out.getvalue()
    assert server.problem("POST", "/v1/read?pages=1", content=data) == (422, "password")
    assert server.problem("POST", "/v1/read?pages=1", content=data, headers={"OCR-Password": "x"}) == (422, "password")
    raw = server.post("/v1/read?pages=1", content=data, headers={"OCR-Password": "geh%C3%A4use"})
    form = server.post("/v1/read?pages=1", files={"file": data}, data={"password": "gehäuse"})
    assert raw.status_code == form.status_code == 200
