"""LlamaIndex reads scans and photographs with ``ocr``: a reader that yields a document for each page.

For folders: ``SimpleDirectoryReader("scans", file_extractor={".pdf": OcrReader(), ".jpg": OcrReader()})``.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from llama_index.core.readers.base import BaseReader
from llama_index.core.schema import Document

import ocr

__all__ = ["OcrReader"]

log = logging.getLogger(__name__)


class OcrReader(BaseReader):
    """Yields each page as it is read; readers with the same options share the models.

    Args:
        lang: language of the text, as in :class:`ocr.Options`.
        format: ``md`` for Markdown with headings, lists and tables, or ``txt`` for plain text.
        options: how to read in other respects; ``lang`` then has to be left out.

    Raises:
        UsageError: a language or a format that there is not.
        DependencyError: the models are not installed, or have no letters for the language.
    """

    def __init__(self, lang: str = "en", *, format: str = "md", options: ocr.Options | None = None) -> None:
        super().__init__()
        if format not in {"md", "txt"}:
            raise ocr.UsageError(f"format must be md or txt, not {format!r}")
        self.format = format
        self.reader = ocr.shared_reader(options or ocr.Options(lang=lang))

    def lazy_load_data(
        self, file: str | Path, extra_info: dict[str, Any] | None = None, fs: Any = None
    ) -> Iterable[Document]:
        """The pages of a PDF, TIFF or picture, in order.

        The metadata of each: ``extra_info``, ``page_label`` (the number of the page, from 1), ``file_name``,
        ``confidence`` (0..1, None where there is no text), ``warnings``, and ``error`` where the page could not be
        read. Such a page is yielded all the same, with what could be read of it. Embeddings and language models see
        none of the last three.

        Args:
            file: the path.
            extra_info: more metadata.
            fs: the file system of the path (fsspec), if it is not the local one.

        Raises:
            InputError: the file cannot be opened.
        """
        data: Any = fs.open(str(file), "rb") if fs is not None else file
        options = self.reader.options
        with ocr.open_source(data, dpi=options.dpi, renderer=options.renderer) as source:
            for page in self.reader.pages(source):
                read = ocr.Document(source.name, self.reader.engine, (page,))
                facts: dict[str, Any] = {"confidence": page.confidence, "warnings": list(page.warnings)}
                if page.error:
                    facts["error"] = page.error.message
                    log.warning("%s", page.error.message)
                yield Document(
                    text=read.to_bytes(self.format).decode().strip(),
                    metadata={
                        "file_name": Path(file).name,
                        **(extra_info or {}),
                        "page_label": str(page.number),
                        **facts,
                    },
                    excluded_embed_metadata_keys=list(facts),
                    excluded_llm_metadata_keys=list(facts),
                )
