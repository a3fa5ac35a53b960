"""JSON: the result tree as it is, one page at a time (see ``docs/formats.md`` for the schema)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, BinaryIO

from ocr.document import Block, Char, Engine, Line, Page, Word

if TYPE_CHECKING:
    from ocr.source import Source

__all__ = ["SCHEMA", "page_record", "write", "write_lines"]

SCHEMA = 1


def write(pages: Iterable[Page], file: BinaryIO, source: Source, engine: Engine) -> None:
    """Write one JSON object for the document; the file is complete JSON once the last page is written."""
    head = {"schema": SCHEMA, "source": source.name, "engine": _engine(engine)}
    file.write(_dump(head)[:-1] + b', "pages": [')
    for index, page in enumerate(pages):
        file.write((b",\n" if index else b"\n") + _dump(page_record(page)))
        file.flush()
    file.write(b"\n]}\n")
    file.flush()


def write_lines(pages: Iterable[Page], file: BinaryIO, source: Source, engine: Engine) -> None:
    """Write JSON Lines: one page object a line, each with the document's ``schema``, ``source`` and ``engine``."""
    head = {"schema": SCHEMA, "source": source.name, "engine": _engine(engine)}
    for page in pages:
        file.write(_dump(head | page_record(page)) + b"\n")
        file.flush()


def page_record(page: Page) -> dict[str, Any]:
    """A page as plain dictionaries and lists."""
    return {
        "number": page.number,
        "width": page.width,
        "height": page.height,
        "dpi": round(page.dpi, 2),
        "rotation": page.rotation,
        "skew": round(page.skew, 3),
        "seconds": round(page.seconds, 3),
        "text": page.text,
        "steps": [step.to_json() for step in page.steps],
        "blocks": [_block(block) for block in page.blocks],
    }


def _block(block: Block) -> dict[str, Any]:
    return {"kind": block.kind, "box": block.box.to_json(), "lines": [_line(line) for line in block.lines]}


def _line(line: Line) -> dict[str, Any]:
    return _text(line) | {"engine": line.engine, "words": [_word(word) for word in line.words]}


def _word(word: Word) -> dict[str, Any]:
    return _text(word) | {"chars": [_text(char) for char in word.chars]}


def _text(item: Line | Word | Char) -> dict[str, Any]:
    return {"text": item.text, "confidence": round(item.confidence, 4), "box": item.box.to_json()}


def _engine(engine: Engine) -> dict[str, str]:
    return {"detector": engine.detector, "recognizer": engine.recognizer}


def _dump(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace")
