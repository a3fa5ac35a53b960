"""Several machines, or processes, work on one store, without a service.

Each takes a group of files that nobody holds, reads its files, and marks the group as done; when none is free, it waits
for the others, and takes over the groups of those that died. Every output is *created*, never replaced: of two
machines that read the same file, because one was taken for dead, only the first writes, and the other one accepts that.
For each file:

1. it is fetched and read, its outputs are complete on a disk of this machine;
2. what became of it is recorded, with the hashes of its outputs;
3. the outputs are created.

A machine that takes over a group reads every file again whose outputs are not all there, and no others.
"""

from __future__ import annotations

import contextlib
import random
import socket
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from ocr.batch.fetch import fetch_ahead
from ocr.batch.groups import Groups
from ocr.batch.inputs import Found, is_url
from ocr.batch.leases import Leases
from ocr.batch.places import Place, hash_of
from ocr.batch.pool import OnPage, Pool
from ocr.batch.reader import failed, staged
from ocr.batch.task import Row, State, Task, Work
from ocr.errors import OutputError

__all__ = ["Shared"]

FIRST_WAIT = 0.1
"""Seconds before the store is looked at for the second time."""
POLLS = 10
"""Looks at the store while a lease becomes stale."""
LISTING = "list"
"""The lease of the process that lists the files."""

OnRow = Callable[[Task, Row], None]


@dataclass(slots=True)
class _Held:
    """A group that this process holds: its files, and what became of them so far."""

    tasks: list[Task]
    rows: dict[str, Row] = field(default_factory=dict)


