"""One worker process: started, given calls, listened to, ended."""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from ocr.workers.child import receive, send

if sys.platform != "win32":
    import resource

__all__ = ["Reply", "Worker", "possible"]

PROGRAM = """
import json, sys
sys.path[:] = json.loads(sys.argv[1])
from ocr.workers.child import serve
serve(*json.loads(sys.argv[2]))
"""
ENVIRONMENT = {
    "ORT_DISABLE_TELEMETRY": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MALLOC_MMAP_THRESHOLD_": str(32 << 20),
    "MALLOC_TRIM_THRESHOLD_": str(64 << 20),
}
"""Nothing is sent anywhere; the threads of a worker are those of the engine; glibc keeps the memory of a page for the
next one, up to 64 MB, in place of having it cleared by the kernel each time."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came from a worker.

    Attributes:
        worker: which one.
        time: when, by ``time.monotonic``.
        value: of the call.
        error: that the call raised.
        ended: how the process ended; empty while it lives.
        peak: bytes of memory that it had in use at most, when it has ended; 0 where that is not known.
    """

    worker: Worker
    time: float
    value: Any = None
    error: Exception | None = None
    ended: str = ""
    peak: int = 0


def possible() -> bool:
    """Whether workers can be started here: not on Windows, and not in a frozen program, which has no interpreter."""
    return os.name == "posix" and bool(sys.executable) and not getattr(sys, "frozen", False)


class Worker:
    """A process that answers calls in order.

    Args:
        replies: where its replies are put; the last one says how it ended.
        memory: limit in bytes; 0 for none.
        folder: for its temporary files.
    """

    def __init__(self, replies: SimpleQueue[Reply | None], memory: int, folder: Path) -> None:
        self._replies = replies
        self._lock = threading.Lock()
        requests_in, requests_out = os.pipe()
        replies_in, replies_out = os.pipe()
        settings = json.dumps([requests_in, replies_out, memory, str(folder)])
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-c", PROGRAM, json.dumps(sys.path), settings],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,  # what a library prints would stand among the results
                pass_fds=(requests_in, replies_out),
                process_group=0,  # an interrupt on the terminal is for the parent alone
                env={**os.environ, **ENVIRONMENT, "TMPDIR": str(folder)},
            )
        except BaseException:
            os.close(requests_out)
            os.close(replies_in)
            raise
        finally:
            os.close(requests_in)
            os.close(replies_out)
        self.pid = self._process.pid
        self._inherited = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # a process starts with its parent's peak
        self._requests = os.fdopen(requests_out, "wb")
        self._answers = os.fdopen(replies_in, "rb")
        threading.Thread(target=self._listen, name=f"worker {self.pid}", daemon=True).start()

    def ask(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        """Have a function called that the worker can import; nothing happens if the process has ended."""
        message = pickle.dumps((function, arguments), pickle.HIGHEST_PROTOCOL)
        with contextlib.suppress(OSError, ValueError):
            send(self._requests, message)

    def end(self) -> None:
        """Kill the process and the programs that it has started."""
        with self._lock:
            if self._process.returncode is None:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(self.pid, signal.SIGKILL)
                with contextlib.suppress(ProcessLookupError):
                    os.kill(self.pid, signal.SIGKILL)  # it may not have its own group yet

    def _listen(self) -> None:
        while (message := receive(self._answers)) is not None:
            value, error = pickle.loads(message)
            self._replies.put(Reply(self, time.monotonic(), value, error))
        self._answers.close()
        self.end()
        _, status, used = os.wait4(self.pid, 0)
        with self._lock:
            self._process.returncode = os.waitstatus_to_exitcode(status)
        with contextlib.suppress(OSError):
            self._requests.close()
        ended = _ending(self._process.returncode)
        peak = used.ru_maxrss if used.ru_maxrss > self._inherited else 0
        unit = 1 if sys.platform == "darwin" else 1024
        self._replies.put(Reply(self, time.monotonic(), ended=ended, peak=peak * unit))


def _ending(code: int) -> str:
    """How a process ended, to follow its name."""
    if code >= 0:
        return f"ended with exit status {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    return f"was killed by {name}"
