"""The command line. Only this module prints: results on stdout, progress and messages on stderr."""

# A verb imports what it needs when it runs, so that `ocr --help` is instant.

from __future__ import annotations

import functools
import json
import os
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ocr import __version__
from ocr.document import Page
from ocr.errors import DependencyError, ExitCode, InputError, OcrError, UsageError
from ocr.options import DECODERS, ENHANCEMENTS, LANGUAGES, QUALITIES, RENDERERS, Options
from ocr.output import plan, replacing
from ocr.write import FORMATS, writer_for

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ocr.pipeline import Reader
    from ocr.source import Source

__all__ = ["main"]

Verb = Callable[..., Any]
Counted = Callable[[Iterator[Page], str, int], Iterator[Page]]


@dataclass(slots=True)
class Report:
    """What to say on stderr, each warning once."""

    quiet: bool = False
    said: set[str] = field(default_factory=set)

    def fault(self, message: str) -> None:
        """Something failed."""
        click.echo(f"ocr: {message}", err=True)

    def warn(self, message: str) -> None:
        """Something is worth knowing."""
        if not self.quiet and message not in self.said:
            self.said.add(message)
            click.echo(f"ocr: warning: {message}", err=True)


class Verbs(click.Group):
    """A group that ends well when the reader of its output has seen enough."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the verb; what it returns is the exit code."""
        try:
            code = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            # Python would complain again while it flushes stdout at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return ExitCode.OK
        return code


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="ocr")
def cli() -> None:
    """Scanned PDFs and photographed documents into searchable, trustworthy text.

    \b
    Exit codes: 0 ok, 1 bad arguments, 2 bad input file, 3 missing dependency, 4 output not writable,
    5 some pages or files failed, 8 encrypted PDF, 130 interrupted.
    """


READING = (
    click.option("--lang", type=click.Choice(LANGUAGES), default="en", show_default=True, help="Language of the text."),
    click.option("--password", default="", help="Password of encrypted PDFs."),
    click.option("--renderer", type=click.Choice(RENDERERS), default="pdfium", show_default=True, help="Draws PDFs."),
    click.option("--dpi", type=float, default=300.0, show_default=True, help="For PDF pages that are not one scan."),
    click.option("--decoder", type=click.Choice(DECODERS), default="lm", show_default=True, help="CTC decoding."),
    click.option(
        "--quality",
        type=click.Choice(QUALITIES),
        default="auto",
        show_default=True,
        help="Small recogniser, large one, or the large one for what the small one is unsure of.",
    ),
    click.option(
        "--enhance",
        type=click.Choice(ENHANCEMENTS),
        default="auto",
        show_default=True,
        help="What is read: shadows and stains evened out where there are any, all pages whitened, or as they are.",
    ),
    click.option("--orient/--no-orient", default=True, help="Turn pages that lie on their side or upside down."),
    click.option("--deskew/--no-deskew", default=True, help="Make skewed pages straight before they are read."),
    click.option("--no-fallback", is_flag=True, help="Never ask Tesseract about unsure lines."),
    click.option("-j", "--threads", type=click.IntRange(0), default=0, metavar="N", help="CPU threads; 0 for all."),
)


def reading_options(verb: Verb) -> Verb:
    """The options of every verb that reads; they arrive as one ``options``."""

    @functools.wraps(verb)
    def gathered(**arguments: Any) -> Any:
        settings = {f.name: arguments.pop(f.name) for f in fields(Options) if f.name in arguments}
        fallback = "never" if arguments.pop("no_fallback") else "auto"
        return verb(options=Options(**settings, fallback=fallback), **arguments)

    for option in reversed(READING):
        gathered = option(gathered)
    return gathered


@cli.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("-o", "--output", metavar="OUT", help="Output file, or a directory (existing, or ending in /).")
@click.option(
    "--format", type=click.Choice(list(FORMATS)), help="Output format; by default OUT's suffix says, else txt."
)
@click.option("--pages", default="", metavar="RANGES", help="Pages to read, such as 1,3-5,8-.")
@click.option("--keep-enhanced", is_flag=True, help="Whiten the PDF's pictures too, of the pages that --enhance picks.")
@click.option("-q", "--quiet", is_flag=True, help="No progress and no warnings.")
@reading_options
def read(
    files: tuple[str, ...],
    output: str | None,
    format: str | None,
    keep_enhanced: bool,
    quiet: bool,
    options: Options,
) -> int:
    """Read FILEs: PDF, TIFF, PNG, JPEG, WebP or BMP; - is stdin.

    \b
    Without -o the text goes to stdout. Examples:
      ocr read scan.pdf
      ocr read scan.pdf -o scan.searchable.pdf
      ocr read *.jpg --format json -o results/
    """
    jobs, format = plan(files, output, format)
    to_terminal = jobs[0][1] is None and sys.stdout.isatty()
    if to_terminal and format == "pdf":
        raise UsageError("a PDF is not for a terminal; write it to a file: -o out.pdf")
    if keep_enhanced and (format != "pdf" or options.enhance == "none"):
        raise UsageError("--keep-enhanced changes the pictures of a PDF: give -o out.pdf, and not --enhance none")
    with _progress(many=len(files) > 1, hidden=quiet or to_terminal) as counted:
        run = Run(options, format, Report(quiet), counted, keep_enhanced)
        codes = [run.attempt(name, target) for name, target in jobs]
    if len(codes) == 1:
        return codes[0]
    return ExitCode.PARTIAL_FAILURE if any(codes) else ExitCode.OK


