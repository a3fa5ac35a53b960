"""JSON Lines: one page object a line, each with the ``schema``, ``source`` and ``engine`` of its document."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, BinaryIO

from ocr.document import Engine, Page
from ocr.write.json import dumped, head_of

if TYPE_CHECKING:
    from ocr.source import Source

__all__ = ["write"]


def write(pages: Iterable[Page], file: BinaryIO, source: Source, engine: Engine) -> None:
    """Write each page as a line of its own."""
    head = head_of(source, engine)
    for page in pages:
        file.write(dumped(head | page.to_json()) + b"\n")
        file.flush()
