"""Files are fetched and hashed in threads while others are read."""

from __future__ import annotations

import hashlib
import itertools
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from ocr.batch.places import fetched, hash_of
from ocr.batch.task import Task

__all__ = ["Fetched", "fetch", "fetch_ahead"]

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
