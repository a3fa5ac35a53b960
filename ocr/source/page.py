"""What all inputs have in common: a source of pages, a page of pixels, the selection of pages.

Nothing here imports numpy: a process that has its pages decoded elsewhere starts faster without.
"""

from __future__ import annotations

import shlex
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from ocr.document import Line, Matrix, Page, Quad, Step
from ocr.errors import UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ocr.crew import Crew
    from ocr.source.opening import Opening

__all__ = [
    "MAX_COLOR_PIXELS",
    "MAX_PIXELS",
    "TEXT_LAYER",
    "Closed",
    "PageImage",
    "Pages",
    "Source",
    "TextLayer",
    "in_shell",
    "is_grey",
    "parse_pages",
]

MAX_PIXELS = 160_000_000
"""Larger pages are decoded at a lower resolution, and a step says so: A0 at 300 dpi fits, A4 at 2400 dpi does not."""

MAX_COLOR_PIXELS = MAX_PIXELS // 3
"""Larger pages are decoded in grey, so that no page takes more than 160 MB."""


@dataclass(frozen=True, slots=True, eq=False)
class PageImage:
    """One page as pixels, in the orientation in which a viewer shows it.

    Attributes:
        number: page number in the file, from 1.
        pixels: (H, W) when the page is grey or bilevel, else (H, W, 3) RGB.
        dpi: effective resolution of these pixels.
        matrix: maps pixels (y down) to points of the original PDF page's user space (y up). For image inputs that page
            is the upright picture at ``72 / dpi`` points a pixel, its lower left corner at the origin.
        steps: what was done to get them.
        warnings: messages for the user about this page, which is complete all the same.
        damage: what of the page could not be read; empty where nothing is lost.
    """

    number: int
    pixels: NDArray[np.uint8]
    dpi: float
    matrix: Matrix
    steps: tuple[Step, ...] = ()
    warnings: tuple[str, ...] = ()
    damage: str = ""

    @property
    def uniform(self) -> bool:
        """Whether all pixels are the same, so that there is nothing to read; mostly some rows tell."""
        first = self.pixels[0, 0]
        return bool((self.pixels[::64] == first).all() and (self.pixels == first).all())

    def unread(self) -> Page:
        """The page without any text."""
        height, width = self.pixels.shape[:2]
        return Page(self.number, width, height, self.dpi, steps=self.steps, matrix=self.matrix)


TEXT_LAYER = "text-layer"
"""``Line.engine`` of lines that no model read: they are text in the PDF."""


@dataclass(frozen=True, slots=True)
class TextLayer:
    """The text that a page brings along, in points of the PDF page's user space (y up).

    Attributes:
        visible: lines that are drawn to be seen.
        fields: lines that form fields show, over the page.
        hidden: lines of an invisible layer, as OCR programs add it.
        visible_garbled: there is visible text, but its font does not say what its characters mean.
        hidden_garbled: the same of the invisible layer.
        pictures: upright boxes of the pictures that may be scans.
        sizeless: there is text of no size, which is in none of the lines, though some programs find it.
        width: of the page image, pixels.
        height: pixels.
        dpi: of the page image.
        matrix: maps its pixels to points.
        warnings: as those of the page image.
        damage: as that of the page image.
        blank: nothing at all is drawn on the page, so its image would be white.
    """

    visible: tuple[Line, ...] = ()
    fields: tuple[Line, ...] = ()
    hidden: tuple[Line, ...] = ()
    visible_garbled: bool = False
    hidden_garbled: bool = False
    pictures: tuple[Quad, ...] = ()
    sizeless: bool = False
    width: int = 0
    height: int = 0
    dpi: float = 72.0
    matrix: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
    warnings: tuple[str, ...] = ()
    damage: str = ""
    blank: bool = False


class Secret:
    """A password. It appears in no representation, and in no dictionary of its holder's attributes."""

    __slots__ = ("value",)

    def __init__(self, value: str) -> None:
        self.value = value

    def __repr__(self) -> str:
        return "Secret(...)" if self.value else "Secret()"


Pages = str | int | Iterable[int] | None
"""Which pages to read: ranges such as ``"1,3-5,8-"``, a number or several numbers from 1, or None for all."""


