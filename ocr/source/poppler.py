"""Poppler's pdftoppm, through pdf2image."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pdf2image
from numpy.typing import NDArray
from pdf2image import exceptions

from ocr.errors import DependencyError, InputError
from ocr.source.page import is_grey

__all__ = ["MAX_PIXELS", "draw"]

MAX_PIXELS = 80_000_000
"""pdf2image passes pages through Pillow, which warns above this size."""


def draw(data: Path | bytes, number: int, size: tuple[int, int], *, grey: bool, name: str) -> NDArray[np.uint8]:
    """Render one page: (H, W), or (H, W, 3) RGB where there is any colour.

    Args:
        data: the PDF, not encrypted: a password would be on the command line, where every user of the machine sees it.
        number: of the page, from 1.
        size: width and height in pixels, exactly, before ``/Rotate`` turns the page.
        grey: whether to render in grey.
        name: of the PDF, for messages.

    Raises:
        DependencyError: Poppler is not installed.
        InputError: Poppler cannot render the page.
    """
    convert = pdf2image.convert_from_path if isinstance(data, Path) else pdf2image.convert_from_bytes
    failed = f"{name}: page {number} cannot be rendered by Poppler; use the renderer pdfium instead"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            pictures = convert(
                data,
                first_page=number,
                last_page=number,
                use_cropbox=True,
                grayscale=grey,
                size=size,
            )
    except (exceptions.PDFInfoNotInstalledError, exceptions.PopplerNotInstalledError) as error:
        raise DependencyError(
            "pdftoppm of Poppler is not installed; run: apt install poppler-utils (or use the renderer pdfium)"
        ) from error
    except (exceptions.PDFPageCountError, exceptions.PDFSyntaxError, OSError) as error:
        raise InputError(failed) from error
    if len(pictures) != 1:
        raise InputError(failed)
    pixels = np.asarray(pictures[0] if grey else pictures[0].convert("RGB"), np.uint8)
    if pixels.ndim == 3 and is_grey(pixels):
        return np.ascontiguousarray(pixels[..., 0])
    return pixels
