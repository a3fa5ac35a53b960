"""The parser held to the protocol of Paperless-ngx 3, which is not on PyPI.

The table below is the protocol as ``paperless/parsers/__init__.py`` and ``registry.py`` of version 3 state it; where
Paperless-ngx can be imported, its own protocol and registry are asked as well.
"""

from __future__ import annotations

import inspect
import logging
from importlib.metadata import entry_points
from pathlib import Path

import pikepdf
import pytest
from damaged import SAMPLES, damaged_scan
from ocr_for_paperless import OcrParser
from PIL import Image

import ocr
from ocr import reading

METHODS = {
    "configure": ["context"],
    "parse": ["document_path", "mime_type", "*produce_archive"],
    "get_text": [],
    "get_date": [],
    "get_archive_path": [],
    "get_thumbnail": ["document_path", "mime_type"],
    "get_page_count": ["document_path", "mime_type"],
    "extract_metadata": ["document_path", "mime_type"],
    "__enter__": [],
    "__exit__": ["exc_type", "exc_val", "exc_tb"],
}
"""Methods and the arguments that Paperless-ngx gives them; one with a star is given by name."""
PDF = "application/pdf"


def test_entry_point() -> None:
    [found] = [point for point in entry_points(group="paperless_ngx.parsers") if point.name == "ocr"]
    assert found.load() is OcrParser


def test_class_attributes() -> None:
    """What the registry wants before it makes a parser."""
    assert all(isinstance(getattr(OcrParser, name), str) for name in ("name", "version", "author", "url"))
    assert OcrParser.supported_mime_types()[PDF] == ".pdf"
    assert (OcrParser.score(PDF, "a.pdf", None) or 0) > 10
    assert OcrParser.score("text/plain", "a.txt") is None


@pytest.mark.parametrize("name", METHODS)
def test_calls(name: str) -> None:
    """Each method takes the arguments of the protocol."""
    given = METHODS[name]
    by_name = {argument[1:]: None for argument in given if argument.startswith("*")}
    inspect.signature(getattr(OcrParser, name)).bind(None, *[None] * (len(given) - len(by_name)), **by_name)


def test_paperless_itself() -> None:
    parsers = pytest.importorskip("paperless.parsers")
    registry = pytest.importorskip("paperless.parsers.registry").ParserRegistry()
    registry.discover()
    assert registry.get_parser_for_file(PDF, "a.pdf") is OcrParser
    with OcrParser() as parser:
        assert isinstance(parser, parsers.ParserProtocol)


def test_scan() -> None:
    with OcrParser() as parser:
        parser.configure(None)
        parser.parse(SAMPLES / "scan.pdf", PDF)
        text, archive = parser.get_text(), parser.get_archive_path()
        assert text is not None and "Sweet children of demurest air" in text
        assert archive is not None
        with pikepdf.open(archive) as pdf:
            assert len(pdf.pages) == 3
        kept = ocr.read(archive)  # the text layer is kept, not read again
        assert {line.engine for line in kept[0].lines} == {"text-layer"}
        assert "demurest" in kept.text
        assert parser.get_date() is None
        assert parser.get_page_count(SAMPLES / "scan.pdf", PDF) == 3
        confidence = {entry["key"]: entry["value"] for entry in parser.extract_metadata(archive, PDF)}["confidence"]
        assert 0.5 < float(confidence) <= 1
    assert not archive.exists()


@pytest.mark.parametrize("name", ["scan.pdf", "report.tif", "receipt.jpg"])
def test_thumbnail_without_parsing(name: str) -> None:
    with OcrParser() as parser, Image.open(parser.get_thumbnail(SAMPLES / name, PDF)) as picture:
        assert picture.format == "WEBP"
        assert 100 < picture.width <= 500


def test_picture_without_archive() -> None:
    with OcrParser() as parser:
        parser.parse(SAMPLES / "receipt.jpg", "image/jpeg", produce_archive=False)
        assert parser.get_text()
        assert parser.get_archive_path() is None
        assert (
            parser.get_page_count(SAMPLES / "report.tif", "image/tiff")
            == ocr.open_source(SAMPLES / "report.tif").page_count
        )


def test_blank_page_has_no_text(tmp_path: Path) -> None:
    Image.new("L", (850, 1100), 255).save(tmp_path / "blank.png", dpi=(100, 100))
    with OcrParser() as parser:
        parser.parse(tmp_path / "blank.png", "image/png")
        assert parser.get_text() is None
        assert parser.get_archive_path()


def test_page_that_cannot_be_read(tmp_path: Path) -> None:
    """The document is not consumed without it, and nothing of it is left."""
    with OcrParser() as parser:
        with pytest.raises(ocr.OcrError, match=r"letter\.pdf: .*page 2"):
            parser.parse(damaged_scan(tmp_path / "damaged.pdf"), PDF, "letter.pdf")
        assert (parser.get_text(), parser.get_archive_path()) == (None, None)


def test_file_that_cannot_be_opened(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "notes.pdf").write_bytes(b"no PDF")
    with OcrParser() as parser:
        with pytest.raises(ocr.OcrError, match=r"notes\.pdf"):
            parser.parse(tmp_path / "notes.pdf", PDF)
        with pytest.raises(ocr.OcrError, match=r"notes\.pdf"):
            parser.get_thumbnail(tmp_path / "notes.pdf", PDF)
        assert parser.get_page_count(tmp_path / "notes.pdf", PDF) is None
        assert parser.extract_metadata(tmp_path / "notes.pdf", PDF) == []
    assert "notes.pdf" in caplog.text


def test_language(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAPERLESS_OCR_LANGUAGE", "eng+tlh")
    with OcrParser() as parser, pytest.raises(ocr.OcrError, match="there is no language 'tlh'"):
        parser.parse(SAMPLES / "receipt.jpg", "image/jpeg")


def test_log_has_the_confidence(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO), OcrParser() as parser:
        parser.parse(SAMPLES / "scan.pdf", PDF, "letter.pdf", produce_archive=False)
    assert "letter.pdf, page 3: confidence 0." in caplog.text


def test_models_are_loaded_once() -> None:
    reading._readers.clear()
    for _ in range(2):
        with OcrParser() as parser:
            parser.parse(SAMPLES / "receipt.jpg", "image/jpeg", produce_archive=False)
    assert len(reading._readers) == 1
