"""The files of a batch: folders, glob patterns, manifests, single files and URLs, listed one by one."""

from __future__ import annotations

import functools
import glob
import itertools
import json
import os
import re
import shlex
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath
from typing import Any, TextIO

from ocr.errors import InputError, OcrError, UsageError
from ocr.folders import SUFFIXES, walk

__all__ = ["Found", "is_url", "listed", "place_of", "settled"]

URL = re.compile(r"[a-z][a-z0-9+.-]+://", re.IGNORECASE)
WILD = re.compile(r"[*?[]")
BOM = "\ufeff"
"""Byte order mark, which some editors put before the first line of a list."""
OURS = ".ocr-batch"
"""Beginning of the names of what a batch keeps in its output directory."""

Warn = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Found:
    """A file to read.

    Attributes:
        path: a path or a URL, as it is named in messages.
        name: below the output directory, with its suffix.
        size: bytes; None where it was not looked at.
        changed: time of the last change, in nanoseconds.
    """

    path: str
    name: PurePath
    size: int | None = None
    changed: int | None = None


def is_url(path: str) -> bool:
    """Whether a path is a URL of fsspec, such as ``s3://bucket/scans`` or ``https://host/a.pdf``."""
    return bool(URL.match(path))


def place_of(path: str) -> bytes:
    """The same for all ways to write the path of a file; a URL is its own."""
    if is_url(path):
        return path.encode("utf-8", "surrogateescape")
    folder, name = os.path.split(path)
    return os.fsencode(os.path.join(_real(folder), name))


def listed(
    arguments: Sequence[str],
    manifests: Sequence[str] = (),
    *,
    output: Path | str | None = None,
    warn: Warn = lambda _: None,
) -> Iterator[Found]:
    """The files that arguments stand for.

    Args:
        arguments: files, directories (to any depth), patterns such as ``'scans/**/*.pdf'``, URLs of files and
            directories, ``@FILE`` for a manifest, and ``-`` for one on stdin.
        manifests: further manifests: a path or URL on each line, or a JSON object ``{"path": ..., "name": ...}``.
        output: the output directory or its URL, which is left out where it lies in one that is searched.
        warn: called with a message about each argument that stands for no file, and each directory that cannot be read.

    Raises:
        UsageError: a manifest cannot be read, or a line of it is no path.
        DependencyError: a URL needs a package that is not installed.
        InputError: a URL cannot be listed.
    """
    for argument in arguments:
        yield from _argument(argument, output, warn)
    for manifest in manifests:
        yield from _manifest(manifest, warn)


def _argument(argument: str, output: Path | str | None, warn: Warn) -> Iterator[Found]:
    folder = None if output is None or is_url(str(output)) else Path(output)
    if argument == "-" or (argument.startswith("@") and not os.path.exists(argument)):
        yield from _manifest(argument.removeprefix("@"), warn)
    elif is_url(argument):
        yield from _url(argument, None if output is None or folder else str(output), warn)
    elif os.path.isdir(argument):
        yield from _folder(argument, folder, warn)
    elif WILD.search(argument) and not os.path.lexists(argument):
        yield from _pattern(argument, folder, warn)
    else:
        yield _stated(argument, PurePath(PurePath(argument).name or "output"))


def _folder(argument: str, output: Path | None, warn: Warn) -> Iterator[Found]:
    def fail(error: OSError) -> None:
        name = shlex.quote(str(error.filename))
        warn(f"{error.filename}: the directory cannot be read ({error.strerror}); check: ls -ld {name}")

    root, any_file = Path(argument), False
    for path, readable in walk(root, True, output, fail):
        if readable:
            any_file = True
            yield _stated(str(path), path.relative_to(root))
    if not any_file:
        warn(f"{argument}: there is no PDF or picture in this directory; see: ls -lR {shlex.quote(argument)}")


def _pattern(argument: str, output: Path | None, warn: Warn) -> Iterator[Found]:
    root = PurePath(*itertools.takewhile(lambda part: not WILD.search(part), PurePath(argument).parts))
    any_file = False
    kept = os.path.realpath(output) + os.sep if output is not None else None
    for path in glob.iglob(argument, recursive=True):
        if os.path.isfile(path) and not (kept and os.path.realpath(path).startswith(kept)):
            any_file = True
            yield _stated(path, PurePath(os.path.relpath(path, root)))
    if not any_file:
        warn(f"{argument}: no file matches this pattern; see: ls -d {argument}")


