"""The file or bytes that an input was opened from: the same at every opening, or an error."""

from __future__ import annotations

import io
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ocr.errors import InputError
from ocr.source.page import in_shell

__all__ = ["MAX_PIPED", "Original", "original_of"]

MAX_PIPED = 1 << 30
"""Bytes. What comes through a pipe is held in memory; more is refused."""

Identity = tuple[int, int, int, int]
"""Device, inode, size in bytes and time of the last change in nanoseconds."""


@dataclass(frozen=True, slots=True)
class Original:
    """What an input was opened from.

    Every opening, and every :meth:`check`, makes sure that the file is still the one that was opened first: a file
    that is replaced, overwritten, cut or deleted while it is read must not give its text to the pages of another.

    Attributes:
        data: an absolute path or bytes.
        name: for messages.
        identity: of the file when it was opened first; None for bytes.
    """

    data: Path | bytes
    name: str
    identity: Identity | None = None

    def open(self) -> BinaryIO:
        """A new binary file object at its first byte.

        Raises:
            InputError: the file changed since it was opened first.
        """
        if isinstance(self.data, bytes):
            return io.BytesIO(self.data)
        try:
            file = self.data.open("rb")
        except OSError as error:
            raise self._changed(_missing(error)) from error
        if _identity(os.fstat(file.fileno())) != self.identity:
            file.close()
            raise self._changed("it is not the file that was opened first")
        return file

    def check(self) -> None:
        """Make sure that the file is as it was.

        Raises:
            InputError: it is not.
        """
        if isinstance(self.data, bytes) or self.identity is None:
            return
        try:
            now = _identity(self.data.stat())
        except OSError as error:
            raise self._changed(_missing(error)) from error
        if now[:2] != self.identity[:2]:
            raise self._changed("another file took its place")
        if now != self.identity:
            raise self._changed("it was written to")

    def _changed(self, how: str) -> InputError:
        return InputError(
            f"{self.name}: the file changed while it was read ({how}); "
            "run the same command again when nothing writes to the file"
        )


def original_of(path: Path, name: str) -> Original:
    """The original at a path. A pipe or device is read to its end and becomes bytes.

    Raises:
        InputError: it cannot be opened or read, or a pipe gives more than ``MAX_PIPED`` bytes.
    """
    shown, folder = in_shell(str(path)), in_shell(str(path.parent))
    try:
        with path.open("rb") as file:
            state = os.fstat(file.fileno())
            if stat.S_ISREG(state.st_mode):
                file.read(1)  # a file that can be opened but not read fails here
                return Original(path.absolute(), name, _identity(state))
            data = file.read(MAX_PIPED + 1)
    except FileNotFoundError:
        raise InputError(f"{path}: there is no such file; look in its folder: ls -l {folder}") from None
    except IsADirectoryError:
        raise InputError(f"{path}: this is a directory; give one of the files in it: ls -l {shown}") from None
    except ValueError as error:
        raise InputError(f"{str(path)!r}: not a possible file name ({error})") from None
    except OSError as error:
        raise InputError(
            f"{path}: cannot be opened ({error.strerror}); check its permissions: ls -l {shown}"
        ) from error
    if len(data) > MAX_PIPED:
        raise InputError(f"{path}: it gives more than {MAX_PIPED >> 20} MB; save it to a file and read that")
    return Original(data, name)


def _identity(state: os.stat_result) -> Identity:
    return state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns


def _missing(error: OSError) -> str:
    return "it was deleted" if isinstance(error, FileNotFoundError) else f"{error.strerror}"
