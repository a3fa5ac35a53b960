"""A few workers that share calls: results in order, lost calls tried once more, processes replaced."""

from __future__ import annotations

import itertools
import queue
import shutil
import tempfile
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from ocr.errors import OcrError
from ocr.options import Limits
from ocr.workers.process import Reply, Worker

__all__ = ["Outcome", "StoppedError", "Team"]

DEPTH = 2
"""Calls that a worker has at most: the one it works on, and the next, so that it need not wait for this process."""
AHEAD = 8
"""Results for each worker that may wait for an earlier one."""
TRIES = 2
FULL = 0.75
"""A worker that ends with more than this share of its memory in use has run out of it: what it asked for last is not
counted."""

Call = tuple[Callable[..., Any], tuple[Any, ...]]


class StoppedError(Exception):
    """Another thread has stopped the team."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a call.

    Attributes:
        value: what the function returned.
        error: what it raised.
        lost: why there is neither; continues "the process that ...".
    """

    value: Any = None
    error: Exception | None = None
    lost: str = ""


@dataclass(slots=True, eq=False)
class _Task:
    call: Call
    tries: int = 0
    alone: bool = False
    outcome: Outcome | None = None


@dataclass(slots=True, eq=False)
class _Member:
    """A worker with what it was asked and has not answered; ``since`` is when it began with the first of these."""

    worker: Worker
    tasks: deque[_Task] = field(default_factory=deque)
    since: float = 0.0
    late: _Task | None = None


