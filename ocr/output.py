"""Output files appear complete or not at all: written under a temporary name, then renamed."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
import shlex
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from ocr.errors import OutputError, UsageError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

__all__ = ["DIVERTED", "alone", "named", "new_folder", "refuse_input", "replacing", "scratch_name"]

DIVERTED: dict[int, int] = {}
"""Descriptors that the command line has diverted, each with a copy of what it was: ``/dev/stdout`` means the copy."""

DESCRIPTOR = re.compile(r"/dev/fd/(\d+)|/proc/self/fd/(\d+)")

SETTLED = 2.0
"""Seconds. A younger file may belong to a process that is about to lock it."""


def refuse_input(target: Path, input: str | os.PathLike[str], *, option: str = "-o") -> None:
    """Check that an output does not replace an input, also under another name.

    Args:
        target: the file to write.
        input: the path of a file that is read; ``-`` is stdin.
        option: where the target was given, for the message.

    Raises:
        UsageError: both are the same file.
    """
    if input == "-" and not os.path.isfile(target):
        return  # a terminal or a device may be both
    with contextlib.suppress(OSError):  # one of them is not there, or stdin is closed
        if os.path.samestat(os.stat(target), os.fstat(0) if input == "-" else os.stat(input)):
            raise UsageError(f"{os.fspath(input)}: the output would replace the input; give another name with {option}")


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Open a binary file that gets the name ``path`` when the block succeeds, and is deleted when it fails.

    A device, a pipe and an open descriptor (``/dev/stdout``, ``/dev/fd/3``) are written to directly. A symbolic link
    stays, and the file that it points to is replaced.

    Raises:
        OutputError: the file cannot be written.

    Example:
        >>> with replacing(Path("out.txt")) as file:  # doctest: +SKIP
        ...     file.write(b"text")
    """
    _refuse_directory(path)
    if (number := _descriptor(path)) is not None:
        with _reported(path), open(os.dup(DIVERTED.get(number, number)), "wb") as stream:
            yield stream
        return
    if os.path.exists(path) and not os.path.isfile(path):
        with _reported(path), path.open("wb") as device:
            yield device
        return
    with _reported(path):
        target = path.resolve()  # fails where the working directory was deleted
    _refuse_protected(path, target)
    _remove_abandoned(target)
    scratch = target.with_name(scratch_name(target.name))
    with _reported(path):
        try:
            with scratch.open("xb") as file:
                _locked(file.fileno())
                yield file
                file.flush()
                os.fsync(file.fileno())
            if os.path.exists(target):
                shutil.copymode(target, scratch)
            os.replace(scratch, target)
            _sync_folder(target.parent)
        finally:
            scratch.unlink(missing_ok=True)


@contextlib.contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """A folder that gets the name ``path`` when the block succeeds, and is deleted when it fails.

    Raises:
        OSError: it cannot be made or renamed.
    """
    _remove_abandoned(path)
    scratch = path.with_name(scratch_name(path.name))
    try:
        scratch.mkdir()
        with contextlib.ExitStack() as lock:
            with contextlib.suppress(OSError):  # Windows opens no folders
                _locked(lock.enter_context(_opened(scratch)))
            yield scratch
        scratch.rename(path)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def named(complete: Path, path: Path, *, new: bool = False) -> None:
    """Give a complete file of the same file system its name; folders on the way are created.

    Args:
        complete: the file, which is on the disk already.
        path: its name; a file that has it is replaced.
        new: leave a file that has the name as it is, and keep ``complete``.

    Raises:
        FileExistsError: ``new``, and there is such a file.
        OutputError: the name cannot be given.
    """
    _refuse_directory(path)
    with _reported(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        if new:
            try:
                os.link(complete, path)
            except FileExistsError:
                raise FileExistsError(str(path)) from None
            complete.unlink()
        else:
            _refuse_protected(path, path)
            os.replace(complete, path)
        _sync_folder(path.parent)


def _descriptor(path: Path) -> int | None:
    """The open descriptor that a path names, itself or by links, such as ``/dev/stdout``."""
    name = os.path.abspath(path)
    for _ in range(40):  # as many links as Linux follows
        if match := DESCRIPTOR.fullmatch(name):
            return int(match[1] or match[2])
        try:
            name = os.path.abspath(os.path.join(os.path.dirname(name), os.readlink(name)))
        except OSError:  # no link
            return None
    return None


def _refuse_directory(path: Path) -> None:
    if os.path.isdir(path):
        raise OutputError(f"{path}: is a directory; to write into it, add a slash: -o {path}/")


def _refuse_protected(path: Path, target: Path) -> None:
    if os.path.exists(target) and not os.access(target, os.W_OK):
        quoted = shlex.quote(str(path))
        raise OutputError(f"{path}: is write-protected; choose another name, or allow it: chmod u+w {quoted}")


def _locked(descriptor: int) -> bool:
    """Lock an open file or folder until it is closed or its process ends; whether nobody else has locked it."""
    if fcntl is None:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:  # locked by another process, or a file system without locks
        return False
    return True


@contextlib.contextmanager
def alone(folder: Path, message: str) -> Iterator[None]:
    """While the block runs, no other process works on the same folder, where the file system can lock one.

    Args:
        folder: the folder.
        message: of the error if one does.

    Raises:
        UsageError: see above.
    """
    handle = os.open(folder, os.O_RDONLY) if fcntl is not None else -1
    try:
        if fcntl is not None:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise UsageError(message) from None
            except OSError:  # a file system without locks
                pass
        yield
    finally:
        if handle >= 0:
            os.close(handle)


def scratch_name(name: str) -> str:
    """A new temporary name, beside it, for what will be called ``name``."""
    return f".{_beginning(name)}.{secrets.token_hex(4)}.part"


def _beginning(name: str) -> str:
    """The first characters of a file name, so few that there is room for more: file systems count its bytes."""
    return name.encode(errors="ignore")[:100].decode(errors="ignore")


def _remove_abandoned(target: Path) -> None:
    """Remove unfinished files and folders of this target whose process has ended without doing so: it was killed."""
    ours = re.compile(rf"\.{re.escape(_beginning(target.name))}\.[0-9a-f]{{8}}\.part")
    with contextlib.suppress(OSError):
        for name in os.listdir(target.parent):
            if not ours.fullmatch(name):
                continue
            part = target.with_name(name)
            with contextlib.suppress(OSError), _opened(part) as descriptor:
                if time.time() - os.fstat(descriptor).st_mtime > SETTLED and _locked(descriptor):
                    shutil.rmtree(part) if part.is_dir() else part.unlink()


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[int]:
    """A descriptor of a file or a folder, to lock it."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _sync_folder(folder: Path) -> None:
    """Make a rename last through a power cut, where the system can do that."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextlib.contextmanager
def _reported(path: Path) -> Iterator[None]:
    folder = path.parent
    quoted = shlex.quote(str(folder))
    try:
        yield
    except OSError as error:
        if isinstance(error, FileExistsError) and not error.errno:
            raise
        if error.errno != errno.ENOENT or os.path.isdir(folder):
            fault = error.strerror or error
            check = f"ls -ld {quoted}; df -h {quoted}"
            raise OutputError(f"{path}: cannot be written ({fault}); check permissions and space: {check}") from error
        raise OutputError(f"{path}: the folder {folder} does not exist; create it: mkdir -p {quoted}") from error
