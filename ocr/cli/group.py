"""The command group, the entry point with its exit codes, and messages on stderr."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import Any

import click

from ocr import __version__
from ocr.cli.signals import orderly_end
from ocr.cli.streams import finish_stdout, guard_streams
from ocr.errors import ExitCode, OcrError

__all__ = ["Commands", "Report", "cli", "main"]


@dataclass(slots=True)
class Report:
    """Messages on stderr; a warning is printed once, and not at all when ``quiet``."""

    quiet: bool = False
    printed: set[str] = field(default_factory=set)

    def error(self, message: str) -> None:
        """Print an error; it may have several lines."""
        for line in message.splitlines():
            click.echo(f"ocr: {line}", err=True)

    def warn(self, message: str) -> None:
        """Print a warning."""
        self._once(f"ocr: warning: {message}")

    def hint(self, message: str) -> None:
        """Print something worth knowing that is not a fault."""
        self._once(f"ocr: {message}")

    def _once(self, message: str) -> None:
        if not self.quiet and message not in self.printed:
            self.printed.add(message)
            click.echo(message, err=True)


class Commands(click.Group):
    """A group whose commands return exit codes, and which ends quietly when stdout is closed early (``ocr | head``)."""

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
      5    some pages or files failed
      8    encrypted PDF: password missing or wrong
      130  interrupted
    """


def main() -> None:
    """Run the command line and exit with one of :class:`ocr.ExitCode`."""
    guard_streams()
    try:
        with orderly_end():
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
    except SystemExit:
        code = ExitCode.OK  # click raises it where nobody reads the help any more (ocr --help | head)
    except (KeyboardInterrupt, click.Abort):
        click.echo("ocr: interrupted", err=True)
        code = ExitCode.INTERRUPTED
    finish_stdout()
    sys.exit(int(code or 0))
