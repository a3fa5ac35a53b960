"""What ``ocr batch`` says about each file, and about all of them."""

from __future__ import annotations

import shlex
import time
from collections import Counter
from dataclasses import dataclass, field

from ocr.batch.task import Row, State, Task
from ocr.cli.progress import Progress
from ocr.cli.report import Report
from ocr.cli.runner import counted
from ocr.document import Page
from ocr.errors import ExitCode

__all__ = ["BatchLog"]


@dataclass(slots=True)
class BatchLog:
    """Reports on files as they are finished.

    Attributes:
        report: where messages go.
        output: name of the output directory.
        strict: whether a warning is a failure.
        progress: counts files and pages.
    """

    report: Report
    output: str
    strict: bool
    progress: Progress = field(default_factory=Progress)
    faults: int = 0
    warned: int = 0
    pages: int = 0
    states: Counter[State] = field(default_factory=Counter)
    start: float = field(default_factory=time.perf_counter)
    _shown: set[str] = field(default_factory=set)

    def fault(self, message: str) -> None:
        """An argument stands for nothing, or a directory cannot be read."""
        self.faults += 1
        self.report.error(message)

    def page(self, path: str, page: Page, total: int) -> None:
        """A page of a large document is read."""
        if path not in self._shown:
            self._shown.add(path)
            self.progress.file(path)
        self.progress.page(total)
        self.report.page(page, path, total)

    def row(self, task: Task, row: Row) -> None:
        """A file is done."""
        self.states[row.state] += 1
        self.pages += row.pages
        self.warned += row.warnings > 0
        if task.path in self._shown:
            self._shown.discard(task.path)
        else:
            self.progress.file(task.path)
            for _ in range(row.pages):
                self.progress.page(row.pages)
        self.progress.file_done()
        if row.message:
            self.report.error(row.message, file=task.path)
        exit = ExitCode.OK if row.state == State.DONE else ExitCode.PARTIAL_FAILURE
        seconds = round(row.seconds, 3)
        self.report.event(
            "file",
            file=task.path,
            output=None if row.state == State.FAILED else f"{self.output.rstrip('/')}/{task.name}",
            pages=row.pages,
            failed=row.lost,
            warnings=row.warnings,
            seconds=seconds,
            exit=int(exit),
        )
        if not self.report.json:
            self.report.detail(f"{task.path}: {row.state}, {counted(row.pages, 'page')} in {seconds:.1f} s")

    def total(self) -> None:
        """Sum up this run."""
        files = self.states.total()
        seconds = time.perf_counter() - self.start
        self.report.event("total", files=files, pages=self.pages, seconds=round(seconds, 3), warnings=self.warned)
        if self.report.json:
            return
        parts = [f"{self.states[state]:,} {state}" for state in State if self.states[state]]
        speed = f", {self.pages / seconds:.1f} pages/s" if self.pages else ""
        what = f": {', '.join(parts)}" if parts else " read"
        self.report.hint(f"{counted(files, 'file')}{what}; {counted(self.pages, 'page')} in {seconds:.1f} s{speed}")

    def exit_code(self, files: int, missing: int) -> ExitCode:
        """Whether anything is missing, in this run or from earlier ones; says what to do about it.

        Args:
            files: of the batch.
            missing: those that failed or lost pages.
        """
        quoted = shlex.quote(self.output)
        if missing:
            self.report.hint(
                f"{counted(missing, 'file')} failed or lost pages; which and why: ocr batch status {quoted} --list; "
                "read them again: the same command with --retry-failed"
            )
        if self.strict and self.warned:
            self.report.error(f"{counted(self.warned, 'file')} with warnings, which is a failure, because of --strict")
        if not files:
            return ExitCode.BAD_INPUT
        return ExitCode.PARTIAL_FAILURE if missing or self.faults or (self.strict and self.warned) else ExitCode.OK
