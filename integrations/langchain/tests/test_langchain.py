"""The parser in the real LangChain."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from damaged import SAMPLES, damaged_scan
from langchain_core.document_loaders import BlobLoader
from langchain_core.documents.base import Blob
from ocr_for_langchain import OcrParser

import ocr
from ocr import reading


def test_pages() -> None:
    pages = OcrParser().parse(Blob.from_path(SAMPLES / "scan.pdf", metadata={"shelf": "A"}))
    assert [page.metadata["page"] for page in pages] == [1, 2, 3]
    first = pages[0]
    assert "Sweet children of demurest air" in first.page_content
    assert first.metadata["source"] == str(SAMPLES / "scan.pdf")
    assert (first.metadata["total_pages"], first.metadata["shelf"], first.metadata["warnings"]) == (3, "A", [])
    assert 0.8 < first.metadata["confidence"] <= 1


def test_pages_come_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    page = ocr.Reader.page

    def counted(self: ocr.Reader, source: ocr.Source, number: int) -> ocr.Page:
        read.append(number)
        return page(self, source, number)

    monkeypatch.setattr(ocr.Reader, "page", counted)
    next(OcrParser().lazy_parse(Blob.from_path(SAMPLES / "scan.pdf")))
    assert read == [1]


def test_bytes_without_a_name() -> None:
    [page] = OcrParser().parse(Blob.from_data((SAMPLES / "receipt.jpg").read_bytes(), mime_type="image/jpeg"))
    assert page.metadata["source"] == "<bytes>"
    assert page.page_content


def test_formats() -> None:
    blob = Blob.from_path(SAMPLES / "scan.pdf")
    markdown, text = (OcrParser(format=format).parse(blob)[1].page_content for format in ("md", "txt"))
    assert markdown.startswith("## CHAPTER II\n")
    assert text.startswith("CHAPTER II\n")


def test_page_that_cannot_be_read(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """It is there, empty, with its error."""
    pages = OcrParser().parse(Blob.from_path(damaged_scan(tmp_path / "damaged.pdf")))
    assert [bool(page.page_content) for page in pages] == [True, False, True]
    assert [bool(page.metadata.get("error")) for page in pages] == [False, True, False]
    assert "page 2" in pages[1].metadata["error"]
    assert pages[1].metadata["confidence"] is None
    assert "page 2" in caplog.text


def test_what_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ocr.UsageError, match="there is no language 'tlh'"):
        OcrParser("tlh")
    with pytest.raises(ocr.UsageError, match="format must be md or txt"):
        OcrParser(format="html")
    (tmp_path / "notes.pdf").write_bytes(b"no PDF")
    with pytest.raises(ocr.InputError, match=r"notes\.pdf"):
        OcrParser().parse(Blob.from_path(tmp_path / "notes.pdf"))


def test_models_are_loaded_once() -> None:
    reading._readers.clear()
    assert OcrParser("de").reader is OcrParser("de").reader
    assert OcrParser("de").reader is not OcrParser("en").reader
    assert len(reading._readers) == 2


def test_loader() -> None:
    """As a part of LangChain's loaders."""

    class Samples(BlobLoader):
        def yield_blobs(self) -> Iterator[Blob]:
            yield Blob.from_path(SAMPLES / "report.tif")

    pages = [page for blob in Samples().yield_blobs() for page in OcrParser().lazy_parse(blob)]
    assert len(pages) == pages[0].metadata["total_pages"]
