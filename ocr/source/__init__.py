"""Input: a PDF, TIFF, picture, bytes, array or stdin becomes pages of pixels, one at a time.

This package is the only one that opens input. A :class:`Source` decodes a page when it is asked for and keeps nothing
of it, so memory does not grow with the number of pages. Whatever the page went through on the way is in its steps.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ocr.errors import InputError, UsageError
from ocr.options import Options
from ocr.source.image import ArraySource, FileSource, PictureSource, picture_format
from ocr.source.page import PageImage, Source, parse_pages
from ocr.source.pdf import PdfSource

__all__ = ["Input", "PageImage", "Source", "open_source", "parse_pages"]

Input = str | Path | bytes | BinaryIO | Image.Image | NDArray[Any]

PDF_HEAD = 1024
"""The ``%PDF-`` mark stands somewhere in these first bytes (ISO 32000-1, annex H.3.4.1)."""


def open_source(input: Input, options: Options) -> Source:
    """Open any kind of input.

    Args:
        input: a path, ``"-"`` for stdin, the bytes of a file, a binary file object, a PIL image, or an array:
            (H, W) grey or (H, W, 3) RGB of uint8, bool or uint16.
        options: the password, pages and renderer to use.

    Raises:
        InputError: the input is missing, empty, damaged or of a kind that is not read.
        EncryptedError: the PDF needs a password, or got the wrong one.
        UsageError: ``options.pages`` asks for pages that are not there.
    """
    if isinstance(input, np.ndarray):
        return ArraySource(input, options)
    if isinstance(input, bytes):
        return _open_data(input, "<bytes>", options)
    if isinstance(input, Path) or (isinstance(input, str) and input != "-"):
        return _open_path(Path(input), options)
    if isinstance(input, str):
        return _open_data(sys.stdin.buffer.read(), "-", options)
    if hasattr(input, "read"):
        return _open_data(_read_all(input), str(getattr(input, "name", "<bytes>")), options)
    if isinstance(input, Image.Image):
        return PictureSource(input, options)
    raise UsageError(f"cannot read from a {type(input).__name__}; give a path, bytes, a file, a PIL image or an array")


def _open_path(path: Path, options: Options) -> Source:
    name = str(path)
    try:
        with path.open("rb") as file:
            head = file.read(PDF_HEAD)
    except FileNotFoundError:
        raise InputError(f"{name}: there is no such file; look in its folder: ls -l {path.parent}") from None
    except IsADirectoryError:
        raise InputError(f"{name}: this is a directory; name the files in it: ocr read {path}/*.pdf") from None
    except OSError as error:
        raise InputError(f"{name}: cannot be opened ({error.strerror}); see who may: ls -l {name}") from error
    return _open_known(path, head, name, options)


def _open_data(data: bytes, name: str, options: Options) -> Source:
    return _open_known(data, data[:PDF_HEAD], name, options)


def _open_known(data: Path | bytes, head: bytes, name: str, options: Options) -> Source:
    if not head:
        raise InputError(f"{name}: the file is empty (0 bytes); scan or copy it again")
    if form := picture_format(head):
        return FileSource(data, form, name, options)
    if b"%PDF-" in head:
        return PdfSource(data, name, options)
    raise InputError(
        f"{name}: this is no PDF, TIFF, PNG, JPEG, WebP or BMP; see what it is: file {name}"
        if name[0] not in "-<"
        else f"{name}: this is no PDF, TIFF, PNG, JPEG, WebP or BMP; save it to a file and see what it is: file FILE"
    )


def _read_all(file: Any) -> bytes:
    data = file.read()
    if not isinstance(data, bytes):
        raise UsageError(
            f"the file object gives {type(data).__name__}, not bytes; open it in binary mode: open(p, 'rb')"
        )
    return data
