"""The journal of a batch on one machine: what became of each file, in SQLite.

The file is in WAL mode with ``synchronous=NORMAL``: a commit outlives the death of any process, and after a power cut
the journal is as it was some commits ago, never damaged. It may then know less than was done, and never more, because
an output is on the disk before it is recorded (``docs/scale.md``).
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ocr import __version__
from ocr.batch.database import APPLICATION, VERSION, check_version, connected, is_blank, reported
from ocr.batch.inputs import Found, place_of
from ocr.batch.names import candidates, key_of
from ocr.batch.task import Row, State, Task, Work
from ocr.errors import UsageError

__all__ = ["NAME", "Added", "Journal"]

NAME = ".ocr-batch.sqlite"
CHUNK = 500
"""Rows that are added in one transaction, or fetched at once."""

TABLES = """
CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE runs (
    id INTEGER PRIMARY KEY, host TEXT NOT NULL, workers INTEGER NOT NULL, began REAL NOT NULL, last REAL NOT NULL);
CREATE TABLE files (
    id INTEGER PRIMARY KEY,
    place BLOB NOT NULL UNIQUE,
    path BLOB NOT NULL,
    name BLOB NOT NULL,
    key BLOB NOT NULL UNIQUE,
    state TEXT NOT NULL,
    size INTEGER,
    changed INTEGER,
    hash TEXT NOT NULL DEFAULT '',
    pages INTEGER NOT NULL DEFAULT 0,
    lost INTEGER NOT NULL DEFAULT 0,
    seconds REAL NOT NULL DEFAULT 0,
    kind TEXT NOT NULL DEFAULT '',
    message TEXT NOT NULL DEFAULT '',
    warnings INTEGER NOT NULL DEFAULT 0,
    run INTEGER,
    ended REAL);