@dataclass(slots=True)
class Run:
    """One `ocr read`: many inputs, one reader."""

    options: Options
    format: str
    report: Report
    counted: Counted
    keep_enhanced: bool = False
    reader: Reader | None = None

    def attempt(self, name: str, target: Path | None) -> ExitCode:
        """Read one input; a bad one is reported and does not stop the others."""
        try:
            failed = self.read(name, target)
        except (DependencyError, BrokenPipeError):
            raise
        except OcrError as error:
            self.report.fault(str(error) if name in str(error) else f"{name}: {error}")
            return error.exit_code
        except Exception as error:  # a fault of ours must not cost the other files either
            traceback.print_exc()
            self.report.fault(f"{name}: unexpected {type(error).__name__}: {error}; please report it with this file")
            return ExitCode.PARTIAL_FAILURE
        for message in failed:
            self.report.fault(message)
        return ExitCode.PARTIAL_FAILURE if failed else ExitCode.OK

    def read(self, name: str, target: Path | None) -> list[str]:
        """Read one input to its target; what is returned are the faults of single pages."""
        from ocr.source import open_source

        with ExitStack() as opened:
            source = opened.enter_context(open_source(name, self.options))
            if target is not None and name != "-" and target.exists() and target.samefile(name):
                raise UsageError(f"{name}: the output would replace the input; give another name with -o")
            if self.keep_enhanced:
                source = opened.enter_context(whitened(source, self.options))
            self.reader = self.reader or load_reader(self.options)
            failed: list[str] = []
            pages = self.counted(self.reader.pages(source), name, len(source.numbers))
            pages = _checked(pages, source, failed, self.report)
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
    from ocr.write.pdf.cleaned import write

    whiten = CanEnhancer("whiten", threads=options.threads)

    def clean(pixels: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
        return whiten(pixels) if options.enhance == "whiten" or unevenness(pixels) >= UNEVEN else None

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "whitened.pdf"
        with path.open("xb") as file:
            write(source, file, clean)
        with open_source(path, options.with_(password="")) as clean_source:
            clean_source.name = source.name
            yield clean_source


def load_reader(options: Options) -> Reader:
    """The pipeline with its models, loaded when the first input has turned out to be readable."""
    from ocr.pipeline import Reader

    return Reader(**asdict(options))


def _checked(pages: Iterator[Page], source: Source, failed: list[str], report: Report) -> Iterator[Page]:
    """The pages, while what went wrong with them is noted."""
    for page in pages:
        for step in page.steps:
            message = str(step.detail.get("message", ""))
            if step.name == "error":
                failed.append(message if source.name in message else f"{source.name}: page {page.number}: {message}")
            if "warning" in step.detail:
                report.warn(str(step.detail["warning"]))
            if step.name == "reduced":
                report.warn(f"{source.name}: page {page.number} is very large and was read at {page.dpi:.0f} dpi")
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


MRZ_SHOWN = "type country surname given_names number nationality birth sex expiry optional".split()


@cli.command()
@click.argument("file", metavar="FILE")
@click.option("--json", "as_json", is_flag=True, help="Everything as JSON.")
def mrz(file: str, as_json: bool) -> None:
    """Read the machine-readable zone of a passport, identity card or visa; - is stdin."""
    from ocr.mrz.reader import read_mrz

    found = read_mrz(file)
    if as_json:
        click.echo(json.dumps(found.to_json(), indent=1))
        return
    wrong = [name for name, holds in found.checks.items() if not holds]
    click.echo("\n".join(found.lines))
    for name in MRZ_SHOWN:
        click.echo(f"{name:<12} {getattr(found, name)}")
    click.echo(f"{'check digits':<12} {'wrong: ' + ', '.join(wrong) if wrong else 'right'}")


@cli.command()
@click.argument("front", metavar="FRONT")
@click.argument("back", metavar="[BACK]", required=False)
@click.option("--json", "as_json", is_flag=True, help="Everything as JSON.")
@click.option("-j", "--threads", type=click.IntRange(0), default=0, metavar="N", help="CPU threads; 0 for all.")
def idcard(front: str, back: str | None, as_json: bool, threads: int) -> None:
    """Read a Chinese resident identity card: one side, both on one picture, or two pictures; - is stdin."""
    from ocr.idcard.card_reader import CardReader

    card = CardReader(threads=threads).read(front, back)
    if as_json:
        click.echo(json.dumps(card.to_json(), indent=1, ensure_ascii=False))
        return
    for name, found in card.fields.items():
        if found.value:
            click.echo(f"{name:<12} {found.value}{'' if found.valid else '  (not valid)'}")
    click.echo(f"{'side':<12} {card.side}")
    click.echo(f"{'problems':<12} {', '.join(card.problems) or 'none'}")


PICTURES = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".tif": "TIFF", ".tiff": "TIFF", ".webp": "WEBP"}


