"""LangChain reads scans and photographs with ``ocr``: a blob parser that yields a document for each page.

Example:
    >>> from langchain_core.documents.base import Blob
    >>> pages = OcrParser().parse(Blob.from_path("samples/scan.pdf"))
    >>> len(pages), pages[0].metadata["page"]
    (3, 1)
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

from langchain_core.document_loaders import BaseBlobParser
from langchain_core.documents import Document
from langchain_core.documents.base import Blob

import ocr

__all__ = ["OcrParser"]

log = logging.getLogger(__name__)


class OcrParser(BaseBlobParser):
    """Yields each page as it is read; parsers with the same options share the models.

    Args:
        lang: language of the text, as in :class:`ocr.Options`.
        format: ``md`` for Markdown with headings, lists and tables, or ``txt`` for plain text.
        options: how to read in other respects; ``lang`` then has to be left out.
        password: of encrypted PDFs.

    Raises:
        UsageError: a language or a format that there is not.
        DependencyError: the models are not installed, or have no letters for the language.
    """

    def __init__(
        self,
        lang: str = "en",
        *,
        format: str = "md",
        options: ocr.Options | None = None,
        password: str | None = None,
    ) -> None:
        if format not in {"md", "txt"}:
            raise ocr.UsageError(f"format must be md or txt, not {format!r}")
        self.format = format
        self.password = password
        self.reader = ocr.shared_reader(options or ocr.Options(lang=lang))

    def lazy_parse(self, blob: Blob) -> Iterator[Document]:
        """The pages of a PDF, TIFF or picture, in order.

        The metadata of each: that of the blob, ``source``, ``page`` (from 1), ``total_pages``, ``confidence`` (0..1,
        None where there is no text), ``warnings``, and ``error`` where the page could not be read. Such a page is
        yielded all the same, with what could be read of it.

        Raises:
            InputError: the blob cannot be opened.
            EncryptedError: the PDF needs a password, or the password is wrong.
        """
        data = blob.path if blob.data is None and blob.path is not None else blob.as_bytes()
        options = self.reader.options
        with ocr.open_source(data, password=self.password, dpi=options.dpi, renderer=options.renderer) as source:
            for page in self.reader.pages(source):
                read = ocr.Document(source.name, self.reader.engine, (page,))
                facts: dict[str, Any] = {
                    **blob.metadata,
                    "source": blob.source or source.name,
                    "page": page.number,
                    "total_pages": source.page_count,
                    "confidence": page.confidence,
                    "warnings": list(page.warnings),
                }
                if page.error:
                    facts["error"] = page.error.message
                    log.warning("%s", page.error.message)
                yield Document(read.to_bytes(self.format).decode().strip(), metadata=facts)
