"""``ocr batch``: folders, patterns and lists of files in, one output for each; resumed after any interruption."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from ocr.cli import options as shared
from ocr.cli.group import Command, cli
from ocr.cli.pdf_options import check_for_pdf, pdf_options
from ocr.cli.pdf_options import keep_enhanced as keep_enhanced_option
from ocr.cli.report import Report
from ocr.errors import ExitCode, UsageError
from ocr.options import PdfOptions

__all__ = ["batch", "status"]


TYPED = "ocr.batch.typed"
"""Key of the arguments as they were typed, in what belongs to the command."""


class BatchCommand(Command, click.Group):
    """``ocr batch IN... -o OUT``, and ``ocr batch status OUT``; a folder of that name is ``./status``."""

    command_class = Command
    allow_interspersed_args = True

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Leave the arguments of ``status`` to it."""
        if args[:1] and args[0] in self.commands:
            ctx.args = args
            return args
        ctx.meta[TYPED] = tuple(args)
        return Command.parse_args(self, ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run ``status``, or the command itself."""
        if ctx.args and ctx.args[0] in self.commands:
            name, rest = ctx.args[0], ctx.args[1:]
            with self.commands[name].make_context(name, rest, parent=ctx) as sub:
                return self.commands[name].invoke(sub)
        return Command.invoke(self, ctx)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The options, then ``status``."""
        click.Command.format_options(self, ctx, formatter)
        self.format_commands(ctx, formatter)


class Inputs(click.Argument):
    """``IN...``, which ``status`` does not have."""

    def get_usage_pieces(self, ctx: click.Context) -> list[str]:
        """What the usage of a command shows."""
        return super().get_usage_pieces(ctx) if self in ctx.command.params else []


journal_file = click.option(
    "--journal",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Journal of the batch, on a disk of this machine; by default OUT/.ocr-batch.sqlite.",
)


@cli.group(
    cls=BatchCommand,
    short_help="Read many files, with a journal to go on from.",
    invoke_without_command=True,
    subcommand_metavar="",
)
@click.argument("inputs", cls=Inputs, nargs=-1, type=click.Path(allow_dash=True), metavar="IN...")
@click.option(
    "-o", "--output", type=click.Path(), required=True, metavar="OUT", help="Directory for the outputs, or its URL."
)
@click.option(
    "--manifest",
    "manifests",
    multiple=True,
    type=click.Path(allow_dash=True),
    metavar="FILE",
    help="List of files to read: a path or URL on each line, or JSON lines with path and, if you like, name (that of "
    "the output). The same as @FILE.",
)
@click.option("--resume", is_flag=True, help="Go on with the batch of which OUT has the journal.")
@click.option("--retry-failed", is_flag=True, help="Also read again what failed or lost pages; goes on like --resume.")
@click.option("--watch", is_flag=True, help="Keep looking for new files in the directories, until interrupted.")
@journal_file
@click.option(
    "--engine",
    type=click.Choice(("local", "shared", "ray")),
    help="local: the workers of this machine, with a journal. shared: several machines or processes, each with the "
    "same command and one OUT; the default where OUT is a URL, unless --journal is given. ray: the actors of a Ray "
    "cluster (RAY_ADDRESS), with a journal on this machine.",
)
@click.option(
    "--lease",
    type=shared.Finite(1, 86_400),
    default=120.0,
    show_default=True,
    metavar="SECONDS",
    help="With --engine shared: a machine that gives no sign for so long is taken for dead.",
)
@click.option(
    "--group-size",
    type=click.IntRange(1),
    default=20,
    show_default=True,
    metavar="N",
    help="With --engine shared: files that a machine takes at a time.",
)
@shared.formats
@shared.strict
@shared.pages
@shared.password
@keep_enhanced_option
@shared.messages
@pdf_options
@shared.limits
@shared.reading
@shared.configured
def batch(
    inputs: tuple[str, ...],
    output: str,
    manifests: tuple[str, ...],
    resume: bool,
    retry_failed: bool,
    watch: bool,
    journal: Path | None,
    engine: str | None,
    lease: float,
    group_size: int,
    formats: tuple[str, ...],
    strict: bool,
    pages: str | None,
    password: str,
    keep_enhanced: bool,
    report: Report,
    pdf: PdfOptions,
    reading: shared.Reading,
) -> ExitCode:
    """Read every file of IN...: directories to any depth, patterns ('scans/**/*.pdf'), files, URLs, @LIST, or - for a
    list on stdin.

    Outputs are named after their inputs, in the same sub-directories of OUT. A journal records what became of each
    file; after an interruption or a kill, the same command with --resume goes on, and reads nothing twice.

    \b
    Examples:
      ocr batch archive/ -o out/
      ocr batch archive/ -o out/ --resume
      ocr batch status out/
    """
    from ocr.batch.inputs import is_url
    from ocr.batch.task import Work
    from ocr.cli.batch_run import BatchRun
    from ocr.options import Limits

    formats = tuple(dict.fromkeys(formats)) or ("txt",)
    check_for_pdf(formats, keep_enhanced, reading.options.enhance)
    if not output or "" in inputs or "" in manifests:
        raise UsageError("an argument is empty; is a variable not set? ocr batch IN... -o OUT")
    if not inputs and not manifests and not (resume or retry_failed):
        raise UsageError("there is nothing to read; name directories, files or a list: ocr batch IN... -o OUT")
    if watch and not any(os.path.isdir(path) for path in inputs):
        raise UsageError("--watch looks for new files in directories; name one: ocr batch DIR -o OUT --watch")
    models = (reading.detector, reading.recognizer)
    work = Work(reading.options.with_(limits=None), models, formats, pages, password, pdf, keep_enhanced)
    typed = click.get_current_context().meta[TYPED]
    run = BatchRun(work, reading.options.limits or Limits(), inputs, manifests, output, report, strict, typed)
    if engine == "shared" or (engine is None and journal is None and is_url(output)):
        if watch or journal is not None:
            raise UsageError("--watch and --journal are for one machine; leave them out, or use --engine local")
        return run.shared(lease, group_size, retry_failed=retry_failed)
    return run.journalled(journal, on_ray=engine == "ray", resume=resume, retry_failed=retry_failed, watch=watch)


@batch.command(short_help="How far a batch is: counts, rate, time left, errors, cost.")
@click.argument("output", type=click.Path(), metavar="OUT")
@click.option(
    "--price-per-hour",
    type=shared.Finite(0),
    default=0.0,
    metavar="PRICE",
    help="Price of a machine for an hour, to say what a million pages cost.",
)
@click.option("--list", "listing", is_flag=True, help="Print a JSON object for each file in place of the sums.")
@journal_file
@shared.as_json
def status(output: str, price_per_hour: float, listing: bool, journal: Path | None, as_json: bool) -> ExitCode:
    """Say how far the batch with the outputs in OUT is, also while it runs.

    \b
    Examples:
      ocr batch status out/
      ocr batch status out/ --price-per-hour 0.085
    """
    from ocr.cli.batch_run import show_status

    return show_status(output, journal, price_per_hour, listing=listing, as_json=as_json)
