"""Standard streams that are closed or cannot be written: an error with its exit code, never a traceback."""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING

from ocr.errors import OutputError

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

__all__ = ["finish_stdout", "guard_streams"]

ACCESS = (os.O_WRONLY, os.O_RDONLY, os.O_WRONLY)
"""How stdin, stdout and stderr are opened on the null device where they are closed: reading the first and writing the
second fail, messages to the third are lost."""


class Stdout(io.FileIO):
    """File descriptor 1; a full disk or a closed stream is an :class:`ocr.OutputError`."""

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
    everything printed would go into that file.
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
    encoding, errors = getattr(sys.stdout, "encoding", "utf-8"), getattr(sys.stdout, "errors", "strict")
    buffer = io.BufferedWriter(Stdout(1, "w", closefd=False))
    sys.stdout = io.TextIOWrapper(buffer, encoding, errors, line_buffering=os.isatty(1))


def finish_stdout() -> None:
    """Flush stdout; what cannot be written is discarded, because Python flushes once more at exit and would fail."""
    try:
        sys.stdout.flush()
    except (OSError, OutputError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
