"""Options that several commands share, each declared once."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource
from click.shell_completion import CompletionItem

from ocr.cli.amounts import Finite, Memory, Size
from ocr.cli.config import configured
from ocr.cli.passwords import password
from ocr.cli.report import Report
from ocr.errors import UsageError
from ocr.options import DECODERS, ENHANCEMENTS, MODES, PHOTOS, QUALITIES, RENDERERS, TRANSCRIPTIONS, Limits, Options
from ocr.write import FORMATS

if TYPE_CHECKING:
    from ocr.crew import Crew
    from ocr.pipeline import Reader

__all__ = [
    "Finite",
    "Formats",
    "Reading",
    "Size",
    "as_json",
    "configured",
    "formats",
    "jobs",
    "lang",
    "limits",
    "max_pixels",
    "messages",
    "output_file",
    "page",
    "pages",
    "password",
    "reading",
    "strict",
]

Command = Callable[..., Any]


class Formats(click.ParamType):  # type: ignore[type-arg]  # generic in new releases of click alone
    """Names of output formats, separated by commas."""

    name = "formats"

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        """What the help shows as the value."""
        return "FORMAT[,FORMAT...]"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        """The names, each checked."""
        names = tuple(value) if isinstance(value, tuple | list) else tuple(value.split(","))
        for name in names:
            if name not in FORMATS:
                near = get_close_matches(str(name), FORMATS, 1)
                meant = f"; did you mean {near[0]}?" if near else ""
                self.fail(f"{name!r} is not one of {', '.join(FORMATS)}{meant}", param, ctx)
        return names

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Formats that the last name may become."""
        before, comma, last = incomplete.rpartition(",")
        return [CompletionItem(f"{before}{comma}{name}") for name in FORMATS if name.startswith(last)]


lang = click.option(
    "--lang",
    default="en",
    metavar="LANG",
    show_default=True,
    help="Language of the text, such as en, de, fra, el, ru or zh (Simplified Chinese with Latin text); several: "
    "de+fr. With en, pages in other European languages are recognised by their words. latin: any in Latin script; "
    "auto: English or Chinese, chosen line by line; ar, hi, ja and others: by Tesseract, where it has their data.",
)
jobs = click.option(
    "-j",
    "--jobs",
    type=click.IntRange(0),
    default=0,
    metavar="N",
    help="Cores to use: for N pages side by side, or for N threads (one a core at most) of one page; 0 uses all.",
)


def _not_empty(context: click.Context, option: click.Parameter, value: str | None) -> str | None:
    """What was given, which is most likely an empty variable where it is empty."""
    if value is not None and not value.strip():
        raise click.BadParameter("the selection of pages is empty; write for example 1,3-5,8-, or leave it out")
    return value


pages = click.option(
    "--pages", callback=_not_empty, metavar="RANGES", help="Pages to read, for example 1,3-5,8-; all pages by default."
)
formats = click.option(
    "--format",
    "formats",
    type=Formats(),
    default=(),
    help="Output format, or several for an output directory, separated by commas; by default the one that the suffix "
    "of OUT stands for, else txt.",
)
strict = click.option(
    "--strict",
    is_flag=True,
    help="End with exit code 5 if there was any warning; the outputs are written all the same.",
)
page = click.option(
    "--page", type=click.IntRange(1), metavar="N", help="Page to use, from 1, if the file has more than one."
)
max_pixels = click.option(
    "--max-pixels",
    type=click.IntRange(0),
    default=100_000_000,
    show_default=True,
    metavar="N",
    help="Largest page; 0 for no limit.",
)
as_json = click.option("--json", "as_json", is_flag=True, help="Print the complete result as JSON.")


