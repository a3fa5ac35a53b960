"""Leases in a store: who works on what, until it is done or its machine is dead.

A lease is an object ``NAME.N``. Its holder rewrites it now and then; whoever sees it unchanged for long enough, by a
clock of its own, may create ``NAME.(N + 1)``, which only one can. The highest number holds. So no two clocks have to
agree, and a store needs nothing but the creation of objects that are not there yet. A lease saves work from being done
twice; that outputs are written once does not depend on it (see :mod:`ocr.batch.shared`).
"""

from __future__ import annotations

import itertools
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from ocr.batch.places import Place
from ocr.errors import OutputError

__all__ = ["Leases"]

BEATS = 5
"""Times that a lease is rewritten before it would be taken for stale."""


class Leases:
    """The leases of one process. Use it in a ``with`` block; a thread keeps those that are held alive.

    Args:
        place: the store.
        folder: of the leases in it.
        stale: seconds after which an unchanged lease is that of a dead machine.
        clock: seconds of any origin.

    Attributes:
        owner: a name for this process that no other has.
    """

    def __init__(self, place: Place, folder: str, stale: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.owner = f"{socket.gethostname()} {os.getpid()} {secrets.token_hex(6)}"
        self.stale = stale
        self._place = place
        self._folder = folder
        self._clock = clock
        self._held: dict[str, int] = {}
        self._fresh: dict[str, float] = {}
        self._seen: dict[str, tuple[int, str, float]] = {}
        self._count = itertools.count()
        self._lock = threading.Lock()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._beat_on, name="leases", daemon=True)

    def take(self, name: str) -> int:
        """Take a lease that nobody holds, or that is stale.

        Returns:
            Its number, from 1; 0 if somebody holds it.

        Raises:
            OutputError: the store cannot be used.
        """
        number, stale = self._look(name, self._place.listed(self._folder))
        if number and not stale:
            return 0
        now = self._clock()
        if not self._place.create(f"{self._folder}/{name}.{number + 1}", self._content()):
            return 0
        with self._lock:
            self._held[name] = number + 1
            self._fresh[name] = now
        return number + 1

    def held(self, name: str) -> bool:
        """Whether a lease is still held: nobody can have taken it for stale."""
        with self._lock:
            return name in self._held and self._clock() - self._fresh[name] < self.stale

    def release(self, name: str) -> None:
        """Give a lease back."""
        with self._lock:
            number = self._held.pop(name, 0)
        for earlier in range(number, 0, -1):
            self._place.remove(f"{self._folder}/{name}.{earlier}")

    def beat(self) -> None:
        """Rewrite the leases that are held; those that somebody has taken over are lost."""
        listing = self._place.listed(self._folder)
        with self._lock:
            held = list(self._held.items())
        for name, number in held:
            now = self._clock()
            if _highest(name, listing)[0] != number:
                with self._lock:
                    self._held.pop(name, None)
                continue
            self._place.write(f"{self._folder}/{name}.{number}", self._content())
            with self._lock:
                self._fresh[name] = now

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end.set()
        self._thread.join(self.stale)
        for name in list(self._held):
            try:
                self.release(name)
            except OutputError:  # it will be stale soon
                return

    def _look(self, name: str, listing: dict[str, str]) -> tuple[int, bool]:
        """The number of the lease that holds, 0 for none, and whether it is stale."""
        number, mark = _highest(name, listing)
        if not number:
            return 0, False
        seen = self._seen.get(name)
        if seen is None or seen[:2] != (number, mark):
            self._seen[name] = (number, mark, self._clock())
            return number, False
        return number, self._clock() - seen[2] > self.stale

    def _content(self) -> bytes:
        return f"{self.owner} {next(self._count)}\n".encode()

    def _beat_on(self) -> None:
        while not self._end.wait(self.stale / BEATS):
            try:
                self.beat()
            except OutputError:  # the store may be back at the next beat; if not, what is held becomes stale
                continue


def _highest(name: str, listing: dict[str, str]) -> tuple[int, str]:
    """The highest number of a lease, 0 for none, and what the store says of that object."""
    numbers = [
        int(number)
        for lease in listing
        for head, _, number in [lease.rpartition(".")]
        if head == name and number.isdecimal()
    ]
    highest = max(numbers, default=0)
    return highest, listing.get(f"{name}.{highest}", "")
