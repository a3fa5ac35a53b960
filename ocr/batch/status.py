"""How far a batch is: counts, rate, time left, errors by kind, and what a million pages take and cost at this rate."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ocr.batch.database import check_version, connected, reported
from ocr.batch.task import State

__all__ = ["ErrorKind", "Status", "journal_rows", "journal_status", "status_lines"]

MILLION = 1_000_000
HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class ErrorKind:
    """Files with the same kind of error: how many, and the message of one of them."""

    kind: str
    files: int
    example: str


@dataclass(frozen=True, slots=True)
class Status:
    """How far a batch is.

    Attributes:
        files: number of files in each state.
        pages: that were read, those with errors included.
        lost: pages that could not be read.
        seconds: of work on pages, of all workers together.
        elapsed: seconds over which pages were read, idle time between runs left out.
        measured: pages that were read in that time.
        machines: that worked in it.
        errors: by kind, the most frequent first.
    """

    files: dict[State, int]
    pages: int
    lost: int
    seconds: float
    elapsed: float
    measured: int
    machines: int
    errors: tuple[ErrorKind, ...]

    @property
    def total(self) -> int:
        """All files."""
        return sum(self.files.values())

    @property
    def finished(self) -> int:
        """Files that are done, in part or not at all included."""
        return sum(self.files.get(state, 0) for state in (State.DONE, State.PARTIAL, State.FAILED))

    @property
    def missing(self) -> int:
        """Files that failed or lost pages."""
        return sum(self.files.get(state, 0) for state in (State.PARTIAL, State.FAILED))

    @property
    def rate(self) -> float:
        """Pages a second of all machines together; 0 where it is not known."""
        return self.measured / self.elapsed if self.elapsed > 0 else 0.0

    @property
    def left(self) -> float:
        """Seconds until the end, if the other files are like those that are finished; 0 where that is not known."""
        if not self.rate or not self.finished:
            return 0.0
        return (self.total - self.finished) * (self.pages / self.finished) / self.rate

    def million(self, price: float) -> tuple[float, float]:
        """What a million pages take at this rate, in hours, and cost.

        Args:
            price: of a machine for an hour.
        """
        hours = MILLION / self.rate / HOUR if self.rate else 0.0
        return hours, hours * self.machines * price

    def to_json(self, price: float) -> dict[str, Any]:
        """The status as plain values."""
        hours, cost = self.million(price)
        value: dict[str, Any] = {
            "files": {"total": self.total, **{str(state): self.files.get(state, 0) for state in State}},
            "pages": self.pages,
            "pages_lost": self.lost,
            "pages_per_second": round(self.rate, 3),
            "seconds_left": round(self.left, 1),
            "machines": self.machines,
            "errors": [{"kind": e.kind, "files": e.files, "example": e.example} for e in self.errors],
            "million_pages": {"hours": round(hours, 2)},
        }
        if price:
            value["million_pages"]["cost"] = round(cost, 2)
        return value


def journal_status(path: Path) -> Status:
    """The status of a batch on one machine.

    The rate is that of the last run in which pages were read.

    Raises:
        UsageError: the file is no journal, or one of another version.
        OutputError: it cannot be opened.
    """
    with reported(path):
        db = connected(path, read_only=True)
        try:
            check_version(db, path)
            counts = {State(state): n for state, n in db.execute("SELECT state, count(*) FROM files GROUP BY state")}
            sums = "coalesce(sum(pages), 0), coalesce(sum(lost), 0), coalesce(sum(seconds), 0)"
            pages, lost, seconds = db.execute(f"SELECT {sums} FROM files WHERE ended IS NOT NULL").fetchone()
            errors = db.execute(
                "SELECT kind, count(*), min(message) FROM files WHERE kind != '' AND state IN (?, ?) "
                "GROUP BY kind ORDER BY count(*) DESC, kind",
                (State.PARTIAL, State.FAILED),
            ).fetchall()
            last = db.execute(
                "SELECT runs.last - runs.began, sum(files.pages) FROM files JOIN runs ON files.run = runs.id "
                "WHERE files.seconds > 0 GROUP BY runs.id ORDER BY runs.id DESC LIMIT 1"
            ).fetchone()
        finally:
            db.close()
    elapsed, measured = tuple(last) if last else (0.0, 0)
    kinds = tuple(ErrorKind(kind, files, example) for kind, files, example in errors)
    return Status(counts, pages, lost, seconds, elapsed, measured, 1, kinds)


def journal_rows(path: Path) -> Iterator[str]:
    """One JSON object for each file of a journal: its path, output, state and what became of it."""
    with reported(path):
        db = connected(path, read_only=True)
        try:
            check_version(db, path)
            for row in db.execute("SELECT * FROM files ORDER BY id"):
                value: dict[str, Any] = {
                    "path": os.fsdecode(row["path"]),
                    "output": os.fsdecode(row["name"]),
                    **{key: row[key] for key in ("state", "hash", "pages", "lost", "kind", "message", "warnings")},
                    "seconds": round(row["seconds"], 3),
                }
                yield json.dumps(value, ensure_ascii=True)
        finally:
            db.close()


def status_lines(status: Status, price: float) -> Iterator[str]:
    """The status in words."""
    counts = [f"{status.files[state]:,} {state}" for state in State if status.files.get(state)]
    yield f"{status.finished:,} of {status.total:,} files finished ({', '.join(counts) or 'none listed'})"
    lost = f", {status.lost:,} of them could not be read" if status.lost else ""
    yield f"{status.pages:,} pages{lost}"
    if status.rate:
        yield f"{status.rate:.2f} pages/s on {status.machines} machine{'s'[: status.machines != 1]}"
        if status.finished < status.total:
            yield f"time left: {duration(status.left)}"
        hours, cost = status.million(price)
        costs = f", which cost {cost:,.2f} at {price:g} an hour and machine" if price else ""
        yield f"a million pages at this rate: {duration(hours * HOUR)}{costs}"
    for error in status.errors:
        yield f"{error.kind}: {error.files:,} file{'s'[: error.files != 1]}, such as: {error.example.splitlines()[0]}"


def duration(seconds: float) -> str:
    """A span of time.

    Example:
        >>> duration(75), duration(7300), duration(400000)
        ('1 min 15 s', '2 h 1 min', '4 d 15 h')
    """
    whole = round(seconds)
    for unit, size, smaller, part in (("d", 86400, "h", 3600), ("h", 3600, "min", 60), ("min", 60, "s", 1)):
        if whole >= size:
            return f"{whole // size} {unit} {whole % size // part} {smaller}"
    return f"{whole} s"
