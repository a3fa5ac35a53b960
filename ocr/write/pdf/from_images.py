"""A PDF from an image file, with its original bytes: JPEG, PNG and G4 TIFF data are not encoded again.

img2pdf does the embedding. What it does not accept (16-bit alpha, rotated TIFF, unusual colour spaces, very large
images other than JPEG) is compressed again without loss, with alpha over white. EXIF orientation is applied by the
page, not to the pixels.
"""

from __future__ import annotations

import contextlib
import io
import math
import shlex
import struct
import warnings
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, BinaryIO

import img2pdf
import numpy as np
from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream
from PIL import Image, ImageOps

from ocr.document import Matrix
from ocr.errors import InputError
from ocr.source.decode import SQUARE, UnreadableError, ground_of, resolution, rows_on_ground
from ocr.source.formats import open_picture, picture_format
from ocr.source.image import check_size
from ocr.source.partial import DAMAGE, load

if TYPE_CHECKING:
    from ocr.source import Source

__all__ = ["embed"]

ORIENTATION_TAG = 0x0112
PHOTOMETRIC, STRIP_OFFSETS, STRIP_LENGTHS = 262, 273, 279
"""Tags of TIFF 6.0."""

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
"""EXIF orientation -> the affine map of the unit square (y up) that shows the stored image upright."""

HEAD = 64
"""Bytes that tell the format of a picture."""
BLANK = (595.0, 842.0)
"""Size in points of the sheet that stands for a frame that cannot be opened: A4."""

UP = 2
"""Mark of a row of PNG that holds the differences to the row above."""

PILLOW_LIMIT = 1 << 26
"""Pixels. Pillow, which img2pdf opens every image with, warns about larger images or refuses them."""

SPACES = {1: Name.DeviceGray, 3: Name.DeviceRGB, 4: Name.DeviceCMYK}
"""Number of channels -> colour space."""


@dataclass(frozen=True, slots=True)
class _Stored:
    """One image of the file: its size when upright, in points, how it is stored, and what shows it.

    ``lost`` says that img2pdf would lose its transparency: a transparent entry of a palette, or alpha in JPEG 2000.
    ``damaged`` says that a PNG is damaged inside: img2pdf would copy what no viewer decodes.
    """

    width: float
    height: float
    orientation: int
    pixels: int
    ground: str = ""
    lost: bool = False
    damaged: bool = False


def embed(source: Source, file: BinaryIO) -> None:
    """Write a PDF with one page for each image of the source; page sizes are those of ``PageImage.matrix``.

    Raises:
        InputError: an image cannot be decoded.
    """
    data = source.data()
    original = data if isinstance(data, bytes) else data.read_bytes()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # whoever read the picture has said what is wrong with it
            pictures = _pictures(original, source)
            pdf, kept = _embedded(source, original, pictures)
    except (OSError, ValueError, SyntaxError) as error:
        raise InputError(
            f"{source.name}: the picture cannot be put into a PDF, because it is damaged or of a rare kind ({error}); "
            f"for its text alone write another format: ocr read {shlex.quote(source.name)} --format txt"
        ) from error
    with pdf:
        for page, picture in zip(pdf.pages, pictures, strict=True):
            _place(pdf, page.obj, picture if kept else replace(picture, orientation=1))
        pdf.save(file)


def _embedded(source: Source, original: bytes, pictures: Sequence[_Stored]) -> tuple[Pdf, bool]:
    """A PDF with one page for each image, and whether the images have their original bytes."""
    form = picture_format(original[:HEAD])
    large = any(picture.pixels > PILLOW_LIMIT for picture in pictures)
    if large and form == "JPEG":
        return _jpeg(original), True
    # White text on a transparent ground is not seen on white paper.
    unseen = any(picture.ground == "black" or picture.lost or picture.damaged for picture in pictures)
    if not (large or unseen or (form == "TIFF" and any(picture.orientation != 1 for picture in pictures))):
        with contextlib.suppress(Exception):  # img2pdf raises plain ones over images that it does not accept
            return _by_img2pdf(original, source.frames), True
    return _pixels(original, pictures, source.frames), False


def _place(pdf: Pdf, page: Object, picture: _Stored) -> None:
    """Give the page the size of the image, and draw the image upright on it."""
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


