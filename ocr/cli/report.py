"""What a command says on stderr while it works: lines for people, or with ``--json-log`` one JSON object a line."""

from __future__ import annotations

import contextlib
import json
import logging
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

import click

from ocr.document import Page, StepName

__all__ = ["Report", "displayed", "logged"]

CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")
NO_TEXT = re.compile("[\ud800-\udfff]")
"""What Python makes of the bytes of a file name that are no UTF-8."""


@dataclass(slots=True)
class Report:
    """Messages on stderr.

    Attributes:
        quiet: errors only.
        verbose: also what happens to each page.
        json: one JSON object a line in place of text.
        warnings: how many warnings there were, printed or not.
        printed: what was printed; a warning or hint is printed once.
        stream: where all of it goes; None is stderr.
    """

    quiet: bool = False
    verbose: bool = False
    json: bool = False
    warnings: int = 0
    printed: set[str] = field(default_factory=set)
    stream: TextIO | None = None

    def error(self, message: str, *, file: str = "", page: int | None = None) -> None:
        """Print an error; it may have several lines."""
        if self.json:
            self.event("error", file=file, page=page, error=message)
            return
        for line in message.strip("\n").split("\n"):
            self._print(f"ocr: {line}")

    def warn(self, message: str, *, file: str = "", page: int | None = None) -> None:
        """Count a warning and print it."""
        self.warnings += 1
        if not self.quiet and self._new(message):
            if self.json:
                self.event("warning", file=file, page=page, warning=message)
            else:
                self._print(f"ocr: warning: {message}")

    def hint(self, message: str) -> None:
        """Print something worth knowing that is not a fault."""
        if not self.quiet and self._new(message):
            self._say(message)

    def detail(self, message: str) -> None:
        """Print something only for those who asked for details."""
        if self.verbose:
            self._say(message)

    def page(self, page: Page, file: str, total: int) -> None:
        """Say what happened to a page, to those who asked for details or for a log."""
        if self.json and not self.quiet:
            found = {"lines": len(page.lines), "reread": _reread(page), "stages": _seconds(page)}
            self.event("page", file=file, page=page.number, pages=total, seconds=round(page.seconds, 3), **found)
        elif self.verbose:
            self._print(f"ocr: {file}: {_page_line(page)}")

    def event(self, event: str, **values: Any) -> None:
        """Print a JSON object, without the values that are not known, if there is a log."""
        if self.json:
            known = {key: value for key, value in values.items() if value is not None and value != ""}
            texts = {key: NO_TEXT.sub("\ufffd", str(v)) for key, v in known.items() if isinstance(v, str | Path)}
            self._print(json.dumps({"event": event, **known, **texts}))

    def _say(self, message: str) -> None:
        if self.json:
            self.event("message", message=message)
        else:
            self._print(f"ocr: {message}")

    def _print(self, message: str) -> None:
        with contextlib.suppress(OSError):  # nobody reads stderr, or its disk is full: there is no one to tell
            click.echo(displayed(message), file=self.stream or sys.stderr)

    def _new(self, message: str) -> bool:
        if message in self.printed:
            return False
        self.printed.add(message)
        return True


def displayed(text: str) -> str:
    """Text that a terminal can show: bytes of file names that are no UTF-8 as ``�``, control characters escaped.

    Example:
        >>> displayed("a\\udcff.pdf"), displayed("red\\x1b[31m")
        ('a�.pdf', 'red\\x1b[31m')
    """
    return CONTROLS.sub(lambda found: f"\\x{ord(found.group()):02x}", NO_TEXT.sub("\ufffd", text))


@contextlib.contextmanager
def logged(report: Report) -> Iterator[None]:
    """While the block runs, Python's logs and warnings are messages; those of libraries are for the verbose alone."""
    handler = Handler(report)
    root = logging.getLogger()
    root.addHandler(handler)
    logging.captureWarnings(True)
    try:
        yield
    finally:
        logging.captureWarnings(False)
        root.removeHandler(handler)


class Handler(logging.Handler):
    """Passes what is logged to a report."""

    def __init__(self, report: Report) -> None:
        super().__init__(logging.WARNING)
        self._report = report

    def emit(self, record: logging.LogRecord) -> None:
        """Say one message."""
        message = " ".join(record.getMessage().split())
        if record.name.partition(".")[0] == "ocr":
            self._report.hint(message)
        else:
            self._report.detail(f"{record.name}: {message}")


def _seconds(page: Page) -> dict[str, float]:
    """Seconds of each stage, in order."""
    return next((step.detail for step in page.steps if step.name is StepName.TIME), {})


def _reread(page: Page) -> int:
    """How many lines Tesseract was asked to read again."""
    return sum(int(step.detail.get("lines", 0)) for step in page.steps if step.name is StepName.FALLBACK)


def _page_line(page: Page) -> str:
    """What happened to a page, on one line.

    Example:
        >>> _page_line(Page(2, 10, 10, 300.0, seconds=0.25))
        'page 2: 0 lines in 0.25 s at 300 dpi'
    """
    if page.error and not page.width:
        return f"page {page.number}: failed in the step {page.error.step} after {page.seconds:.2f} s"
    parts = [f"page {page.number}: {len(page.lines)} lines in {page.seconds:.2f} s at {page.dpi:.0f} dpi"]
    if seconds := _seconds(page):
        parts.append(", ".join(f"{name} {spent:.2f}" for name, spent in seconds.items()))
    done = [str(step.name) for step in page.steps if step.name not in (StepName.TIME, StepName.FALLBACK)]
    if done:
        parts.append(f"steps: {', '.join(done)}")
    if reread := _reread(page):
        kept = sum(line.engine == "tesseract" for line in page.lines)
        parts.append(f"Tesseract read {reread} doubtful lines again, {kept} of its readings were kept")
    return "; ".join(parts)
