"""``ocr read``: files in, text, JSON, hOCR or searchable PDFs out."""

from __future__ import annotations

import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ocr.cli import options as shared
from ocr.cli.group import Report, cli
from ocr.document import Page
from ocr.errors import DependencyError, ExitCode, InputError, OcrError, UsageError
from ocr.options import Options
from ocr.output import plan, replacing
from ocr.write import FORMATS, writer_for

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ocr.pipeline import Reader
    from ocr.source import Source

__all__ = ["read"]

Counted = Callable[[Iterator[Page], str, int], Iterator[Page]]


@cli.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "-o", "--output", metavar="OUT", help="Output file, or a directory (an existing one, or a name ending in /)."
)
@click.option(
    "--format", type=click.Choice(list(FORMATS)), help="Output format; by default that of OUT's suffix, else txt."
)
@shared.pages
@click.option(
    "--keep-enhanced",
    is_flag=True,
    help="Also whiten the images in the output PDF, on the pages that --enhance selects.",
)
@click.option("-q", "--quiet", is_flag=True, help="Print no progress, warnings or hints.")
@shared.reading
def read(
    files: tuple[str, ...],
    output: str | None,
    format: str | None,
    keep_enhanced: bool,
    quiet: bool,
    pages: str,
    reading: shared.Reading,
) -> int:
    """Read the text of FILEs: PDF, TIFF, PNG, JPEG, WebP or BMP; - is stdin.

    \b
    Without -o the text is printed. Examples:
      ocr read scan.pdf
      ocr read scan.pdf -o scan.searchable.pdf
      ocr read *.jpg --format json -o results/
    """
    jobs, format = plan(files, output, format)
    to_terminal = jobs[0][1] is None and sys.stdout.isatty()
    if to_terminal and format == "pdf":
        raise UsageError("refusing to write a PDF to the terminal; use -o out.pdf")
    if keep_enhanced and (format != "pdf" or reading.options.enhance == "none"):
        raise UsageError("--keep-enhanced changes the pictures of a PDF: give -o out.pdf, and not --enhance none")
    with _progress(many=len(files) > 1, hidden=quiet or to_terminal) as counted:
        run = Run(reading, format, Report(quiet), counted, pages, keep_enhanced)
        codes = [run.attempt(name, target) for name, target in jobs]
    if len(codes) == 1:
        return codes[0]
    return ExitCode.PARTIAL_FAILURE if any(codes) else ExitCode.OK


@dataclass(slots=True)
class Run:
    """One `ocr read`: many inputs, one reader."""

    reading: shared.Reading
    format: str
    report: Report
    counted: Counted
    pages: str
    keep_enhanced: bool = False
    reader: Reader | None = None

    def attempt(self, name: str, target: Path | None) -> ExitCode:
        """Read one input; a bad one is reported and does not stop the others."""
        try:
            failed = self.read(name, target)
        except (DependencyError, BrokenPipeError):
            raise
        except OcrError as error:
            self.report.error(str(error) if name in str(error) else f"{name}: {error}")
            return error.exit_code
        except Exception as error:  # an unexpected failure on one file must not stop the others
            traceback.print_exc()
            self.report.error(f"{name}: unexpected {type(error).__name__}: {error}; please report it with this file")
            return ExitCode.PARTIAL_FAILURE
        for message in failed:
            self.report.error(message)
        return ExitCode.PARTIAL_FAILURE if failed else ExitCode.OK

    def read(self, name: str, target: Path | None) -> list[str]:
        """Read one input to its target; what is returned are the faults of single pages."""
        from ocr.source import open_source

        options = self.reading.options
        with ExitStack() as opened:
            source = opened.enter_context(
                open_source(
                    name,
                    pages=self.pages,
                    password=self.reading.password,
                    dpi=options.dpi,
                    renderer=options.renderer,
                )
            )
            if target is not None and name != "-" and target.exists() and target.samefile(name):
                raise UsageError(f"{name}: the output would replace the input; give another name with -o")
            if self.keep_enhanced:
                source = opened.enter_context(whitened(source, options))
            self.reader = self.reader or self.reading.reader()
            failed: list[str] = []
            pages = self.counted(self.reader.pages(source), name, len(source.numbers))
            pages = _checked(pages, failed, self.report)
            write = writer_for(self.format)
            if target is None:
                write(pages, sys.stdout.buffer, source, self.reader.engine)
                _refuse_nothing(source, failed)
            else:
                with replacing(target) as file:
                    write(pages, file, source, self.reader.engine)
                    _refuse_nothing(source, failed)
            return failed


@contextmanager
def whitened(source: Source, options: Options) -> Iterator[Source]:
    """The source as a PDF whose pictures are whitened: all of them, or with ``enhance="auto"`` those that need it."""
    from ocr.page.enhance import CanEnhancer
    from ocr.page.ground import UNEVEN, unevenness
    from ocr.source import open_source
    from ocr.write.pdf.replace_images import replace_images

    whiten = CanEnhancer("whiten", threads=options.threads)

    def clean(pixels: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
        return whiten(pixels) if options.enhance == "whiten" or unevenness(pixels) >= UNEVEN else None

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "whitened.pdf"
        with path.open("xb") as file:
            replace_images(source, file, clean)
        numbers, renderer = source.numbers, options.renderer
        with open_source(path, pages=numbers, dpi=options.dpi, renderer=renderer) as clean_source:
            clean_source.name = source.name
            yield clean_source


def _checked(pages: Iterator[Page], failed: list[str], report: Report) -> Iterator[Page]:
    """The pages; their errors are collected and their warnings reported."""
    for page in pages:
        if page.error:
            failed.append(page.error.message)
        for warning in page.warnings:
            report.warn(warning)
        yield page


def _refuse_nothing(source: Source, failed: list[str]) -> None:
    """An output without a single page that could be read is no output."""
    if failed and len(failed) == len(source.numbers):
        raise InputError("\nocr: ".join(failed))


@contextmanager
def _progress(*, many: bool, hidden: bool) -> Iterator[Counted]:
    """Counts pages on stderr where that is a terminal."""
    if hidden or not sys.stderr.isatty():
        yield lambda pages, name, count: pages
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("pages"))
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True), transient=not many) as bar:

        def counted(pages: Iterator[Page], name: str, count: int) -> Iterator[Page]:
            task = bar.add_task(name, total=count)
            for page in pages:
                yield page
                bar.advance(task)

        yield counted
