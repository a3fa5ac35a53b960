"""JSON: the result tree, one page at a time (``docs/formats.md`` has the schema)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, BinaryIO

from ocr.document import SCHEMA, Engine, Page

if TYPE_CHECKING:
    from ocr.source import Source

__all__ = ["dumped", "head_of", "write"]


def write(pages: Iterable[Page], file: BinaryIO, source: Source, engine: Engine) -> None:
    """Write one JSON object for the document; the file is complete JSON once the last page is written."""
    file.write(dumped(head_of(source, engine))[:-1] + b', "pages": [')
    for index, page in enumerate(pages):
        file.write((b",\n" if index else b"\n") + dumped(page.to_json()))
        file.flush()
    file.write(b"\n]}\n")
    file.flush()


def head_of(source: Source, engine: Engine) -> dict[str, Any]:
    """What is recorded of a document besides its pages."""
    return {"schema": SCHEMA, "source": source.name, "engine": engine.to_json()}


def dumped(value: dict[str, Any]) -> bytes:
    """The value as one line of JSON in UTF-8."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace")