def _pictures(original: bytes, source: Source) -> list[_Stored]:
    """The pages of the file; one that cannot be opened is a blank sheet.

    Raises:
        InputError: a picture is too large to be decoded.
    """
    pictures = []
    with open_picture(io.BytesIO(original), picture_format(original[:HEAD])) as image:
        for number, frame in enumerate(source.frames, 1):
            try:
                if image.tell() != frame:
                    image.seek(frame)
            except DAMAGE:
                pictures.append(_Stored(*BLANK, 1, 1))
                continue
            if image.format not in {"JPEG", "MPO"}:
                check_size(image, source.name, number)
            damaged = image.format == "PNG" and not _complete(image)
            orientation = _orientation(image)
            dpi_x, dpi_y = resolution(*image.size, _stated(image))
            if abs(dpi_x - dpi_y) <= SQUARE * max(dpi_x, dpi_y):
                dpi_x = dpi_y = math.sqrt(dpi_x * dpi_y)
            size = image.width * 72 / dpi_x, image.height * 72 / dpi_y
            # Pillow gives the upright size of a rotated TIFF, but the stored size for any other format.
            width, height = size[::-1] if orientation > 4 and image.format != "TIFF" else size
            ground = _ground(image)
            lost = bool(ground) and (image.format == "JPEG2000" or image.mode not in ("RGBA", "LA"))
            pictures.append(_Stored(width, height, orientation, image.width * image.height, ground, lost, damaged))
    return pictures


def _complete(image: Image.Image) -> bool:
    """Whether all of the frame can be decoded; afterwards the image holds what can."""
    with contextlib.suppress(*DAMAGE):
        fault = load(image)
        image.load()
        return not fault
    return False


def _orientation(image: Image.Image) -> int:
    """The EXIF orientation, 1 to 8."""
    with contextlib.suppress(*DAMAGE):
        orientation: int = image.getexif().get(ORIENTATION_TAG, 1)
        return orientation if orientation in PLACEMENT else 1
    return 1


def _stated(image: Image.Image) -> tuple[float, float]:
    x, y = image.info.get("dpi", (0, 0))
    return float(x), float(y)


def _ground(image: Image.Image) -> str:
    """The colour that shows a transparent picture; empty for others, and for what is damaged."""
    with contextlib.suppress(*DAMAGE, UnreadableError):
        return ground_of(image) if image.has_transparency_data else ""
    return ""


def _by_img2pdf(original: bytes, frames: Sequence[int]) -> Pdf:
    """The original bytes, embedded by img2pdf.

    Raises:
        Exception: img2pdf would have to change them, or cannot read them.
    """
    file = io.BytesIO()
    first = frames == (0,)
    options = {"rotation": img2pdf.Rotation.none, "layout_fun": _any_layout, "first_frame_only": first}
    img2pdf.convert(original, outputstream=file, **options)
    pdf = Pdf.open(file)
    for frame in reversed(range(0 if first else len(pdf.pages))):
        if frame not in frames:
            del pdf.pages[frame]
    return pdf


def _jpeg(original: bytes) -> Pdf:
    """The original bytes of a JPEG of any size."""
    with open_picture(io.BytesIO(original), "JPEG") as image:
        size, bands, inverted = image.size, len(image.getbands()), "adobe" in image.info
    keys: dict[str, object] = {"Filter": Name.DCTDecode, "BitsPerComponent": 8, "ColorSpace": SPACES[bands]}
    if bands == 4 and inverted:  # Adobe stores CMYK inverted
        keys["Decode"] = Array([1, 0] * 4)
    pdf = Pdf.new()
    _add_page(pdf, _image(pdf, original, size, keys))
    return pdf


def _pixels(original: bytes, pictures: Sequence[_Stored], frames: Sequence[int]) -> Pdf:
    """The decoded pixels, upright, compressed as G4 or like PNG. A damaged frame is a blank sheet, not the whole file.

    Raises:
        OSError: there is one frame, and it is damaged.
    """
    pdf = Pdf.new()
    with open_picture(io.BytesIO(original), picture_format(original[:HEAD])) as image:
        for frame, picture in zip(frames, pictures, strict=True):
            try:
                if image.tell() != frame:
                    image.seek(frame)
                load(image)  # of a damaged one, what was decoded before the fault is read and shown
                upright = image if picture.orientation == 1 else ImageOps.exif_transpose(image)
                stream = _stored(pdf, upright, picture.ground)
            except DAMAGE:
                if len(frames) == 1:
                    raise
                stream = _fax(pdf, Image.new("1", (8, 8), 1))
            _add_page(pdf, stream)
    return pdf