@cli.command()
@click.argument("photo", metavar="PHOTO")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), required=True, help="Picture, or PDF with a text layer."
)
@click.option("--lang", type=click.Choice(LANGUAGES), default="en", show_default=True, help="Language of the text.")
@click.option("--dewarp/--no-dewarp", default=True, help="Flatten curved pages.")
@click.option(
    "--enhance",
    type=click.Choice(("whiten", "binarize", "none")),
    default="whiten",
    show_default=True,
    help="White paper with colours kept, black and white, or tones as they are.",
)
@click.option("--json", "as_json", is_flag=True, help="Say where the page is and what was done, as JSON.")
@click.option("-j", "--threads", type=click.IntRange(0), default=0, metavar="N", help="CPU threads; 0 for all.")
def scan(photo: str, output: Path, lang: str, dewarp: bool, enhance: str, as_json: bool, threads: int) -> None:
    """Cut the page out of a PHOTO: straight, upright, flat and clean; - is stdin.

    \b
    Examples:
      ocr scan photo.jpg -o page.png
      ocr scan photo.jpg -o page.pdf
    """
    from PIL import Image

    from ocr.page.scan import Scanner
    from ocr.source import open_source

    suffix = output.suffix.lower()
    if suffix not in {*PICTURES, ".pdf"}:
        raise UsageError(f"{output}: the name must end in {', '.join(PICTURES)} or .pdf")
    page = Scanner(lang, threads=threads, dewarp=dewarp, enhance=enhance).scan(photo)
    with replacing(output) as file:
        if suffix == ".pdf":
            reader = load_reader(Options(lang=lang, threads=threads))
            with open_source(page.pixels, reader.options) as kept, open_source(page.plain, reader.options) as plain:
                writer_for("pdf")(reader.pages(plain), file, kept, reader.engine)
        else:
            Image.fromarray(page.pixels).save(file, PICTURES[suffix])
    if as_json:
        click.echo(json.dumps(page.to_json(), indent=1))


@cli.command()
@click.argument("picture", metavar="IN")
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="Picture to write.")
@click.option("--operator", required=True, metavar="NAME", help="What to do.")
@click.option("--strength", type=click.FloatRange(0, 1), help="How strongly; the operator has its own default.")
@click.option("-j", "--threads", type=click.IntRange(0), default=0, metavar="N", help="CPU threads; 0 for all.")
def enhance(picture: str, output: Path, operator: str, strength: float | None, threads: int) -> None:
    """Apply an image operator to a picture IN; - is stdin.

    \b
    NAME is for documents whiten, binarize, denoise, deblur or contrast, for
    photographs l0, rof, tvl1, rtv (smoothing), tone, detail, style, dehaze,
    dehaze-nonlocal or pencil. Examples:
      ocr enhance photo.jpg -o page.png --operator whiten
      ocr enhance photo.jpg -o page.png --operator whiten --strength 0.7
      ocr enhance photo.jpg -o smooth.png --operator rtv --strength 0.3
    """
    from PIL import Image

    from ocr.page.enhance import CanEnhancer
    from ocr.source import open_source

    suffix = output.suffix.lower()
    if suffix not in PICTURES:
        raise UsageError(f"{output}: a picture ends in {' '.join(PICTURES)}")
    enhancer = CanEnhancer(operator, strength, threads=threads)
    with open_source(picture, Options()) as source:
        page = source.page(1)
    with replacing(output) as file:
        Image.fromarray(enhancer(page.pixels)).save(file, PICTURES[suffix])