def _url(argument: str, output: str | None, warn: Warn) -> Iterator[Found]:
    from ocr.batch.places import filesystem, said

    if argument.lower().startswith(("http://", "https://")):
        yield Found(argument, _plain_name(argument))
        return
    try:
        fs, root = filesystem(argument)
        if WILD.search(argument):
            base = re.split(r"[^/]*[*?\[]", root)[0].rstrip("/")
            paths = fs.glob(root)
        elif fs.isfile(root):
            yield Found(argument, PurePosixPath(PurePosixPath(root).name))
            return
        else:
            base, paths = root.rstrip("/"), fs.find(root)
    except (OcrError, GeneratorExit):
        raise
    except Exception as error:  # every store has errors of its own
        advice = "check the address and the access rights"
        raise InputError(f"{argument}: cannot be listed ({said(error)}); {advice}") from error
    kept = filesystem(output)[1] if output and output.partition("://")[0] == argument.partition("://")[0] else None
    any_file = False
    for path in sorted(paths):
        name = PurePosixPath(path).relative_to(base)
        hidden = any(part.startswith(".") for part in name.parts)
        if hidden or (kept and kept != base and path.startswith(f"{kept}/")):
            continue
        if name.suffix.lower() in SUFFIXES:
            any_file = True
            yield Found(fs.unstrip_protocol(path), name)
    if not any_file:
        warn(f"{argument}: there is no PDF or picture below this URL; check its name, and the access rights")


def _manifest(path: str, warn: Warn) -> Iterator[Found]:
    """The files of a manifest; relative paths are relative to the working directory."""
    any_entry = False
    for number, line in enumerate(_lines(path), 1):
        entry, where = line.removeprefix(BOM if number == 1 else "").strip(), f"{path or '-'}: line {number}"
        if not entry:
            continue
        any_entry = True
        name: object = None
        if entry.startswith("{"):
            entry, name = _entry(entry, where)
        _check(entry, "path", where)
        _check(str(name), "name", where)
        chosen = _plain_name(entry) if name is None else _safe(PurePosixPath(str(name)), entry)
        yield Found(entry, chosen) if is_url(entry) else _stated(entry, chosen)
    if not any_entry:
        warn(f"{path or '-'}: the list names no file; write a path or URL on each line")


def _check(value: str, what: str, where: str) -> None:
    """Refuse what no file system has as a name."""
    if "\0" in value:
        raise UsageError(f"{where}: a {what} cannot have a NUL character; give one path a line")
    try:
        value.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError as error:
        character = value[error.start].encode("unicode_escape").decode()
        raise UsageError(f"{where}: a {what} cannot have the character {character}; correct the list") from error


def _entry(line: str, where: str) -> tuple[str, object]:
    try:
        value: Any = json.loads(line)
    except ValueError as error:
        raise UsageError(f"{where}: not a JSON object ({error}); write a path, or {{'path': ..., 'name': ...}}") from (
            error
        )
    if not isinstance(value.get("path"), str) or not value["path"] or not isinstance(value.get("name", ""), str):
        raise UsageError(f'{where}: must be {{"path": "...", "name": "..."}} with a path; name may be left out')
    return value["path"], value.get("name")


def _lines(path: str) -> Iterator[str]:
    if path in {"", "-"}:
        stdin: TextIO | None = sys.stdin
        if stdin is None:
            raise UsageError("-: standard input is closed; give a manifest: ocr batch @list.txt -o OUT")
        stdin.reconfigure(errors="surrogateescape")  # type: ignore[attr-defined]
        yield from stdin
        return
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            yield from file
    except OSError as error:
        look = shlex.quote(path)
        raise UsageError(f"{path}: the manifest cannot be read ({error.strerror}); check: ls -l {look}") from error


def _plain_name(path: str) -> PurePath:
    """The path without its root or protocol, so that folders stay."""
    if is_url(path):
        path = URL.sub("", path).partition("?")[0].partition("#")[0]
    return _safe(PurePath(path), path)


def _safe(name: PurePath, path: str) -> PurePath:
    """A name that stays below the output directory."""
    parts = [part for part in name.parts if part not in {name.anchor, "..", "."}]
    if not parts:
        raise UsageError(f"{path!r}: not the name of a file; name files in the manifest")
    if parts[0].startswith(OURS):
        raise UsageError(f"{path!r}: names that begin with {OURS} are those of the journal; give it another name")
    return PurePath(*parts)


def _stated(path: str, name: PurePath) -> Found:
    try:
        state = os.stat(path)
    except (OSError, ValueError):  # opening it will say why
        return Found(path, name)
    return Found(path, name, state.st_size, state.st_mtime_ns)


@functools.lru_cache(maxsize=1024)
def _real(folder: str) -> str:
    return os.path.realpath(folder)


def settled(found: Iterable[Found], before: dict[str, tuple[int | None, int | None]]) -> Iterator[Found]:
    """Those files that are as they were the last time; the others may still be being written.

    Args:
        found: the files of a listing.
        before: size and time of each path at the last listing; it is brought up to date.
    """
    for item in found:
        now = item.size, item.changed
        if before.get(item.path) == now and item.size:
            yield item
        before[item.path] = now
