"""From a request to its response: run at a place while the client is there, whole or as server-sent events."""

from __future__ import annotations

import asyncio
import json
import logging
import traceback
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from ocr.serve.pool import Admission, Pool, Work
from ocr.serve.problems import Problem, problem_of
from ocr.serve.work import Emit

__all__ = ["EVENT_STREAM", "Events", "awaited", "dumped", "explained"]

EVENT_STREAM = "text/event-stream"
ALIVE = 10.0
"""Seconds after which a silent stream says that it is still there."""

log = logging.getLogger(__name__)


def dumped(value: Any) -> bytes:
    """A value as JSON in UTF-8."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace")


def explained(error: Exception) -> Problem:
    """The problem that an error is; one that should not happen is logged without its message, which may quote text."""
    problem = problem_of(error)
    if problem.status == 500:
        frames = traceback.extract_tb(error.__traceback__)
        where = " < ".join(f"{frame.filename}:{frame.lineno}" for frame in reversed(frames[-6:]))
        log.error("unexpected %s at %s", type(error).__name__, where)
    return problem


async def awaited(request: Request, admission: Admission, work: Work) -> Any:
    """The result of work, which ends when the client goes.

    Raises:
        Problem: the client is gone, or nobody waits for the result any more.
        Exception: what the work raises.
    """
    task = admission.start(work)
    gone = asyncio.ensure_future(_gone(request.receive))
    try:
        await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        gone.cancel()
    if not task.done():
        raise Problem(400, "gone", "the client is gone")
    return task.result()


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


class Events(Response):
    """Work whose progress is sent as server-sent events; the last is ``done`` or ``error``.

    Args:
        pool: that does the work.
        admission: of the request, given up at the end.
        work: takes the crew and the function that sends an event.
        last: the data of ``done``, made from the result of the work.
    """

    media_type = EVENT_STREAM

    def __init__(
        self,
        pool: Pool,
        admission: Admission,
        work: Callable[[Any, Emit], Any],
        last: Callable[[Any], dict[str, Any]],
    ) -> None:
        super().__init__(headers={"X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._pool = pool
        self._admission = admission
        self._work = work
        self._last = last

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the events until the work is done, or the client is gone."""
        loop = asyncio.get_running_loop()
        events: asyncio.Queue[bytes] = asyncio.Queue()

        def emit(name: str, data: dict[str, Any]) -> None:
            loop.call_soon_threadsafe(events.put_nowait, _event(name, data))

        with self._admission as admission:
            task = admission.start(lambda crew: self._work(crew, emit))
            gone = asyncio.ensure_future(_gone(receive))
            try:
                await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
                await _sent(send, _event("queued", {"ahead": self._pool.waiting - 1}))
                while not (task.done() and events.empty()) and not gone.done():
                    await _sent(send, await _next(events, task, gone))
                if not gone.done():
                    await _sent(send, self._end(task), more=False)
            finally:
                gone.cancel()

    def _end(self, task: asyncio.Task[Any]) -> bytes:
        try:
            return _event("done", self._last(task.result()))
        except Exception as error:  # the status line was sent long ago
            return _event("error", explained(error).to_json())


async def _next(events: asyncio.Queue[bytes], *ends: asyncio.Future[Any]) -> bytes:
    """The next event; a comment if there is none for some time, nothing if the work ends or the client goes."""
    if not events.empty():
        return events.get_nowait()
    getting = asyncio.ensure_future(events.get())
    await asyncio.wait({getting, *ends}, timeout=ALIVE, return_when=asyncio.FIRST_COMPLETED)
    if getting.done():
        return getting.result()
    getting.cancel()
    return b"" if any(end.done() for end in ends) else b": still working\n\n"


async def _sent(send: Send, body: bytes, *, more: bool = True) -> None:
    if body or not more:
        await send({"type": "http.response.body", "body": body, "more_body": more})


def _event(name: str, data: dict[str, Any]) -> bytes:
    """A server-sent event; JSON has no line breaks outside its strings, and none inside."""
    return b"event: %s\ndata: %s\n\n" % (name.encode(), dumped(data))
