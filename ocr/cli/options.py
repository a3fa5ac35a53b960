"""Options that several commands share, each declared once."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ocr.options import DECODERS, ENHANCEMENTS, LANGUAGES, QUALITIES, RENDERERS, TRANSCRIPTIONS, Options

if TYPE_CHECKING:
    from ocr.pipeline import Reader

__all__ = ["Reading", "as_json", "lang", "output_file", "page", "pages", "password", "reading", "threads"]

Command = Callable[..., Any]

lang = click.option(
    "--lang",
    type=click.Choice(LANGUAGES),
    default="en",
    show_default=True,
    help="Language of the text: en (English), zh (Simplified Chinese with Latin text), or auto (chosen line by line).",
)
threads = click.option(
    "-j", "--threads", type=click.IntRange(0), default=0, metavar="N", help="Number of CPU threads; 0 uses all cores."
)
password = click.option("--password", default="", metavar="TEXT", help="Password of an encrypted PDF.")
pages = click.option(
    "--pages", default="", metavar="RANGES", help="Pages to read, for example 1,3-5,8-; all pages by default."
)
page = click.option(
    "--page", type=click.IntRange(1), metavar="N", help="Page to use, from 1, if the file has more than one."
)
as_json = click.option("--json", "as_json", is_flag=True, help="Print the complete result as JSON.")

READING = (
    lang,
    click.option(
        "--renderer",
        type=click.Choice(RENDERERS),
        default="pdfium",
        show_default=True,
        help="PDF rendering engine; poppler needs the package poppler-utils.",
    ),
    click.option(
        "--dpi",
        type=float,
        metavar="N",
        default=300.0,
        show_default=True,
        help="Rendering resolution for PDF pages that are not a single scanned image.",
    ),
    click.option(
        "--quality",
        type=click.Choice(QUALITIES),
        default="auto",
        show_default=True,
        help="Recognition model: fast uses a small one, best a large one, auto the small one first and the large one "
        "to re-read lines of low confidence.",
    ),
    click.option(
        "--decoder",
        type=click.Choice(DECODERS),
        default="lm",
        show_default=True,
        help="How recognized characters become text: lm lets a language model decide doubtful characters, greedy "
        "takes the most likely character at each position, beam searches for the most likely line.",
    ),
    click.option(
        "--enhance",
        type=click.Choice(ENHANCEMENTS),
        default="auto",
        show_default=True,
        help="Image clean-up before reading: auto evens out shadows and stains on pages that have them, whiten "
        "whitens the background of every page, none changes nothing. The output keeps the original images.",
    ),
    click.option(
        "--orient/--no-orient",
        default=True,
        show_default=True,
        help="Rotate pages that are sideways or upside down before reading them.",
    ),
    click.option(
        "--deskew/--no-deskew", default=True, show_default=True, help="Straighten skewed pages before reading them."
    ),
    click.option(
        "--transcription",
        type=click.Choice(TRANSCRIPTIONS),
        default="clean",
        show_default=True,
        help="clean writes what a transcriber would (small capitals in lower case, old-style figures as digits), "
        "literal the characters exactly as recognised.",
    ),
    click.option("--no-fallback", is_flag=True, help="Never re-read lines of very low confidence with Tesseract."),
    click.option(
        "--detector",
        metavar="MODEL",
        help="Text detection model in place of the default: a name, or the path of a file.",
    ),
    click.option(
        "--recognizer",
        metavar="MODEL",
        help="Text recognition model in place of the one that --quality selects.",
    ),
    threads,
)


@dataclass(frozen=True, slots=True)
class Reading:
    """What the options of reading ask for: how to read, and with which models (None: the defaults)."""

    options: Options
    detector: str | None = None
    recognizer: str | None = None

    def reader(self) -> Reader:
        """A reader with these options; this loads the models.

        Raises:
            DependencyError: a model file is missing.
        """
        from ocr.pipeline import Reader

        return Reader(options=self.options, detector=self.detector, recognizer=self.recognizer)


def reading(command: Command) -> Command:
    """Give a command all options of reading; they arrive together as one argument ``reading``."""

    @functools.wraps(command)
    def gathered(**arguments: Any) -> Any:
        settings = {f.name: arguments.pop(f.name) for f in fields(Options) if f.name in arguments}
        fallback = "never" if arguments.pop("no_fallback") else "auto"
        models = arguments.pop("detector"), arguments.pop("recognizer")
        return command(reading=Reading(Options(**settings, fallback=fallback), *models), **arguments)

    for option in reversed(READING):
        gathered = option(gathered)
    return gathered


def output_file(help: str) -> Callable[[Command], Command]:
    """The required option ``-o`` of a command that writes one file."""
    return click.option("-o", "--output", type=click.Path(path_type=Path), required=True, metavar="OUT", help=help)
