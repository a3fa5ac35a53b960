"""One machine works through a journal.

Every file goes through the same steps, and a kill between any two of them loses nothing:

1. it is fetched and hashed, and marked as running;
2. a worker reads it and writes its outputs, under temporary names, to the disk;
3. the journal records what became of it (``WRITTEN``): from here on it is not read again;
4. the outputs get their names;
5. the journal marks it as done.
"""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from pathlib import Path

from ocr.batch.fetch import fetch_ahead
from ocr.batch.inputs import is_url
from ocr.batch.journal import Journal
from ocr.batch.places import Folder, Place
from ocr.batch.pool import OnPage, Pool
from ocr.batch.reader import failed, staged
from ocr.batch.task import Row, State, Task, Work
from ocr.errors import OutputError, UsageError

__all__ = ["PARTS", "Local", "OnRow", "replaces_input"]

PARTS = ".ocr-batch"
"""Folder for outputs that do not have their names yet."""

OF_THE_FILE = (errno.ENAMETOOLONG, errno.ENOTDIR, errno.EISDIR, errno.EILSEQ, errno.EINVAL)
"""An output that cannot be written for one of these says nothing about the others."""

OnRow = Callable[[Task, Row], None]


@dataclass(slots=True)
class Local:
    """Reads the files of a journal with a pool.

    Attributes:
        journal: what is to do, and what was done.
        place: where the outputs go.
        pool: reads; its folder is ``parts``.
        work: how to read.
        parts: for outputs without their names; what an earlier run left there is removed.
        on_row: called with each file that is done, and what became of it.
        on_page: called with each page of a large document.
    """

    journal: Journal
    place: Place
    pool: Pool
    work: Work
    parts: Path
    on_row: OnRow = lambda task, row: None
    on_page: OnPage = lambda path, page, total: None
    _left: int = 0
    _reading: set[str] = field(default_factory=set)
    _apart: set[str] = field(default_factory=set)

    def recover(self) -> None:
        """Finish what an earlier run was killed at, and remove the rest of its unfinished outputs.

        Raises:
            OutputError: outputs cannot be written.
        """
        for task in self.journal.recover():
            self._name(task)
        for path in self.parts.iterdir():
            with contextlib.suppress(OSError):
                path.unlink()

    def run(self) -> None:
        """Read every file that waits.

        Raises:
            DependencyError: a model or package is missing.
            OutputError: outputs cannot be written; what is done stays done.
        """
        while left := self.journal.count(State.WAITING):
            self._left = left
            tasks = self._tasks()
            with contextlib.closing(tasks):
                for task, row in self.pool.rows(tasks, few=self._few, on_page=self.on_page):
                    self._finish(task, row)

    def _few(self) -> bool:
        return self._left < 2 * self.pool.workers

    def _tasks(self) -> Generator[Task, None, None]:
        """The files that have to be read, fetched and marked as running."""
        for task, found in fetch_ahead(self.journal.waiting(), self.parts, 2 * self.pool.workers):
            self._left -= 1
            if isinstance(found, Exception):
                if isinstance(found, OutputError):
                    raise found
                self._record(task, failed(found, task))
            elif fault := replaces_input(self.place, self.journal, self.work, task):
                self._record(task, failed(fault, found))
            elif found.hash == task.hash and self.complete(task.name):
                self.journal.finished(task)  # only its date has changed
            elif not self._has_twin(found):
                self._reading.add(found.hash)
                self.journal.running(task)
                yield found

    def complete(self, name: str) -> bool:
        """Whether all outputs of a name are there."""
        return all(self.place.exists(name + suffix) for suffix in self.work.suffixes)

    def _has_twin(self, task: Task) -> bool:
        """Whether another file of the same content spares reading this one: now, or on the next round."""
        if self.work.names_input:
            return False
        if (found := self.journal.twin(task)) and self.complete(found[0].name):
            twin, row = found
            for suffix, path in staged(self.parts, task, self.work).items():
                self.place.fetch(twin.name + suffix, path)
            self._finish(task, row)
            return True
        return task.hash in self._reading and task.hash not in self._apart

    def _finish(self, task: Task, row: Row) -> None:
        """Record a file that was read, and give its outputs their names."""
        if row.state != State.DONE:
            self._apart.add(task.hash)  # its twins are read themselves
        self._reading.discard(task.hash)
        if is_url(task.path) and task.original is not None and isinstance(task.original.data, Path):
            task.original.data.unlink(missing_ok=True)
        if row.state == State.FAILED:
            self._record(task, row)
            return
        self.journal.written(task, row)
        self._name(task, row)

    def _name(self, task: Task, row: Row | None = None) -> None:
        """Give complete outputs their names; where some are gone, the file has to be read again."""
        try:
            for suffix, path in staged(self.parts, task, self.work).items():
                if path.exists():
                    self.place.publish(path, task.name + suffix)
                elif not self.place.exists(task.name + suffix):
                    self.journal.wait_again(task)
                    return
        except OutputError as error:
            cause = error.__cause__
            if isinstance(cause, OSError) and cause.errno not in OF_THE_FILE:
                raise
            self._record(task, failed(error, task))
            return
        self.journal.finished(task)
        if row is not None:
            self.on_row(task, row)

    def _record(self, task: Task, row: Row) -> None:
        self.journal.finished(task, row)
        self.on_row(task, row)


def replaces_input(place: Place, journal: Journal, work: Work, task: Task) -> UsageError | None:
    """The fault of a file whose output would have the name of an input."""
    if not isinstance(place, Folder):
        return None
    for suffix in work.suffixes:
        target = str(place.root / (task.name + suffix))
        if journal.is_input(target):
            return UsageError(f"{task.path}: its output would replace the input {target}; choose another -o DIR")
    return None
