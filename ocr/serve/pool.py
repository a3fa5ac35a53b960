"""Places where documents are read, in processes of their own, and the queue before them."""

from __future__ import annotations

import asyncio
import logging
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ocr.crew import Crew
from ocr.errors import OcrError
from ocr.options import Options
from ocr.serve.problems import Problem
from ocr.serve.settings import Settings
from ocr.workers import StoppedError

__all__ = ["Admission", "Pool", "Work"]

Work = Callable[[Crew], Any]
"""What is done at a place, in its thread."""

MEMORY = Path("/dev/shm")
"""A directory in memory, where Linux has one; temporary files of documents go there."""
FIRST_GUESS = 2.0
"""Seconds that a request is thought to take before any was measured."""
PATIENCE = (1, 60)
"""Least and greatest Retry-After in seconds."""

log = logging.getLogger(__name__)


class Place:
    """One document at a time: a thread and its crew of processes.

    Args:
        options: of the crew.
        scratch: where its temporary files are made.
    """

    def __init__(self, options: Options, scratch: Path | None) -> None:
        self._options = options
        self._scratch = scratch
        self.thread = ThreadPoolExecutor(1, "place")
        self.renewed = 0
        self._stopping = False
        self._crew = self._new()

    def _new(self) -> Crew:
        return Crew(self._options, early=True, scratch=self._scratch)

    def work(self, work: Work) -> Any:
        """Do something with the crew; to be called in the thread of the place.

        Raises:
            StoppedError: :meth:`stop` was called.
        """
        if self._stopping:  # the request before this one had just ended
            self._renew()
        try:
            return work(self._crew)
        except (OcrError, Problem):
            raise
        except BaseException:
            self._renew()  # what state the crew is in is not known
            raise

    def stop(self) -> None:
        """End the work, from any thread; the processes are replaced."""
        self._stopping = True
        self._crew.stop()

    def close(self) -> None:
        """End the processes."""
        self.thread.shutdown()
        self._crew.close()

    def _renew(self) -> None:
        self.renewed += 1
        self._crew.close()
        self._stopping = False
        self._crew = self._new()


class Pool:
    """All places, and the requests that wait for them.

    Args:
        settings: of the server.

    Raises:
        OcrError: no process can be started.
    """

    def __init__(self, settings: Settings) -> None:
        scratch = MEMORY if MEMORY.is_dir() else None
        self.settings = settings
        if scratch is None:
            where = tempfile.gettempdir()
            log.warning("there is no /dev/shm; temporary copies of documents are in %s until they are read", where)
        self.places = [
            Place(Options(lang=settings.lang, jobs=share, limits=settings.page), scratch) for share in settings.shares
        ]
        self.free: asyncio.Queue[Place] = asyncio.Queue()
        for place in self.places:
            self.free.put_nowait(place)
        self.admitted = 0
        self.working = 0
        self.mean = FIRST_GUESS
        self._tasks: set[asyncio.Task[Any]] = set()

    @property
    def waiting(self) -> int:
        """Requests that have no place yet."""
        return self.admitted - self.working

    def admit(self) -> Admission:
        """Let a request in.

        Raises:
            Problem: all places are taken, and the queue is full.
        """
        if self.admitted >= len(self.places) + self.settings.queue:
            least, most = PATIENCE
            seconds = round(self.mean * self.admitted / len(self.places))
            retry = {"Retry-After": str(max(least, min(most, seconds)))}
            raise Problem(429, "busy", f"{self.admitted} requests are being worked on; try again later", retry)
        return Admission(self)

    def start(self, admission: Admission, work: Work) -> asyncio.Task[Any]:
        """Start work that goes on, or ends in order, whatever becomes of the request."""
        task = asyncio.get_running_loop().create_task(self._work(admission, work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _work(self, admission: Admission, work: Work) -> Any:
        loop = asyncio.get_running_loop()
        place = await self.free.get()
        limit = self.settings.seconds
        late = loop.call_later(limit, place.stop)
        start = time.monotonic()
        admission.place = place
        self.working += 1
        try:
            return await loop.run_in_executor(place.thread, place.work, work)
        except StoppedError:
            detail = f"reading the document took longer than {limit:g} s; ask for fewer pages: pages=1-10"
            raise Problem(422, "too_slow", detail) from None
        finally:
            late.cancel()
            admission.place = None
            self.working -= 1
            self.mean += 0.2 * (time.monotonic() - start - self.mean)
            self.free.put_nowait(place)

    async def close(self) -> None:
        """Wait for what is being worked on, then end all processes."""
        while self._tasks:
            await asyncio.wait(self._tasks)
        for place in self.places:
            await asyncio.to_thread(place.close)


class Admission:
    """A request that was let in. Leaving the ``with`` block gives its place up, even if its work is not done."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._task: asyncio.Task[Any] | None = None
        self.place: Place | None = None
        self._inside = True
        pool.admitted += 1

    def start(self, work: Work) -> asyncio.Task[Any]:
        """Start the work of the request."""
        self._task = self._pool.start(self, work)
        return self._task

    @property
    def ahead(self) -> int:
        """Requests that come before it, if it has no place."""
        return 0 if self.place else max(0, self._pool.waiting - 1)

    def close(self) -> None:
        """Give the place up; work that is not done is ended."""
        task = self._task
        if task is None or task.done():
            self._left()
            return
        task.add_done_callback(lambda _: self._left())
        if self.place:
            self.place.stop()
        else:
            task.cancel()

    def _left(self) -> None:
        if self._inside:
            self._inside = False
            self._pool.admitted -= 1
        if self._task and self._task.done() and not self._task.cancelled():
            with suppress(Exception):  # it was told to whoever waited for it
                self._task.exception()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
