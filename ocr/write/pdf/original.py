"""The original as a PDF: opened, or made from images, and saved without touching its streams."""

from __future__ import annotations

import io
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import pikepdf
from pikepdf import Name, ObjectStreamMode, Pdf, StreamDecodeLevel

from ocr.errors import InputError
from ocr.options import PdfOptions
from ocr.source.pdf_file import encrypted, reason
from ocr.write.pdf.from_images import embed

if TYPE_CHECKING:
    from ocr.source import Source

__all__ = ["opened", "save"]

DEFAULT = PdfOptions()


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
            raise encrypted(source.name, source.password) from error
        except pikepdf.PdfError as error:
            raise InputError(
                f"{source.name}: it cannot be copied ({reason(str(error))}); read its text: --format txt"
            ) from error
        with pdf:
            yield pdf


def save(pdf: Pdf, file: BinaryIO, options: PdfOptions = DEFAULT) -> None:
    """Save with the streams of the original as they are, XMP included; protection and linearization are kept.

    With ``options.optimize`` the streams of the file are compressed again without loss, and small objects together.
    Small objects that are together in the original stay so, compressed, as qpdf does where it compresses all streams.
    """
    smaller = options.optimize > 0
    settings: dict[str, Any] = {
        "compress_streams": smaller or pdf.trailer.get("/Type") == Name.XRef,
        "object_stream_mode": ObjectStreamMode.generate if smaller else ObjectStreamMode.preserve,
        "fix_metadata_version": False,
        "linearize": pdf.is_linearized,
    }
    if pdf.is_encrypted and not options.decrypt:
        settings["encryption"] = True  # qpdf takes no decoding level with it, and leaves compressed streams as they are
    else:
        settings["stream_decode_level"] = StreamDecodeLevel.generalized if smaller else StreamDecodeLevel.none
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pikepdf warns about faults that the original has had before
        if file.seekable():
            pdf.save(file, **settings)
            return
        with tempfile.TemporaryFile() as scratch:
            pdf.save(scratch, **settings)
            scratch.seek(0)
            shutil.copyfileobj(scratch, file)
