"""A picture as a PDF that embeds its original bytes: JPEG, PNG and G4 TIFF are not encoded again.

img2pdf does the embedding. What it cannot take as it is (16-bit alpha, turned TIFF, odd colour spaces) goes in
losslessly compressed, alpha over white. EXIF orientation is applied by the page, not to the pixels.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, BinaryIO

import img2pdf
from pikepdf import Array, Object, Pdf, Stream
from PIL import Image, ImageOps

from ocr.document import Matrix
from ocr.errors import InputError
from ocr.source.decode import SQUARE, resolution

if TYPE_CHECKING:
    from ocr.source import Source

__all__ = ["embed"]

ORIENTATION_TAG = 0x0112

PLACEMENT: dict[int, Matrix] = {
    1: (1, 0, 0, 1, 0, 0),
    2: (-1, 0, 0, 1, 1, 0),
    3: (-1, 0, 0, -1, 1, 1),
    4: (1, 0, 0, -1, 0, 1),
    5: (0, -1, -1, 0, 1, 1),
    6: (0, -1, 1, 0, 0, 1),
    7: (0, 1, 1, 0, 0, 0),
    8: (0, 1, -1, 0, 1, 0),
}
"""EXIF orientation -> where the stored picture, drawn on the unit square, lies upright (y up)."""


@dataclass(frozen=True, slots=True)
class _Picture:
    """One picture of the file: its upright size in points, and how it is stored."""

    width: float
    height: float
    orientation: int


def embed(source: Source, file: BinaryIO) -> None:
    """Write a PDF with a page for each picture of the source, of the size that ``PageImage.matrix`` gives the page.

    Raises:
        InputError: the picture cannot be decoded.
    """
    data = source.data()
    original = data if isinstance(data, bytes) else data.read_bytes()
    scratch = io.BytesIO()
    try:
        with _any_size():
            pictures = _pictures(original, source.page_count)
            turned_tiff = original[:2] in (b"II", b"MM") and any(picture.orientation != 1 for picture in pictures)
            if turned_tiff or not _embed_original(original, source.page_count, scratch):
                pictures = [replace(picture, orientation=1) for picture in pictures]
                _embed_pixels(original, source.page_count, scratch)
    except (OSError, ValueError, SyntaxError) as error:
        raise InputError(f"{source.name}: the picture cannot be put into a PDF ({error}); convert it to PNG") from error
    with Pdf.open(scratch) as pdf:
        for page, picture in zip(pdf.pages, pictures, strict=True):
            _lay(pdf, page.obj, picture)
        pdf.save(file)


def _lay(pdf: Pdf, page: Object, picture: _Picture) -> None:
    """Give the page the picture's size, and draw the picture upright on it."""
    a, b, c, d, e, f = PLACEMENT[picture.orientation]
    width, height = picture.width, picture.height
    matrix = (a * width, b * height, c * width, d * height, e * width, f * height)
    name = next(iter(page.Resources.XObject.keys()))
    drawing = f"q {' '.join(f'{v:.4f}' for v in matrix)} cm {name} Do Q\n"
    for key in ("/Rotate", "/CropBox", "/TrimBox", "/BleedBox", "/ArtBox", "/UserUnit"):
        if key in page:
            del page[key]
    page.MediaBox = Array([0, 0, round(width, 4), round(height, 4)])
    page.Contents = pdf.make_indirect(Stream(pdf, drawing.encode()))


def _pictures(original: bytes, count: int) -> list[_Picture]:
    pictures = []
    with Image.open(io.BytesIO(original)) as image:
        for index in range(count):
            if index:
                image.seek(index)
            orientation = image.getexif().get(ORIENTATION_TAG, 1)
            orientation = orientation if orientation in PLACEMENT else 1
            dpi_x, dpi_y = resolution(*image.size, _stated(image))
            if abs(dpi_x - dpi_y) <= SQUARE * max(dpi_x, dpi_y):
                dpi_x = dpi_y = math.sqrt(dpi_x * dpi_y)
            size = image.width * 72 / dpi_x, image.height * 72 / dpi_y
            # Pillow gives the size of a turned TIFF upright, that of any other format as it is stored.
            width, height = size[::-1] if orientation > 4 and image.format != "TIFF" else size
            pictures.append(_Picture(width, height, orientation))
    return pictures


def _stated(image: Image.Image) -> tuple[float, float]:
    x, y = image.info.get("dpi", (0, 0))
    return float(x), float(y)


def _embed_original(original: bytes, count: int, file: BinaryIO) -> bool:
    """Whether img2pdf took the bytes as they are; if not, nothing is written."""
    options = {"rotation": img2pdf.Rotation.none, "layout_fun": _any_layout, "first_frame_only": count == 1}
    try:
        img2pdf.convert(original, outputstream=file, **options)
    except (
        ValueError,
        img2pdf.AlphaChannelError,
        img2pdf.ImageOpenError,
        img2pdf.JpegColorspaceError,
        img2pdf.UnsupportedColorspaceError,
    ):
        file.seek(0)
        file.truncate()
        return False
    return True


def _embed_pixels(original: bytes, count: int, file: BinaryIO) -> None:
    pages = []
    with Image.open(io.BytesIO(original)) as image:
        for index in range(count):
            if index:
                image.seek(index)
            upright = _plain(ImageOps.exif_transpose(image))
            page = io.BytesIO()
            upright.save(page, "png")
            pages.append(page.getvalue())
    img2pdf.convert(pages, rotation=img2pdf.Rotation.none, layout_fun=_any_layout, outputstream=file)


def _any_layout(width: int, height: int, dpi: tuple[float, float]) -> tuple[float, float, float, float]:
    """Any size that img2pdf does not refuse: ``_lay`` has the last word."""
    return 100, 100, 100, 100


def _plain(image: Image.Image) -> Image.Image:
    """In a mode that PNG and PDF both have, with as little change as possible."""
    if image.mode in ("1", "L", "RGB", "I;16"):
        return image
    if image.mode == "I":
        return image.convert("I;16")
    if image.has_transparency_data:
        white = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(white, image.convert("RGBA")).convert("RGB")
    return image.convert("RGB")


@contextmanager
def _any_size() -> Iterator[None]:
    """Pillow refuses very large pictures; this one has been read already, so it is no bomb."""
    limit = Image.MAX_IMAGE_PIXELS
    Image.MAX_IMAGE_PIXELS = None
    try:
        yield
    finally:
        Image.MAX_IMAGE_PIXELS = limit