@dataclass(slots=True)
class Shared:
    """Reads groups of a store with a pool.

    Attributes:
        place: the store.
        groups: in it.
        leases: of this process.
        pool: reads.
        work: how to read.
        parts: folder for outputs that are not created yet; of a folder, on the same file system.
        on_row: called with each file that this process has done.
        on_page: called with each page of a large document.
    """

    place: Place
    groups: Groups
    leases: Leases
    pool: Pool
    work: Work
    parts: Path
    on_row: OnRow = lambda task, row: None
    on_page: OnPage = lambda path, page, total: None
    _held: dict[str, _Held] = field(default_factory=dict)
    _numbers: dict[str, int] = field(default_factory=dict)
    _done: set[str] = field(default_factory=set)
    _host: str = field(default_factory=socket.gethostname)

    def prepare(self, found: Callable[[], Iterable[Found]], size: int) -> None:
        """Make the list of files, or wait for the process that does; with other settings than its, an error.

        Args:
            found: the files, if this is the first process.
            size: files in a group.
        """
        waits = self._waits()
        while not self.groups.load():
            if self.leases.take(LISTING):
                if not self.groups.load():
                    self.groups.create(found(), self.work, size)
                self.leases.release(LISTING)
            else:
                time.sleep(next(waits))
        self.groups.check(self.work)

    def retry_failed(self) -> int:
        """Let failed files, and those with lost pages, wait again; how many."""
        count = 0
        for name in self.groups.done():
            if all(row.state == State.DONE for _, row in self.groups.finished(name)):
                continue
            if number := self.leases.take(name):
                with contextlib.suppress(FileNotFoundError):
                    for task, row in self.groups.finished(name):
                        if row.state == State.PARTIAL:
                            self._unwrite(task)
                    count += self.groups.reopen(name, number)
                self.leases.release(name)
        return count

    def run(self) -> None:
        """Work until every group is done, by this process or another.

        Raises:
            DependencyError: a model or package is missing.
            OutputError: the store cannot be used; what is done stays done.
        """
        waits = self._waits()
        while True:
            tasks = self._tasks()
            with contextlib.closing(tasks):
                for task, row in self.pool.rows(tasks, few=self._few, on_page=self.on_page):
                    self._finish(task, row)
                    waits = self._waits()
            self._done = self.groups.done()
            if self._done.issuperset(self.groups.names):
                return
            time.sleep(next(waits))

    def _waits(self) -> Iterator[float]:
        """Seconds until the store is looked at again: few at first, for batches that others have nearly done."""
        most = self.leases.stale / POLLS
        wait = min(FIRST_WAIT, most)
        while True:
            yield wait
            wait = min(2 * wait, most)

    def _few(self) -> bool:
        return len(self.groups.names) - len(self._done) <= 1

    def _tasks(self) -> Generator[Task, None, None]:
        """Files to read, fetched, of one group after the other."""
        for task, found in fetch_ahead(self._files(), self.parts, 2 * self.pool.workers):
            if not isinstance(found, Exception):
                yield found
            elif isinstance(found, OutputError):
                raise found
            else:
                self._finish(task, failed(found, task))

    def _files(self) -> Iterator[Task]:
        self._done = self.groups.done()
        names = [name for name in self.groups.names if name not in self._done]
        random.shuffle(names)
        for name in names:
            if name in self._held or not (number := self.leases.take(name)):
                continue
            if self.groups.is_done(name):
                self.leases.release(name)
                continue
            self._numbers[name] = number
            held = self._held[name] = _Held(self.groups.tasks(name))
            self._adopt(name, held)
            yield from [task for task in held.tasks if task.id not in held.rows]
            self._close(name)

    def _adopt(self, name: str, held: _Held) -> None:
        """Take over what an earlier holder has finished."""
        rows = self.groups.rows(name)
        for task in held.tasks:
            for row in rows.get(task.id, ()):
                if row.state == State.FAILED or all(self.place.exists(task.name + s) for s in self.work.suffixes):
                    held.rows[task.id] = row
                    break

    def _finish(self, task: Task, row: Row) -> None:
        """Record a file, and create its outputs.

        What was read is not thrown away where the group is held by another process by now: if that has not created
        the outputs yet, it finds them here.
        """
        name = task.id.rpartition("-")[0]
        outputs = staged(self.parts, task, self.work)
        if is_url(task.path) and task.original is not None and isinstance(task.original.data, Path):
            task.original.data.unlink(missing_ok=True)
        if not self.leases.held(name):
            self._held.pop(name, None)
        if name in self._held or not self.groups.is_done(name):
            hashes = {suffix: hash_of(path) for suffix, path in outputs.items()} if row.state != State.FAILED else {}
            row = replace(row, outputs=hashes, host=self._host)
            self.groups.record(name, self._numbers[name], task, row)
            row = self._created(name, task, row, outputs)
            if name in self._held:
                self._held[name].rows[task.id] = row
                self.on_row(task, row)
                self._close(name)
        for path in outputs.values():
            path.unlink(missing_ok=True)

    def _created(self, name: str, task: Task, row: Row, outputs: dict[str, Path]) -> Row:
        """Create the outputs of a file; where others were first, the row is theirs."""
        for suffix in row.outputs:
            try:
                self.place.publish(outputs[suffix], task.name + suffix, new=True)
            except FileExistsError:
                there = self.place.hash(task.name + suffix)
                if there == row.outputs[suffix]:
                    continue
                rows = self.groups.rows(name).get(task.id, [])
                theirs = next((other for other in rows if other.outputs.get(suffix) == there), None)
                if theirs is None:
                    fault = f"{task.name}{suffix}: is there already, and not from this batch; move it away"
                    return failed(OutputError(f"{self.place.shown}: {fault}, then: --retry-failed"), task)
                row = theirs
        return row

    def _close(self, name: str) -> None:
        """Mark a group as done when all of its files are."""
        held = self._held.get(name)
        if held is None or len(held.rows) < len(held.tasks):
            return
        del self._held[name]
        if self.leases.held(name):
            self.groups.finish(name, ((task, held.rows[task.id]) for task in held.tasks))
            self._done.add(name)
        self.leases.release(name)

    def _unwrite(self, task: Task) -> None:
        """Remove the outputs of a file that is to be read again."""
        for suffix in self.work.suffixes:
            self.place.remove(task.name + suffix)
