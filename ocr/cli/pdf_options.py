"""The options that say what the searchable PDF is to be like."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import Any

import click
from click.core import ParameterSource

from ocr.errors import UsageError
from ocr.options import OPTIMIZATIONS, PDFA, PdfOptions

__all__ = ["check_for_pdf", "keep_enhanced", "pdf_options"]

Command = Callable[..., Any]

OPTIONS = (
    click.option(
        "--invalidate-signatures",
        is_flag=True,
        help="PDF output: accept a signed PDF, whose signatures no longer verify in the copy.",
    ),
    click.option("--decrypt", is_flag=True, help="PDF output: drop the protection of an encrypted PDF."),
    click.option(
        "--pdfa",
        type=click.Choice(PDFA),
        help="PDF output: conform to PDF/A-1b, 2b or 3b, checked after writing; needs: pip install 'ocr[pdfa]'.",
    ),
    click.option(
        "--optimize",
        type=click.Choice([str(level) for level in OPTIMIZATIONS]),
        default="0",
        show_default=True,
        help="PDF output: 0 leaves pictures alone; 1 compresses without loss; 2 also encodes JPEG again and stores "
        "palette and grey pictures as such; 3 puts sharp text over a small background (mixed raster content).",
    ),
    click.option(
        "--jpeg-quality",
        type=click.IntRange(1, 100),
        default=PdfOptions().jpeg_quality,
        show_default=True,
        metavar="N",
        help="PDF output: quality of pictures that are encoded as JPEG.",
    ),
    click.option(
        "--rotate", is_flag=True, help="PDF output: show pages upright that were scanned sideways or upside down."
    ),
    click.option("--clean", is_flag=True, help="PDF output: whiten the background of scanned pages."),
    click.option("--title", metavar="TEXT", help="PDF output: title of the document."),
    click.option("--author", metavar="TEXT", help="PDF output: author of the document."),
    click.option("--subject", metavar="TEXT", help="PDF output: subject of the document."),
    click.option("--keywords", metavar="TEXT", help="PDF output: keywords of the document, separated by commas."),
)

keep_enhanced = click.option(
    "--keep-enhanced",
    is_flag=True,
    help="Also whiten the images in the output PDF, on the pages that --enhance selects.",
)


def pdf_options(command: Command) -> Command:
    """Give a command the options of the PDF; they arrive together as one argument ``pdf``."""

    @functools.wraps(command)
    def gathered(**arguments: Any) -> Any:
        deskew = arguments.get("deskew") is True  # an option of reading; only when it is given does it change the PDF
        names = [f.name for f in fields(PdfOptions) if f.name != "deskew"]
        settings = {"deskew": deskew} | {name: arguments.pop(name) for name in names if name in arguments}
        settings["optimize"] = int(settings["optimize"])
        settings["pdfa"] = settings["pdfa"] or ""
        return command(pdf=PdfOptions(**settings), **arguments)

    for option in reversed(OPTIONS):
        gathered = option(gathered)
    return gathered


def check_for_pdf(formats: Sequence[str], keep_enhanced: bool, enhance: str) -> None:
    """Refuse options of the running command that are for a PDF where none is written; a configuration is no fault.

    Raises:
        UsageError: there is one.
    """
    if keep_enhanced and ("pdf" not in formats or enhance == "none"):
        raise UsageError("--keep-enhanced changes the images of a PDF; use it with -o out.pdf, without --enhance none")
    context = click.get_current_context()
    names = [f.name for f in fields(PdfOptions) if f.name != "deskew"]
    for name in names:
        if "pdf" not in formats and context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            option = f"--{name.replace('_', '-')}"
            raise UsageError(f"{option} is for PDF output, but no PDF is written; use -o out.pdf")
