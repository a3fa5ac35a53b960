"""What libtiff says while Pillow decodes with it: Pillow goes on after many of its errors without a word."""

from __future__ import annotations

import ctypes
import ctypes.util
import functools
import glob
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import PIL

__all__ = ["listen", "overheard"]

HANDLER = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_void_p)
"""``TIFFErrorHandlerExt``: file, function, format, and its arguments, which are left alone."""
MOST = 1000
"""Errors of one picture that are kept."""


class _Heard(threading.local):
    """The errors of each thread; None while it does not listen."""

    errors: list[str] | None = None


HEARD = _Heard()


def _on_error(_file: int, _function: bytes, form: bytes, _arguments: int) -> None:
    errors = HEARD.errors
    if errors is not None and len(errors) < MOST:
        errors.append((form or b"").decode("latin-1"))


HANDLE = HANDLER(_on_error)
"""Kept for as long as libtiff may call it."""


@functools.cache
def listen() -> bool:
    """Keep libtiff from printing to the terminal, and hear its errors; whether Pillow's libtiff was found."""
    libraries = Path(PIL.__file__).parent.parent / "pillow.libs"
    bundled = glob.glob(str(libraries / "libtiff*"))
    for library in bundled or filter(None, [ctypes.util.find_library("tiff")]):
        try:
            loaded = ctypes.CDLL(library)
            for name, handler in (
                ("TIFFSetErrorHandler", None),
                ("TIFFSetWarningHandler", None),
                ("TIFFSetErrorHandlerExt", HANDLE),
            ):
                setter = getattr(loaded, name)
                setter.argtypes, setter.restype = [ctypes.c_void_p], ctypes.c_void_p
                setter(handler)
        except (OSError, AttributeError):
            continue
        return True
    return False


@contextmanager
def overheard() -> Iterator[list[str]]:
    """The errors, as formats of ``printf``, that libtiff has in this thread in the block."""
    listen()
    before, HEARD.errors = HEARD.errors, []
    try:
        yield HEARD.errors
    finally:
        HEARD.errors = before
