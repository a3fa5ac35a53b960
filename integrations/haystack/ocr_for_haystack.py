"""Haystack reads scans and photographs with ``ocr``: a converter from files to one document for each page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from haystack import Document, component, default_from_dict, default_to_dict, logging
from haystack.components.converters.utils import get_bytestream_from_source, normalize_metadata
from haystack.dataclasses import ByteStream

import ocr

__all__ = ["OcrConverter"]

logger = logging.getLogger(__name__)


@component
class OcrConverter:
    """Converts PDFs, TIFFs and pictures; converters with the same options share the models.

    Args:
        lang: language of the text, as in :class:`ocr.Options`.
        format: ``md`` for Markdown with headings, lists and tables, or ``txt`` for plain text.
        quality: ``auto``, ``fast`` or ``best``, as in :class:`ocr.Options`.
        raise_on_failure: whether a file that cannot be opened ends the run; else it is logged, and the others are
            converted.

    Raises:
        UsageError: a language, quality or format that there is not.
    """

    def __init__(
        self, lang: str = "en", format: str = "md", quality: str = "auto", raise_on_failure: bool = True
    ) -> None:
        if format not in {"md", "txt"}:
            raise ocr.UsageError(f"format must be md or txt, not {format!r}")
        self.options = ocr.Options(lang=lang, quality=quality)
        self.format = format
        self.raise_on_failure = raise_on_failure

    def to_dict(self) -> dict[str, Any]:
        """The component as a dictionary, for pipelines that are saved."""
        lang, quality = self.options.lang, self.options.quality
        settings = {"lang": lang, "format": self.format, "quality": quality}
        record: dict[str, Any] = default_to_dict(self, **settings, raise_on_failure=self.raise_on_failure)
        return record

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> OcrConverter:
        """The component from its dictionary."""
        made: OcrConverter = default_from_dict(cls, data)
        return made

    def warm_up(self) -> None:
        """Load the models.

        Raises:
            DependencyError: they are not installed, or have no letters for the language.
        """
        ocr.shared_reader(self.options)

    @component.output_types(documents=list[Document])
    def run(
        self,
        sources: list[str | Path | ByteStream],
        meta: dict[str, Any] | list[dict[str, Any]] | None = None,
    ) -> dict[str, list[Document]]:
        """The pages of each source, in order.

        The meta of each: that of its source, ``page_number`` (from 1), ``confidence`` (0..1, None where there is no
        text), ``warnings``, and ``error`` where the page could not be read. Such a page is there all the same, with
        what could be read of it.

        Args:
            sources: paths or byte streams.
            meta: of all documents, or one dictionary for each source.

        Raises:
            InputError: a source cannot be opened, and ``raise_on_failure`` is set.
        """
        documents: list[Document] = []
        for source, own in zip(sources, normalize_metadata(meta, sources_count=len(sources)), strict=True):
            try:
                stream = get_bytestream_from_source(source)
                documents += self._pages(stream, {**stream.meta, **own})
            except (OSError, ocr.InputError) as error:
                if self.raise_on_failure:
                    raise
                logger.warning("{source} is left out: {error}", source=_name(source), error=str(error))
        return {"documents": documents}

    def _pages(self, stream: ByteStream, meta: dict[str, Any]) -> Iterator[Document]:
        reader = ocr.shared_reader(self.options)
        with ocr.open_source(stream.data) as source:
            for page in reader.pages(source):
                facts: dict[str, Any] = {
                    "page_number": page.number,
                    "confidence": page.confidence,
                    "warnings": list(page.warnings),
                }
                if page.error:
                    facts["error"] = page.error.message
                    logger.warning("{error}", error=page.error.message)
                read = ocr.Document(source.name, reader.engine, (page,))
                yield Document(content=read.to_bytes(self.format).decode().strip(), meta={**meta, **facts})


def _name(source: str | Path | ByteStream) -> str:
    return str(source.meta.get("file_path", "a byte stream")) if isinstance(source, ByteStream) else str(source)
