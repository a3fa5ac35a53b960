"""An input that is opened and decoded in another process, which damaged or malicious data may crash."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ocr.source.opening import Opening
from ocr.source.original import Original, original_of
from ocr.source.page import PageImage, Source, TextLayer

__all__ = ["IsolatedSource", "Opened", "described", "located", "reopened"]


@dataclass(frozen=True, slots=True)
class Opened:
    """What a process says of an input that it has opened; the attributes are those of :class:`ocr.Source`."""

    kind: str
    page_count: int
    numbers: tuple[int, ...]
    warnings: tuple[str, ...]
    frames: tuple[int, ...]


class IsolatedSource(Source):
    """A source whose pages are decoded elsewhere.

    Args:
        opened: what the other process says of it.
        opening: how it was opened.
        ask: an attribute of the source in the other process, or what a method returns: ``ask(name, *arguments)``.
        close: called when the source is closed.
    """

    def __init__(self, opened: Opened, opening: Opening, ask: Callable[..., Any], close: Callable[[], None]) -> None:
        super().__init__(opening.original.name, opened.page_count, opened.numbers, opening.password)
        self.kind = opened.kind
        self.warnings = opened.warnings
        self.frames = opened.frames
        self.opening: Opening = opening
        self._ask = ask
        self._close = close

    def page(self, number: int) -> PageImage:
        """Decode one page.

        Raises:
            InputError: the page is damaged, takes too long or too much memory, or crashes the process.
        """
        self.check_number(number)
        image: PageImage = self._ask("page", number)
        return image

    def text(self, number: int) -> TextLayer:
        """The text that a page brings along.

        Raises:
            InputError: the page is damaged, takes too long or too much memory, or crashes the process.
        """
        layer: TextLayer = self._ask("text", number)
        return layer

    def data(self) -> bytes | Path:
        """The original; of a broken PDF, the repaired copy."""
        data: bytes | Path = self._ask("data")
        return data

    @property
    def original(self) -> bytes | Path | None:
        """The file as it came; of what has no name of its own, the bytes."""
        original = self.opening.original
        if not self.opening.spooled:
            return original.data
        with original.open() as file:
            return file.read()

    def check(self) -> None:
        """Make sure that the file is as it was when it was opened.

        Raises:
            InputError: it changed.
        """
        self.opening.original.check()

    def close(self) -> None:
        """End the process, if it is this source's own."""
        self._close()


def located(input: Any, folder: Path) -> Opening | None:
    """How another process opens an input; None for pictures and arrays in memory.

    What is in memory or comes through a pipe is written to ``folder`` first, so that every process can read it.

    Raises:
        InputError: it cannot be read.
        UsageError: it is of another type.
    """
    from ocr.source import identified

    if _in_memory(input):
        return None
    if isinstance(input, Source):
        opening = input.opening
    else:
        opening = Opening(input if isinstance(input, Original) else identified(input))
    if opening is None:
        return None
    original = opening.original
    if isinstance(original.data, bytes):
        handle, name = tempfile.mkstemp(dir=folder)
        try:
            with open(handle, "wb") as file:
                file.write(original.data)
        except OSError:
            Path(name).unlink(missing_ok=True)
            raise
        original = replace(original_of(Path(name), name), name=original.name)
        return replace(opening, original=original, spooled=True)
    return opening


def _in_memory(input: Any) -> bool:
    """Whether an input is an array or a PIL image; the packages need not be imported to tell."""
    kinds = (("numpy", "ndarray"), ("PIL.Image", "Image"))
    return any(name in sys.modules and isinstance(input, getattr(sys.modules[name], kind)) for name, kind in kinds)


def reopened(opening: Opening) -> Source:
    """The source of an input that was located; to be called in the other process.

    Raises:
        InputError: it cannot be opened, or is no longer the same.
        EncryptedError: the PDF needs a password, or the password is wrong.
        UsageError: pages that the input does not have.
    """
    from ocr.source import open_source

    return open_source(
        opening.original,
        pages=opening.pages,
        password=opening.password,
        dpi=opening.dpi,
        renderer=opening.renderer,
    )


def described(source: Source) -> Opened:
    """What another process needs to know of a source."""
    return Opened(source.kind, source.page_count, source.numbers, source.warnings, source.frames)
