"""Signals that end the process: unfinished output is removed first, and no other error hides the signal."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from types import FrameType
from typing import NoReturn

__all__ = ["orderly_end"]

NAMES = ("SIGINT", "SIGTERM", "SIGHUP")  # Windows lacks the last
DEFAULTS = (signal.SIG_DFL, signal.default_int_handler)


class Ended(BaseException):
    """A signal has come; like KeyboardInterrupt, nothing but ``finally`` blocks should see it."""


@contextlib.contextmanager
def orderly_end() -> Iterator[None]:
    """While the block runs, SIGTERM and SIGHUP run its ``finally`` blocks before they end the process.

    The process then dies of the signal, so that its parent sees the same as without this. A signal that is ignored
    (``nohup``) or has a handler is left alone, as is everything outside the main thread.

    Raises:
        KeyboardInterrupt: SIGINT has come. An extension module that is being imported turns it into an ImportError,
            which would pass for a package that is not installed.
    """
    came: list[int] = []

    def note(number: int, frame: FrameType | None) -> NoReturn:
        came.append(number)
        raise KeyboardInterrupt if number == signal.SIGINT else Ended

    earlier = {number: signal.getsignal(number) for number in _numbers()}
    ours = {number: handler for number, handler in earlier.items() if handler in DEFAULTS}
    for number in ours:
        signal.signal(number, note)
    try:
        yield
    finally:
        for number, handler in ours.items():
            signal.signal(number, handler)
        if signal.SIGINT in came:
            raise KeyboardInterrupt
        if came:
            os.kill(os.getpid(), came[0])


def _numbers() -> list[int]:
    """The signals that can be handled here."""
    if threading.current_thread() is not threading.main_thread():
        return []
    return [getattr(signal, name) for name in NAMES if hasattr(signal, name)]
