"""The original as a PDF: opened, or made from images, and saved without touching its streams."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import pikepdf
from pikepdf import ObjectStreamMode, Pdf, StreamDecodeLevel

from ocr.errors import EncryptedError, InputError
from ocr.write.pdf.from_images import embed

if TYPE_CHECKING:
    from ocr.source import Source

__all__ = ["opened", "save"]


@contextmanager
def opened(source: Source) -> Iterator[Pdf]:
    """The source as a PDF: the original itself, or a new one in which the images of the source are embedded.

    Raises:
        InputError: the original is damaged.
        EncryptedError: the password does not open it.
    """
    with tempfile.TemporaryFile() as scratch:
        if source.kind == "image":
            embed(source, scratch)
            original: Path | BinaryIO = scratch
        else:
            data = source.data()
            original = io.BytesIO(data) if isinstance(data, bytes) else data
        try:
            pdf = Pdf.open(original, password=source.password)
        except pikepdf.PasswordError as error:
            raise EncryptedError(
                f"{source.name}: the PDF is encrypted and the password is missing or wrong; give it with --password"
            ) from error
        except pikepdf.PdfError as error:
            raise InputError(
                f"{source.name}: damaged ({error}); try to repair it: qpdf {source.name} repaired.pdf"
            ) from error
        with pdf:
            yield pdf


def save(pdf: Pdf, file: BinaryIO) -> None:
    """Save without touching any stream of the original."""
    options = {
        "compress_streams": False,
        "stream_decode_level": StreamDecodeLevel.none,
        "object_stream_mode": ObjectStreamMode.preserve,
        "min_version": "1.4",
    }
    if file.seekable():
        pdf.save(file, **options)
        return
    with tempfile.TemporaryFile() as scratch:
        pdf.save(scratch, **options)
        scratch.seek(0)
        while chunk := scratch.read(1 << 20):
            file.write(chunk)
