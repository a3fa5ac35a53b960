"""The original as a PDF in which the images of chosen pages are replaced, for example by whitened ones.

A page of a PDF is changed only if it is a single scanned image. The new image, a JPEG, takes the place of the old one;
a text layer under it is removed with it, annotations stay.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, BinaryIO

import cv2
import numpy as np
from numpy.typing import NDArray
from pikepdf import Dictionary, Name, Object, Pdf, Stream

from ocr.document import Matrix, StepName
from ocr.geometry import multiply
from ocr.write.pdf.original import opened, save

if TYPE_CHECKING:
    from ocr.source import PageImage, Source

__all__ = ["replace_images", "show_picture"]

QUALITY = 85
"""JPEG quality of the new images."""

Image = NDArray[np.uint8]


def replace_images(
    source: Source, file: BinaryIO, change: Callable[[Image], Image | None], *, with_text: bool = True
) -> tuple[int, ...]:
    """Write the source as a PDF with new images on some pages.

    The new images are kept in memory, compressed, until the end. A page that cannot be decoded stays as it is; reading
    it later gives its error.

    Args:
        source: its selected pages are considered.
        file: to write to.
        change: makes the new image, (H, W) or (H, W, 3) RGB to the same; None leaves the page as it is.

        with_text: whether pages that have text are changed, which removes it.

    Returns:
        Numbers of the pages with a new image.

    Raises:
        InputError: the original as a whole is damaged.
        EncryptedError: the password does not open it.
    """
    changed = []
    with opened(source) as pdf:
        for number in source.numbers:
            try:
                if not with_text and _has_text(source, number):
                    continue
                page = source.page(number)
                pixels = change(page.pixels) if _is_image(page, source) else None
            except Exception:  # a damaged page may raise anything in a library; the other pages are still changed
                continue
            if pixels is not None:
                _replace(pdf, page, pixels)
                changed.append(number)
        save(pdf, file)
    return tuple(changed)


def _is_image(page: PageImage, source: Source) -> bool:
    return source.kind == "image" or any(step.name is StepName.NATIVE_IMAGE for step in page.steps)


def _has_text(source: Source, number: int) -> bool:
    text = source.text(number)
    return bool(text.visible or text.hidden)


def _replace(pdf: Pdf, page: PageImage, pixels: Image) -> None:
    """Make the page show these pixels at the size and position of its own image."""
    show_picture(pdf, pdf.pages[page.number - 1].obj, pixels, page.matrix, QUALITY)


def show_picture(pdf: Pdf, target: Object, pixels: Image, matrix: Matrix, quality: int) -> None:
    """Make a page show nothing but a picture; annotations stay.

    Args:
        pdf: to change.
        target: its page.
        pixels: (H, W) or (H, W, 3) RGB.
        matrix: from pixels to points of the page's user space.
        quality: of the JPEG, 1..100.
    """
    shown = pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
    data = cv2.imencode(".jpg", shown, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()
    height, width = pixels.shape[:2]
    space = Name.DeviceGray if pixels.ndim == 2 else Name.DeviceRGB
    image = Stream(
        pdf, data, Type=Name.XObject, Subtype=Name.Image, Width=width, Height=height, BitsPerComponent=8,
        ColorSpace=space, Filter=Name.DCTDecode,
    )  # fmt: skip
    place = multiply((width, 0, 0, -height, 0, height), matrix)  # an image in PDF fills the unit square, y up
    target.Resources = Dictionary(XObject=Dictionary(Im0=pdf.make_indirect(image)))
    drawing = f"q {' '.join(f'{value:.4f}' for value in place)} cm /Im0 Do Q\n"
    target.Contents = pdf.make_indirect(Stream(pdf, drawing.encode()))
