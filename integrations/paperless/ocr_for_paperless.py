"""Paperless-ngx reads scans and photographs with ``ocr``: a parser for version 3, found by its entry point.

It follows ``paperless.parsers.ParserProtocol``. Paperless-ngx makes a parser for each document and uses it as a
context: ``parse``, then the getters. Models are loaded once in each of its workers.
"""

from __future__ import annotations

import datetime
import logging
import os
import shutil
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import ocr

__all__ = ["OcrParser"]

TYPES = {
    "application/pdf": ".pdf",
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/tiff": ".tif",
    "image/bmp": ".bmp",
    "image/gif": ".gif",
    "image/webp": ".webp",
}
SCORE = 20
"""Tesseract's parser has 10."""
THUMBNAIL = (500, 5000)
"""Most pixels across and down."""
MODES = {"redo": "redo", "force": "force"}
"""Paperless-ngx's ``OCR_MODE`` and that of ``ocr``; every other keeps the text that there is."""

log = logging.getLogger("paperless.parsing.ocr")


class OcrParser:
    """Reads one document.

    Args:
        logging_group: as Paperless-ngx gives it to its own parsers; not used.
    """

    name = "ocr"
    version = ocr.__version__
    author = "The ocr authors"
    url = "https://pypi.org/project/ocr-for-paperless/"

    def __init__(self, logging_group: object = None) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="paperless-ocr-", dir=_scratch()))
        self._document: ocr.Document | None = None
        self._archive: Path | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)

    @classmethod
    def supported_mime_types(cls) -> dict[str, str]:
        """PDFs and pictures, and the suffix of each kind."""
        return dict(TYPES)

    @classmethod
    def score(cls, mime_type: str, filename: str, path: Path | None = None) -> int | None:
        """More than Tesseract's parser, for what can be read; None for other types."""
        return SCORE if mime_type in TYPES else None

    @property
    def can_produce_archive(self) -> bool:
        """Yes: a searchable PDF."""
        return True

    @property
    def requires_pdf_rendition(self) -> bool:
        """No: browsers show what is read here."""
        return False

    def configure(self, context: Any) -> None:
        """Nothing depends on where the document came from."""

    def parse(
        self, document_path: Path, mime_type: str, file_name: str | None = None, *, produce_archive: bool = True
    ) -> None:
        """Read the document, and write the searchable PDF if it is wanted.

        Raises:
            ParseError: it cannot be opened or written, a page cannot be read, or there is no such language.
        """
        self._document = self._archive = None
        try:
            document = ocr.shared_reader(_options()).read(document_path)
            if document.errors:
                raise ocr.InputError("\n".join(error.message for error in document.errors))
            archive = self._folder / "archive.pdf"
            if produce_archive:
                document.save(archive, "pdf")
        except ocr.OcrError as error:
            raise _parse_error()(f"{file_name or Path(document_path).name}: {error}") from error
        for page in document:
            sure = "no text" if page.confidence is None else f"confidence {page.confidence:.2f}"
            log.info("%s, page %d: %s", file_name or document.source, page.number, sure)
            for warning in page.warnings:
                log.warning("%s", warning)
        self._document = document
        self._archive = archive if produce_archive else None

    def get_text(self) -> str | None:
        """The text of all pages, a form feed between two; None where there is none."""
        text = self._document.text.strip() if self._document else ""
        return text or None

    def get_date(self) -> datetime.datetime | None:
        """None: Paperless-ngx looks for dates in the text."""
        return None

    def get_archive_path(self) -> Path | None:
        """The searchable PDF, if one was wanted."""
        return self._archive

    def get_thumbnail(self, document_path: Path, mime_type: str, file_name: str | None = None) -> Path:
        """The first page as WebP.

        Raises:
            ParseError: it cannot be opened.
        """
        from PIL import Image

        try:
            with ocr.open_source(document_path, pages=1, dpi=100) as source:
                picture = Image.fromarray(source.page(1).pixels)
        except ocr.OcrError as error:
            raise _parse_error()(str(error)) from error
        picture.thumbnail(THUMBNAIL)
        target = self._folder / "thumbnail.webp"
        picture.convert("RGB").save(target, "WEBP")
        return target

    def get_page_count(self, document_path: Path, mime_type: str) -> int | None:
        """Pages of a PDF, and pictures of a TIFF; None for a file that cannot be opened."""
        try:
            with ocr.open_source(document_path) as source:
                return source.page_count
        except ocr.OcrError as error:
            log.warning("%s", error)
            return None

    def extract_metadata(self, document_path: Path, mime_type: str) -> list[dict[str, str]]:
        """The document information of a PDF, and the lowest confidence of a page if the document was just read."""
        entries = [] if mime_type != "application/pdf" else _information(document_path)
        sure = [page.confidence for page in self._document or () if page.confidence is not None]
        if sure:
            entries.append(_entry("ocr", "confidence", f"{min(sure):.2f}"))
        return entries


def _information(path: Path) -> list[dict[str, str]]:
    """The document information of a PDF; what cannot be read is logged and left out, as Paperless-ngx wants it."""
    import pikepdf

    try:
        with pikepdf.open(path) as pdf:
            return [_entry("pdf", str(key).lstrip("/"), str(value)) for key, value in pdf.docinfo.items()]
    except Exception as error:  # a damaged file may raise anything in pikepdf
        log.warning("%s: the metadata cannot be read (%s)", path, error)
        return []


def _entry(prefix: str, key: str, value: str) -> dict[str, str]:
    namespace = {"pdf": "http://ns.adobe.com/pdf/1.3/", "ocr": "urn:ocr"}[prefix]
    return {"namespace": namespace, "prefix": prefix, "key": key, "value": value}


def _settings() -> Any:
    """Paperless-ngx's settings of OCR, which its web page may change; None outside of it."""
    try:
        from paperless.config import OcrConfig
    except ImportError:
        return None
    return OcrConfig()


def _options() -> ocr.Options:
    """How to read, by the settings of Paperless-ngx; outside of it, by its environment variables.

    Raises:
        UsageError: there is no such language.
    """
    settings = _settings()
    lang = settings.language if settings else os.environ.get("PAPERLESS_OCR_LANGUAGE", "eng")
    mode = settings.mode if settings else os.environ.get("PAPERLESS_OCR_MODE", "auto")
    return ocr.Options(lang=lang, mode=MODES.get(str(getattr(mode, "value", mode)), "skip"))


def _scratch() -> Path | None:
    """Paperless-ngx's folder for temporary files; None for the system's."""
    try:
        from django.conf import settings

        folder = Path(settings.SCRATCH_DIR)
    except Exception:  # no Django, or settings that are not configured
        return None
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _parse_error() -> type[Exception]:
    """What Paperless-ngx expects to be raised; ``ocr``'s own error outside of it."""
    try:
        from documents.parsers import ParseError
    except ImportError:
        return ocr.OcrError
    return ParseError  # type: ignore[no-any-return]
