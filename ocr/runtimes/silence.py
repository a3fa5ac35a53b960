"""What libraries in C print while they are loaded."""

from __future__ import annotations

import contextlib
import ctypes
import os
from collections.abc import Iterator

__all__ = ["silence"]

STANDARD = (1, 2)
"""Descriptors of stdout and stderr."""


@contextlib.contextmanager
def silence() -> Iterator[None]:
    """While the block runs, what is written to stdout and stderr is lost, also what a library in C has buffered.

    It is for chatter that nobody can act on (which instructions a processor has), in blocks whose failures are raised.
    The descriptors are those of the whole process.
    """
    libc = ctypes.CDLL("msvcrt" if os.name == "nt" else None)
    libc.fflush(None)
    kept: dict[int, int] = {}
    for number in STANDARD:
        with contextlib.suppress(OSError):  # it is closed
            kept[number] = os.dup(number)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for number in kept:
        os.dup2(nowhere, number)
    os.close(nowhere)
    try:
        yield
    finally:
        libc.fflush(None)
        for number, copy in kept.items():
            os.dup2(copy, number)
            os.close(copy)
