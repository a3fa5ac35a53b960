"""What the options of ``ocr batch`` ask for, put together and run."""

from __future__ import annotations

import json
import shlex
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from ocr.batch.inputs import is_url, listed, settled
from ocr.batch.journal import NAME, Added, Journal
from ocr.batch.local import PARTS, Local, alone
from ocr.batch.places import place_at
from ocr.batch.pool import Pool, workers_for
from ocr.batch.status import journal_rows, journal_status, status_lines
from ocr.batch.task import State, Work
from ocr.cli.batch_log import BatchLog
from ocr.cli.progress import shown_progress
from ocr.cli.report import Report
from ocr.cli.runner import counted
from ocr.cli.streams import echo
from ocr.errors import ExitCode, UsageError
from ocr.options import Limits

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
    """

    work: Work
    limits: Limits
    inputs: tuple[str, ...]
    manifests: tuple[str, ...]
    output: str
    report: Report
    strict: bool

    def local(self, journal: Path | None, *, resume: bool, retry_failed: bool, watch: bool) -> ExitCode:
        """Read with the workers of this machine.

        Args:
            journal: the SQLite file; None for the one in the output directory.
            resume: go on with a journal that is there.
            retry_failed: read failed files again.
            watch: look for new files until interrupted.
        """
        place = place_at(self.output)
        path = journal or _default_journal(self.output)
        if path.exists() and not (resume or retry_failed):
            raise UsageError(self._used(path))
        with ExitStack() as opened:
            opened.enter_context(alone(path.parent, self.output))
            workers = workers_for(self.work.options.threads, self.limits)
            parts = opened.enter_context(_parts(None if is_url(self.output) else Path(self.output)))
            book = opened.enter_context(Journal(path, self.work, workers, self.output))
            pool = opened.enter_context(Pool(self.work, workers, self.limits, parts))
            log = BatchLog(self.report, self.output, self.strict)
            run = Local(book, place, pool, self.work, parts, on_row=log.row, on_page=log.page)
            run.recover()
            if retry_failed and (again := book.retry_failed()):
                self.report.hint(f"{counted(again, 'file')} that failed or lost pages will be read again")
            before: dict[str, tuple[int | None, int | None]] | None = {} if watch else None
            while True:
                self._once(run, log, before)
                if before is None:
                    break
                time.sleep(PAUSE)
            return log.exit_code(book.count(*State), book.count(State.FAILED, State.PARTIAL))

    def _once(self, run: Local, log: BatchLog, before: dict[str, tuple[int | None, int | None]] | None) -> None:
        """List the inputs and read what is new.

        Args:
            run: reads.
            log: reports.
            before: sizes and times of the last listing, where only files that have not changed since are taken.
        """
        below = None if is_url(self.output) else Path(self.output)
        found = listed(
            self.inputs, self.manifests, output=below, warn=log.fault if before is None else self.report.hint
        )
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

    def _used(self, path: Path) -> str:
        """What to do about the journal of an earlier run."""
        status = journal_status(path)
        arguments = [*self.inputs, *(f"--manifest={manifest}" for manifest in self.manifests), "-o", self.output]
        return (
            f"{self.output}: has the journal of an earlier batch ({status.finished:,} of {status.total:,} files "
            "finished); go on with the same options and --resume: "
            f"{shlex.join(['ocr', 'batch', *arguments, '--resume'])}"
        )

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
    path = journal or _default_journal(output)
    if not path.exists():
        raise UsageError(f"{output}: there is no journal of a batch ({path}); begin one: ocr batch IN... -o {output}")
    if listing:
        for line in journal_rows(path):
            echo(line)
        return ExitCode.OK
    found = journal_status(path)
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
def _parts(output: Path | None) -> Iterator[Path]:
    """Where outputs are until they have their names: on the file system of the output directory."""
    if output is None:
        with tempfile.TemporaryDirectory(prefix="ocr-batch-") as name:
            yield Path(name)
        return
    parts = output / PARTS
    parts.mkdir(exist_ok=True)
    try:
        yield parts
    finally:
        if not any(parts.iterdir()):
            parts.rmdir()
