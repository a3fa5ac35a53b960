"""Plain text: UTF-8, a line feed at the end of each page, form feeds between pages as pdftotext writes them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, BinaryIO

from ocr.document import Engine, Page

if TYPE_CHECKING:
    from ocr.source import Source

__all__ = ["write"]


def write(pages: Iterable[Page], file: BinaryIO, source: Source, engine: Engine) -> None:
    """Write ``Page.text`` of every page."""
    for index, page in enumerate(pages):
        text = page.text if not page.text or page.text.endswith("\n") else page.text + "\n"
        file.write((("\f" if index else "") + text).encode("utf-8", "replace"))
        file.flush()
