"""An input that is opened and decoded in another process, which damaged or malicious data may crash."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ocr.errors import InputError, OcrError
from ocr.source.page import PageImage, Source

__all__ = ["IsolatedSource", "Opened", "Opening", "described", "located", "reopened"]


@dataclass(frozen=True, slots=True)
class Opening:
    """How a process opens an input: arguments of :func:`ocr.open_source`.

    Attributes:
        path: the file.
        name: of the input, for messages.
        identity: of the file when it was opened first; another must not take its place.
        pages: the pages to take.
        password: of an encrypted PDF.
        dpi: of pages that are not a single scanned image.
        renderer: PDF rendering engine.
    """

    path: Path
    name: str
    identity: tuple[int, ...]
    pages: Any = None
    password: str = field(default="", repr=False)
    dpi: float = 300.0
    renderer: str = "pdfium"


@dataclass(frozen=True, slots=True)
class Opened:
    """What a process says of an input that it has opened; the attributes are those of :class:`ocr.Source`."""

    kind: str
    page_count: int
    numbers: tuple[int, ...]
    warnings: tuple[str, ...]


class IsolatedSource(Source):
    """A source whose pages are decoded elsewhere.

    Args:
        opened: what the other process says of it.
        opening: how it was opened.
        ask: an attribute of the source in the other process, or what a method returns: ``ask(name, *arguments)``.
        close: called when the source is closed.
    """

    def __init__(
        self, opened: Opened, opening: Opening, ask: Callable[..., Any], close: Callable[[], None]
    ) -> None:
        super().__init__(opening.name, opened.page_count, opened.numbers, opening.password)
        self.kind = opened.kind
        self.warnings = opened.warnings
        self.opening = opening
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

    def data(self) -> bytes | Path:
        """The original."""
        data: bytes | Path = self._ask("data")
        return data

    @property
    def original(self) -> bytes | Path | None:
        """The path of the file; the bytes of what has none."""
        path = self.opening.path
        return path if self.name == str(path) else path.read_bytes()

    def close(self) -> None:
        """End the process, if it is this source's own."""
        self._close()


def located(input: Any, folder: Path) -> Opening | None:
    """Where another process finds an input; None for pictures and arrays in memory.

    What is read from a pipe or is in memory is written to ``folder`` first.

    Raises:
        InputError: it cannot be read.
        UsageError: it is of another type, or empty.
    """
    from ocr.source import _data

    if isinstance(input, np.ndarray | Image.Image):
        return None
    data, name = _data(input)
    if isinstance(data, bytes):
        path = folder / f"input-{len(os.listdir(folder))}"
        path.write_bytes(data)
        data = path
    try:
        return Opening(data, name, _identity(data))
    except (OSError, ValueError):
        return Opening(data, name, ())  # opening it says what is wrong


def reopened(opening: Opening) -> Source:
    """The source of an input that was located; to be called in the other process.

    Raises:
        InputError: it cannot be opened, or is no longer the same.
        EncryptedError: the PDF needs a password, or the password is wrong.
        UsageError: pages that the input does not have.
    """
    from ocr.source import open_source

    _check(opening)
    try:
        source = open_source(
            opening.path,
            pages=opening.pages,
            password=opening.password,
            dpi=opening.dpi,
            renderer=opening.renderer,
        )
    except OcrError as error:
        raise type(error)(str(error).replace(str(opening.path), opening.name)) from error
    source.name = opening.name
    return source


def described(source: Source) -> Opened:
    """What another process needs to know of a source."""
    return Opened(source.kind, source.page_count, source.numbers, getattr(source, "warnings", ()))


def _identity(path: Path) -> tuple[int, ...]:
    """What tells a file from another under its name, and from an earlier state of itself."""
    state = path.stat()
    return (state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns)


def _check(opening: Opening) -> None:
    try:
        same = not opening.identity or _identity(opening.path) == opening.identity
    except OSError:
        same = False
    if not same:
        raise InputError(f"{opening.name}: the file was replaced, changed or deleted while it was read; read it again")
