"""``ocr read``: files in; text, JSON, hOCR or searchable PDFs out."""

from __future__ import annotations

import functools
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from ocr.cli import options as shared
from ocr.cli.group import Report, cli
from ocr.document import Page
from ocr.errors import DependencyError, ExitCode, OcrError, OutputError, UsageError
from ocr.job import Job, plan, run
from ocr.write import FORMATS

if TYPE_CHECKING:
    from ocr.pipeline import Reader

__all__ = ["read"]

OnPage = Callable[[Page, int], None]

FORMAT_LIST = "\b\nOutput formats:\n" + "\n".join(
    f"  {format.name:<6} {format.description} ({' '.join(format.suffixes)})" for format in FORMATS.values()
)


@cli.command(epilog=FORMAT_LIST, short_help="Read documents: text, JSON, hOCR or searchable PDF.")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "-o", "--output", metavar="OUT", help="Output file, or a directory (an existing one, or a name ending in /)."
)
@click.option(
    "--format",
    type=click.Choice(list(FORMATS)),
    help="Output format; by default the one that the suffix of OUT stands for, else txt.",
)
@shared.pages
@shared.password
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
    pages: str,
    password: str,
    keep_enhanced: bool,
    quiet: bool,
    reading: shared.Reading,
) -> int:
    """Read the text of FILEs: PDF, TIFF, PNG, JPEG, WebP or BMP; - is stdin.

    \b
    Without -o the text is printed. Examples:
      ocr read scan.pdf
      ocr read scan.pdf -o scan.searchable.pdf
      ocr read *.jpg --format json -o results/
    """
    targets, format = plan(files, output, format)
    to_terminal = targets[0][1] is None and sys.stdout.isatty()
    if to_terminal and format == "pdf":
        raise UsageError("refusing to write a PDF to the terminal; use -o out.pdf")
    if keep_enhanced and (format != "pdf" or reading.options.enhance == "none"):
        raise UsageError("--keep-enhanced changes the images of a PDF; use it with -o out.pdf, without --enhance none")
    job = functools.partial(
        Job,
        format=format,
        pages=pages,
        password=password,
        dpi=reading.options.dpi,
        renderer=reading.options.renderer,
        keep_enhanced=keep_enhanced,
    )
    runner = Runner(functools.cache(reading.reader), Report(quiet), reading.options.lang)
    with _progress(many=len(files) > 1, hidden=quiet or to_terminal) as progress_of:
        codes = [runner.attempt(job(name, target), progress_of(name)) for name, target in targets]
    if len(codes) == 1:
        return codes[0]
    return ExitCode.PARTIAL_FAILURE if any(codes) else ExitCode.OK


@dataclass(frozen=True, slots=True)
class Runner:
    """Runs the jobs of one command with one reader, which is loaded for the first of them, and reports on each."""

    reader: Callable[[], Reader]
    report: Report
    lang: str

    def attempt(self, job: Job, on_page: OnPage) -> ExitCode:
        """Run a job; only a missing dependency, or a stdout that cannot be written, stops the jobs after it."""
        try:
            result = run(job, self.reader, on_page=on_page, on_warning=self.report.warn, out=sys.stdout.buffer)
        except (DependencyError, BrokenPipeError):
            raise
        except OcrError as error:
            if isinstance(error, OutputError) and job.target is None:
                raise  # stdout cannot be written for any of the others either
            self.report.error(str(error))
            return error.exit_code
        except Exception as error:  # an unexpected failure on one file must not stop the others
            traceback.print_exc()
            self.report.error(
                f"{job.input}: unexpected {type(error).__name__}: {error}; please report it with the file"
            )
            return ExitCode.PARTIAL_FAILURE
        for page_error in result.errors:
            self.report.error(page_error.message)
        if result.empty and not result.errors:
            self.report.hint(_hint(str(job.input), self.lang))
        return result.exit_code


def _hint(name: str, lang: str) -> str:
    """What to try when no text was found."""
    other = "for English text, use --lang en" if lang == "zh" else "for Chinese text, use --lang zh"
    from ocr.source.page import in_shell

    photo = "photo.jpg" if name == "-" else in_shell(name)
    return f"{name}: no text found; if it is a photograph of a page, try: ocr scan {photo} -o page.pdf; {other}"


@contextmanager
def _progress(*, many: bool, hidden: bool) -> Iterator[Callable[[str], OnPage]]:
    """Progress bars on stderr, if that is a terminal: yields what makes one for each file."""
    if hidden or not sys.stderr.isatty():
        yield lambda name: lambda page, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("pages"))
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True), transient=not many) as bars:

        def start(name: str) -> OnPage:
            task = bars.add_task(name, total=None)
            return lambda page, total: bars.update(task, total=total, advance=1)

        yield start
