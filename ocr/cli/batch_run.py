"""What the options of ``ocr batch`` ask for, put together and run."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shlex
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from ocr.batch.database import begun
from ocr.batch.groups import LEASES, Groups
from ocr.batch.inputs import is_url, listed, settled
from ocr.batch.journal import NAME, Added, Journal
from ocr.batch.leases import Leases
from ocr.batch.local import PARTS, Local
from ocr.batch.on_ray import OnRay
from ocr.batch.places import place_at
from ocr.batch.pool import Pool, workers_for
from ocr.batch.shared import Shared
from ocr.batch.status import journal_rows, journal_status, status_lines
from ocr.batch.store_status import has_batch, shared_rows, shared_status
from ocr.batch.task import State, Work
from ocr.cli.batch_log import BatchLog
from ocr.cli.progress import shown_progress
from ocr.cli.report import Report
from ocr.cli.runner import counted
from ocr.cli.streams import echo
from ocr.errors import ExitCode, OutputError, UsageError
from ocr.options import Limits
from ocr.output import alone

__all__ = ["BatchRun", "show_status"]

PAUSE = 2.0
"""Seconds between two looks at a folder that is watched. A file is taken when it has not changed in between."""


@dataclass(frozen=True, slots=True)
class BatchRun:
    """One run of ``ocr batch``.

    Attributes:
        work: how to read.
        limits: what a page may take.
        inputs: the arguments.
        manifests: values of ``--manifest``.
        output: the output directory, as it was given.
        report: where messages go.
        strict: whether a warning is a failure.
        typed: the arguments of the command line.
    """

    work: Work
    limits: Limits
    inputs: tuple[str, ...]
    manifests: tuple[str, ...]
    output: str
    report: Report
    strict: bool
    typed: tuple[str, ...]

    def journalled(
        self, journal: Path | None, *, on_ray: bool, resume: bool, retry_failed: bool, watch: bool
    ) -> ExitCode:
        """Read what a journal says: with the workers of this machine, or on a Ray cluster.

        Args:
            on_ray: read on a Ray cluster.
            journal: the SQLite file; None for the one in the output directory.
            resume: go on with a journal that is there.
            retry_failed: read failed files again.
            watch: look for new files until interrupted.
        """
        if not is_url(self.output) and Path(self.output).is_dir() and has_batch(place_at(self.output)):
            raise UsageError(
                f"{self.output}: several machines share this batch; go on with it: --engine shared, or write to "
                "another directory with -o"
            )
        place = place_at(self.output)
        path = journal or _default_journal(self.output)
        if not (resume or retry_failed) and begun(path):
            raise UsageError(self._used(path))
        with ExitStack() as opened:
            self._lock(opened, path, journal)
            workers = workers_for(self.work.options.threads, self.limits)
            book = opened.enter_context(Journal(path, self.work, workers, self.output))
            log = BatchLog(self.report, self.output, self.strict)
            run: Local | OnRay
            if on_ray:
                run = OnRay(book, self.output, self.work, self.limits, self.work.options.threads, log.row)
            else:
                parts = opened.enter_context(_parts(None if is_url(self.output) else Path(self.output), journal))
                pool = opened.enter_context(Pool(self.work, workers, self.limits, parts))
                run = Local(book, place, pool, self.work, parts, on_row=log.row, on_page=log.page)
            run.recover()
            if retry_failed and (again := book.retry_failed()):
                self.report.hint(f"{counted(again, 'file')} that failed or lost pages will be read again")
            before: dict[str, tuple[int | None, int | None]] | None = {} if watch else None
            try:
                self._once(run, log, before)
                while before is not None:
                    time.sleep(PAUSE)
                    self._once(run, log, before)
            except KeyboardInterrupt:
                self.report.hint(f"go on where this ended: {self._to_go_on()}")
                raise
            return log.exit_code(book.count(*State), book.count(State.FAILED, State.PARTIAL))

    def shared(self, lease: float, group_size: int, *, retry_failed: bool) -> ExitCode:
        """Read with the workers of this machine, beside other machines that have the same output directory.

        Args:
            lease: seconds after which a machine that gives no sign is taken for dead.
            group_size: files that are taken at a time.
            retry_failed: read failed files again.
        """
        if not is_url(self.output) and (Path(self.output) / NAME).exists():
            raise UsageError(
                f"{self.output}: has the journal of a batch of one machine; go on with it: --engine local --resume, or "
                "write to another directory with -o"
            )
        place = place_at(self.output)
        groups = Groups(place)
        log = BatchLog(self.report, self.output, self.strict)
        with ExitStack() as opened:
            leases = opened.enter_context(Leases(place, LEASES, lease))
            workers = workers_for(self.work.options.threads, self.limits)
            parts = opened.enter_context(_own_parts(None if is_url(self.output) else Path(self.output)))
            pool = opened.enter_context(Pool(self.work, workers, self.limits, parts))
            run = Shared(place, groups, leases, pool, self.work, parts, on_row=log.row, on_page=log.page)
            run.prepare(lambda: listed(self.inputs, self.manifests, output=self.output, warn=log.fault), group_size)
            if retry_failed and (again := run.retry_failed()):
                self.report.hint(f"{counted(again, 'file')} that failed or lost pages will be read again")
            with shown_progress(groups.files, hidden=self.report.quiet or self.report.json) as progress:
                log.progress = progress
                try:
                    run.run()
                finally:
                    log.total()
        status = shared_status(place)
        return log.exit_code(groups.files, status.missing)

    def _once(self, run: Local | OnRay, log: BatchLog, before: dict[str, tuple[int | None, int | None]] | None) -> None:
        """List the inputs and read what is new.

        Args:
            run: reads.
            log: reports.
            before: sizes and times of the last listing, where only files that have not changed since are taken.
        """
        warn = log.fault if before is None else self.report.hint
        found = listed(self.inputs, self.manifests, output=self.output, warn=warn)
        added = run.journal.add(found if before is None else settled(found, before), run.complete)
        if added.new or added.again or before is None:
            self._tell(added)
            hidden = self.report.quiet or self.report.json
            with shown_progress(run.journal.count(State.WAITING), hidden=hidden) as progress:
                log.progress = progress
                try:
                    run.run()
                finally:
                    log.total()

    def _lock(self, opened: ExitStack, path: Path, journal: Path | None) -> None:
        """Keep the output directory, and that of a journal elsewhere, for this process."""
        if not is_url(self.output):
            shown = shlex.quote(self.output) if journal is None else f"{shlex.quote(self.output)} --journal FILE"
            message = (
                f"{self.output}: another ocr batch works on it; wait for it, or let several machines and processes "
                f"share it from the beginning: --engine shared; how far it is: ocr batch status {shown}"
            )
            opened.enter_context(alone(Path(self.output), message))
        if journal is not None and (is_url(self.output) or not os.path.samefile(path.parent, self.output)):
            folder = path.parent
            message = f"{path}: another ocr batch has a journal in {folder}; wait for it, or name one in a directory of"
            opened.enter_context(alone(folder, f"{message} its own with --journal"))

    def _used(self, path: Path) -> str:
        """What to do about the journal of an earlier run."""
        status = journal_status(path)
        return (
            f"{self.output}: has the journal of an earlier batch ({status.finished:,} of {status.total:,} files "
            f"finished); go on with it: {self._to_go_on()}"
        )

    def _to_go_on(self) -> str:
        """The command that goes on with this batch; without a password, if there is one in it."""
        if any(argument.split("=")[0] == "--password" for argument in self.typed):
            return "the same command with --resume"
        return shlex.join(["ocr", "batch", *self.typed, *["--resume"][: "--resume" not in self.typed]])

    def _tell(self, added: Added) -> None:
        if added.again:
            self.report.hint(f"{counted(added.again, 'file')} changed, or lost the output, and will be read again")
        if added.renamed:
            path, name = added.renamed
            more = f" (and {added.others:,} more)" if added.others else ""
            self.report.hint(f"{path}{more}: its output is named {name}, because another input has the shorter name")


def show_status(output: str, journal: Path | None, price: float, *, listing: bool, as_json: bool) -> ExitCode:
    """Print how far a batch is.

    Args:
        output: the output directory.
        journal: the SQLite file; None for the one in the output directory.
        price: of a machine for an hour.
        listing: print a JSON object for each file.
        as_json: print the sums as JSON.
    """
    if journal is None and (is_url(output) or (Path(output).is_dir() and has_batch(place_at(output)))):
        place = place_at(output)
        rows, found = shared_rows(place), shared_status(place)
    else:
        path = journal or _default_journal(output)
        if not begun(path):
            raise UsageError(
                f"{output}: there is no journal of a batch ({path}); begin one: ocr batch IN... "
                f"-o {shlex.quote(output)}"
            )
        rows, found = journal_rows(path), journal_status(path)
    if listing:
        for line in rows:
            echo(line)
        return ExitCode.OK
    if as_json:
        echo(json.dumps(found.to_json(price), indent=1))
    else:
        for line in status_lines(found, price):
            echo(line)
    return ExitCode.OK


def _default_journal(output: str) -> Path:
    if is_url(output):
        raise UsageError(f"{output}: the journal must be on a disk of this machine; name it: --journal batch.sqlite")
    return Path(output) / NAME


@contextmanager
def _own_parts(output: Path | None) -> Iterator[Path]:
    """As :func:`_parts`, a folder that no other process uses; those of dead processes of this machine are removed."""
    home = _made(output / PARTS) if output is not None else None
    prefix = f"parts-{socket.gethostname()}-"
    if home is not None:
        for left in home.iterdir():
            # Nothing of another machine: to "node", parts-node-1-77-a1b2c3d4 is that of "node-1".
            ours = re.fullmatch(rf"{re.escape(prefix)}(\d+)-[a-z0-9_]+", left.name)
            if ours and not _lives(int(ours[1])):
                shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=f"{prefix}{os.getpid()}-", dir=home) as name:
        yield Path(name)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


@contextmanager
def _parts(output: Path | None, journal: Path | None) -> Iterator[Path]:
    """Where outputs are until they have their names: on the file system of the output directory.

    Each journal elsewhere has a folder of its own, because the files of all are numbered from 1.
    """
    if output is None:
        with tempfile.TemporaryDirectory(prefix="ocr-batch-") as name:
            yield Path(name)
        return
    home = parts = _made(output / PARTS)
    if journal is not None:
        mark = hashlib.sha256(os.fsencode(os.path.realpath(journal))).hexdigest()
        parts = _made(home / f"journal-{mark[:16]}")
    try:
        yield parts
    finally:
        with contextlib.suppress(OSError):  # what is not empty stays for --resume
            parts.rmdir()
            home.rmdir()


def _made(folder: Path) -> Path:
    """A folder, which is created.

    Raises:
        OutputError: it cannot be.
    """
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        look = shlex.quote(str(folder))
        raise OutputError(
            f"{folder}: the directory cannot be created ({error.strerror}); what is there: ls -ld {look}"
        ) from error
    return folder
