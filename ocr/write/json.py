"""JSON: the result tree as it is, one page at a time (see ``docs/formats.md`` for the schema)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, BinaryIO

from ocr.document import SCHEMA, Engine, Page

if TYPE_CHECKING:
    from ocr.source import Source

__all__ = ["write", "write_lines"]


def write(pages: Iterable[Page], file: BinaryIO, source: Source, engine: Engine) -> None:
    """Write one JSON object for the document; the file is complete JSON once the last page is written."""
    head = {"schema": SCHEMA, "source": source.name, "engine": engine.to_json()}
    file.write(_dump(head)[:-1] + b', "pages": [')
    for index, page in enumerate(pages):
        file.write((b",\n" if index else b"\n") + _dump(page.to_json()))
        file.flush()
    file.write(b"\n]}\n")
    file.flush()


def write_lines(pages: Iterable[Page], file: BinaryIO, source: Source, engine: Engine) -> None:
    """Write JSON Lines: one page object a line, each with the document's ``schema``, ``source`` and ``engine``."""
    head = {"schema": SCHEMA, "source": source.name, "engine": engine.to_json()}
    for page in pages:
        file.write(_dump(head | page.to_json()) + b"\n")
        file.flush()


def _dump(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace")
