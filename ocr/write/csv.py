"""The tables of a document as comma-separated values (RFC 4180, UTF-8); an empty line separates two tables."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import TYPE_CHECKING, BinaryIO

from ocr.document import Engine, Page

if TYPE_CHECKING:
    from ocr.source import Source

__all__ = ["write"]


def write(pages: Iterable[Page], file: BinaryIO, source: Source, engine: Engine) -> None:
    """Write the tables of every page, each with all of its rows and columns."""
    first = True
    for page in pages:
        for block in page.blocks:
            if block.table:
                text = io.StringIO()
                csv.writer(text).writerows(block.table.grid())
                file.write((("" if first else "\r\n") + text.getvalue()).encode("utf-8", "replace"))
                first = False
        file.flush()
    file.flush()
