"""``ocr bench``: seconds a page by stage, peak memory, and other engines on the same pages in the same run.

Every engine lives in a process of its own (``worker.py``), so that each has its own memory
and its own libraries. All are warmed up on the first page; then they take turns page by page, so that whatever else
the machine does hits all of them alike. Only our own time includes decoding a PDF: the others get its pages as PNG.
"""

from __future__ import annotations

import json
import math
import os
import select
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from types import TracebackType
from typing import Any, Self

from PIL import Image

from ocr.errors import OcrError, UsageError
from ocr.options import Options
from ocr.source import open_source

__all__ = ["ENGINES", "Report", "Timing", "bench"]

OURS = "ocr"
ENGINES = ("tesseract", "rapidocr", "faster-paddle")
"""The engines that ours can be compared with."""

STAGES = ("decode", "enhance", "detect", "upright", "recognise", "fallback", "layout", "write")
POLL = 0.05
"""Seconds between two looks at a worker's memory."""

COMMON_PICTURES = {".png", ".jpg", ".jpeg"}
"""Every engine reads these by itself."""


@dataclass(frozen=True, slots=True)
class Timing:
    """One page read once by one engine; ``stages`` are of engines that tell them; ``seconds`` is without writing."""

    engine: str
    file: str
    page: int
    seconds: float
    lines: int
    stages: Mapping[str, float] = field(default_factory=dict)
    error: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What was measured.

    Attributes:
        timings: one for each engine, page and repeat, in the order in which they ran.
        peaks: engine -> highest resident memory of its process and that one's children, bytes.
        missing: engine -> why it did not run, and how to install it.
    """

    timings: tuple[Timing, ...]
    peaks: Mapping[str, int]
    missing: Mapping[str, str]

    @property
    def engines(self) -> tuple[str, ...]:
        """The engines that ran, ours first."""
        return tuple(dict.fromkeys(timing.engine for timing in self.timings))

    def ratio(self, engine: str) -> float:
        """How many times as long as ours the engine takes: the median over pages and repeats, pairs of one round."""
        ours, theirs = self._seconds(OURS), self._seconds(engine)
        pairs = [(a, b) for key, times in theirs.items() for a, b in zip(times, ours.get(key, ()), strict=False) if b]
        return median(a / b for a, b in pairs) if pairs else float("nan")

    def rows(self) -> list[dict[str, Any]]:
        """Medians over the repeats, for each page and engine."""
        groups: dict[tuple[str, int, str], list[Timing]] = {}
        for timing in self.timings:
            groups.setdefault((timing.file, timing.page, timing.engine), []).append(timing)
        return [self._row(group) for group in groups.values()]

    def to_json(self) -> dict[str, Any]:
        """Everything, as plain dictionaries and lists."""
        ratios = {engine: self.ratio(engine) for engine in self.engines if engine != OURS}
        return {
            "pages": self.rows(),
            "peak_bytes": dict(self.peaks),
            "ratio": {engine: round(ratio, 3) for engine, ratio in ratios.items() if math.isfinite(ratio)},
            "missing": dict(self.missing),
            "timings": [asdict(timing) for timing in self.timings],
        }

    def to_text(self) -> str:
        """Tables for people: each page, then each engine."""
        header = ["page", "engine", *STAGES, "read s", "lines", "lines/s"]
        table = [header]
        for row in self.rows():
            stages = [f"{row['stages'][stage]:.3f}" if stage in row["stages"] else "" for stage in STAGES]
            speed = f"{row['lines'] / row['seconds']:.0f}" if row["seconds"] else ""
            cells = [f"{Path(row['file']).name}:{row['page']}", row["engine"], *stages, f"{row['seconds']:.3f}"]
            table.append([*cells, str(row["lines"]), speed] if not row["error"] else [*cells, row["error"], ""])
        summary = [["engine", "mean s", "peak MiB", "times ours"]]
        for engine in self.engines:
            times = [row["seconds"] for row in self.rows() if row["engine"] == engine]
            ratio = "1.00" if engine == OURS else f"{self.ratio(engine):.2f}"
            peak = f"{self.peaks.get(engine, 0) / 2**20:.0f}"
            summary.append([engine, f"{sum(times) / len(times):.3f}", peak, ratio])
        summary += [[engine, "", "", why] for engine, why in self.missing.items()]
        return _aligned(table) + "\n\n" + _aligned(summary)

    def _seconds(self, engine: str) -> dict[tuple[str, int], list[float]]:
        times: dict[tuple[str, int], list[float]] = {}
        for timing in self.timings:
            if timing.engine == engine and not timing.error:
                times.setdefault((timing.file, timing.page), []).append(timing.seconds)
        return times

    def _row(self, group: Sequence[Timing]) -> dict[str, Any]:
        first = group[0]
        stages = {stage: median(t.stages.get(stage, 0.0) for t in group) for stage in STAGES if stage in first.stages}
        return {
            "file": first.file,
            "page": first.page,
            "engine": first.engine,
            "seconds": median(timing.seconds for timing in group),
            "stages": stages,
            "lines": first.lines,
            "error": next((timing.error for timing in group if timing.error), ""),
        }


def bench(files: Sequence[str | Path], options: Options, against: Sequence[str] = (), repeat: int = 1) -> Report:
    """Time our reader, and others beside it.

    Without ``against`` each file is read in one go, so that the peak memory is that of the whole document; with it,
    one page at a time in turn.

    Raises:
        UsageError: an engine of that name is not known.
        InputError: a file cannot be opened.
        OcrError: our own reader does not start.
    """
    for name in against:
        if name not in ENGINES:
            raise UsageError(
                f"there is no engine {name!r} to compare with; choose from {','.join(ENGINES)} for --against"
            )
    if repeat < 1:
        raise UsageError(f"repeat must be 1 or more, not {repeat}; write for example --repeat 3")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ocr-bench-")))
        jobs = [job for file in files for job in _jobs(Path(file), options, folder, bool(against))]
        workers = [stack.enter_context(_Worker(name, options)) for name in dict.fromkeys((OURS, *against))]
        missing = {worker.engine: worker.problem for worker in workers if worker.problem}
        if OURS in missing:
            raise OcrError(f"the reader did not start: {missing[OURS]}")
        running = [worker for worker in workers if not worker.problem]
        timings: list[Timing] = []
        for worker in running:
            worker.ask(jobs[0] | {"pages": jobs[0]["first"]})
        for job in jobs:
            for _ in range(repeat):
                for worker in running:
                    timings += worker.ask(job)
        return Report(tuple(timings), {worker.engine: worker.peak for worker in running}, missing)


def _jobs(file: Path, options: Options, folder: Path, each: bool) -> Iterator[dict[str, str]]:
    """What the workers are asked to read: whole files, or single pages with a picture for the other engines."""
    with open_source(file, options) as source:
        first = str(source.numbers[0])
        if not each:
            yield {"file": str(file), "pages": options.pages, "first": first, "picture": ""}
            return
        for number in source.numbers:
            picture = file
            if file.suffix.lower() not in COMMON_PICTURES:
                picture = folder / f"{len(list(folder.iterdir()))}.png"
                page = source.page(number)
                Image.fromarray(page.pixels).save(picture, dpi=(page.dpi, page.dpi), compress_level=1)
            yield {"file": str(file), "pages": str(number), "first": str(number), "picture": str(picture)}


class _Worker:
    """An engine in a process of its own: one JSON object a line goes in, one comes out."""

    def __init__(self, engine: str, options: Options) -> None:
        self.engine = engine
        self.peak = 0
        # Tesseract at its best: its own threads wait for each other, and on two cores that can take ten times as long.
        environment = {**os.environ, "OMP_THREAD_LIMIT": "1"} if engine == "tesseract" else dict(os.environ)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "ocr.bench.worker", engine],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            env=environment,
        )
        self.problem = str(self._exchange(asdict(options)).get("problem", ""))

    def ask(self, job: Mapping[str, str]) -> list[Timing]:
        """Let it read; gives a timing for each page."""
        answer = self._exchange(job)
        if problem := answer.get("problem"):
            page = int(job["first"])
            return [Timing(self.engine, job["file"], page, 0.0, 0, error=str(problem))]
        return [Timing(self.engine, job["file"], **page) for page in answer["pages"]]

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
    """Resident bytes of a process and all below it; 0 where the system does not tell."""
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


def _aligned(table: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[column]) for row in table) for column in range(len(table[0]))]
    lines = []
    for row in table:
        cells = [cell.ljust(w) if i < 2 else cell.rjust(w) for i, (cell, w) in enumerate(zip(row, widths, strict=True))]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)
