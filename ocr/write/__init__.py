"""Writers: pages in as they are read, one open binary file out; one module a format, one signature."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from pathlib import PurePath
from typing import TYPE_CHECKING, BinaryIO, Protocol, cast

from ocr.document import Engine, Page
from ocr.errors import UsageError

if TYPE_CHECKING:
    from ocr.source import Source

__all__ = ["FORMATS", "Writer", "format_of", "writer_for"]

FORMATS: dict[str, tuple[str, ...]] = {
    "txt": (".txt", ".text"),
    "json": (".json",),
    "jsonl": (".jsonl", ".ndjson"),
    "hocr": (".hocr", ".html", ".htm", ".xhtml"),
    "pdf": (".pdf",),
}
"""Each format with the file suffixes that mean it, the usual one first."""

_WRITERS = {
    "txt": ("ocr.write.text", "write"),
    "json": ("ocr.write.json", "write"),
    "jsonl": ("ocr.write.json", "write_lines"),
    "hocr": ("ocr.write.hocr", "write"),
    "pdf": ("ocr.write.pdf", "write"),
}


class Writer(Protocol):
    """Writes each page as it arrives; pages are pulled from the iterable, so reading and writing take turns."""

    def __call__(self, pages: Iterable[Page], file: BinaryIO, source: Source, engine: Engine) -> None:
        """Write all of ``pages``, read from ``source`` by ``engine``, to the open ``file``."""
        ...


def writer_for(format: str) -> Writer:
    """The writer of a format, imported when it is asked for.

    Raises:
        UsageError: there is no such format.

    Example:
        >>> writer_for("txt").__module__
        'ocr.write.text'
    """
    if format not in _WRITERS:
        raise UsageError(f"there is no output format {format!r}; choose one of {', '.join(FORMATS)} with --format")
    module, function = _WRITERS[format]
    return cast("Writer", getattr(import_module(module), function))


def format_of(path: str | PurePath) -> str:
    """The format that a file name's suffix stands for.

    Raises:
        UsageError: no format has that suffix.

    Example:
        >>> format_of("scan.searchable.PDF")
        'pdf'
    """
    suffix = PurePath(path).suffix.lower()
    for name, suffixes in FORMATS.items():
        if suffix in suffixes:
            return name
    known = ", ".join(suffixes[0] for suffixes in FORMATS.values())
    raise UsageError(f"{path}: the suffix {suffix!r} names no format ({known} do); say which with --format")
