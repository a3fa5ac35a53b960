"""``ocr scan`` and ``ocr enhance``: images in, better images out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ocr.cli import options as shared
from ocr.cli.group import cli
from ocr.cli.one_file import OneFile
from ocr.cli.report import Report
from ocr.cli.streams import echo
from ocr.options import Options
from ocr.output import refuse_input, replacing
from ocr.write import writer_for
from ocr.write.image import as_tiff, image_format_of, write_image

if TYPE_CHECKING:
    from ocr.page.scan import Scan

__all__ = ["enhance", "scan"]


@cli.command(short_help="Turn a photograph of a page into a scan.")
@click.argument("photo", type=OneFile(), metavar="PHOTO")
@shared.output_file("Image file to write, or a PDF with a text layer.")
@shared.lang
@click.option("--dewarp/--no-dewarp", default=True, show_default=True, help="Flatten curved pages.")
@click.option(
    "--enhance",
    type=click.Choice(("whiten", "binarize", "none")),
    default="whiten",
    show_default=True,
    help="Clean-up of the page: whiten makes the paper white and keeps colours, binarize gives pure black and white, "
    "none keeps the tones of the photograph.",
)
@shared.page
@shared.password
@shared.as_json
@shared.jobs
@shared.configured
def scan(
    photo: str,
    output: Path,
    lang: str,
    dewarp: bool,
    enhance: str,
    page: int | None,
    password: str,
    as_json: bool,
    jobs: int,
) -> None:
    """Turn a photograph of a page into a scan: cropped, upright, flat and clean.

    PHOTO is an image, or - for stdin. Two pages in one photograph become two pages of a PDF or TIFF, or two files
    (page-1.png, page-2.png). With --json, where the page was found and what was done is printed.

    \b
    Examples:
      ocr scan photo.jpg -o page.png
      ocr scan photo.jpg -o page.pdf
    """
    from ocr.page.scan import Scanner
    from ocr.source import open_source

    format = image_format_of(output, ".pdf")
    refuse_input(output, photo)
    scanner = Scanner(lang, threads=jobs, dewarp=dewarp, enhance=enhance)
    found = scanner.scan(photo, page=page, password=password)
    if format and format != "TIFF" and found.more:
        _write_each(found, output, format, photo)
    elif format:
        with replacing(output) as file:
            if found.more:
                file.write(as_tiff([found.pixels, *(scan.pixels for scan in found.more)]))
            else:
                write_image(found.pixels, file, format)
    else:
        reader = shared.Reading(Options(lang=lang, threads=jobs, photo="never")).reader()
        several = (found, *found.more)
        clean = as_tiff([scan.pixels for scan in several]) if found.more else found.pixels
        tones = as_tiff([scan.plain for scan in several]) if found.more else found.plain
        with replacing(output) as file, open_source(clean) as kept, open_source(tones) as plain:
            writer_for("pdf")(reader.pages(plain), file, kept, reader.engine)
    if as_json:
        echo(json.dumps(found.to_json(), indent=1))


def _write_each(found: Scan, output: Path, format: str, photo: str) -> None:
    """Write the pages of a photograph that has several to files of their own: page-1.png, page-2.png."""
    names = []
    for number, scan in enumerate((found, *found.more), 1):
        target = output.with_stem(f"{output.stem}-{number}")
        refuse_input(target, photo)
        with replacing(target) as file:
            write_image(scan.pixels, file, format)
        names.append(str(target))
    Report().hint(f"{photo}: {len(names)} pages in one photograph, written to {' and '.join(names)}")


class EnhanceCommand(click.Command):
    """A command whose help ends with the operators that are installed."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list; only this needs the models' manifest."""
        from ocr.page.enhance import DOCUMENT_OPERATORS, OPERATORS, installed

        there = installed()
        rows = [
            ("documents", ", ".join(name for name in there if name in DOCUMENT_OPERATORS)),
            ("photographs", ", ".join(name for name in there if name not in DOCUMENT_OPERATORS)),
        ]
        absent = [name for name in OPERATORS if name not in there]
        if absent:
            rows.append(("not installed", f"{', '.join(absent)} (ocr doctor says how to get them)"))
        with formatter.section("Operators"):
            formatter.write_dl([row for row in rows if row[1]])


@cli.command(cls=EnhanceCommand, short_help="Clean or restyle an image.")
@click.argument("image", type=OneFile(), metavar="IN")
@shared.output_file("Image file to write.")
@click.option("--operator", required=True, metavar="NAME", help="Operator to apply; see the list below.")
@click.option(
    "--strength",
    type=shared.Finite(0, 1),
    metavar="SHARE",
    help="Strength from 0 to 1; each operator has its own default.",
)
@shared.page
@shared.password
@shared.jobs
@shared.configured
def enhance(
    image: str,
    output: Path,
    operator: str,
    strength: float | None,
    page: int | None,
    password: str,
    jobs: int,
) -> None:
    """Apply an operator to an image: clean a document, or smooth, sharpen or dehaze a photograph.

    IN is an image, a page of a PDF, or - for stdin.

    \b
    Examples:
      ocr enhance photo.jpg -o page.png --operator whiten
      ocr enhance photo.jpg -o page.png --operator whiten --strength 0.7
      ocr enhance photo.jpg -o smooth.png --operator rtv --strength 0.3
    """
    from ocr.page.enhance import CanEnhancer
    from ocr.source import single_page

    format = image_format_of(output)
    refuse_input(output, image)
    enhancer = CanEnhancer(operator, strength, threads=jobs)
    picture, _ = single_page(image, page=page, password=password)
    with replacing(output) as file:
        write_image(enhancer(picture.pixels), file, format)