@cli.command()
def doctor() -> int:
    """Say what is installed, and what is missing with the command that installs it."""
    from ocr.doctor import examine

    findings = examine()
    for finding in findings:
        mark = "ok     " if finding.good else ("MISSING" if finding.needed else "absent ")
        click.echo(f"{mark}  {finding.name:<22} {finding.text}")
    missing = any(finding.needed and not finding.good for finding in findings)
    return ExitCode.MISSING_DEPENDENCY if missing else ExitCode.OK


@cli.command()
@click.argument("model", type=click.Choice(["recognizer", "detector", "enhancer"]))
@click.argument("config", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), help="Run folder; by default work/CONFIG's name."
)
@click.option("--resume", is_flag=True, help="Go on from the run folder's last checkpoint.")
@click.option("--ctc", type=click.Choice(["native", "warpctc"]), help="CTC loss of the recogniser; native by default.")
def train(model: str, config: Path, out: Path | None, resume: bool, ctc: str | None) -> None:
    """Train a MODEL as CONFIG says (needs the train extra)."""
    if not config.is_file():
        raise UsageError(f"{config}: there is no such configuration; look in its folder: ls {config.parent}")
    if ctc and model != "recognizer":
        raise UsageError("--ctc is for the recognizer; leave it out")
    out = out or Path("work") / config.stem
    try:
        if model == "recognizer":
            from ocr.train.recognize.trainer import train as train_recognizer

            result = train_recognizer(config, out, resume, ctc or "native")
        elif model == "enhancer":
            from ocr.train.enhance.trainer import train as train_enhancer

            result = train_enhancer(config, out, resume)
        else:
            from ocr.train.detect.trainer import train as train_detector

            result = train_detector(config, out, resume)
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("ocr"):
            raise
        raise DependencyError(f"training needs {error.name}; run: pip install 'ocr[train]'") from error
    click.echo(result)


@cli.command("eval")
@click.argument("truth", type=click.Path(path_type=Path), metavar="GT.jsonl")
@click.option("--predictions", type=click.Path(path_type=Path), help="Score these instead of reading the images.")
@click.option("--only", type=click.Path(path_type=Path), help="Only the images that this JSON Lines file names.")
@click.option("--save", type=click.Path(path_type=Path), help="Write what was read here.")
@click.option("--per-image", is_flag=True, help="A line for each image too, and the lines of it that were missed.")
@click.option("--calibration", is_flag=True, help="A table of confidence and accuracy too.")
@click.option(
    "--overlays", type=click.Path(path_type=Path, file_okay=False), metavar="DIR", help="Draw the ten worst pages here."
)
@reading_options
def evaluate(truth: Path, predictions: Path | None, options: Options, **settings: Any) -> None:
    """Measure accuracy against the ground truth in GT.jsonl."""
    from ocr.evaluate import evaluate as score

    reader = None if predictions else load_reader(options)
    for line in score(truth, reader, predictions=predictions, **settings):
        click.echo(line)


@cli.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--against", default="", metavar="A,B", help="Engines to time in turn: tesseract,rapidocr,faster-paddle.")
@click.option("--repeat", type=click.IntRange(1), default=1, show_default=True, help="Runs; the median counts.")
@click.option("--json", "as_json", is_flag=True, help="Everything as JSON.")
@click.option("--pages", default="", metavar="RANGES", help="Pages to read, such as 1,3-5,8-.")
@reading_options
def bench(files: tuple[str, ...], against: str, repeat: int, as_json: bool, options: Options) -> None:
    """Time the stages of reading FILEs, and memory, beside other engines."""
    from ocr.bench import bench as measure

    peers = [name.strip() for name in against.split(",") if name.strip()]
    report = measure(files, options, peers, repeat)
    click.echo(json.dumps(report.to_json(), indent=1) if as_json else report.to_text())


def main() -> None:
    """Run the command line and exit with a code of :class:`ocr.ExitCode`."""
    try:
        code = cli.main(prog_name="ocr", standalone_mode=False)
    except click.UsageError as error:
        error.show()
        code = ExitCode.BAD_ARGUMENTS
    except click.ClickException as error:
        error.show()
        code = ExitCode.PARTIAL_FAILURE
    except OcrError as error:
        click.echo(f"ocr: {error}", err=True)
        code = error.exit_code
    except (KeyboardInterrupt, click.Abort):
        click.echo("ocr: interrupted", err=True)
        code = ExitCode.INTERRUPTED
    sys.exit(int(code or 0))


if __name__ == "__main__":
    main()
