"""Writers of results: one module for each format, and the table of formats that everything else is derived from.

A writer takes pages as they are read and writes to an open binary file; its module has one function ``write``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import PurePath
from typing import TYPE_CHECKING, BinaryIO, Protocol, cast

from ocr.document import Engine, Page
from ocr.errors import DependencyError, UsageError

if TYPE_CHECKING:
    from ocr.source import Source

__all__ = ["FORMATS", "Format", "Writer", "format_of", "writer_for"]


@dataclass(frozen=True, slots=True)
class Format:
    """An output format.

    Attributes:
        name: as in ``--format``.
        suffixes: file name suffixes that stand for it, the usual one first.
        module: of its writer.
        description: one phrase for help texts and documentation.
        streamable: whether the outputs of several inputs may follow each other in one stream.
        binary: whether a terminal cannot show it.
        needs: the package that the writer imports, if it is one that does not come with this one.
        extra: the extra that installs it.
    """

    name: str
    suffixes: tuple[str, ...]
    module: str
    description: str
    streamable: bool = False
    binary: bool = False
    needs: str = ""
    extra: str = ""


FORMATS: Mapping[str, Format] = {
    format.name: format
    for format in (
        Format("txt", (".txt", ".text"), "ocr.write.text", "plain text in UTF-8", True),
        Format("md", (".md", ".markdown"), "ocr.write.markdown", "Markdown with headings, lists and tables", True),
        Format("json", (".json",), "ocr.write.json", "the complete result as one JSON object"),
        Format("jsonl", (".jsonl", ".ndjson"), "ocr.write.json_lines", "the complete result, one page a line", True),
        Format("hocr", (".hocr", ".html", ".htm", ".xhtml"), "ocr.write.hocr", "hOCR 1.2 as XHTML"),
        Format("alto", (".alto.xml", ".xml"), "ocr.write.alto", "ALTO 4"),
        Format("page", (".page.xml",), "ocr.write.page_xml", "PAGE XML 2019-07-15, of one page"),
        Format("tsv", (".tsv",), "ocr.write.tsv", "words and their boxes in the columns of Tesseract"),
        Format("csv", (".csv",), "ocr.write.csv", "the tables, separated by empty lines"),
        Format(
            "xlsx", (".xlsx",), "ocr.write.xlsx", "the tables as an Excel workbook", False, True, "openpyxl", "tables"
        ),
        Format("docx", (".docx",), "ocr.write.docx", "a Word document", False, True, "docx", "docx"),
        Format(
            "docling",
            (".docling.json",),
            "ocr.write.docling",
            "the JSON of Docling (DoclingDocument)",
            needs="docling_core",
            extra="docling",
        ),
        Format(
            "pdf",
            (".pdf",),
            "ocr.write.pdf",
            "the original with an invisible, searchable text layer",
            binary=True,
        ),
    )
}
"""All output formats by name."""


class Writer(Protocol):
    """Writes each page as it arrives. Pages are pulled from the iterable, so that reading and writing alternate."""

    def __call__(self, pages: Iterable[Page], file: BinaryIO, source: Source, engine: Engine) -> None:
        """Write all of ``pages``, read from ``source`` by ``engine``, to the open ``file``."""
        ...


def writer_for(format: str) -> Writer:
    """The writer of a format; its module is imported here.

    Raises:
        UsageError: there is no such format.
        DependencyError: the package that it needs is not installed.

    Example:
        >>> writer_for("txt").__module__
        'ocr.write.text'
    """
    if format not in FORMATS:
        raise UsageError(f"unknown output format {format!r}; choose one of {', '.join(FORMATS)}")
    chosen = FORMATS[format]
    if chosen.needs and find_spec(chosen.needs) is None:
        raise DependencyError(
            f"the format {format} needs a package that is not installed; run: pip install 'ocr[{chosen.extra}]'"
        )
    return cast("Writer", import_module(chosen.module).write)


def format_of(path: str | PurePath) -> str:
    """The format that the suffix of a file name stands for.

    Raises:
        UsageError: no format has that suffix.

    Example:
        >>> format_of("scan.searchable.PDF")
        'pdf'
        >>> format_of("scan.page.xml"), format_of("scan.xml")
        ('page', 'alto')
    """
    name = PurePath(path).name.lower()
    suffixes = {suffix: format.name for format in FORMATS.values() for suffix in format.suffixes}
    found = [suffix for suffix in suffixes if name.endswith(suffix)]
    if found:
        return suffixes[max(found, key=len)]
    suffix = PurePath(path).suffix.lower()
    known = ", ".join(format.suffixes[0] for format in FORMATS.values())
    raise UsageError(
        f"{path}: the suffix {suffix!r} does not say the output format; end the name in one of {known}, "
        "or give the format (--format, format=)"
    )
