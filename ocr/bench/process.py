"""An engine in a process of its own, and the memory of that process."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ocr.bench.report import Timing
from ocr.options import Options

__all__ = ["EngineProcess"]

POLL = 0.05
"""Seconds between two measurements of a process's memory."""


class EngineProcess:
    """An engine in a process of its own, which answers each line of JSON with another (``ocr.bench.worker``).

    Args:
        name: ``ocr`` or one of ``ENGINES``.
        options: how this reader reads.
        detector: its text detection model, if not the default.
        recognizer: its text recognition model, if not the default.
    """

    def __init__(self, name: str, options: Options, detector: str | None = None, recognizer: str | None = None) -> None:
        self.name = name
        self.peak = 0
        # onnxruntime, which other engines use too, must not collect telemetry.
        environment = {**os.environ, "ORT_DISABLE_TELEMETRY": "1"}
        if name == "tesseract":
            # With several threads it can take ten times as long on two cores, because they wait for each other.
            environment["OMP_THREAD_LIMIT"] = "1"
        self._process = subprocess.Popen(
            [sys.executable, "-m", "ocr.bench.worker", name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            env=environment,
        )
        settings = {"options": asdict(options), "detector": detector, "recognizer": recognizer}
        self.problem = str(self._exchange(settings).get("problem", ""))

    def ask(self, job: Mapping[str, str]) -> list[Timing]:
        """Have it read; returns a timing for each page."""
        answer = self._exchange(job)
        if problem := answer.get("problem"):
            page = int(job["first"])
            return [Timing(self.name, job["file"], page, 0.0, 0, error=str(problem))]
        return [Timing(self.name, job["file"], **page) for page in answer["pages"]]

    def _exchange(self, message: Mapping[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps(message).encode() + b"\n")
            while sys.platform != "win32" and not select.select([self._process.stdout], [], [], POLL)[0]:
                self.peak = max(self.peak, _resident(self._process.pid))
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = b""
        if not line:
            return {"problem": f"its process ended with code {self._process.wait()}"}
        answer: dict[str, Any] = json.loads(line)
        self.peak = max(self.peak, int(answer.pop("peak", 0)))
        return answer

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for stream in (self._process.stdin, self._process.stdout):
            if stream:
                stream.close()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _resident(pid: int) -> int:
    """Resident memory of a process and its descendants in bytes; 0 where the system does not say."""
    total = 0
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
        children = [child for task in Path(f"/proc/{pid}/task").iterdir() for child in _children(task)]
    except OSError:  # no /proc here, or the process has just ended
        return 0
    for row in status.splitlines():
        if row.startswith("VmRSS:"):
            total = int(row.split()[1]) * 1024
    return total + sum(_resident(child) for child in children)


def _children(task: Path) -> list[int]:
    return [int(child) for child in (task / "children").read_text(encoding="ascii").split()]
