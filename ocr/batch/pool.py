"""The workers of one machine: several files side by side, or the pages of one large file.

A document of few pages is read and written by one worker. The pages of a longer one are spread over all workers, and so
are those of a document that its worker did not survive or did not finish in time: then only the bad page is lost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from ocr.batch.reader import Longer, read
from ocr.batch.task import Row, Task, Work
from ocr.options import Limits

if TYPE_CHECKING:
    from ocr.document import Page

__all__ = ["WHOLE", "Pool", "workers_for"]

WHOLE = 16
"""Pages of a document that one worker reads while there are others to read for the rest."""

OnPage = Callable[[str, "Page", int], None]


class Pool:
    """Reads files with processes of its own, or where none can be started, in this one. Use it in a ``with`` block.

    Args:
        work: how to read.
        workers: number of processes.
        limits: what a page may take.
        folder: for outputs that do not have their names yet.
    """

    def __init__(self, work: Work, workers: int, limits: Limits, folder: Path) -> None:
        from ocr.workers import possible

        self.workers = workers if possible() else 1
        self._work = work
        self._folder = folder
        self._crew = None
        if possible():
            from ocr.crew import Crew

            self._crew = Crew(work.options.with_(jobs=workers, threads=0, limits=limits), work.models, early=True)

    def rows(
        self,
        tasks: Iterable[Task],
        *,
        few: Callable[[], bool] = lambda: True,
        on_page: OnPage = lambda path, page, total: None,
    ) -> Iterator[tuple[Task, Row]]:
        """What became of files, as they are finished.

        Args:
            tasks: the files, fetched; they are taken as workers become free.
            few: whether there are so few files left that workers would be idle; pages are spread then.
            on_page: called for each page of a document whose pages are spread.

        Raises:
            DependencyError: a model or package is missing.
            OutputError: outputs cannot be written.
        """
        if self._crew is None:
            yield from self._here(tasks)
            return
        calls = ((task, self._work, self._folder, self._most(few())) for task in tasks)
        for (task, *_), outcome in self._crew.each(read, calls):
            if outcome.error:
                raise outcome.error
            if outcome.lost or isinstance(outcome.value, Longer):
                yield task, self._spread(task, on_page)
            else:
                yield task, outcome.value

    def close(self) -> None:
        """End the processes."""
        if self._crew is not None:
            self._crew.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _most(self, few: bool) -> int:
        """Pages of a document that one worker is to read alone."""
        return self.workers - 1 if few and self.workers > 1 else max(WHOLE, self.workers)

    def _spread(self, task: Task, on_page: OnPage) -> Row:
        """Read a document with all workers, page by page; it is written here."""
        assert self._crew is not None

        def told(page: Page, total: int) -> None:
            on_page(task.path, page, total)

        row = read(self._crew, task, self._work, self._folder, on_page=told)
        assert isinstance(row, Row)
        return row

    def _here(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Row]]:
        from ocr.pipeline import Reader

        detector, recognizer = self._work.models
        reader = Reader(options=self._work.options, detector=detector, recognizer=recognizer)
        for task in tasks:
            row = read(reader, task, self._work, self._folder)
            assert isinstance(row, Row)
            yield task, row


def workers_for(jobs: int, limits: Limits, available: int | None = None) -> int:
    """How many workers fit: one a core, and no more than have room in memory with what each may take.

    Args:
        jobs: as requested; 0 for the cores.
        limits: ``memory`` is what each may take.
        available: bytes; None for what this machine has left, or its control group.

    Example:
        >>> workers_for(8, Limits(memory=2 << 30), available=9 << 30), workers_for(8, Limits(memory=0))
        (4, 8)
    """
    from ocr.engine import cores
    from ocr.workers.room import available_memory

    wanted = jobs or cores()
    if not limits.memory:
        return wanted
    available = available_memory() if available is None else available
    return max(1, min(wanted, available // limits.memory)) if available else wanted
