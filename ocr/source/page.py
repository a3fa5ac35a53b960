"""What every input has in common: a source of pages, a page of pixels, ranges of page numbers."""

from __future__ import annotations

import io
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

import numpy as np
from numpy.typing import NDArray

from ocr.document import Matrix, Step
from ocr.errors import UsageError
from ocr.options import Options

__all__ = ["MAX_COLOR_PIXELS", "MAX_PIXELS", "Closed", "PageImage", "Source", "is_grey", "parse_pages", "reopen"]

MAX_PIXELS = 160_000_000
"""Larger pages come at a lower dpi, and a step says so: A0 at 300 dpi fits, A4 at 2400 dpi does not."""

MAX_COLOR_PIXELS = MAX_PIXELS // 3
"""Larger pages come in grey, so that no page takes more than 160 MB."""


@dataclass(frozen=True, slots=True, eq=False)
class PageImage:
    """One page as pixels, upright as a viewer shows it.

    Attributes:
        number: page number in the file, from 1.
        pixels: (H, W) when the page is grey or bilevel, else (H, W, 3) RGB.
        dpi: effective resolution of these pixels.
        matrix: maps pixels (y down) to points of the original PDF page's user space (y up). For image inputs that page
            is the upright picture at ``72 / dpi`` points a pixel, its lower left corner at the origin.
        steps: what was done on the way here.
    """

    number: int
    pixels: NDArray[np.uint8]
    dpi: float
    matrix: Matrix
    steps: tuple[Step, ...] = ()


class Source(ABC):
    """An open input. Use it as a context manager, on one thread.

    Attributes:
        name: for messages: the file's path, ``-`` for stdin, ``<bytes>``, ``<image>`` or ``<array>``.
        kind: ``pdf`` or ``image``.
        page_count: pages in the file.
        numbers: the pages that ``Options.pages`` selects, ascending.
        password: the PDF's password, empty when there is none.
    """

    kind: str

    def __init__(self, name: str, page_count: int, options: Options) -> None:
        self.name = name
        self.page_count = page_count
        self.password = options.password
        self.numbers = parse_pages(options.pages, page_count, name)

    @abstractmethod
    def page(self, number: int) -> PageImage:
        """Decode one page.

        Raises:
            InputError: the page is damaged; the message names the file and the page.
        """

    @abstractmethod
    def data(self) -> bytes | Path:
        """The untouched original: its path where it is a file, so that nothing big is loaded."""

    @property
    def original(self) -> bytes | Path | None:
        """What :meth:`data` gives, where it costs nothing; ``None`` for pictures in memory."""
        return None

    @abstractmethod
    def close(self) -> None:
        """Release the file. Closing twice is harmless."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def check_number(self, number: int) -> None:
        """Raise UsageError unless the file has this page."""
        if not 1 <= number <= self.page_count:
            raise UsageError(_no_such_page(self.name, number, self.page_count))


class Closed(Source):
    """What is left of an input that was read: its name and the numbers of its pages."""

    kind = "closed"

    def __init__(self, name: str, numbers: Sequence[int]) -> None:
        super().__init__(name, max(numbers, default=0), Options())
        self.numbers = tuple(numbers)

    def page(self, number: int) -> PageImage:
        """There are no pixels.

        Raises:
            UsageError: always.
        """
        raise UsageError(f"{self.name}: the input is closed; open it again: ocr.open_source({self.name!r})")

    def data(self) -> bytes | Path:
        """There is no original.

        Raises:
            UsageError: always.
        """
        raise UsageError(f"{self.name}: the input is closed; open it again: ocr.open_source({self.name!r})")

    def close(self) -> None:
        """Nothing is open."""


def parse_pages(ranges: str, page_count: int, name: str = "the file") -> tuple[int, ...]:
    """Page numbers, ascending and each once, of ranges such as ``1,3-5,8-``; an empty string means every page.

    Raises:
        UsageError: the ranges make no sense, or name a page that the file does not have.

    Example:
        >>> parse_pages("1,3-5,8-", 9)
        (1, 3, 4, 5, 8, 9)
    """
    if not ranges.strip():
        return tuple(range(1, page_count + 1))
    numbers: set[int] = set()
    for part in ranges.split(","):
        first, dash, last = (piece.strip() for piece in part.partition("-"))
        if not all(not end or (end.isascii() and end.isdigit()) for end in (first, last)) or not (first or last):
            raise UsageError(f"{part.strip()!r} is not a page or a range of pages; write for example --pages 1,3-5,8-")
        start = int(first or 1)
        stop = int(last or page_count) if dash else start
        for number in (start, stop):
            if not 1 <= number <= page_count:
                raise UsageError(_no_such_page(name, number, page_count))
        if stop < start:
            raise UsageError(f"the range {part.strip()!r} runs backwards; write --pages {stop}-{start}")
        numbers.update(range(start, stop + 1))
    return tuple(sorted(numbers))


def _no_such_page(name: str, number: int, page_count: int) -> str:
    pages = "1 page" if page_count == 1 else f"{page_count} pages"
    return f"{name}: there is no page {number}; it has {pages}, so choose from --pages 1-{page_count}"


def reopen(data: Path | bytes) -> BinaryIO:
    """A fresh binary file over the original."""
    return data.open("rb") if isinstance(data, Path) else io.BytesIO(data)


def is_grey(pixels: NDArray[np.uint8]) -> bool:
    """Whether the first three channels are the same everywhere; a sixteenth of the rows settles most pages."""
    return _same_channels(pixels[::16]) and _same_channels(pixels)


def _same_channels(pixels: NDArray[np.uint8]) -> bool:
    first = pixels[..., 0]
    return np.array_equal(first, pixels[..., 1]) and np.array_equal(first, pixels[..., 2])
