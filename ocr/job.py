"""One job: read one input, write one output. The command line is built on this; it prints nothing itself.

Example:
    >>> reader = ocr.Reader()  # doctest: +SKIP
    >>> run(Job("scan.pdf", Path("scan.searchable.pdf"), "pdf"), reader).exit_code  # doctest: +SKIP
    <ExitCode.OK: 0>
"""

from __future__ import annotations

import functools
import json
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from ocr.document import Page, PageError, StepName
from ocr.errors import ExitCode, InputError, OutputError, UsageError
from ocr.options import PdfOptions
from ocr.output import refuse_input, replacing
from ocr.write import Writer, writer_for
from ocr.write.spool import Spool

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ocr.crew import Crew
    from ocr.options import Options
    from ocr.pipeline import Reader
    from ocr.source import Pages, Source
    from ocr.source.original import Original

__all__ = ["Job", "Result", "run"]

OF_TABLES = frozenset(("csv", "xlsx"))
"""Formats that hold the tables of a document and nothing else."""

OnPage = Callable[[Page, int], None]
OnWarning = Callable[[str], None]
Opener = Callable[..., "Source"]


@dataclass(frozen=True, slots=True)
class Job:
    """One input and what becomes of it.

    Attributes:
        input: a path, ``-`` for stdin, or a file whose identity and name for messages are settled already.
        target: the output file; None writes to the stream that :func:`run` is given.
        format: name of the output format, from ``ocr.write.FORMATS``.
        more: further outputs of the same reading: a format and a file for each.
        pages: the pages to read, from 1: ``"1,3-5,8-"``, a number or a list of numbers; None for all.
        password: of an encrypted PDF.
        dpi: resolution at which PDF pages are rendered that are not a single scanned image.
        renderer: PDF rendering engine.
        keep: directory for the pictures of each page as it went through the stages, and its JSON; None keeps nothing.
            The reader must be an :class:`ocr.Reader`.
        pdf: what a PDF is to be like.
        keep_enhanced: write a PDF whose images are whitened, on the pages that ``Options.enhance`` selects.
    """

    input: str | Path | Original
    target: Path | None = None
    format: str = "txt"
    more: tuple[tuple[str, Path], ...] = ()
    pages: Pages = None
    password: str = field(default="", repr=False)
    dpi: float = 300.0
    renderer: str = "pdfium"
    keep: Path | None = None
    keep_enhanced: bool = False
    pdf: PdfOptions = field(default_factory=PdfOptions)


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a job.

    Attributes:
        pages: number of pages that were written, those with errors included.
        errors: why some of them could not be read.
        seconds: from opening the input to the complete output.
        empty: no text was found on any page.
        kept: numbers of the pages whose own text was kept.
        notes: what else is worth knowing about the output, such as the bytes that ``PdfOptions.optimize`` saved.
    """

    pages: int
    errors: tuple[PageError, ...]
    seconds: float
    empty: bool
    kept: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def exit_code(self) -> ExitCode:
        """``OK``, or ``PARTIAL_FAILURE`` if pages could not be read."""
        return ExitCode.PARTIAL_FAILURE if self.errors else ExitCode.OK


def run(
    job: Job,
    reader: Reader | Crew | Callable[[], Reader],
    *,
    on_page: OnPage = lambda page, total: None,
    on_warning: OnWarning = lambda message: None,
    out: BinaryIO | None = None,
) -> Result:
    """Read the input of a job and write its output; pages are read and written one by one.

    A page that cannot be read leaves an empty page in the output and an error in the result; the others are read.

    Args:
        job: what to do.
        reader: reads the pages; a crew reads them side by side, and opens the input itself. A function is called once
            the input is open, so that an input that cannot be opened costs no loading of models.
        on_page: called after each page is read and passed to the writer, with the number of pages of the job.
        on_warning: called with each warning about a page.
        out: where to write if the job has no target.

    Raises:
        UsageError: the pages do not exist, the format is unknown, or the target is the input.
        InputError: the input cannot be opened, or none of its pages can be read.
        DependencyError: a model is missing.
        OutputError: the target cannot be written.
    """
    start = time.perf_counter()
    formats = (job.format, *(format for format, _ in job.more))
    for format in formats:
        writer_for(format)  # an unknown one is said before anything is opened
    notes: list[str] = []
    with ExitStack() as opened:
        open_source = getattr(reader, "open", None) or _opener()
        source = opened.enter_context(_opened(job, open_source))
        ready = reader() if callable(reader) else reader
        if job.keep_enhanced or job.pdf.clean:
            source = opened.enter_context(_whitened(source, job, ready, open_source))
        file = opened.enter_context(replacing(job.target)) if job.target is not None else out
        if file is None:
            raise UsageError(f"{job.input}: there is nowhere to write to; give the job a target, or run a stream")
        tally = Tally(len(source.numbers), on_page, on_warning)
        pages = tally.counted(ready.pages(source))
        if job.keep is not None:
            pages = _kept(pages, source, ready, job.keep)
        write, *further = (_writer(format, job, ready, on_warning, notes.append) for format in formats)
        spool = opened.enter_context(Spool()) if job.more else None
        others = [opened.enter_context(replacing(path)) for _, path in job.more]
        write(spool.filled(pages) if spool else pages, file, source, ready.engine)
        for write_more, other in zip(further, others, strict=True):
            write_more(spool.pages() if spool else (), other, source, ready.engine)
        source.check()
        if tally.errors and tally.lost == tally.total:
            raise InputError("\n".join(error.message for error in tally.errors))  # ``replacing`` writes no file then
        for format in OF_TABLES.intersection(formats) if not tally.tables else ():
            on_warning(f"no table was found, so the {format} output has none; --format txt has the text")
    seconds = time.perf_counter() - start
    return Result(tally.pages, tuple(tally.errors), seconds, tally.empty, tuple(tally.kept), tuple(notes))


@dataclass(slots=True)
class Tally:
    """Counts pages while they pass from the reader to the writer."""

    total: int
    on_page: OnPage
    on_warning: OnWarning
    pages: int = 0
    errors: list[PageError] = field(default_factory=list)
    lost: int = 0
    empty: bool = True
    tables: bool = False
    kept: list[int] = field(default_factory=list)

    def counted(self, pages: Iterator[Page]) -> Iterator[Page]:
        """The same pages."""
        for page in pages:
            self.pages += 1
            self.empty = self.empty and not page.text.strip()
            self.tables = self.tables or any(block.table for block in page.blocks)
            if page.error:
                self.errors.append(page.error)
                self.lost += page.width == 0
            if any(step.name is StepName.TEXT_LAYER and step.detail["kept"] for step in page.steps):
                self.kept.append(page.number)
            for warning in page.warnings:
                self.on_warning(warning)
            yield page
            self.on_page(page, self.total)


def _kept(pages: Iterator[Page], source: Source, reader: Reader | Crew, folder: Path) -> Iterator[Page]:
    """The same pages; pictures of each and its JSON are written to a folder.

    Raises:
        OutputError: they cannot be written.
    """
    from ocr.write.image import write_image

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder}: the directory cannot be created ({error.strerror}); choose another") from error
    for page in pages:
        name = f"page-{page.number:04}"
        pictures = {} if not page.width else reader.pictures(source.page(page.number))
        for number, (stage, pixels) in enumerate(pictures.items(), 1):
            with replacing(folder / f"{name}-{number}-{stage}.png") as file:
                write_image(pixels, file, "PNG")
        with replacing(folder / f"{name}.json") as file:
            file.write(json.dumps(page.to_json(), ensure_ascii=False, indent=1).encode("utf-8", "replace"))
        yield page


def _writer(format: str, job: Job, reader: Reader | Crew, on_warning: OnWarning, note: OnWarning) -> Writer:
    """The writer of a format, with the options and messages that only a PDF has."""
    write = writer_for(format)
    if format != "pdf":
        return write
    whiten = _whitener(reader.options) if job.pdf.optimize == 3 else None
    return functools.partial(write, options=job.pdf, whiten=whiten, warn=on_warning, note=note)  # type: ignore[call-arg]


def _whitener(options: Options) -> Callable[[NDArray[np.uint8]], NDArray[np.uint8]]:
    """Whitens pages; the net is loaded for the first of them."""

    @functools.cache
    def net() -> Callable[[NDArray[np.uint8]], NDArray[np.uint8]]:
        from ocr.page.enhance import CanEnhancer

        return CanEnhancer("whiten", threads=options.threads)

    def whiten(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        return net()(pixels)

    return whiten


def _opener() -> Opener:
    from ocr.source import open_source

    return open_source


def _opened(job: Job, open_source: Opener) -> Source:
    """The input of a job, which must not be its target."""
    source = open_source(job.input, pages=job.pages, password=job.password, dpi=job.dpi, renderer=job.renderer)
    path = job.input if isinstance(job.input, str | Path) else job.input.data
    try:
        for target in filter(None, (job.target, *(path for _, path in job.more))):
            if not isinstance(path, bytes):
                refuse_input(target, path)
    except UsageError:
        source.close()
        raise
    return source


@contextmanager
def _whitened(source: Source, job: Job, reader: Reader | Crew, open_source: Opener) -> Iterator[Source]:
    """The source as a PDF whose images are whitened: all of them, or those that ``enhance="auto"`` selects."""
    from ocr.page.enhance import CanEnhancer
    from ocr.page.ground import UNEVEN, unevenness
    from ocr.write.pdf.replace_images import replace_images

    options = reader.options
    whiten = CanEnhancer("whiten", threads=options.threads)

    def change(pixels: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
        if ((pixels == 0) | (pixels == 255)).all():
            return None  # black on white already
        return whiten(pixels) if job.pdf.clean or options.enhance == "whiten" or unevenness(pixels) >= UNEVEN else None

    home = getattr(reader, "folder", None)  # which its processes remove where this one is killed
    with tempfile.TemporaryDirectory(dir=home) as folder:
        path = Path(folder) / "whitened.pdf"
        with path.open("xb") as file:
            replace_images(source, file, change, with_text=options.mode != "skip")
        source.check()
        with open_source(
            path, pages=source.numbers, password=job.password, dpi=job.dpi, renderer=job.renderer
        ) as whitened:
            whitened.name = source.name
            yield whitened