def _stored(pdf: Pdf, image: Image.Image, ground: str) -> Stream:
    """The pixels of an upright image, compressed without loss; transparent ones on a colour, else on white."""
    image.load()
    plain = image.mode in ("1", "L", "RGB", "I;16")
    if ground or (not plain and image.has_transparency_data):
        return _composited(pdf, image, ground or "white")
    if not plain:
        image = _plain(image)
    return _fax(pdf, image) if image.mode == "1" else _png(pdf, image)


def _composited(pdf: Pdf, image: Image.Image, ground: str) -> Stream:
    """A transparent image on a colour, compressed strip by strip, so that it is in memory but once."""
    squeeze = zlib.compressobj()
    above = np.zeros((1, 3 * image.width), np.uint8)
    parts = []
    for strip in rows_on_ground(image, ground):
        rows = np.vstack([above, np.asarray(strip).reshape(strip.height, -1)])
        above = rows[-1:]
        marks = np.full((strip.height, 1), UP, np.uint8)
        parts.append(squeeze.compress(np.hstack([marks, rows[1:] - rows[:-1]]).tobytes()))
    rows_of = Dictionary(Predictor=15, Colors=3, BitsPerComponent=8, Columns=image.width)
    keys = {"Filter": Name.FlateDecode, "DecodeParms": rows_of, "BitsPerComponent": 8, "ColorSpace": Name.DeviceRGB}
    return _image(pdf, b"".join([*parts, squeeze.flush()]), image.size, keys)


def _fax(pdf: Pdf, image: Image.Image) -> Stream:
    """A bilevel image, compressed as CCITT G4."""
    file = io.BytesIO()
    image.save(file, "tiff", compression="group4", strip_size=1 << 31)
    with open_picture(io.BytesIO(file.getvalue()), "TIFF") as saved:
        tags = dict(saved.tag_v2)  # type: ignore[attr-defined]
    [start], [length] = tags[STRIP_OFFSETS], tags[STRIP_LENGTHS]
    rows = Dictionary(K=-1, Columns=image.width, Rows=image.height, BlackIs1=tags[PHOTOMETRIC] == 1)
    keys = {"Filter": Name.CCITTFaxDecode, "DecodeParms": rows, "BitsPerComponent": 1, "ColorSpace": Name.DeviceGray}
    return _image(pdf, file.getvalue()[start : start + length], image.size, keys)


def _png(pdf: Pdf, image: Image.Image) -> Stream:
    """A grey or RGB image in the compression of PNG, which PDF supports."""
    file = io.BytesIO()
    image.save(file, "png")
    data = file.getvalue()
    depth, colour = data[24:26]
    bands = 3 if colour & 2 else 1
    rows = Dictionary(Predictor=15, Colors=bands, BitsPerComponent=depth, Columns=image.width)
    parts, at = [], 8
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        if kind == b"IDAT":
            parts.append(data[at + 8 : at + 8 + length])
        at += length + 12
    keys = {"Filter": Name.FlateDecode, "DecodeParms": rows, "BitsPerComponent": depth, "ColorSpace": SPACES[bands]}
    return _image(pdf, b"".join(parts), image.size, keys)


def _image(pdf: Pdf, data: bytes, size: tuple[int, int], keys: Mapping[str, object]) -> Stream:
    return Stream(pdf, data, Type=Name.XObject, Subtype=Name.Image, Width=size[0], Height=size[1], **keys)


def _add_page(pdf: Pdf, image: Stream) -> None:
    page = pdf.add_blank_page(page_size=(100, 100))  # ``_place`` sets the size
    page.obj.Resources = Dictionary(XObject=Dictionary(Im0=pdf.make_indirect(image)))


def _any_layout(width: int, height: int, dpi: tuple[float, float]) -> tuple[float, float, float, float]:
    """A size that img2pdf accepts; ``_place`` sets the real one."""
    return 100, 100, 100, 100


def _plain(image: Image.Image) -> Image.Image:
    """The image in a mode that both PNG and PDF have, with as little change as possible."""
    if image.mode == "I":
        return image.convert("I;16")
    return image.getchannel("L") if image.mode == "LAB" else image.convert("RGB")
