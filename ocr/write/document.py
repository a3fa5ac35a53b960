"""A document that was read, written to a file in any format."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

from ocr.document import Document
from ocr.errors import UsageError
from ocr.options import PdfOptions
from ocr.output import replacing
from ocr.source import open_source
from ocr.source.page import Closed
from ocr.write import format_of, writer_for

if TYPE_CHECKING:
    from ocr.source import Input, Source

__all__ = ["save", "to_bytes"]


def save(
    document: Document,
    path: str | Path,
    format: str | None,
    source: Input | None,
    password: str | None,
    pdf: PdfOptions | None,
) -> None:
    """Write a document; the arguments are those of :meth:`ocr.Document.save`.

    Raises:
        UsageError: ``path`` is no path, the format is unknown, or a PDF needs ``source``.
        InputError: the original can no longer be opened.
        OutputError: the file cannot be written.
    """
    if not isinstance(path, str | Path):
        raise UsageError(f"the name of the output must be a string or a Path, not of type {type(path).__name__}")
    format = format or format_of(path)
    write = writer_for(format)
    with _source(document, format, source, password) as opened, replacing(Path(path)) as file:
        if format == "pdf":
            from ocr.write.pdf import write as write_pdf

            write_pdf(document.pages, file, opened, document.engine, pdf or PdfOptions())
        else:
            write(document.pages, file, opened, document.engine)


def to_bytes(document: Document, format: str) -> bytes:
    """A document in a format; the arguments are those of :meth:`ocr.Document.to_bytes`.

    Raises:
        UsageError: the format is unknown, or ``pdf``.
        DependencyError: the format needs a package that is not installed.
    """
    if format == "pdf":
        raise UsageError(f"{document.source}: a PDF is made from the original; write it: document.save('out.pdf')")
    file = io.BytesIO()
    numbers = [page.number for page in document]
    writer_for(format)(document.pages, file, Closed(document.source, numbers), document.engine)
    return file.getvalue()


def _source(document: Document, format: str, source: Input | None, password: str | None) -> Source:
    """The original where its pages are written; elsewhere its name is enough."""
    if format != "pdf":
        return Closed(document.source, [page.number for page in document])
    original = document.original if source is None else source
    if original is None:
        raise UsageError(
            f"{document.source}: the picture that was read is not kept; "
            "give it again: document.save('out.pdf', source=picture)"
        )
    return open_source(original, password=password)