class Team:
    """Worker processes, started as they are needed. Use it in a ``with`` block, in one thread.

    Args:
        size: greatest number of workers.
        limits: of each call.
        scratch: where the folder for temporary files is made; None for the system's.

    Attributes:
        folder: for temporary files; removed at the end, whatever happens to the workers.

    Example:
        >>> with Team(2, Limits()) as team:
        ...     [outcome.value for outcome in team.ordered([(pow, (2, 3)), (pow, (2, 4))])]
        [8, 16]
    """

    def __init__(self, size: int, limits: Limits, scratch: Path | None = None) -> None:
        self._size = size
        self._wanted = 1
        self._limits = limits
        self._replies: queue.SimpleQueue[Reply | None] = queue.SimpleQueue()
        self._stopped = False
        self._members: list[_Member] = []
        self._waiting: deque[_Task] = deque()
        self._suspects: deque[_Task] = deque()
        self.folder = Path(tempfile.mkdtemp(prefix="ocr-", dir=scratch))

    @property
    def pids(self) -> tuple[int, ...]:
        """The processes."""
        return tuple(member.worker.pid for member in self._members)

    def start(self, count: int, *calls: Call) -> None:
        """Work with so many workers from now on, and start them; each makes these calls first, for their effect alone.

        Raises:
            OcrError: no process can be started.
        """
        self._wanted = max(1, min(count, self._size))
        while len(self._members) < self._wanted:
            self._started()
        for member in self._members:
            for call in calls:
                self._give(member, _Task(call, tries=TRIES))

    def call(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """One call, on the worker that is free first.

        Raises:
            OcrError: it was lost.
            Exception: what the function raises.
        """
        [outcome] = self.ordered([(function, arguments)])
        if outcome.error:
            raise outcome.error
        if outcome.lost:
            raise OcrError(f"the process that works on it {outcome.lost}")
        return outcome.value

    def ordered(self, calls: Iterable[Call]) -> Generator[Outcome, None, None]:
        """The outcomes of many calls, in order. Calls are taken as workers become free, a few ahead of the results.

        Raises:
            OcrError: no process can be started.
        """
        for task in self._done(calls, 0, in_order=True):
            assert task.outcome is not None
            yield task.outcome

    def completed(self, calls: Iterable[Call]) -> Generator[tuple[Call, Outcome], None, None]:
        """Many calls with their outcomes, as they come; a call that is lost is not tried again.

        Raises:
            OcrError: no process can be started.
        """
        for task in self._done(calls, TRIES - 1, in_order=False):
            assert task.outcome is not None
            yield task.call, task.outcome

    def _done(self, calls: Iterable[Call], tries: int, *, in_order: bool) -> Generator[_Task, None, None]:
        todo = iter(calls)
        window: deque[_Task] = deque()
        more = True
        while True:
            while more and len(window) < AHEAD * self._size and not self._suspects and self._room():
                if more := (call := next(todo, None)) is not None:
                    assert call is not None
                    window.append(_Task(call, tries))
                    self._waiting.append(window[-1])
                    self._dispatch()
            if not window and not more:
                return
            candidates = itertools.islice(window, 1 if in_order else None)
            ready = next((task for task in candidates if task.outcome is not None), None)
            if ready is None:
                self._step()
                continue
            window.remove(ready)
            yield ready

    def stop(self) -> None:
        """Make the thread that waits for a result get a StoppedError; after that the team can only be closed."""
        self._stopped = True
        self._replies.put(None)

    def close(self) -> None:
        """Kill the workers and remove their temporary files."""
        # First while they live: if this process is killed at this moment, they remove the folder.
        shutil.rmtree(self.folder, ignore_errors=True)
        members, self._members = self._members, []
        for member in members:
            member.worker.end()
        left = {member.worker for member in members}
        while left:
            reply = self._replies.get()
            if reply and reply.ended:
                left.discard(reply.worker)
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Team:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _started(self) -> _Member:
        try:
            member = _Member(Worker(self._replies, self._limits.memory, self.folder))
        except OSError as error:
            raise OcrError(
                f"no process can be started ({error.strerror or error}); check: ulimit -a; free -h"
            ) from error
        self._members.append(member)
        return member

    @property
    def _crew(self) -> list[_Member]:
        """The workers that are given calls: an earlier document may have needed more of them."""
        return self._members[: self._wanted]

    def _room(self) -> bool:
        """Whether one more call can be given to a worker."""
        return len(self._members) < self._wanted or any(len(member.tasks) < DEPTH for member in self._crew)

    def _dispatch(self) -> None:
        """Give waiting calls to workers. A suspect waits until nothing else is worked on, and goes first."""
        if self._suspects:
            if not any(member.tasks for member in self._members):
                self._give(self._members[0] if self._members else self._started(), self._suspects.popleft())
            return
        while self._waiting and self._room():
            free = min(self._crew, key=lambda member: len(member.tasks), default=None)
            if free is None or (free.tasks and len(self._members) < self._wanted):
                free = self._started()
            self._give(free, self._waiting.popleft())

    def _give(self, member: _Member, task: _Task) -> None:
        task.alone = not any(other.tasks for other in self._members)
        if not member.tasks:
            member.since = time.monotonic()
        member.tasks.append(task)
        member.worker.ask(*task.call)

    def _step(self) -> None:
        """Wait for one reply, or for the end of somebody's time.

        Raises:
            StoppedError: another thread has stopped the team.
        """
        self._dispatch()
        try:
            reply = self._replies.get(timeout=self._patience())
        except queue.Empty:
            now = time.monotonic()
            for member in self._members:
                if member.tasks and not member.late and now >= member.since + self._limits.page_seconds:
                    member.late = member.tasks[0]
                    member.worker.end()  # its last reply follows
            return
        if reply is None or self._stopped:
            raise StoppedError
        member = next(member for member in self._members if member.worker is reply.worker)
        if reply.ended:
            self._members.remove(member)
            self._lost(member, reply)
        elif member.tasks:
            member.tasks.popleft().outcome = Outcome(reply.value, reply.error)
            member.since = reply.time

    def _patience(self) -> float | None:
        """Seconds until the first worker has used up its time."""
        if not self._limits.page_seconds:
            return None
        begun = [member.since for member in self._members if member.tasks and not member.late]
        if not begun:
            return None
        return max(0.0, min(begun) + self._limits.page_seconds - time.monotonic())

    def _lost(self, member: _Member, reply: Reply) -> None:
        """A worker has ended: what it was at is tried again alone, once; what it had not begun just waits.

        What took too long with nothing beside it, or used up the memory, would only do so again.
        """
        if not member.tasks:
            return
        task, *others = member.tasks
        self._waiting.extendleft(reversed(others))
        task.tries += 1
        late = member.late is task
        memory = self._limits.memory
        full = bool(memory) and not late and reply.peak > FULL * memory
        if task.tries < TRIES and not full and not (late and task.alone):
            self._suspects.append(task)
            return
        why = f"{reply.ended}, {'twice' if task.tries > 1 else 'once'}"
        if late:
            why = f"took longer than {self._limits.page_seconds:g} s and was stopped"
        elif full:
            why = f"needs more memory than the limit of {memory / (1 << 30):.3g} GB"
        task.outcome = Outcome(lost=why)
