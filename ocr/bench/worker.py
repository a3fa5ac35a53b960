"""The process of one engine, ``python -m ocr.bench.worker ENGINE``: answers lines of JSON that say what to read."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from PIL import Image

from ocr.document import Page, StepName
from ocr.options import Options
from ocr.source import open_source

__all__ = ["main"]

Settings = Mapping[str, Any]
"""``options`` (fields of :class:`ocr.Options`), ``detector`` and ``recognizer`` of this reader."""
Job = Mapping[str, str]
"""``file``, ``pages`` and ``password`` for this reader, ``first`` page, and ``picture`` of it for other engines."""
Stages = dict[str, float]
Pages = list[dict[str, Any]]
"""``page``, ``seconds``, ``lines``, ``stages``, ``error`` of every page that was read."""

INSTALL = {
    "tesseract": "pip install pytesseract, and apt-get install tesseract-ocr",
    "rapidocr": "pip install 'rapidocr>=3.10'",
    "faster-paddle": "pip install 'faster-paddle>=1.0.4'",
}


def main(engine: str) -> None:
    """Answer each job on stdin until it closes; the first line has the settings."""
    # Answers get a file of their own, and what libraries print to stdout goes to stderr.
    with os.fdopen(os.dup(1), "wb", buffering=0) as answers:
        os.dup2(2, 1)
        read: Callable[[Job], Pages] | None = None
        for line in sys.stdin:
            message = json.loads(line)
            try:
                if read is None:
                    read = MAKERS[engine](message)
                    answer: dict[str, Any] = {}
                else:
                    answer = {"pages": read(message)}
            except Exception as error:  # another engine may raise anything; the report shows it
                answer = {"problem": _problem(engine, error)}
            answers.write(json.dumps(answer | {"peak": _peak()}).encode() + b"\n")


def _problem(engine: str, error: Exception) -> str:
    if isinstance(error, ImportError) or type(error).__name__ == "TesseractNotFoundError":
        return f"not installed; {INSTALL.get(engine, error)}"
    return f"{type(error).__name__}: {error}"


def _ours(settings: Settings) -> Callable[[Job], Pages]:
    from ocr.pipeline import Reader
    from ocr.write import writer_for

    options = Options(**settings["options"])
    reader = Reader(options=options, detector=settings["detector"], recognizer=settings["recognizer"])
    write = writer_for("pdf")

    def read(job: Job) -> Pages:
        rows: Pages = []
        start = time.perf_counter()
        asked = {"pages": job["pages"], "password": job["password"], "renderer": options.renderer}
        with open_source(Path(job["file"]), **asked, dpi=options.dpi) as source, tempfile.TemporaryFile() as file:
            write(_timed(reader.pages(source), rows), file, source, reader.engine)
        writing = time.perf_counter() - start - sum(row["seconds"] for row in rows)
        for row in rows:
            row["stages"]["write"] = round(writing / len(rows), 4)
        return rows

    return read


def _timed(pages: Iterable[Page], rows: Pages) -> Iterator[Page]:
    """The pages; a row is added for each, with the time that it took."""
    start = time.perf_counter()
    for page in pages:
        seconds = time.perf_counter() - start
        stages = next((dict(step.detail) for step in page.steps if step.name is StepName.TIME), {})
        error = page.error.message if page.error else ""
        rows.append(_row(page.number, seconds, len(page.lines)) | {"stages": stages, "error": error})
        yield page
        start = time.perf_counter()


def _tesseract(settings: Settings) -> Callable[[Job], Pages]:
    import pytesseract

    pytesseract.get_tesseract_version()

    def lines(picture: str) -> tuple[int, Stages]:
        with Image.open(picture) as image:
            data = pytesseract.image_to_data(image, output_type=pytesseract.Output.DICT)
        words = zip(data["block_num"], data["par_num"], data["line_num"], data["text"], strict=True)
        return len({word[:3] for word in words if word[3].strip()}), {}

    return _peer(lines)


def _rapidocr(settings: Settings) -> Callable[[Job], Pages]:
    from rapidocr import RapidOCR

    engine = RapidOCR()

    def lines(picture: str) -> tuple[int, Stages]:
        found = engine(picture)
        stages = zip(("detect", "upright", "recognise"), found.elapse_list, strict=False)
        return len(found.txts or ()), {stage: round(float(seconds or 0), 4) for stage, seconds in stages}

    return _peer(lines)


def _faster_paddle(settings: Settings) -> Callable[[Job], Pages]:
    from faster_paddle import OcrEngine

    engine = OcrEngine(model_size="tiny")
    return _peer(lambda picture: (len(engine.ocr(Path(picture).read_bytes())["bounds"]), {}))


def _peer(lines: Callable[[str], tuple[int, Stages]]) -> Callable[[Job], Pages]:
    """An engine that reads images; ``lines`` gives their number of text lines, and seconds by stage if known."""

    def read(job: Job) -> Pages:
        start = time.perf_counter()
        count, stages = lines(job["picture"])
        return [_row(int(job["first"]), time.perf_counter() - start, count) | {"stages": stages}]

    return read


def _row(page: int, seconds: float, lines: int) -> dict[str, Any]:
    return {"page": page, "seconds": round(seconds, 4), "lines": lines}


def _peak() -> int:
    """Peak resident memory of this process, bytes."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        import resource

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024
    return next(int(row.split()[1]) * 1024 for row in status.splitlines() if row.startswith("VmHWM:"))


MAKERS: dict[str, Callable[[Settings], Callable[[Job], Pages]]] = {
    "ocr": _ours,
    "tesseract": _tesseract,
    "rapidocr": _rapidocr,
    "faster-paddle": _faster_paddle,
}


if __name__ == "__main__":
    main(sys.argv[1])
