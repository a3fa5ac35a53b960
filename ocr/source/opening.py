"""How an input is opened, in words that another process understands."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ocr.source.original import Original

__all__ = ["Opening"]


@dataclass(frozen=True, slots=True)
class Opening:
    """How a process opens an input: arguments of :func:`ocr.open_source`.

    Attributes:
        original: the file, which must be the same whenever it is opened.
        pages: the pages to take.
        password: of an encrypted PDF.
        dpi: of pages that are not a single scanned image.
        renderer: PDF rendering engine.
        spooled: the file is a temporary copy of what was in memory or came through a pipe.
    """

    original: Original
    pages: Any = None
    password: str = field(default="", repr=False)
    dpi: float = 300.0
    renderer: str = "pdfium"
    spooled: bool = False
