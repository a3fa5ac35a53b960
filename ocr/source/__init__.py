"""Input: a PDF, TIFF, picture, bytes, array or stdin becomes pages of pixels, one at a time.

This package is the only one that opens input. A :class:`Source` decodes a page when it is asked for and keeps nothing
of it, so memory does not grow with the number of pages. The steps of each page say what was done to its pixels.
"""

from __future__ import annotations

import logging
import os
import sys
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypeAlias

from ocr.errors import InputError, UsageError
from ocr.options import RENDERERS, checked_dpi, one_of
from ocr.source.original import Original, original_of
from ocr.source.page import PageImage, Pages, Source, in_shell, parse_pages

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL import Image

__all__ = [
    "Input",
    "PageImage",
    "Pages",
    "Source",
    "check_kind",
    "command_to_read",
    "open_source",
    "parse_pages",
    "single_page",
]

Input: TypeAlias = "str | os.PathLike[str] | bytes | BinaryIO | Image.Image | NDArray[Any] | Original"
"""Everything that can be read: see :func:`open_source`."""

for _name in ("PIL", "img2pdf", "pikepdf", "pypdfium2"):  # or Python prints what they log to the terminal
    logging.getLogger(_name).addHandler(logging.NullHandler())

PDF_HEAD = 1024
"""The ``%PDF-`` mark stands somewhere in these first bytes (ISO 32000-1, annex H.3.4.1)."""
JUNK_HEAD = 1 << 20
"""In a broken PDF it may stand in these bytes, after a mail or a web page that was saved with it."""


def open_source(
    input: Input,
    *,
    pages: Pages = None,
    password: str | None = None,
    dpi: float = 300.0,
    renderer: str = "pdfium",
) -> Source:
    """Open any kind of input, to take its pages as pixels.

    Args:
        input: a path, ``"-"`` for stdin, the bytes of a file, a binary file object, a PIL image, or an array:
            (H, W) grey, (H, W, 3) RGB or (H, W, 4) RGBA of uint8, bool or uint16.
        pages: the pages to take, from 1: ``"1,3-5,8-"``, a number or a list of numbers; all when left out.
        password: of an encrypted PDF.
        dpi: rendering resolution of PDF pages that are not a single scanned image.
        renderer: PDF rendering engine, ``pdfium`` or ``poppler``.

    Returns:
        The open source; use it in a ``with`` block, in one thread.

    Raises:
        InputError: the input is missing, empty, damaged or of a kind that cannot be read.
        EncryptedError: the PDF needs a password, or the password is wrong.
        UsageError: an argument of the wrong type, or pages that the input does not have.

    Example:
        >>> with open_source(np.zeros((40, 60), np.uint8)) as source:
        ...     [source.page(number).pixels.shape for number in source.numbers]
        [(40, 60)]
    """
    # Imported here, because a process that has others read for it opens nothing itself.
    import numpy as np
    from PIL import Image

    from ocr.source.formats import picture_format, unreadable
    from ocr.source.image import ArraySource, FileSource, PictureSource
    from ocr.source.pdf import PdfSource
    from ocr.source.pdf_file import HEADER
    from ocr.source.pdf_plan import Rendering

    one_of("renderer", renderer, RENDERERS)
    rendering = Rendering(checked_dpi(dpi), renderer)
    if password is not None and not isinstance(password, str):
        raise UsageError(f"password must be a string, not of type {type(password).__name__}")
    if isinstance(input, np.ndarray):
        return ArraySource(input, pages)
    if isinstance(input, Image.Image):
        return PictureSource(input, pages)
    original = identified(input)
    name = original.name
    with original.open() as file:
        head = file.read(PDF_HEAD)
        if not head and name == "-":
            raise InputError("-: standard input is empty (0 bytes); run the command again with a file in it: < FILE")
        if not head:
            raise InputError(f"{name}: the file is empty (0 bytes); scan or copy it again")
        if form := picture_format(head):
            return FileSource(original, form, pages)
        if b"%PDF-" in head or HEADER.search(file.read(JUNK_HEAD)):
            return PdfSource(original, pages, password or "", rendering)
    raise unreadable(name, head)


