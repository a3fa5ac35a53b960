"""The SQLite file of a journal: opened, told from other files, and its errors as ours."""

from __future__ import annotations

import contextlib
import shlex
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from ocr import __version__
from ocr.errors import InputError, OutputError, UsageError

__all__ = ["APPLICATION", "VERSION", "begun", "check_version", "connected", "is_blank", "reported"]

VERSION = 1
"""Of the tables; a program refuses a journal of another version."""
APPLICATION = 0x6F637262
"""Marks the file as a journal (``PRAGMA application_id``): the letters ocrb."""


def connected(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
    """A connection whose rows have names."""
    mode = "ro" if read_only else "rwc"
    db = sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True, isolation_level=None, timeout=30)
    db.row_factory = sqlite3.Row
    return db


def is_blank(db: sqlite3.Connection) -> bool:
    """Whether a database has no tables: a run was killed before it made them."""
    return db.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone() is None


def begun(path: Path) -> bool:
    """Whether there is a journal, and a run has entered files in it.

    Raises:
        UsageError: the file is no journal, or one of another version.
        OutputError: it cannot be opened.
    """
    if not path.exists():
        return False
    with reported(path), contextlib.closing(connected(path, read_only=True)) as db:
        if is_blank(db):
            return False
        check_version(db, path)
        return db.execute("SELECT 1 FROM files LIMIT 1").fetchone() is not None


def check_version(db: sqlite3.Connection, path: Path) -> None:
    """Refuse what is no journal, or is one of another version.

    Raises:
        UsageError: see above.
    """
    try:
        application = db.execute("PRAGMA application_id").fetchone()[0]
        version = db.execute("PRAGMA user_version").fetchone()[0]
    except sqlite3.DatabaseError as error:
        raise UsageError(_strange(path, str(error))) from error
    if application != APPLICATION:
        raise UsageError(_strange(path, "another program's database"))
    if version != VERSION:
        raise UsageError(
            f"{path}: a journal of version {version}, and this program ({__version__}) keeps version {VERSION}; go on "
            "with the program that began it, or write to another directory with -o"
        )


def _strange(path: Path, fault: str) -> str:
    moved = shlex.quote(f"{path}.old")
    return f"{path}: not a journal of ocr batch ({fault}); move it away: mv {shlex.quote(str(path))} {moved}"


@contextlib.contextmanager
def reported(path: Path) -> Iterator[None]:
    """Errors of SQLite as ours.

    Raises:
        UsageError: the file is no database.
        InputError: it is damaged.
        OutputError: it cannot be written.
    """
    folder = shlex.quote(str(path.parent))
    try:
        yield
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            look = f"fuser {shlex.quote(str(path))}"
            raise OutputError(f"{path}: another program keeps the journal locked; end it: {look}") from error
        raise OutputError(
            f"{path}: the journal cannot be used ({error}); check: ls -ld {folder}; df -h {folder}"
        ) from (error)
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.IntegrityError):
            raise
        if "not a database" in str(error):
            raise UsageError(_strange(path, str(error))) from error
        raise InputError(
            f"{path}: the journal is damaged ({error}); the outputs are not; begin again in another directory with -o"
        ) from error
