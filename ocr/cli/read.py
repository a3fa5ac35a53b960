"""``ocr read``: files in; text, JSON, hOCR or searchable PDFs out."""

from __future__ import annotations

from pathlib import Path

import click
from click.core import ParameterSource

from ocr.cli import options as shared
from ocr.cli.group import cli
from ocr.cli.pdf_options import check_for_pdf, pdf_options
from ocr.cli.pdf_options import keep_enhanced as keep_enhanced_option
from ocr.cli.plan import Planned, chosen_formats, is_folder, plan
from ocr.cli.progress import shown_progress
from ocr.cli.report import Report
from ocr.cli.runner import Runner, counted, warn_of_jobs
from ocr.cli.streams import results
from ocr.errors import ExitCode, UsageError
from ocr.folders import find
from ocr.job import Job
from ocr.options import PdfOptions
from ocr.write import FORMATS

__all__ = ["read"]

FORMAT_LIST = "\b\nOutput formats:\n" + "\n".join(
    f"  {format.name:<7} {format.description} ({' '.join(format.suffixes)})" for format in FORMATS.values()
)


@cli.command(epilog=FORMAT_LIST, short_help="Read documents: text, JSON, hOCR or searchable PDF.")
@click.argument("files", nargs=-1, required=True, type=click.Path(allow_dash=True), metavar="FILE...")
@click.option(
    "-o",
    "--output",
    type=click.Path(allow_dash=True),
    metavar="OUT",
    help="Output file, or a directory (an existing one, or a name ending in /).",
)
@shared.formats
@click.option(
    "--sidecar",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="TXT",
    help="Write the text to this file as well.",
)
@click.option("-r", "--recursive", is_flag=True, help="Search directories to any depth for files to read.")
@click.option(
    "--overwrite/--no-clobber",
    default=True,
    show_default=True,
    help="Replace outputs that exist, or leave out inputs whose output exists.",
)
@shared.strict
@shared.pages
@shared.password
@keep_enhanced_option
@click.option(
    "--keep-temporary",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Keep here what each page looks like as decoded, cleaned and turned upright, and its JSON, to see why it was "
    "read as it was.",
)
@shared.messages
@pdf_options
@shared.limits
@shared.reading
@shared.configured
def read(
    files: tuple[str, ...],
    output: str | None,
    formats: tuple[str, ...],
    sidecar: Path | None,
    recursive: bool,
    overwrite: bool,
    strict: bool,
    pages: str | None,
    password: str,
    keep_enhanced: bool,
    keep_temporary: Path | None,
    report: Report,
    pdf: PdfOptions,
    reading: shared.Reading,
) -> ExitCode:
    """Read the text of FILEs: PDF, TIFF, PNG, JPEG, WebP, BMP, GIF, JPEG 2000, AVIF, HEIC or PNM.

    - is stdin, and a directory stands for the files in it.

    \b
    Without -o the text is printed. Examples:
      ocr read scan.pdf
      ocr read scan.pdf -o scan.searchable.pdf
      ocr read *.jpg --format json -o results/
    """
    configured = click.get_current_context().get_parameter_source("formats") is ParameterSource.DEFAULT_MAP
    formats = chosen_formats(output, formats, suffix_first=configured)
    check_for_pdf(formats, keep_enhanced, reading.options.enhance)
    search = find(files, recursive=recursive, output=Path(output) if output and is_folder(output) else None)
    for fault in search.faults:
        report.error(fault)
    if not search.files:
        return ExitCode.BAD_INPUT
    if search.others:
        report.hint(f"{counted(search.others, 'other file')} left out: no PDF or picture")
    planned = plan(search.files, output, formats, sidecar)
    to_terminal = planned[0].outputs[0][1] is None and results().isatty()
    if to_terminal and FORMATS[formats[0]].binary:
        suffix = FORMATS[formats[0]].suffixes[0]
        raise UsageError(f"refusing to write a {formats[0].upper()} file to the terminal; use -o out{suffix}")

    warn_of_jobs(report, reading.options.threads)
    several = len(planned) > 1 or bool(search.faults)

    def job(number: int, item: Planned) -> Job:
        (format, target), *more = item.outputs
        return Job(
            item.input,
            target,
            format,
            more=tuple((format, path) for format, path in more if path is not None),
            pages=pages,
            password=password,
            dpi=reading.options.dpi,
            renderer=reading.options.renderer,
            keep=keep_temporary and keep_temporary / (f"{number:04}-{Path(item.input).stem}" if several else ""),
            keep_enhanced=keep_enhanced,
            pdf=pdf,
        )

    hidden = report.quiet or report.verbose or report.json or to_terminal
    with reading.crew() as reader, shown_progress(len(planned), hidden=hidden) as progress:
        runner = Runner(reader, report, progress, results().buffer, reading.options.lang, strict, several)
        for number, item in enumerate(planned, 1):
            if not overwrite and item.existing:
                runner.skip(item.input, item.existing)
            else:
                runner.attempt(job(number, item))
    if several:
        runner.total()
    return ExitCode.PARTIAL_FAILURE if search.faults else runner.exit_code
