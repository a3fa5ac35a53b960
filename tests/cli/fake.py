"""A stand-in for the reader with its models, and a way to see which files a command left."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ocr.document import Block, Engine, Line, Page, PageError, Quad, StepName, Word
from ocr.options import Options
from ocr.source import Source


class FakeReader:
    """Reads every page as its number; pages in ``bad`` fail, as do all pages of files named bad."""

    engine = Engine("detect-fake", "crnn-fake")
    options = Options()

    def __init__(self, bad: tuple[int, ...] = ()) -> None:
        self.bad = bad
        self.live = 0

    def pages(self, source: Source) -> Iterator[Page]:
        for number in source.numbers:
            image = source.page(number)
            if number in self.bad:
                message = f"{source.name}: page {number}: the wheels came off"
                yield Page(number, 0, 0, 0.0, error=PageError(message, "RuntimeError", StepName.DETECT, number))
                continue
            height, width = image.pixels.shape[:2]
            box = Quad.rect(10, 10, 60, 30)
            text = f"page{number}"
            line = Line(text, 0.9, box, (Word(text, 0.9, box),), "fake")
            yield Page(
                number,
                width,
                height,
                image.dpi,
                (Block("par", box, (line,)),),
                warnings=("tesseract is not installed",),
                text=text,
                matrix=image.matrix,
            )


def leftovers(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())