CREATE INDEX by_state ON files (state, id);
CREATE INDEX by_hash ON files (hash) WHERE hash != '';
"""

Exists = Callable[[str], bool]
"""Whether all outputs of a name are there."""


@dataclass(frozen=True, slots=True)
class Added:
    """What a listing brought.

    Attributes:
        new: files that the journal did not have.
        again: files that changed, or whose output is gone.
        renamed: the first new file whose output could not have its usual name, and that name.
        others: how many such files there are besides.
    """

    new: int = 0
    again: int = 0
    renamed: tuple[str, str] | None = None
    others: int = 0


class Journal:
    """The files of a batch and their states. Use it in one thread, in a ``with`` block.

    Args:
        path: of the SQLite file; it is created where it is missing.
        work: what the files are read for.
        workers: of this run, for the record.
        output: name of the output directory, for messages.

    Raises:
        UsageError: the journal is that of another version, or of other settings.
        OutputError: it cannot be opened or written.
    """

    def __init__(self, path: Path, work: Work, workers: int, output: str) -> None:
        self.path = path
        with reported(path):
            fresh = not path.exists()
            self._db = connected(path)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=NORMAL")
            if fresh or is_blank(self._db):
                self._create(work)
            else:
                check_version(self._db, path)
                self._check_settings(work, output)
            began = time.time()
            values = (socket.gethostname(), workers, began, began)
            self._run = self._db.execute("INSERT INTO runs (host, workers, began, last) VALUES (?, ?, ?, ?)", values)
            self.run = self._run.lastrowid

    def add(self, found: Iterable[Found], exists: Exists) -> Added:
        """Enter files. One that was read already waits again if it changed, or if its output is gone.

        Args:
            found: the files; a name that is taken is replaced by another one, which stays.
            exists: whether the outputs of a name are there.
        """
        new = again = others = 0
        renamed: tuple[str, str] | None = None
        todo = iter(found)
        while chunk := [item for item, _ in zip(todo, range(CHUNK), strict=False)]:
            with self._transaction():
                for item in chunk:
                    known = self._one("SELECT * FROM files WHERE place = ?", place_of(item.path))
                    if known is not None:
                        again += self._seen_again(known, item, exists)
                        continue
                    name = self._enter(item)
                    new += 1
                    if name != item.name.with_suffix("").as_posix():
                        others += renamed is not None
                        renamed = renamed or (item.path, name)
        return Added(new, again, renamed, others)

    def retry_failed(self) -> int:
        """Let failed files, and those with lost pages, wait again; how many."""
        with self._transaction():
            changed = self._db.execute(
                "UPDATE files SET state = ?, hash = '' WHERE state IN (?, ?)",
                (State.WAITING, State.FAILED, State.PARTIAL),
            )
        return changed.rowcount

    def recover(self) -> list[Task]:
        """Files that an earlier run had written but not named when it was killed; those it was reading wait again."""
        with self._transaction():
            self._db.execute("UPDATE files SET state = ? WHERE state = ?", (State.WAITING, State.RUNNING))
        return [_task(row) for row in self._all("SELECT * FROM files WHERE state = ?", State.WRITTEN)]

    def waiting(self) -> Iterator[Task]:
        """Files that wait, in order; more may be added, and states changed, in the meantime."""
        last = 0
        while rows := self._all(
            "SELECT * FROM files WHERE state = ? AND id > ? ORDER BY id LIMIT ?", State.WAITING, last, CHUNK
        ):
            last = rows[-1]["id"]
            yield from map(_task, rows)

    def count(self, *states: State) -> int:
        """How many files have one of these states."""
        marks = ", ".join("?" * len(states))
        return int(self._all(f"SELECT count(*) FROM files WHERE state IN ({marks})", *states)[0][0])

    def running(self, task: Task) -> None:
        """A file is begun."""
        self._update(task, state=State.RUNNING)

    def written(self, task: Task, row: Row) -> None:
        """The outputs of a file are complete under temporary names; with them, it is not read again."""
        self._update(task, state=State.WRITTEN, **_columns(row))

    def finished(self, task: Task, row: Row | None = None) -> None:
        """A file is done: its outputs have their names, or it failed.

        Args:
            task: the file.
            row: what became of it, where :meth:`written` has not said so.
        """
        with self._transaction():
            if row is not None:
                self._update(task, state=row.state, **_columns(row))
            else:
                self._db.execute(
                    "UPDATE files SET state = iif(lost > 0 OR kind != '', ?, ?) WHERE id = ?",
                    (State.PARTIAL, State.DONE, int(task.id)),
                )
            self._db.execute("UPDATE runs SET last = ? WHERE id = ?", (time.time(), self.run))

    def wait_again(self, task: Task) -> None:
        """A file has to be read after all."""
        self._update(task, state=State.WAITING)

    def unchanged(self, task: Task) -> bool:
        """Whether the file was read before with the same content."""
        known = self._one("SELECT hash, ended FROM files WHERE id = ?", int(task.id))
        return known is not None and known["ended"] is not None and known["hash"] == task.hash

    def twin(self, task: Task) -> tuple[Task, Row] | None:
        """Another file with the same content that was read without an error, and its row."""
        row = self._one(
            "SELECT * FROM files WHERE hash = ? AND state = ? AND id != ? LIMIT 1", task.hash, State.DONE, int(task.id)
        )
        if row is None:
            return None
        return _task(row), Row(State.DONE, row["pages"], hash=row["hash"], warnings=row["warnings"], ended=time.time())

    def is_input(self, path: str) -> bool:
        """Whether a path is that of a file to read."""
        return self._one("SELECT 1 FROM files WHERE place = ?", place_of(path)) is not None

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _create(self, work: Work) -> None:
        with self._transaction():
            for statement in TABLES.split(";\n"):
                self._db.execute(statement)
            values = {"work": json.dumps(work.settings), "program": __version__, "began": str(time.time())}
            self._db.executemany("INSERT INTO settings VALUES (?, ?)", list(values.items()))
            self._db.execute(f"PRAGMA application_id={APPLICATION}")
            self._db.execute(f"PRAGMA user_version={VERSION}")

    def _check_settings(self, work: Work, output: str) -> None:
        if not self._all("SELECT 1 FROM files LIMIT 1"):  # nothing was listed, so nothing was begun
            with self._transaction():
                self._db.execute("UPDATE settings SET value = ? WHERE name = 'work'", (json.dumps(work.settings),))
            return
        known = self._one("SELECT value FROM settings WHERE name = 'work'")
        earlier = json.loads(known["value"]) if known else {}
        if differences := work.differences(earlier):
            raise UsageError(
                f"{output}: this batch was begun with other settings ({differences}); go on with the same ones, or "
                "write to another directory with -o"
            )

    def _enter(self, item: Found) -> str:
        """Add a file under the first name that is free."""
        path, size, changed = os.fsencode(item.path), item.size, item.changed
        for name in candidates(item.name, item.path):
            with contextlib.suppress(sqlite3.IntegrityError):
                self._db.execute(
                    "INSERT INTO files (place, path, name, key, state, size, changed) VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (place_of(item.path), path, os.fsencode(name), key_of(name), State.WAITING, size, changed),
                )
                return name
        raise UsageError(f"{item.path}: no name is free for its output; rename it")

    def _seen_again(self, known: sqlite3.Row, item: Found, exists: Exists) -> bool:
        """Whether a file that is in the journal has to be read again."""
        same = item.size is None or (item.size, item.changed) == (known["size"], known["changed"])
        state, name = known["state"], os.fsdecode(known["name"])
        if state not in (State.DONE, State.PARTIAL, State.FAILED):
            again = False
        else:
            again = not same or (state != State.FAILED and not exists(name))
        if again or not same:
            self._db.execute(
                "UPDATE files SET state = ?, size = ?, changed = ? WHERE id = ?",
                (State.WAITING if again else state, item.size, item.changed, known["id"]),
            )
        return again

    def _update(self, task: Task, **values: Any) -> None:
        assignments = ", ".join(f"{column} = ?" for column in (*values, "run"))
        with reported(self.path):
            self._db.execute(f"UPDATE files SET {assignments} WHERE id = ?", (*values.values(), self.run, int(task.id)))

    def _all(self, statement: str, *values: Any) -> list[sqlite3.Row]:
        with reported(self.path):
            return self._db.execute(statement, values).fetchall()

    def _one(self, statement: str, *values: Any) -> sqlite3.Row | None:
        rows = self._all(statement, *values)
        return rows[0] if rows else None

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        with reported(self.path):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise


def _task(row: sqlite3.Row) -> Task:
    return Task(str(row["id"]), os.fsdecode(row["path"]), os.fsdecode(row["name"]), hash=row["hash"])


def _columns(row: Row) -> dict[str, Any]:
    message = row.message.encode("utf-8", "replace").decode()
    return {
        "hash": row.hash,
        "pages": row.pages,
        "lost": row.lost,
        "seconds": row.seconds,
        "kind": row.kind,
        "message": message,
        "warnings": row.warnings,
        "ended": row.ended,
    }