def check_kind(data: bytes, name: str) -> None:
    """Make sure that data begin like a file that can be read; they are not opened.

    Raises:
        InputError: they do not.
    """
    from ocr.source.formats import picture_format, unreadable
    from ocr.source.pdf_file import HEADER

    head = data[:PDF_HEAD]
    if not (picture_format(head) or b"%PDF-" in head or HEADER.search(data[:JUNK_HEAD])):
        raise unreadable(name, head)


def single_page(input: Input, *, page: int | None = None, password: str | None = None) -> tuple[PageImage, str]:
    """One page of an input, for what works on a single picture, and the name of the input for messages.

    Args:
        input: see :func:`open_source`.
        page: which one, from 1; may be left out where there is only one.
        password: of an encrypted PDF.

    Raises:
        InputError: the input cannot be opened, or the page is damaged.
        UsageError: the input has several pages and ``page`` is missing, or it does not have that page.
    """
    if page is not None and (not isinstance(page, Integral) or isinstance(page, bool)):
        raise UsageError(f"page must be a page number from 1, not {page!r}")
    with open_source(input, pages=page, password=password) as source:
        if len(source.numbers) > 1:
            raise UsageError(
                f"{source.name}: it has {source.page_count} pages; choose one of them: page=1 (or --page 1)"
            )
        return source.page(source.numbers[0]), source.name


def command_to_read(name: str) -> str:
    """How to read an input as text, for messages: ``name`` is that of its source."""
    if name.startswith("<"):
        return "ocr.read(...)"
    return f"ocr read {'-' if name == '-' else in_shell(name)}"


def identified(input: Any) -> Original:
    """A path or the bytes of a file, and a name for messages; what has been identified already stays as it is.

    Raises:
        InputError: a file that cannot be opened or read.
        UsageError: the input is of another type.
    """
    if isinstance(input, Original):
        return input
    if isinstance(input, str) and input == "-":
        return Original(_read_stdin(), "-")
    if isinstance(input, str | os.PathLike):
        path = os.fspath(input)
        if not path:
            raise UsageError("the name of the input is empty; name a file, or - for stdin")
        if isinstance(path, str):
            return original_of(Path(path), str(Path(path)))
    if isinstance(input, bytes | bytearray | memoryview):
        return Original(bytes(input), "<bytes>")
    if hasattr(input, "read"):
        return Original(_read_all(input), str(getattr(input, "name", "<bytes>")))
    raise UsageError(
        f"input must be a path, bytes, a binary file object, a PIL image or an array, not {type(input).__name__}"
    )


def _read_stdin() -> bytes:
    """All of standard input.

    Raises:
        InputError: it is closed, or cannot be read.
    """
    try:
        if sys.stdin is not None:
            return sys.stdin.buffer.read()
        fault = "is closed"
    except (OSError, ValueError) as error:
        fault = f"cannot be read ({error})"
    raise InputError(f"-: standard input {fault}; run the command again with a file in it: < FILE")


def _read_all(file: Any) -> bytes:
    """The bytes of a binary file object.

    Raises:
        UsageError: it is not open for reading in binary mode.
        InputError: reading fails.
    """
    try:
        data = file.read()
    except ValueError as error:  # closed, or opened for writing alone
        fault = f"the file object cannot be read ({error}); open it in binary mode: open(path, 'rb')"
        raise UsageError(fault) from error
    except OSError as error:
        raise InputError(f"{getattr(file, 'name', '<bytes>')}: cannot be read ({error.strerror or error})") from error
    if not isinstance(data, bytes):
        raise UsageError(
            f"the file object returns {type(data).__name__}, not bytes; open it in binary mode: open(path, 'rb')"
        )
    return data
