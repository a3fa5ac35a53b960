"""Standard streams: closed or full ones end in an error with its exit code, and stdout carries results alone."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO, cast

import click

from ocr.errors import OutputError
from ocr.output import DIVERTED

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

__all__ = ["echo", "finish_stdout", "guard_streams", "log_apart", "results", "results_apart"]

ACCESS = (os.O_WRONLY, os.O_RDONLY, os.O_WRONLY)
"""How stdin, stdout and stderr are opened on the null device where they are closed: reading the first and writing the
second fail, messages to the third are lost."""

RESULTS = "ocr.results"
"""Where a click context keeps the stream of results."""


class Stdout(io.FileIO):
    """A copy of file descriptor 1; a full disk or a closed stream is an :class:`ocr.OutputError`."""

    def write(self, data: ReadableBuffer, /) -> int:
        """Write some bytes.

        Raises:
            BrokenPipeError: nobody reads the pipe any more.
            OutputError: they cannot be written.
        """
        try:
            return super().write(data)
        except BrokenPipeError:
            raise
        except OSError as error:
            raise OutputError(
                f"standard output: cannot be written ({error.strerror}); check where it goes, or write to a file "
                "where the command has -o"
            ) from error


def guard_streams() -> None:
    """Make standard streams that were closed harmless, and errors of stdout an :class:`ocr.OutputError`.

    A closed descriptor is opened on the null device: otherwise the next file that is opened would take its number, and
    everything printed would go into that file. ``sys.stdout`` writes to a copy of descriptor 1, which is left to
    libraries (see :func:`results_apart`).
    """
    for number, access in enumerate(ACCESS):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, access)
    if sys.stderr is None:
        sys.stderr = open(2, "w", closefd=False)  # noqa: SIM115
    if sys.stdout is not sys.__stdout__:
        return  # someone who runs the command line in this process collects what it prints
    buffer = io.BufferedWriter(Stdout(os.dup(1), "w"))
    encoding = getattr(sys.stdout, "encoding", "utf-8")  # one that lacks a character must not end the program
    sys.stdout = io.TextIOWrapper(buffer, encoding, "backslashreplace", line_buffering=os.isatty(1))


@contextmanager
def results_apart(*, swallow: bool) -> Iterator[TextIO]:
    """While the block runs, what libraries print to stdout goes to stderr, or nowhere.

    Descriptor 1 stays diverted afterwards: the C library prints what it has buffered when the process ends.

    Args:
        swallow: whether such prints are lost.

    Yields:
        The real stdout, for results.
    """
    stdout = cast("TextIO", sys.stdout)
    with open(os.devnull, "w", encoding="utf-8") as null:
        if isinstance(raw := getattr(stdout.buffer, "raw", None), Stdout):
            DIVERTED[1] = raw.fileno()
            os.dup2(null.fileno() if swallow else 2, 1)
        sys.stdout = null if swallow else cast("TextIO", sys.stderr)
        try:
            yield stdout
            stdout.flush()
        finally:
            sys.stdout = stdout


@contextmanager
def log_apart() -> Iterator[TextIO]:
    """While the block runs, what libraries print to stderr is lost, so that a log there has nothing else in it.

    Descriptor 2 stays diverted afterwards where this process is the command line alone.

    Yields:
        The real stderr, for the log.
    """
    stderr = cast("TextIO", sys.stderr)
    log = stderr
    with open(os.devnull, "w", encoding="utf-8") as null:
        if stderr is sys.__stderr__:
            log = open(os.dup(2), "w", encoding="utf-8", errors="replace", buffering=1)  # noqa: SIM115
            DIVERTED[2] = log.fileno()
            os.dup2(null.fileno(), 2)
        sys.stderr = null
        try:
            yield log
        finally:
            sys.stderr = log


def results() -> TextIO:
    """The stream of results of the command that is running."""
    context = click.get_current_context(silent=True)
    return cast("TextIO", context.meta.get(RESULTS, sys.stdout) if context else sys.stdout)


def echo(message: str) -> None:
    """Print a line of results."""
    click.echo(message, file=results())


def finish_stdout() -> None:
    """Flush stdout; what cannot be written is discarded, because Python flushes once more at exit and would fail."""
    try:
        sys.stdout.flush()
    except (OSError, OutputError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
