"""The side of the worker process: calls functions as its parent asks, one after the other, until the parent is gone."""

from __future__ import annotations

import contextlib
import gc
import os
import pickle
import shutil
import signal
import struct
import sys
import threading
import time
from queue import SimpleQueue
from typing import BinaryIO

__all__ = ["LENGTH", "receive", "send", "serve"]

LENGTH = struct.Struct("<Q")
"""Every message is a pickle with its length in front."""
OOM_SCORE = b"500"
"""Makes the kernel choose a worker, and not its parent, when the machine's memory is used up (0..1000)."""

COLLECTED = 50_000
"""Objects that come before cycles among them are looked for: reading makes many objects and hardly a cycle."""

REMOVALS = 20
"""Tries to remove the folder for temporary files."""


def serve(requests: int, replies: int, memory: int, folder: str) -> None:
    """Serve until the pipe of requests is closed.

    Args:
        requests: file descriptor to read calls from: ``(function, arguments)``.
        replies: file descriptor to write results to: ``(value, None)`` or ``(None, error)``.
        memory: limit in bytes; 0 for none.
        folder: for temporary files; removed if the parent ends before the worker.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what an interrupt means
    _limit(memory)
    gc.set_threshold(COLLECTED)
    calls: SimpleQueue[bytes] = SimpleQueue()
    listener = threading.Thread(target=_listen, args=(os.fdopen(requests, "rb"), calls, folder), daemon=True)
    listener.start()
    with os.fdopen(replies, "wb") as out:
        try:
            while True:
                send(out, _answer(calls.get()))
        except BrokenPipeError:  # the parent is gone, which the listener sees, too; it removes the folder and ends all
            listener.join()


def send(file: BinaryIO, message: bytes) -> None:
    """Write one message."""
    file.write(LENGTH.pack(len(message)))
    file.write(message)
    file.flush()


def receive(file: BinaryIO) -> bytes | None:
    """The next message; None when the other side is gone."""
    head = file.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    (length,) = LENGTH.unpack(head)
    message = file.read(length)
    return message if len(message) == length else None


def _answer(call: bytes) -> bytes:
    try:
        function, arguments = pickle.loads(call)
        return pickle.dumps((function(*arguments), None), pickle.HIGHEST_PROTOCOL)
    except Exception as error:  # whatever it is, the parent has to deal with it
        with contextlib.suppress(Exception):
            told = pickle.dumps((None, error), pickle.HIGHEST_PROTOCOL)
            pickle.loads(told)
            return told
        return pickle.dumps((None, RuntimeError(f"{type(error).__name__}: {error}")))


def _listen(requests: BinaryIO, calls: SimpleQueue[bytes], folder: str) -> None:
    """Pass requests on. When the parent is gone, the process ends at once, also in the middle of a call."""
    while (message := receive(requests)) is not None:
        calls.put(message)
    for _ in range(REMOVALS):  # other workers, and a call of this one, may still write there
        shutil.rmtree(folder, ignore_errors=True)
        if not os.path.exists(folder):
            break
        time.sleep(0.05)
    if hasattr(os, "getpgrp") and os.getpgrp() == os.getpid():
        os.killpg(os.getpid(), signal.SIGKILL)  # with the programs that it has started
    os._exit(0)


def _limit(memory: int) -> None:
    """Limit the memory, and write no core dumps, which would take seconds."""
    if sys.platform == "win32":
        return
    import resource

    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if memory:
        with contextlib.suppress(OSError, ValueError):  # a lower limit holds already
            resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "wb") as file:
        file.write(OOM_SCORE)
