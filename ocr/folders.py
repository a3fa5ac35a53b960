"""The files that arguments of the command line stand for: those named, and those that a directory holds."""

from __future__ import annotations

import os
import re
import shlex
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

__all__ = ["SUFFIXES", "Found", "Search", "find", "walk"]

SUFFIXES = frozenset(
    ".pdf .tif .tiff .png .jpg .jpeg .jpe .jfif .webp .bmp .dib .gif .jp2 .j2k .jpx .avif .heic .heif .pnm .pbm .pgm "
    ".ppm .apng .mpo".split()
)
"""A file of a directory with one of these is read whatever it holds, so that a damaged one is reported."""

HEAD = 1024
"""Bytes that say what a file with another suffix is."""


@dataclass(frozen=True, slots=True)
class Found:
    """A file to read.

    Attributes:
        path: as it is opened and named in messages; ``-`` for stdin.
        name: of its output below an output directory: the file name, with the sub-directories of a directory that was
            searched recursively.
    """

    path: str
    name: PurePath

    @classmethod
    def file(cls, path: str) -> Found:
        """A file that was named."""
        return cls(path, PurePath(PurePath(path).name or "output"))


@dataclass(frozen=True, slots=True)
class Search:
    """What was found.

    Attributes:
        files: to read, in order.
        others: how many files of directories are no PDF or picture.
        faults: messages about directories that cannot be read, or hold nothing that can be read.
    """

    files: tuple[Found, ...]
    others: int
    faults: tuple[str, ...]


def find(arguments: Sequence[str], *, recursive: bool, output: Path | None) -> Search:
    """The files that arguments stand for, in natural order within a directory (page 2 before page 10).

    In a directory, a file is taken if its suffix or its first bytes are those of a PDF or picture. Hidden files,
    devices and pipes are left out, and links to directories are not followed.

    Args:
        arguments: files, directories and ``-``.
        recursive: whether directories are searched to any depth.
        output: the output directory, which is left out where it lies in one that is searched.
    """
    files: list[Found] = []
    others = 0
    faults: list[str] = []

    def fail(error: OSError) -> None:
        name = shlex.quote(str(error.filename))
        faults.append(f"{error.filename}: the directory cannot be read ({error.strerror}); check: ls -ld {name}")

    for argument in arguments:
        if argument in {"", "-"} or not os.path.isdir(argument):
            files.append(Found.file(argument))
            continue
        root, failed = Path(argument), len(faults)
        candidates = list(walk(root, recursive, output, fail))
        taken = [path for path, readable in candidates if readable]
        files += [Found(str(path), path.relative_to(root)) for path in taken]
        others += len(candidates) - len(taken)
        if not taken and len(faults) == failed:
            deeper = f"look in its sub-directories too: ocr read -r {shlex.quote(argument)}"
            look = f"see what is in it: ls -lR {shlex.quote(argument)}" if recursive else deeper
            faults.append(f"{argument}: there is no PDF or picture in this directory; {look}")
    return Search(tuple(files), others, tuple(faults))


def walk(
    root: Path, recursive: bool, output: Path | None, on_error: Callable[[OSError], None]
) -> Iterator[tuple[Path, bool]]:
    """The regular files of a directory in natural order, each with whether it is one to read; one folder at a time.

    Args:
        root: the directory.
        recursive: whether it is searched to any depth.
        output: the output directory, which is left out where it lies below ``root``.
        on_error: called for each directory that cannot be read.
    """
    kept = output.resolve() if output is not None and os.path.isdir(output) and not output.samefile(root) else None
    for folder, folders, names in os.walk(root, onerror=on_error):
        here = Path(folder)
        folders[:] = sorted(
            (name for name in folders if recursive and name[0] != "." and (here / name).resolve() != kept), key=_natural
        )
        for name in sorted(names, key=_natural):
            path = here / name
            if name[0] != "." and _regular(path):
                yield path, path.suffix.lower() in SUFFIXES or _looks_readable(path)


def _regular(path: Path) -> bool:
    """Whether a name in a directory is a file; a broken link counts, so that it is reported where its suffix fits."""
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except OSError:
        return True


def _looks_readable(path: Path) -> bool:
    """Whether the first bytes are those of a PDF or picture."""
    from ocr.source.formats import picture_format

    try:
        with path.open("rb") as file:
            head = file.read(HEAD)
    except OSError:
        return False
    return head.startswith(b"%PDF-") or picture_format(head) not in (
        "",
        "BMP",
        "PPM",
    )  # any text may begin with BM or P1


def _natural(name: str) -> tuple[list[tuple[int, str]], str]:
    """A key that sorts numbers by their value.

    Example:
        >>> sorted(["p10.png", "p2.png", "p1.png"], key=_natural)
        ['p1.png', 'p2.png', 'p10.png']
    """
    parts = re.split(r"([0-9]+)", name.casefold())
    return [(int(part), "") if part.isdecimal() else (0, part) for part in parts], name
