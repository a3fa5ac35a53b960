"""The measurement: which pages are read, in which order, by which engines."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from PIL import Image

from ocr.bench.process import EngineProcess
from ocr.bench.report import ENGINES, OURS, Report, Timing
from ocr.errors import OcrError, UsageError
from ocr.options import Options
from ocr.source import Source, open_source

__all__ = ["bench"]

COMMON_PICTURES = {".png", ".jpg", ".jpeg"}
"""Files that every engine opens by itself."""


def bench(
    files: Sequence[str | Path],
    options: Options,
    against: Sequence[str] = (),
    repeat: int = 1,
    *,
    pages: str | None = None,
    password: str = "",
    detector: str | None = None,
    recognizer: str | None = None,
) -> Report:
    """Time this reader, and optionally other engines beside it.

    Without ``against`` each file is read in one go, so that peak memory is that of the whole document; with it, the
    engines take turns page by page.

    Args:
        files: inputs.
        options: how this reader reads.
        against: names of other engines, from ``ENGINES``.
        repeat: how often each page is read.
        pages: the pages to read, such as ``1,3-5,8-``; all by default.
        password: of encrypted PDFs.
        detector: text detection model of this reader, a name or the path of a file; None for the default.
        recognizer: text recognition model, in the same way.

    Raises:
        UsageError: ``against`` names an unknown engine, or ``repeat`` is not positive.
        InputError: a file cannot be opened.
        OcrError: this reader does not start.
    """
    for name in against:
        if name not in ENGINES:
            raise UsageError(f"unknown engine {name!r} to compare with; choose from {','.join(ENGINES)} for --against")
    if repeat < 1:
        raise UsageError(f"repeat must be 1 or more, not {repeat}; write for example --repeat 3")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ocr-bench-")))
        jobs: list[dict[str, str]] = []
        for file in map(Path, files):
            asked: dict[str, Any] = {"pages": pages, "password": password, "renderer": options.renderer}
            with open_source(file, dpi=options.dpi, **asked) as source:
                found = _jobs(file, source, pages, folder if against else None)
                jobs += [job | {"password": password} for job in found]
        engines = [
            stack.enter_context(EngineProcess(name, options, detector, recognizer))
            for name in dict.fromkeys((OURS, *against))
        ]
        missing = {engine.name: engine.problem for engine in engines if engine.problem}
        if OURS in missing:
            raise OcrError(f"the reader did not start: {missing[OURS]}")
        running = [engine for engine in engines if not engine.problem]
        timings: list[Timing] = []
        for engine in running:
            engine.ask(jobs[0] | {"pages": jobs[0]["first"]})
        for job in jobs:
            for _ in range(repeat):
                for engine in running:
                    timings += engine.ask(job)
        return Report(tuple(timings), {engine.name: engine.peak for engine in running}, missing)


def _jobs(file: Path, source: Source, pages: str | None, folder: Path | None) -> Iterator[dict[str, str]]:
    """What the engines are asked to read: a whole file, or each page with an image of it for the other engines."""
    first = str(source.numbers[0])
    if folder is None:
        yield {"file": str(file), "pages": pages or "1-", "first": first, "picture": ""}
        return
    for number in source.numbers:
        picture = file
        if file.suffix.lower() not in COMMON_PICTURES:
            picture = folder / f"{len(list(folder.iterdir()))}.png"
            page = source.page(number)
            Image.fromarray(page.pixels).save(picture, dpi=(page.dpi, page.dpi), compress_level=1)
        yield {"file": str(file), "pages": str(number), "first": str(number), "picture": str(picture)}