class Source(ABC):
    """An open input. Use it as a context manager, in one thread.

    Attributes:
        name: for messages: the path of the file, ``-`` for stdin, ``<bytes>``, ``<image>`` or ``<array>``.
        kind: ``pdf`` or ``image``.
        page_count: pages in the file.
        numbers: the selected pages, ascending.
        warnings: messages for the user about the whole input, such as a repaired PDF.
        frames: of a picture file, those that are its pages, from 0.
        opening: how another process can open the same input; None for what exists in this one alone.
        crew: the processes that have it open; None for what is open in this one.

    Raises:
        UsageError: ``pages`` is of the wrong type, or names a page that the file does not have.
    """

    kind: str
    warnings: tuple[str, ...] = ()
    frames: tuple[int, ...] = (0,)
    opening: Opening | None = None
    crew: Crew | None = None

    def __init__(self, name: str, page_count: int, pages: Pages = None, password: str = "") -> None:
        self.name = name
        self.page_count = page_count
        self.numbers = parse_pages(pages, page_count, name)
        self._secret = Secret(password)

    @property
    def password(self) -> str:
        """The password of the PDF, empty when there is none."""
        return self._secret.value

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r}, pages={len(self.numbers)} of {self.page_count})"

    @abstractmethod
    def page(self, number: int) -> PageImage:
        """Decode one page.

        Raises:
            InputError: the page is damaged; the message names the file and the page.
        """

    def text(self, number: int) -> TextLayer:
        """The text that a page brings along; none for pictures.

        Raises:
            InputError: the page is damaged.
        """
        return TextLayer()

    @abstractmethod
    def data(self) -> bytes | Path:
        """The original, unchanged: its path if it is a file, so that nothing large is loaded."""

    @property
    def original(self) -> bytes | Path | None:
        """What :meth:`data` gives, where it costs nothing; ``None`` for pictures in memory."""
        return None

    def warnings_of(self, number: int) -> tuple[str, ...]:
        """The warnings about the whole input, with its first page; none with the others."""
        return self.warnings if number == self.numbers[0] else ()

    def check(self) -> None:  # noqa: B027 (nothing to check in what is in memory)
        """Make sure that the input is still what was opened; what is in memory always is.

        Raises:
            InputError: the file was replaced, overwritten, cut or deleted.
        """

    @abstractmethod
    def close(self) -> None:
        """Release the file. Closing twice is harmless."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def size(self, number: int) -> tuple[int, int]:
        """Width and height in pixels of a page, where possible without decoding it.

        Raises:
            InputError: the page is damaged.
        """
        height, width = self.page(number).pixels.shape[:2]
        return width, height

    def check_number(self, number: int) -> None:
        """Raise UsageError unless the file has this page."""
        if not 1 <= number <= self.page_count:
            raise UsageError(_no_such_page(self.name, number, self.page_count))


class Closed(Source):
    """An input that was read and closed: its name and the numbers of its pages."""

    kind = "closed"

    def __init__(self, name: str, numbers: Sequence[int]) -> None:
        super().__init__(name, max(numbers, default=0))
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


def parse_pages(pages: Pages, page_count: int, name: str = "the file") -> tuple[int, ...]:
    """Page numbers, ascending, each once.

    Args:
        pages: ranges such as ``"1,3-5,8-"``, a number, or several numbers from 1; None is every page.
        page_count: pages in the file.
        name: of the file, for messages.

    Raises:
        UsageError: the pages cannot be understood, or the file does not have them.

    Example:
        >>> parse_pages("1,3-5,8-", 9)
        (1, 3, 4, 5, 8, 9)
        >>> parse_pages([2, 1], 9)
        (1, 2)
    """
    if pages is None:
        return tuple(range(1, page_count + 1))
    if isinstance(pages, str) and not pages.strip():
        raise UsageError(
            "the selection of pages is empty; write for example 1,3-5,8-, or leave it out to read all pages"
        )
    numbers = _ranges(pages, page_count, name) if isinstance(pages, str) else _numbers(pages)
    for number in (min(numbers), max(numbers)):
        if not 1 <= number <= page_count:
            raise UsageError(_no_such_page(name, number, page_count))
    return tuple(sorted(numbers))


def _ranges(ranges: str, page_count: int, name: str) -> set[int]:
    """The page numbers of ranges such as ``1,3-5,8-``. Their ends are checked first, so that no range is endless."""
    numbers: set[int] = set()
    for part in ranges.split(","):
        first, dash, last = (piece.strip() for piece in part.partition("-"))
        if not all(not end or (end.isascii() and end.isdigit()) for end in (first, last)) or not (first or last):
            raise UsageError(f"{part.strip()!r} is not a page or a range of pages; write for example 1,3-5,8-")
        start = int(first or 1)
        stop = int(last or page_count) if dash else start
        for number in (start, stop):
            if not 1 <= number <= page_count:
                raise UsageError(_no_such_page(name, number, page_count))
        if stop < start:
            raise UsageError(f"the page range {part.strip()!r} runs backwards; write {stop}-{start}")
        numbers.update(range(start, stop + 1))
    return numbers


def _numbers(pages: object) -> set[int]:
    """One or several integers as a set."""
    values = [pages] if isinstance(pages, Integral) else pages
    numbers = list(values) if isinstance(values, Iterable) and not isinstance(values, bytes | Mapping) else []
    if not numbers or not all(isinstance(n, Integral) and not isinstance(n, bool) for n in numbers):
        raise UsageError(f"pages must be ranges such as '1,3-5,8-' or page numbers from 1, not {pages!r}")
    return {int(number) for number in numbers}


def _no_such_page(name: str, number: int, page_count: int) -> str:
    count = "1 page" if page_count == 1 else f"{page_count} pages"
    choice = "which is page 1" if page_count == 1 else f"so choose from 1-{page_count}"
    return f"{name}: there is no page {number}; it has {count}, {choice}"


def in_shell(name: str) -> str:
    """A source's name as it is written in a command; FILE for what is not a file."""
    if name.startswith("<") or name == "-":
        return "FILE"
    return shlex.quote(f"./{name}" if name.startswith("-") else name)  # a leading dash would make it an option


def is_grey(pixels: NDArray[np.uint8]) -> bool:
    """Whether the first three channels are equal everywhere; for most pages a sixteenth of the rows tells."""
    return _same_channels(pixels[::16]) and _same_channels(pixels)


def _same_channels(pixels: NDArray[np.uint8]) -> bool:
    first = pixels[..., 0]
    return bool((first == pixels[..., 1]).all() and (first == pixels[..., 2]).all())
