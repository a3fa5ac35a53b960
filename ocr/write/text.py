"""Plain text in UTF-8: pages end in a line feed and are separated by form feeds, as in the output of pdftotext."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, BinaryIO

from ocr.document import Engine, Page

if TYPE_CHECKING:
    from ocr.source import Source

__all__ = ["write"]


def write(pages: Iterable[Page], file: BinaryIO, source: Source, engine: Engine) -> None:
    """Write the text of every page."""
    for index, page in enumerate(pages):
        text = page.text if not page.text or page.text.endswith("\n") else page.text + "\n"
        file.write((("\f" if index else "") + text).encode("utf-8", "replace"))
        file.flush()
