"""Pictures for keeping: an input as a PDF in which chosen pages show another picture, to be read in its place.

A page of a PDF is replaced only where it is one scan: what was drawn by a program has no ground to clean. The picture
goes in as JPEG where the old one was; text layers under it go with the old one, annotations stay.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, BinaryIO

import cv2
import numpy as np
from numpy.typing import NDArray
from pikepdf import Dictionary, Name, Pdf, Stream

from ocr.document import StepName
from ocr.geometry import multiply
from ocr.write.pdf.writer import opened, save

if TYPE_CHECKING:
    from ocr.source import PageImage, Source

__all__ = ["write"]

QUALITY = 85
"""Of the JPEGs."""

Image = NDArray[np.uint8]


def write(source: Source, file: BinaryIO, clean: Callable[[Image], Image | None]) -> tuple[int, ...]:
    """Write the source as a PDF with cleaned pictures; returns the numbers of the pages that have one.

    The new pictures are held in memory, compressed, until the end. A page that cannot be decoded stays as it is:
    whoever reads it will say why.

    Args:
        source: its selected pages are looked at.
        file: to write to.
        clean: (H, W) or (H, W, 3) RGB to the same; None leaves the page as it is.

    Raises:
        InputError: the original as a whole is damaged.
        EncryptedError: the password does not open it.
    """
    cleaned = []
    with opened(source) as pdf:
        for number in source.numbers:
            try:
                page = source.page(number)
                pixels = clean(page.pixels) if _is_picture(page, source) else None
            except Exception:  # whatever a damaged page sets off in a library, the others are still cleaned
                continue
            if pixels is not None:
                _replace(pdf, page, pixels)
                cleaned.append(number)
        save(pdf, file)
    return tuple(cleaned)


def _is_picture(page: PageImage, source: Source) -> bool:
    return source.kind == "image" or any(step.name is StepName.NATIVE_IMAGE for step in page.steps)


def _replace(pdf: Pdf, page: PageImage, pixels: Image) -> None:
    """Let the page show these pixels, as large and at the place where it showed its own."""
    shown = pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
    data = cv2.imencode(".jpg", shown, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1].tobytes()
    height, width = pixels.shape[:2]
    space = Name.DeviceGray if pixels.ndim == 2 else Name.DeviceRGB
    picture = Stream(
        pdf, data, Type=Name.XObject, Subtype=Name.Image, Width=width, Height=height, BitsPerComponent=8,
        ColorSpace=space, Filter=Name.DCTDecode,
    )  # fmt: skip
    place = multiply((width, 0, 0, -height, 0, height), page.matrix)  # a PDF's pictures fill the unit square, y up
    target = pdf.pages[page.number - 1].obj
    target.Resources = Dictionary(XObject=Dictionary(Im0=pdf.make_indirect(picture)))
    drawing = f"q {' '.join(f'{value:.4f}' for value in place)} cm /Im0 Do Q\n"
    target.Contents = pdf.make_indirect(Stream(pdf, drawing.encode()))
