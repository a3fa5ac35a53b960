"""Signals that end the process: unfinished output is removed first, and no other error hides the signal."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

__all__ = ["orderly_end"]

NAMES = ("SIGINT", "SIGTERM", "SIGHUP")  # Windows lacks the last
DEFAULTS = (signal.SIG_DFL, signal.default_int_handler)

AGAIN = 0.05
"""Seconds after which a signal that was swallowed comes again, so that what has swallowed it is over."""


class Ended(BaseException):
    """A signal has come; like KeyboardInterrupt, nothing but ``finally`` blocks should see it."""


class Interrupted(KeyboardInterrupt):
    """SIGINT has come."""


@contextlib.contextmanager
def orderly_end() -> Iterator[None]:
    """While the block runs, SIGTERM and SIGHUP run its ``finally`` blocks before they end the process.

    The process then dies of the signal, so that its parent sees the same as without this. A signal that is ignored
    (``nohup``) or has a handler is left alone, as is everything outside the main thread.

    Code that is interrupted may swallow the exception: Python does in what it calls while it frees an object, and an
    extension module that is being imported turns it into an ImportError, which passes for a package that is not
    installed. The signal then comes once more.

    Raises:
        KeyboardInterrupt: SIGINT has come.
    """
    came = Came()
    earlier = {number: signal.getsignal(number) for number in _numbers()}
    ours = {number: handler for number, handler in earlier.items() if handler in DEFAULTS}
    unraisable, sys.unraisablehook = sys.unraisablehook, came.silent(sys.unraisablehook)
    for number in ours:
        signal.signal(number, came.note)
    try:
        yield
    finally:
        came.over()
        for number, handler in ours.items():
            signal.signal(number, handler)
        sys.unraisablehook = unraisable
        if signal.SIGINT in came.numbers:
            raise KeyboardInterrupt
        if came.numbers:
            os.kill(os.getpid(), came.numbers[0])


class Came:
    """The signals that have come, and whether their exceptions are still on the way."""

    def __init__(self) -> None:
        self.numbers: list[int] = []
        self._exceptions: list[weakref.ref[BaseException]] = []
        self._timer: threading.Timer | None = None
        self._over = False

    def note(self, number: int, frame: FrameType | None) -> NoReturn:
        """Handle a signal.

        Raises:
            Interrupted: SIGINT.
            Ended: another one.
        """
        self.numbers.append(number)
        raise self._watched(number)

    def over(self) -> None:
        """The exception has arrived, or there was none."""
        self._over = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer.join()

    def silent(self, hook: Callable[[UnraisableHookArgs], object]) -> Callable[[UnraisableHookArgs], object]:
        """A hook for exceptions that nobody can see, which says nothing of ours."""

        def report(unraisable: UnraisableHookArgs) -> None:
            if not isinstance(unraisable.exc_value, (Interrupted, Ended)):
                hook(unraisable)

        return report

    def _watched(self, number: int) -> BaseException:
        """An exception whose end, before it has arrived, brings the signal again."""
        error = Interrupted() if number == signal.SIGINT else Ended()
        self._exceptions.append(weakref.ref(error, lambda _: self._swallowed(number)))
        return error

    def _swallowed(self, number: int) -> None:
        if not self._over:
            self._timer = threading.Timer(AGAIN, os.kill, (os.getpid(), number))
            self._timer.daemon = True
            self._timer.start()


def _numbers() -> list[int]:
    """The signals that can be handled here."""
    if threading.current_thread() is not threading.main_thread():
        return []
    return [getattr(signal, name) for name in NAMES if hasattr(signal, name)]
