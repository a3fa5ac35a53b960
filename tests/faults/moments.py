"""A run that is hit at each moment at which it writes: killed, interrupted, or told that the disk is full.

    python -m tests.faults.moments FORMAT FOLDER

Each run is a forked process, so that one start of Python is enough for all. What is wrong is printed, a line a fault;
the last line says how many runs were hit.
"""

from __future__ import annotations

import io
import os
import pathlib
import resource
import shutil
import signal
import sys
import tempfile
import warnings
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from ocr.cli.group import explained
from ocr.cli.signals import orderly_end
from ocr.document import Page
from ocr.job import Job, run
from ocr.options import PdfOptions
from ocr.source import Source, open_source
from ocr.write import writer_for
from tests.cli.fake import FakeReader
from tests.write.tables import page_with_table

EARLIER = b"the earlier output"
LEFT_OUT = 12
"""Moments beyond which only some in the middle are tried; the first and the last four always are."""

INPUT = Path(__file__).parent.parent.parent / "samples" / "report.tif"


class Reader(FakeReader):
    """Reads a page with a table."""

    def pages(self, source: Source) -> Iterator[Page]:
        for number in source.numbers:
            source.page(number)
            yield page_with_table(number)


class Part(io.FileIO):
    """An unfinished output; each write comes down on the disk in two halves."""

    moment: Callable[[], None]

    def write(self, data: Any, /) -> int:
        with memoryview(data) as view:
            self.moment()
            written = super().write(view[: len(view) // 2 + 1])
            self.moment()
        return written


def watched(moment: Callable[[], None]) -> None:
    """Have a function called before and after each step that changes something on the disk."""
    ordinary, replace, sync = pathlib.Path.open, os.replace, os.fsync
    Part.moment = staticmethod(moment)

    def open_part(path: Path, mode: str = "r", *arguments: Any, **settings: Any) -> Any:
        return io.BufferedWriter(Part(path, "xb")) if mode == "xb" else ordinary(path, mode, *arguments, **settings)

    def step(function: Callable[..., Any]) -> Callable[..., Any]:
        def stepped(*arguments: Any) -> None:
            moment()
            function(*arguments)
            moment()

        return stepped

    setattr(pathlib.Path, "open", open_part)  # noqa: B010
    setattr(os, "replace", step(replace))  # noqa: B010
    setattr(os, "fsync", step(sync))  # noqa: B010


class Runs:
    """Runs of one format to one target."""

    def __init__(self, form: str, folder: Path) -> None:
        self.form = form
        self.target = folder / "out" / f"result.{form}"
        self.temporary = folder / "tmp"
        self.faults: list[str] = []
        self.hit = 0
        for path in (self.target.parent, self.temporary):
            path.mkdir(exist_ok=True)
        tempfile.tempdir = str(self.temporary)

    def run(self, at: int = 0, number: int = 0, room: int | None = None) -> int:
        """A run; at the moment ``at`` the signal ``number`` hits it.

        Returns:
            The exit code, or the number of the signal that it died of, negative.
        """
        sys.stdout.flush()
        if (pid := os.fork()) == 0:
            os._exit(self._child(at, number, room))
        _, status = os.waitpid(pid, 0)
        return os.waitstatus_to_exitcode(status)

    def moments(self) -> int:
        """How many moments a run has."""
        reading, writing = os.pipe()
        if (pid := os.fork()) == 0:
            try:
                watched(lambda: print(end=".", file=dots, flush=True))
                with os.fdopen(writing, "w") as dots:
                    self._job()
            finally:
                os._exit(0)
        os.close(writing)
        with os.fdopen(reading) as received:
            count = len(received.read())
        os.waitpid(pid, 0)
        return count

    def _child(self, at: int, number: int, room: int | None) -> int:
        moments = iter(range(1, 1_000_000))

        def moment() -> None:
            if next(moments) == at:
                os.kill(os.getpid(), number)

        try:
            with orderly_end():
                watched(moment)
                if room is not None:
                    resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
                return self._job()
        except KeyboardInterrupt:
            return 130
        except Exception as error:
            message, code = explained(error)
            return int(code) if str(self.target.parent) in message or room is None else 99

    def _job(self) -> int:
        job = Job(INPUT, self.target, self.form, pdf=PdfOptions(optimize=1))
        return int(run(job, Reader()).exit_code)  # type: ignore[arg-type]

    def check(self, what: str, *, clean: bool) -> None:
        """Note what is wrong after a run that was hit; ``clean`` where it had the time to remove what it began."""
        self.hit += 1
        data = self.target.read_bytes()
        if data != EARLIER and not complete(data, self.form):
            self.faults.append(f"{what}: {len(data)} bytes are half an output")
        parts = [path for path in self.target.parent.iterdir() if path != self.target]
        if clean and parts:
            self.faults.append(f"{what}: {parts} left")
        if left := list(self.temporary.iterdir()):
            self.faults.append(f"{what}: {left} left for temporary files")
            shutil.rmtree(self.temporary)
            self.temporary.mkdir()
        for part in parts:
            os.utime(part, (0, 0))
        self.target.write_bytes(EARLIER)

    def all(self) -> None:
        """Every way to be hit, at every moment."""
        count = self.moments()
        whole = len(self.target.read_bytes())
        if not complete(self.target.read_bytes(), self.form):
            self.faults.append("the output of an ordinary run is not complete")
        self.target.write_bytes(EARLIER)
        moments = range(1, count + 1)
        if count > LEFT_OUT:
            moments = sorted({1, *range(2, count, count // 6), *moments[-4:]})  # type: ignore[assignment]
        for at in moments:
            for number, code in ((signal.SIGKILL, -9), ((signal.SIGINT, 130), (signal.SIGTERM, -15))[at % 2]):
                if (came := self.run(at, number)) != code:
                    self.faults.append(f"{number.name} at {at}: ended with {came}")
                self.check(f"{number.name} at {at} of {count}", clean=number != signal.SIGKILL)
        for room in (0, whole // 2, whole - whole // 10):
            if (came := self.run(room=room)) != 4:
                self.faults.append(f"room for {room} bytes: ended with {came}")
            self.check(f"room for {room} of {whole} bytes", clean=True)
        self.run(count - 5, signal.SIGKILL)
        parts = list(self.target.parent.glob(".*.part"))
        for part in parts:
            os.utime(part, (0, 0))
        if not parts or self.run() or list(self.target.parent.iterdir()) != [self.target]:
            self.faults.append(f"the run after one that was killed left {list(self.target.parent.iterdir())}, {parts}")


def complete(data: bytes, form: str) -> bool:
    """Whether an output ends where it should."""
    if form in ("xlsx", "docx"):
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                return archive.testzip() is None
        except zipfile.BadZipFile:
            return False
    if form in ("hocr", "alto", "page"):
        try:
            ElementTree.fromstring(data)
        except ElementTree.ParseError:
            return False
        return True
    ends = {"json": b"}", "jsonl": b"}", "docling": b"}", "pdf": b"%%EOF", "md": b"</table>", "tsv": b"\tg"}
    return data.rstrip().endswith(ends.get(form, b"0.5 g"))


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    with open_source(INPUT) as source:  # what decodes and writes is loaded here, and not in each process
        writer_for(sys.argv[1])(Reader().pages(source), io.BytesIO(), source, Reader.engine)
    runs = Runs(sys.argv[1], Path(sys.argv[2]))
    runs.all()
    print(*runs.faults, f"{runs.hit} runs hit", sep="\n")
