"""The command group, the entry point with its exit codes, and what all commands have in common."""

from __future__ import annotations

import errno
import os
import shlex
import sys
import tempfile
import traceback
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click

from ocr import __version__
from ocr.cli import config
from ocr.cli.report import Report, logged
from ocr.cli.signals import orderly_end
from ocr.cli.streams import RESULTS, finish_stdout, guard_streams, log_apart, results_apart
from ocr.errors import ExitCode, OcrError

__all__ = ["Command", "Commands", "cli", "explained", "main"]

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG)
"""A file system takes no more. Where this is about an output it is an :class:`ocr.OutputError` by now."""

WARNING = "ocr.config.warning"
"""Where a click context keeps what is to be said about the configuration."""


class Command(click.Command):
    """A command whose stdout carries results alone, whatever libraries print."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the arguments; options that are not given have the values of the configuration."""
        if not ctx.resilient_parsing and any(param.name == "config_file" for param in self.params):
            given, _, _ = self.make_parser(ctx).parse_args(args=list(args))
            file, help = given.get("config_file"), self.get_help_option(ctx)
            if help is None or not given.get(help.name or ""):
                ctx.meta[WARNING] = config.apply(ctx, Path(file) if file else None, bool(given.get("no_config")))
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; results go to :func:`ocr.cli.streams.results`."""
        report = ctx.ensure_object(Report)
        if ctx.meta.get(WARNING):
            report.hint(ctx.meta[WARNING])
        if config.NAME in ctx.meta:
            report.detail(f"defaults from {ctx.meta[config.NAME]}")
        with ExitStack() as apart:
            ctx.meta[RESULTS] = apart.enter_context(results_apart(swallow=report.quiet or report.json))
            if report.json:
                report.stream = apart.enter_context(log_apart())
            apart.enter_context(logged(report))
            return super().invoke(ctx)


class Commands(click.Group):
    """A group whose commands return exit codes, and which ends quietly when stdout is closed early (``ocr | head``)."""

    command_class = Command

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; its return value is the exit code."""
        try:
            code = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            return ExitCode.OK
        return code


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="ocr")
def cli() -> None:
    """Turn scanned PDFs and photographed documents into searchable text.

    \b
    Exit codes:
      0    success
      1    bad arguments
      2    bad input file, or nothing of the requested kind found in it
      3    missing program, package or model
      4    output not writable
      5    some pages or files failed, or with --strict there was a warning
      8    encrypted PDF: password missing or wrong
      130  interrupted
    """


def explained(error: Exception) -> tuple[str, ExitCode]:
    """The message and exit code of any error.

    Example:
        >>> explained(OutputError("a.txt: cannot be written"))
        ('a.txt: cannot be written', <ExitCode.OUTPUT_NOT_WRITABLE: 4>)
    """
    if isinstance(error, OcrError):
        return str(error), error.exit_code
    if isinstance(error, MemoryError):
        return "there is not enough memory; close other programs, or read fewer pages: --pages 1-10", OcrError.exit_code
    if isinstance(error, OSError) and error.errno in FULL:
        folder = shlex.quote(tempfile.gettempdir())
        fault = f"temporary files cannot be written ({os.strerror(error.errno or 0)}); look: df -h {folder}"
        return f"{fault}; another directory: TMPDIR=DIR ocr ...", ExitCode.OUTPUT_NOT_WRITABLE
    fault = f"unexpected {type(error).__name__}: {error}"
    return f"{fault}; please report it with the file and the output of: ocr doctor", OcrError.exit_code


def main() -> None:
    """Run the command line and exit with one of :class:`ocr.ExitCode`."""
    guard_streams()
    report = Report(json="--json-log" in sys.argv)  # also where another argument is wrong
    code = run(report)
    report.event("exit", exit=int(code))
    finish_stdout()
    sys.exit(int(code))


def run(report: Report) -> ExitCode:
    """Run the command line; every error is reported."""
    try:
        with orderly_end():
            return ExitCode(cli.main(prog_name="ocr", standalone_mode=False, obj=report) or 0)
    except click.UsageError as error:
        if report.json:
            report.error(error.format_message())
        else:
            error.show()
        return ExitCode.BAD_ARGUMENTS
    except click.ClickException as error:
        report.error(error.format_message())
        return ExitCode.PARTIAL_FAILURE
    except SystemExit:
        return ExitCode.OK  # click raises it where nobody reads the help any more (ocr --help | head)
    except (KeyboardInterrupt, click.Abort):
        report.error("interrupted")
        return ExitCode.INTERRUPTED
    except Exception as error:
        if report.verbose and not isinstance(error, OcrError):
            traceback.print_exc()
        message, code = explained(error)
        report.error(message)
        return code
