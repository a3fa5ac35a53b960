"""MarkItDown reads scans and photographs with ``ocr``: ``markitdown --use-plugins scan.pdf``.

A plug-in for MarkItDown 0.1: its converter stands before MarkItDown's own for PDFs and pictures, so that pages without
text come out as text, with headings, lists and tables. Text that a PDF has already is kept.
"""

from __future__ import annotations

import io
import os
import warnings
from typing import Any, BinaryIO

from markitdown import DocumentConverter, DocumentConverterResult, MarkItDown, StreamInfo

import ocr

__all__ = ["OcrConverter", "__plugin_interface_version__", "register_converters"]

__plugin_interface_version__ = 1

BEFORE_OTHERS = -1.0
"""MarkItDown's own converters have 0 and more."""
LANGUAGE = "OCR_LANG"
"""The environment variable that says the language to the command line, which has no option for it."""
SUFFIXES = {".pdf", ".tif", ".tiff", ".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".jp2", ".pnm", ".avif", ".heic"}
TYPES = ("application/pdf", "application/x-pdf", "image/")
NOT_READ = ("image/svg",)


class OcrConverter(DocumentConverter):
    """Reads PDFs and pictures; the models are loaded with the first of them, once a process.

    Args:
        lang: language of the text, as in :class:`ocr.Options`.
        password: of encrypted PDFs.
    """

    def __init__(self, lang: str = "en", password: str | None = None) -> None:
        self.lang = lang
        self.password = password

    def accepts(self, file_stream: BinaryIO, stream_info: StreamInfo, **kwargs: Any) -> bool:
        """Whether it is a PDF or a picture.

        Raises:
            UsageError: there is no such language. (Of what ``convert`` raises, MarkItDown tries another converter.)
            DependencyError: the models are not installed, or have no letters for the language.
        """
        kind, suffix = (stream_info.mimetype or "").lower(), (stream_info.extension or "").lower()
        fits = suffix in SUFFIXES or (kind.startswith(TYPES) and not kind.startswith(NOT_READ))
        if fits:
            ocr.shared_reader(ocr.Options(lang=self.lang))
        return fits

    def convert(self, file_stream: BinaryIO, stream_info: StreamInfo, **kwargs: Any) -> DocumentConverterResult:
        """Markdown of all pages. A page that could not be read says so in its place.

        Raises:
            InputError: the file cannot be opened; a warning says so too, since MarkItDown then tries other converters.
        """
        name = stream_info.local_path or stream_info.filename or stream_info.url or "<stream>"
        reader = ocr.shared_reader(ocr.Options(lang=self.lang))
        try:
            document = reader.read(_Named(file_stream.read(), name), password=self.password)
        except ocr.InputError as error:
            warnings.warn(str(error), stacklevel=2)
            raise
        parts = []
        for page in document:
            text = ocr.Document(document.source, document.engine, (page,)).to_bytes("md").decode().strip()
            for message in page.warnings:
                warnings.warn(message, stacklevel=2)
            if page.error:
                warnings.warn(page.error.message, stacklevel=2)
                text = f"> **Page {page.number} could not be read:** {page.error.message}\n\n{text}".strip()
            parts.append(text)
        return DocumentConverterResult("\n\n---\n\n".join(parts) + "\n")


class _Named(io.BytesIO):
    """A file's bytes with its name, for messages."""

    def __init__(self, data: bytes, name: str) -> None:
        super().__init__(data)
        self.name = name


def register_converters(markitdown: MarkItDown, **kwargs: Any) -> None:
    """Put the converter before MarkItDown's own; MarkItDown calls this with the arguments that it was made with.

    ``MarkItDown(enable_plugins=True, ocr_lang="de", ocr_password="...")`` says language and password.
    """
    lang = kwargs.get("ocr_lang") or os.environ.get(LANGUAGE) or "en"
    markitdown.register_converter(OcrConverter(lang, kwargs.get("ocr_password")), priority=BEFORE_OTHERS)
