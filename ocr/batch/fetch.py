"""Files are fetched and hashed in threads while others are read."""

from __future__ import annotations

import hashlib
import itertools
import os
import shlex
import tempfile
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from io import RawIOBase
from pathlib import Path
from typing import Any

from ocr.batch.inputs import is_url
from ocr.batch.places import PIECE, filesystem, hash_of, said
from ocr.batch.task import Task
from ocr.errors import InputError, OutputError

__all__ = ["Fetched", "fetch", "fetch_ahead", "fetched"]

THREADS = 4

Fetched = Task | Exception


def fetch(task: Task, folder: Path) -> Task:
    """The file of a task on this machine, with the hash of its bytes.

    Args:
        task: what to fetch.
        folder: for the copy of what a URL gives.

    Raises:
        InputError: it cannot be read.
        OutputError: the copy cannot be written.
    """
    from ocr.source.original import original_of

    path, hash = fetched(task.path, folder)
    original = original_of(path, task.path)
    data = original.data
    if not hash:
        hash = hash_of(data) if isinstance(data, Path) else hashlib.sha256(data).hexdigest()
    return replace(task, original=original, hash=hash)


def fetch_ahead(tasks: Iterable[Task], folder: Path, ahead: int) -> Iterator[tuple[Task, Fetched]]:
    """Tasks in order, each fetched or with the error of that; ``ahead`` of them are fetched while one is read."""
    todo = iter(tasks)
    with ThreadPoolExecutor(THREADS, thread_name_prefix="fetch") as threads:
        queue: deque[tuple[Task, Future[Task]]] = deque()
        try:
            while True:
                for task in itertools.islice(todo, ahead - len(queue)):
                    queue.append((task, threads.submit(fetch, task, folder)))
                if not queue:
                    return
                task, future = queue.popleft()
                error = future.exception()
                if error is not None and not isinstance(error, Exception):
                    raise error
                yield task, error if isinstance(error, Exception) else future.result()
        finally:
            threads.shutdown(wait=False, cancel_futures=True)


def fetched(path: str, folder: Path) -> tuple[Path, str]:
    """A file on this machine, and the SHA-256 of its bytes: the path itself, or a copy of what a URL gives.

    Raises:
        InputError: it cannot be read.
        OutputError: the copy cannot be written.
    """
    if not is_url(path):
        return Path(path), ""
    fs, remote = filesystem(path)
    digest = hashlib.sha256()
    try:
        handle, name = tempfile.mkstemp(dir=folder, prefix="fetched-")
    except OSError as error:
        look = f"df -h {shlex.quote(str(folder))}"
        raise OutputError(f"{folder}: a copy cannot be made in it ({error.strerror}); look: {look}") from error
    try:
        with open(handle, "wb", buffering=0) as copy:
            for data in _pieces(fs, remote, path):
                digest.update(data)
                _write_all(copy, data, name)
    except BaseException:
        os.unlink(name)
        raise
    return Path(name), digest.hexdigest()


def _write_all(copy: RawIOBase, data: bytes, name: str) -> None:
    """Write all of a piece, so that a full disk is told from a store that cannot be read."""
    rest = memoryview(data)
    try:
        while rest:
            rest = rest[copy.write(rest) or 0 :]
    except OSError as error:
        look = f"df -h {shlex.quote(os.path.dirname(name))}"
        raise OutputError(f"{name}: cannot be written ({error.strerror}); look: {look}") from error


def _pieces(fs: Any, remote: str, path: str) -> Iterator[bytes]:
    try:
        with fs.open(remote, "rb") as file:
            while data := file.read(PIECE):
                yield data
    except Exception as error:  # every store has errors of its own
        if isinstance(error, OutputError):
            raise
        fault = "there is no such file" if isinstance(error, FileNotFoundError) else said(error)
        raise InputError(f"{path}: cannot be fetched ({fault}); check the address and the access rights") from error
