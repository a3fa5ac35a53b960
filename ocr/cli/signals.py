"""Signals that end the process: unfinished output is removed first, as it is after Ctrl-C."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from types import FrameType
from typing import NoReturn

__all__ = ["orderly_end"]

NAMES = ("SIGTERM", "SIGHUP")  # Windows lacks the second


class Ended(BaseException):
    """A signal has come; like KeyboardInterrupt, nothing but ``finally`` blocks should see it."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def _raise(number: int, frame: FrameType | None) -> NoReturn:
    raise Ended(number)


@contextlib.contextmanager
def orderly_end() -> Iterator[None]:
    """While the block runs, SIGTERM and SIGHUP run its ``finally`` blocks before they end the process.

    The process then dies of the signal, so that its parent sees the same as without this. A signal that is ignored
    (``nohup``) or has a handler is left alone, as is everything outside the main thread.
    """
    numbers = [getattr(signal, name) for name in NAMES if hasattr(signal, name)]
    main = threading.current_thread() is threading.main_thread()
    ours = [number for number in numbers if main and signal.getsignal(number) is signal.SIG_DFL]
    for number in ours:
        signal.signal(number, _raise)
    ended = 0
    try:
        yield
    except Ended as end:
        ended = end.number
    finally:
        for number in ours:
            signal.signal(number, signal.SIG_DFL)
    if ended:
        os.kill(os.getpid(), ended)
