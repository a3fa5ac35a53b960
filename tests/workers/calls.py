"""What the workers of the tests are asked to do."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def square(number: int) -> int:
    time.sleep(0.02 * (number % 3))
    return number * number


def fail(message: str) -> None:
    raise ValueError(message)


def crash(flag: str = "") -> int:
    """A segmentation fault; with a flag file only the first time."""
    if flag:
        try:
            os.close(os.open(flag, os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            return 7
    signal.signal(signal.SIGSEGV, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGSEGV)
    return ctypes.string_at(0)[0]


def hang() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(600)


def fill(size: int) -> int:
    return len(bytearray(size))


def fill_and_die(size: int) -> None:
    """As a C library does that cannot get what it asks for."""
    held = []
    try:
        while True:
            held.append(b"x" * (size // 20))
    except MemoryError:
        os.abort()


def chatter() -> str:
    print("python noise", flush=True)
    os.write(1, b"descriptor noise\n")
    subprocess.run(["echo", "program noise"], check=True)
    return "done"


def litter(pids: str) -> None:
    """Leave a temporary file and a running program behind."""
    Path(tempfile.mkdtemp(), "left").touch()
    program = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    Path(pids).write_text(f"{os.getpid()} {program.pid}")
    time.sleep(600)


def pid() -> int:
    return os.getpid()


def unpicklable() -> object:
    return lambda: None


def threads() -> tuple[str, bool]:
    return os.environ["OMP_NUM_THREADS"], "onnxruntime" in sys.modules
