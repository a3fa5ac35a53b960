"""What is done at a place: reading, cards, zones, scans. Documents are opened and written in its processes alone."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ocr.document import Document, Engine, Page
from ocr.errors import InputError
from ocr.options import Options, PdfOptions
from ocr.serve.problems import Problem
from ocr.source.original import Original
from ocr.write import writer_for

if TYPE_CHECKING:
    from ocr.crew import Crew
    from ocr.idcard.card_reader import CardReader
    from ocr.mrz.reader import MrzReader
    from ocr.page.scan import Scanner
    from ocr.pipeline import Reader
    from ocr.source import Source
    from ocr.source.opening import Opening

__all__ = ["Answer", "Asked", "Emit", "Picture", "card_of", "read", "scanned", "written", "zone_of"]

Emit = Callable[[str, dict[str, Any]], None]
"""Tells what happens: the name of an event, and its data."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A document that is to be read.

    Attributes:
        original: its bytes.
        options: how to read it.
        pages: which; None for all.
        password: of an encrypted PDF.
        most: greatest number of pages.
        formats: of the outputs; none if only the pages are wanted.
        pdf: what a PDF output is to be like.
    """

    original: Original
    options: Options
    pages: str | None = None
    password: str = field(default="", repr=False)
    most: int = 1
    formats: tuple[str, ...] = ()
    pdf: PdfOptions = field(default_factory=PdfOptions)


@dataclass(frozen=True, slots=True)
class Answer:
    """A document that was read.

    Attributes:
        document: what was read.
        outputs: by their formats.
        warnings: about the document and its outputs; those of the pages are in the pages.
    """

    document: Document
    outputs: dict[str, bytes]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """A scan.

    Attributes:
        data: the file.
        found: where the page was and what was done to it, as :meth:`ocr.Scan.to_json` says.
    """

    data: bytes
    found: dict[str, Any]


def read(crew: Crew, asked: Asked, emit: Emit) -> Answer:
    """Read a document page by page, and write it.

    Raises:
        Problem: it has too many pages.
        OcrError: it cannot be opened, none of its pages can be read, or the output cannot be written.
    """
    crew.use(asked.options)
    with crew.open(asked.original, pages=asked.pages, password=asked.password, dpi=asked.options.dpi) as source:
        numbers = source.numbers
        if len(numbers) > asked.most:
            detail = f"{source.name}: {len(numbers)} pages are more than {asked.most}, the limit of this server; "
            raise Problem(413, "pages", f"{detail}choose some: pages=1-{asked.most}", more={"page_count": len(numbers)})
        warnings = list(source.warnings)
        engine = crew.engine
        start = {"source": source.name, "page_count": source.page_count, "pages": list(numbers)}
        emit("start", start | {"engine": engine.to_json()})
        pages = []
        for page in crew.pages(source):
            pages.append(page)
            emit("page", page.to_json())
        if all(page.error and not page.width for page in pages):
            raise InputError("; ".join(page.error.message for page in pages[:3] if page.error))
        outputs = {}
        for format in asked.formats:
            outputs[format], said = written_of(crew, source, engine, format, pages, asked.pdf)
            warnings += said
    return Answer(Document(source.name, engine, tuple(pages)), outputs, tuple(dict.fromkeys(warnings)))


def written_of(
    crew: Crew, source: Source, engine: Engine, format: str, pages: Sequence[Page], pdf: PdfOptions
) -> tuple[bytes, list[str]]:
    """An output and what is to be said about it. What needs the original is written in another process."""
    if format == "pdf":
        data, said = crew.call(written, source.opening, engine, tuple(pages), pdf)
        return data, list(said)
    out = io.BytesIO()
    writer_for(format)(iter(pages), out, source, engine)
    return out.getvalue(), []


# What follows is called in the processes.


def written(opening: Opening, engine: Engine, pages: tuple[Page, ...], pdf: PdfOptions) -> tuple[bytes, list[str]]:
    """A searchable PDF, and what is to be said about it."""
    from ocr.source.isolated import reopened
    from ocr.write.pdf import write

    said: list[str] = []
    out = io.BytesIO()
    with reopened(opening) as source:
        write(iter(pages), out, source, engine, options=pdf, warn=said.append, note=lambda _: None)
    return out.getvalue(), said


def card_of(
    threads: int,
    pixels: int,
    front: Original,
    back: Original | None,
    page: int | None,
    back_page: int | None,
    password: str,
) -> dict[str, Any]:
    """The fields of an identity card.

    Raises:
        OcrError: there is none, or the picture cannot be opened.
    """
    check_size(front, page, password, pixels)
    if back:
        check_size(back, back_page, password, pixels)
    card = _cards(threads).read(front, back, page=page, back_page=back_page, password=password)
    return card.to_json()


def zone_of(threads: int, pixels: int, picture: Original, page: int | None, password: str) -> dict[str, Any]:
    """The fields of a machine-readable zone.

    Raises:
        OcrError: there is none, or the picture cannot be opened.
    """
    check_size(picture, page, password, pixels)
    return _zones(threads).read(picture, page=page, password=password).to_json()


def scanned(
    threads: int,
    pixels: int,
    photo: Original,
    format: str,
    lang: str,
    page: int | None,
    password: str,
    dewarp: bool,
    enhance: str,
) -> Picture:
    """A straightened page as a picture, or as a PDF with a text layer.

    Raises:
        OcrError: there is no page, or the picture cannot be opened.
    """
    from ocr.source import open_source
    from ocr.write.image import IMAGE_FORMATS, write_image

    check_size(photo, page, password, pixels)
    found = _scanner(threads, lang, dewarp, enhance).scan(photo, page=page, password=password)
    out = io.BytesIO()
    if format == "pdf":
        reader = _reader(threads, lang)
        with open_source(found.pixels) as kept, open_source(found.plain) as plain:
            writer_for("pdf")(reader.pages(plain), out, kept, reader.engine)
    else:
        write_image(found.pixels, out, IMAGE_FORMATS[f".{format}"])
    return Picture(out.getvalue(), found.to_json())


def check_size(original: Original, page: int | None, password: str, most: int) -> None:
    """Refuse a picture with more pixels than are allowed, before it is decoded.

    Raises:
        InputError: it has more, or cannot be opened.
        UsageError: it does not have that page.
    """
    from ocr.source import open_source

    with open_source(original, pages=page, password=password) as source:
        number = source.numbers[0]
        width, height = source.size(number) if most else (0, 0)
        if width * height > most:
            fault = f"page {number} has {width} x {height} pixels, more than the limit of {most}"
            raise InputError(f"{source.name}: {fault}; take it at a lower resolution")


@lru_cache(1)
def _cards(threads: int) -> CardReader:
    from ocr.idcard.card_reader import CardReader

    return CardReader(threads=threads)


@lru_cache(1)
def _zones(threads: int) -> MrzReader:
    from ocr.mrz.reader import MrzReader

    return MrzReader(threads=threads)


@lru_cache(2)
def _scanner(threads: int, lang: str, dewarp: bool, enhance: str) -> Scanner:
    from ocr.page.scan import Scanner

    return Scanner(lang, threads=threads, dewarp=dewarp, enhance=enhance)


@lru_cache(1)
def _reader(threads: int, lang: str) -> Reader:
    from ocr.pipeline import Reader

    return Reader(lang, threads=threads)
