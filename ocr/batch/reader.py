"""One file of a batch is read: its outputs are written under temporary names, and a row says what became of it."""

from __future__ import annotations

import errno
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from ocr.batch.task import Row, State, Task, Work
from ocr.errors import ConformanceError, DependencyError, OcrError, OutputError
from ocr.job import Job, Result, run

if TYPE_CHECKING:
    from ocr.crew import Crew
    from ocr.document import Page
    from ocr.pipeline import Reader
    from ocr.source import Source

__all__ = ["Longer", "failed", "read", "staged"]

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG)
"""A file system takes no more; no other file would fare better."""

SHOWN = 3
"""Errors of pages that a row quotes."""


@dataclass(frozen=True, slots=True)
class Longer:
    """The answer of :func:`read` for a document with more pages than it may read."""

    pages: int


def staged(folder: Path, task: Task, work: Work) -> dict[str, Path]:
    """Suffix -> where the output is written before it gets its name."""
    return {suffix: folder / f"{task.id}{suffix}" for suffix in work.suffixes}


def read(
    reader: Reader | Crew,
    task: Task,
    work: Work,
    folder: Path,
    most: int = 0,
    on_page: Callable[[Page, int], None] = lambda page, total: None,
) -> Row | Longer:
    """Read one file and write its outputs into ``folder``, under the names of :func:`staged`.

    Args:
        reader: reads the pages.
        task: the file, which was fetched.
        work: how to read.
        folder: for the outputs.
        most: pages; a longer document is not read. 0 for no limit.
        on_page: called with each page that is read, and the number of pages.

    Raises:
        DependencyError: a model or package is missing.
        OutputError: the folder takes no more.
    """
    assert task.original is not None
    begun = time.perf_counter()
    outputs = staged(folder, task, work)
    (format, target), *more = zip(work.formats, outputs.values(), strict=True)
    job = Job(
        task.original,
        target,
        format,
        more=tuple(more),
        pages=work.pages,
        password=work.password,
        dpi=work.options.dpi,
        renderer=work.options.renderer,
        keep_enhanced=work.keep_enhanced,
        pdf=work.pdf,
    )
    warnings: list[str] = []
    try:
        ready = cast("Reader", _Short(reader, most)) if most else reader
        result = run(job, ready, on_page=on_page, on_warning=warnings.append)
    except _LongerError as longer:
        return Longer(longer.pages)
    except Exception as error:  # a failure on one file must not stop the others
        for path in outputs.values():
            path.unlink(missing_ok=True)
        if most and isinstance(error, MemoryError):
            return Longer(0)  # page by page, each has a whole worker's memory
        if _stops_all(error):
            raise
        return failed(error, task, time.perf_counter() - begun)
    return _row(result, task, len(warnings))


def failed(error: Exception, task: Task, seconds: float = 0.0) -> Row:
    """The row of a file that could not be read."""
    message = str(error) if isinstance(error, OcrError) else f"{task.path}: unexpected {type(error).__name__}: {error}"
    return Row(
        State.FAILED, seconds=seconds, kind=type(error).__name__, message=message, hash=task.hash, ended=time.time()
    )


def _row(result: Result, task: Task, warnings: int) -> Row:
    errors = result.errors
    message = "\n".join(error.message for error in errors[:SHOWN])
    if len(errors) > SHOWN:
        message += f"\n{task.path}: {len(errors) - SHOWN} more pages could not be read"
    return Row(
        State.PARTIAL if errors else State.DONE,
        pages=result.pages,
        lost=len(errors),
        seconds=result.seconds,
        kind=errors[0].kind if errors else "",
        message=message,
        warnings=warnings,
        hash=task.hash,
        ended=time.time(),
    )


def _stops_all(error: Exception) -> bool:
    """Whether no other file would fare better."""
    if isinstance(error, OSError):
        return error.errno in FULL
    return isinstance(error, DependencyError | OutputError) and not isinstance(error, ConformanceError)


class _LongerError(Exception):
    def __init__(self, pages: int) -> None:
        super().__init__(pages)
        self.pages = pages


class _Short:
    """A reader that opens no documents of more pages than ``most``; everything else is that of ``reader``."""

    def __init__(self, reader: Reader | Crew, most: int) -> None:
        self._reader = reader
        self._most = most

    def open(self, input: Any, **settings: Any) -> Source:
        from ocr.source import open_source

        source = open_source(input, **settings)
        if len(source.numbers) > self._most:
            source.close()
            raise _LongerError(len(source.numbers))
        return source

    def __getattr__(self, name: str) -> Any:
        return getattr(self._reader, name)