def _set(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    """Set what a flag says in the report of this run; a flag of the command line goes before one of a configuration."""
    report = ctx.ensure_object(Report)
    if not value or not param.name:
        return
    contradicted = {"quiet": report.verbose, "verbose": report.quiet}.get(param.name, False)
    if not contradicted:
        setattr(report, param.name, True)
    elif ctx.get_parameter_source(param.name) is ParameterSource.COMMANDLINE:
        raise click.UsageError("-q prints less and -v prints more; give one of them", ctx)


def _flag(*names: str, help: str) -> Callable[[Command], Command]:
    """A flag that sets the report before other options are looked at."""
    return click.option(*names, is_flag=True, is_eager=True, expose_value=False, callback=_set, help=help)


MESSAGES = (
    _flag("-q", "--quiet", help="Print errors alone: no progress, warnings, hints or sums."),
    _flag("-v", "--verbose", help="Say for each page which steps were taken, their seconds and what Tesseract read."),
    _flag("--json-log", "json", help="Print messages as JSON on stderr, one object a line."),
)


def messages(command: Command) -> Command:
    """Give a command the options of its messages, and the :class:`Report` to print them with as ``report``."""

    @functools.wraps(command)
    def reporting(**arguments: Any) -> Any:
        return command(report=click.get_current_context().ensure_object(Report), **arguments)

    return _with(reporting, MESSAGES)


PHOTO = "Photographs: auto takes out pages that lie on a table or cloth, always any page found, never none."
READING = (
    lang,
    click.option(
        "--mode",
        type=click.Choice(MODES),
        default="skip",
        show_default=True,
        help="Pages of a PDF that have text already: skip keeps it and reads only pictures without text, redo replaces "
        "the invisible layer of an OCR program, force reads every page and replaces all text.",
    ),
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
        help="Recognition model: fast uses a small one, best a small and a large one together, auto the small one "
        "first and both to re-read lines of low confidence; tiny reads English with compressed models of half a "
        "megabyte together.",
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
    click.option("--photo", type=click.Choice(PHOTOS), default="auto", show_default=True, help=PHOTO),
    click.option(
        "--orient/--no-orient",
        default=True,
        show_default=True,
        help="Rotate pages that are sideways or upside down before reading them.",
    ),
    click.option(
        "--deskew/--no-deskew",
        default=None,
        help="Pages are straightened before they are read. With --deskew, they are straight in a PDF output, too; with "
        "--no-deskew they are read as skewed as they are.",
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
    click.option(
        "--model",
        "exported",
        type=click.Path(path_type=Path, file_okay=False),
        metavar="DIR",
        help="Detector and recogniser of a folder that ocr export made; they are read in the language of the folder.",
    ),
    jobs,
)


LIMITS = (
    click.option(
        "--timeout-page",
        type=Finite(0),
        metavar="SECONDS",
        default=Limits().page_seconds,
        show_default=True,
        help="Give up a page that takes longer; the others are read. 0 for no limit.",
    ),
    click.option(
        "--memory",
        type=Memory(),
        metavar="SIZE",
        default="2G",
        show_default=True,
        help="Memory that reading one page may take, for example 800M or 4G; a page that needs more is given up. "
        "0 for no limit.",
    ),
)


def limits(command: Command) -> Command:
    """Give a command the options of what a page may take; they are part of ``reading``, whose decorator goes below."""

    @functools.wraps(command)
    def gathered(**arguments: Any) -> Any:
        return command(limits=Limits(arguments.pop("timeout_page"), arguments.pop("memory")), **arguments)

    return _with(gathered, LIMITS)


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

    @contextmanager
    def crew(self) -> Iterator[Crew | Reader]:
        """What reads pages side by side, in processes; where none can be started, a reader.

        Raises:
            DependencyError: a model file is missing.
        """
        from ocr.workers import possible

        if not possible():
            yield self.reader()
            return
        from ocr.crew import Crew

        options = self.options.with_(jobs=self.options.threads, threads=0)
        with Crew(options, (self.detector, self.recognizer), early=True) as crew:
            yield crew


def reading(command: Command) -> Command:
    """Give a command all options of reading; they arrive together as one argument ``reading``."""

    @functools.wraps(command)
    def gathered(**arguments: Any) -> Any:
        arguments["threads"] = arguments.pop("jobs")  # where pages are read in this process
        settings = {f.name: arguments.pop(f.name) for f in fields(Options) if f.name in arguments}
        settings["deskew"] = settings.get("deskew") is not False
        fallback = "never" if arguments.pop("no_fallback") else "auto"
        models = arguments.pop("detector"), arguments.pop("recognizer")
        if folder := arguments.pop("exported"):
            settings["lang"], models = _exported(folder, settings["lang"], models)
        return command(reading=Reading(Options(**settings, fallback=fallback), *models), **arguments)

    return _with(gathered, READING)


def _exported(
    folder: Path, lang: str, models: tuple[str | None, str | None]
) -> tuple[str, tuple[str | None, str | None]]:
    """Language, detector and recogniser of an exported folder, where nothing else that was given contradicts them.

    Raises:
        UsageError: a model or another language was given.
        InputError: the folder is damaged.
    """
    from ocr.exported import opened
    from ocr.languages import languages

    if any(models):
        raise UsageError("--model DIR has a detector and a recogniser; leave out --detector and --recognizer")
    found = opened(folder)
    given = click.get_current_context().get_parameter_source("lang") is not ParameterSource.DEFAULT
    if not given:
        lang = found.lang
    elif languages(lang).models != languages(found.lang).models:
        raise UsageError(
            f"{folder}: exported for --lang {found.lang}, not for {lang}; leave --lang out, or export models for it: "
            f"ocr export --lang {lang} --target onnx -o DIR"
        )
    return lang, (str(found.detector), str(found.recognizer))


def _with(command: Command, options: Sequence[Callable[[Command], Command]]) -> Command:
    """The command with options, which its help lists in this order."""
    for option in reversed(options):
        command = option(command)
    return command


def output_file(help: str) -> Callable[[Command], Command]:
    """The required option ``-o`` of a command that writes one file."""
    return click.option("-o", "--output", type=click.Path(path_type=Path), required=True, metavar="OUT", help=help)
