"""The jobs of one run of ``ocr read``, one after another, and what is said about each and about all of them."""

from __future__ import annotations

import time
import traceback
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO

from ocr.cli.group import explained
from ocr.cli.progress import Progress
from ocr.cli.report import Report
from ocr.document import Page
from ocr.engine import cores
from ocr.errors import DependencyError, ExitCode, OcrError, OutputError
from ocr.job import Job, Result, run
from ocr.workers.room import fitting

if TYPE_CHECKING:
    from ocr.crew import Crew
    from ocr.pipeline import Reader

__all__ = ["Runner", "counted", "kept_text", "warn_of_jobs"]


@dataclass(slots=True)
class Runner:
    """Runs jobs with one reader, and reports on each.

    Attributes:
        reader: reads the pages.
        report: where messages go.
        progress: counts files and pages.
        out: the stream for jobs without a target.
        lang: language of the text, for hints.
        strict: whether a warning makes a job fail.
        several: whether each job is summed up.
    """

    reader: Reader | Crew
    report: Report
    progress: Progress
    out: BinaryIO
    lang: str
    strict: bool
    several: bool
    codes: list[ExitCode] = field(default_factory=list)
    pages: int = 0
    skipped: int = 0
    start: float = field(default_factory=time.perf_counter)

    def attempt(self, job: Job) -> None:
        """Run a job; only a missing dependency, or a stdout that cannot be written, stops the jobs after it."""
        name = str(job.input)
        self.progress.file(name)
        warnings = self.report.warnings
        try:
            result = run(
                job,
                self.reader,
                on_page=lambda page, total: self._page(page, name, total),
                on_warning=lambda message: self.report.warn(message, file=name),
                out=self.out,
            )
        except (DependencyError, BrokenPipeError):
            raise
        except KeyboardInterrupt:
            if self.several:
                self.total()
            raise
        except Exception as error:  # a failure on one file must not stop the others
            if isinstance(error, OutputError) and job.target is None:
                raise  # stdout cannot be written for any of the others either
            self._failed(name, error)
        else:
            warned = self.report.warnings - warnings
            code = ExitCode.PARTIAL_FAILURE if self.strict and warned else result.exit_code
            self._done(job, result, code, warned)
        self.progress.file_done()

    def skip(self, name: str, existing: object) -> None:
        """Leave out an input whose output is there already."""
        self.skipped += 1
        self.report.hint(f"{name}: skipped, because {existing} exists; to write it again, leave out --no-clobber")
        self.report.event("skipped", file=name, output=str(existing))
        self.progress.file_done()

    def total(self) -> None:
        """Sum up all jobs."""
        counts = Counter(self.codes)
        partly = counts[ExitCode.PARTIAL_FAILURE]
        good = counts[ExitCode.OK]
        parts = [f"{good} read"]
        if partly:
            parts.append(f"{partly} in part or with an error")
        if failed := len(self.codes) - good - partly:
            parts.append(f"{failed} failed")
        if self.skipped:
            parts.append(f"{self.skipped} skipped")
        seconds = time.perf_counter() - self.start
        speed = f", {self.pages / seconds:.1f} pages/s" if self.pages else ""
        files = len(self.codes) + self.skipped
        self.report.event(
            "total", files=files, pages=self.pages, seconds=round(seconds, 3), warnings=self.report.warnings
        )
        if not self.report.json:
            self.report.hint(
                f"{counted(files, 'file')}: {', '.join(parts)}; {counted(self.pages, 'page')} in {seconds:.1f} s{speed}"
            )

    @property
    def exit_code(self) -> ExitCode:
        """That of the only job, or whether any of several failed."""
        if len(self.codes) == 1 and not self.several:
            return self.codes[0]
        return ExitCode.PARTIAL_FAILURE if any(self.codes) else ExitCode.OK

    def _page(self, page: Page, name: str, total: int) -> None:
        if not self.pages:
            engine = self.reader.engine
            self.report.detail(f"models {engine.detector} and {engine.recognizer}")
        self.pages += 1
        self.report.page(page, name, total)
        self.progress.page(total)

    def _failed(self, name: str, error: Exception) -> None:
        if self.report.verbose and not isinstance(error, OcrError):
            traceback.print_exception(error)
        message, code = explained(error)
        self.report.error(message if isinstance(error, OcrError) else f"{name}: {message}", file=name)
        self.report.event("file", file=name, exit=int(code))
        self.codes.append(code)

    def _done(self, job: Job, result: Result, code: ExitCode, warned: int) -> None:
        name = str(job.input)
        for error in result.errors:
            self.report.error(error.message, file=name, page=error.page)
        if self.strict and warned:
            self.report.error(
                f"{name}: {counted(warned, 'warning')}, which is a failure, because of --strict", file=name
            )
        for note in result.notes:
            self.report.hint(note)
        if result.kept:
            self.report.hint(kept_text(name, result.kept, self.reader.options.mode))
        if result.empty and not result.errors:
            self.report.hint(_no_text(name, self.lang))
        self.codes.append(code)
        where = "" if job.target is None else f" -> {job.target}"
        summary = f"{name}: {counted(result.pages, 'page')} in {result.seconds:.1f} s{where}"
        if result.errors:
            summary += f"; {counted(len(result.errors), 'page')} could not be read"
        if self.report.json:
            found = {"pages": result.pages, "failed": len(result.errors), "warnings": warned, "exit": int(code)}
            self.report.event("file", file=name, output=job.target, seconds=round(result.seconds, 3), **found)
        elif self.several:
            self.report.hint(summary)
        else:
            self.report.detail(summary)


def warn_of_jobs(report: Report, jobs: int) -> None:
    """Say that fewer processes are started than were asked for, where the machine has no room for more."""
    if (fit := fitting(jobs)) < jobs:
        report.warn(
            f"-j {jobs} is more than this machine has room for ({counted(cores(), 'core')}, and memory for each "
            f"process): at most {fit} pages are read side by side; leave -j out to use every core"
        )


def counted(number: int, what: str) -> str:
    """A number of things.

    Example:
        >>> counted(1, "page"), counted(3, "page")
        ('1 page', '3 pages')
    """
    return f"{number} {what}{'' if number == 1 else 's'}"


def kept_text(name: str, numbers: tuple[int, ...], mode: str) -> str:
    """Which pages had text already, and how to read them all the same.

    Example:
        >>> kept_text("a.pdf", (2,), "redo")
        'a.pdf: page 2 has text already, which is kept; --mode force replaces it'
    """
    pages = f"page {numbers[0]} has" if len(numbers) == 1 else f"{len(numbers)} pages ({_ranges(numbers)}) have"
    remedy = "force replaces it" if mode == "redo" else "redo replaces invisible text, --mode force all text"
    return f"{name}: {pages} text already, which is kept; --mode {remedy}"


def _ranges(numbers: tuple[int, ...]) -> str:
    """Page numbers in short: ``1-3,5``."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ",".join(str(a) if a == b else f"{a}-{b}" for a, b in runs)


def _no_text(name: str, lang: str) -> str:
    """What to try when no text was found."""
    other = "for English text, use --lang en" if lang == "zh" else "for Chinese text, use --lang zh"
    from ocr.source.page import in_shell

    photo = "photo.jpg" if name == "-" else in_shell(name)
    return f"{name}: no text found; if it is a photograph of a page, try: ocr scan {photo} -o page.pdf; {other}"
