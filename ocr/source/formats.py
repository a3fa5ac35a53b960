"""Formats of picture files: known by their first bytes, opened, and named where they cannot be."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable
from typing import BinaryIO

from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageFile,
    Jpeg2KImagePlugin,
    JpegImagePlugin,
    PngImagePlugin,
    PpmImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from ocr.errors import InputError
from ocr.source.libtiff import listen
from ocr.source.page import in_shell
from ocr.source.partial import DAMAGE

__all__ = [
    "JPEG_START",
    "OLD_JPEG",
    "frame_count",
    "open_picture",
    "page_frames",
    "picture_format",
    "sizes_of_frames",
    "unreadable",
]

COMPRESSION, SAMPLES, JPEG_START = 259, 277, 513
"""Tags of TIFF 6.0."""
OLD_JPEG = 6
READABLE = "PDF, TIFF, PNG, JPEG, WebP, BMP, GIF, JPEG 2000, AVIF, HEIC or PNM"

SIGNATURES = (
    (rb"II[*+]\0|MM\0[*+]", "TIFF"),
    (rb"\x89PNG\r\n\x1a\n", "PNG"),
    (rb"\xff\xd8\xff", "JPEG"),
    (rb"RIFF....WEBP", "WEBP"),
    (rb"GIF8[79]a", "GIF"),
    (rb"\0\0\0\x0cjP  |\xff\x4f\xff\x51", "JPEG2000"),
    (rb"....ftyp(?:avi[fs]|mif1.{0,40}avif)", "AVIF"),
    (rb"....ftyp(?:hei[cxms]|hev[cxms]|mif1|msf1)", "HEIF"),
    (rb"P[1-6][ \t\r\n#]", "PPM"),
    (rb"BM", "BMP"),
)
OTHERS = (
    (rb"AT&TFORM", "DjVu", "ddjvu -format=pdf {0} {0}.pdf"),
    (rb"%!PS|\xc5\xd0\xd3\xc6", "PostScript", "ps2pdf {0} {0}.pdf"),
    (rb"\xff\x0a|\0\0\0\x0cJXL ", "JPEG XL", "djxl {0} {0}.png"),
    (rb"\x97JB2\r\n\x1a\n", "JBIG2", "jbig2dec -t png -o {0}.png {0}"),
    (rb"8BPS", "Photoshop", "magick '{1}[0]' {0}.png"),
    (rb"gimp xcf", "GIMP", "magick {0} {0}.png"),
    (rb"P7\n|Pf\n|PF\n", "PAM or PFM", "magick {0} {0}.png"),
    (rb"\0\0\x01\0", "Windows icon", "magick {0} {0}.png"),
    (rb"....ftyp", "video, not a picture,", "ffmpeg -i {0} -frames:v 1 {0}.png"),
    (rb"\xef\xbb\xbf?\s*<\?xml.{0,500}<svg|\s*<svg|\s*<\?xml.{0,500}<svg", "SVG", "rsvg-convert -f pdf -o {0}.pdf {0}"),
    (rb"PK\x03\x04|\xd0\xcf\x11\xe0|\{\\rtf", "office document or archive", "soffice --convert-to pdf {0}"),
    (rb"\s*<(?:!DOCTYPE html|html)", "web page", "chromium --headless --print-to-pdf={0}.pdf {0}"),
    (rb"\x1f\x8b|BZh|\xfd7zXZ|\x28\xb5\x2f\xfd", "compressed file", "7z x {0}"),
)
"""First bytes, name, and the command that converts the file {0}."""


def picture_format(head: bytes) -> str:
    """The format by the first bytes of the file, in Pillow's name; empty for anything that is not a picture."""
    return next((form for mark, form in SIGNATURES if re.match(mark, head, re.DOTALL)), "")


def unreadable(name: str, head: bytes) -> InputError:
    """The error for a file of another kind: what it is, and the command that converts it."""
    for mark, form, command in OTHERS:
        if re.match(mark, head, re.DOTALL | re.IGNORECASE):
            convert = command.format(in_shell(name), name)
            return InputError(f"{name}: this is a file of the kind {form}, which is not read; convert it: {convert}")
    return InputError(f"{name}: not a {READABLE} file; see what it is: file {in_shell(name)}")


class LargeTiff(TiffImagePlugin.TiffImageFile):
    """A TIFF without Pillow's global limit of 179 million pixels; ``MAX_DECODED`` is checked instead.

    Old-style JPEG (compression 6, tag 513) is decoded as the JPEG file that it is, of which libtiff reads some kinds.
    """

    def _setup(self) -> None:
        super()._setup()
        start, bands = self.tag_v2.get(JPEG_START), self.tag_v2.get(SAMPLES, 3)
        if self.tag_v2.get(COMPRESSION) != OLD_JPEG or not isinstance(start, int) or bands not in {1, 3}:
            return
        assert self.fp is not None
        self.fp.seek(start)
        if self.fp.read(3) == b"\xff\xd8\xff":
            self._mode = "L" if bands == 1 else "RGB"
            self.tile = [ImageFile._Tile("jpeg", (0, 0, *self._tile_size), start, (self._mode, ""))]
            self.use_load_libtiff = False

    def load_prepare(self) -> None:
        """Allocate the pixels."""
        if self._im is None:
            self.im = Image.new(self.mode, self._tile_size).im
        ImageFile.ImageFile.load_prepare(self)


def _tiff(file: BinaryIO, name: str) -> Image.Image:
    listen()
    return LargeTiff(file, name)


def _heif(file: BinaryIO, name: str) -> Image.Image:
    """HEIC and HEIF, by an optional package, whose class is used without registering it for the whole process.

    Raises:
        InputError: the package is not installed.
    """
    try:
        from pillow_heif import HeifImageFile
    except ImportError:
        named = getattr(file, "name", "FILE")
        shown = in_shell(named if isinstance(named, str) else "FILE")
        raise InputError(
            f"{named}: HEIC pictures need a package that is not installed; run: pip install pillow-heif, "
            f"or convert it: heif-convert {shown} {shown}.png"
        ) from None
    picture: Image.Image = HeifImageFile(file, name)
    return picture


FACTORIES: dict[str, Callable[[BinaryIO, str], Image.Image]] = {
    "TIFF": _tiff,
    "PNG": PngImagePlugin.PngImageFile,
    "JPEG": JpegImagePlugin.jpeg_factory,
    "BMP": BmpImagePlugin.BmpImageFile,
    "WEBP": WebPImagePlugin.WebPImageFile,
    "GIF": GifImagePlugin.GifImageFile,
    "JPEG2000": Jpeg2KImagePlugin.Jpeg2KImageFile,
    "AVIF": AvifImagePlugin.AvifImageFile,
    "HEIF": _heif,
    "PPM": PpmImagePlugin.PpmImageFile,
}


def open_picture(file: BinaryIO, form: str) -> Image.Image:
    """Open a picture of any size; ``form`` comes from :func:`picture_format`.

    ``Image.open`` checks Pillow's global limit, which belongs to the whole process; the class of the format does not.
    """
    return FACTORIES[form](file, "")


def page_frames(picture: Image.Image) -> tuple[int, ...]:
    """The frames of a picture file that are pages: of a TIFF, those that are no thumbnail or mask; else the first.

    A frame that cannot be opened is a page too, and gives its error when it is asked for.
    """
    if not isinstance(picture, TiffImagePlugin.TiffImageFile):
        return (0,)
    count = frame_count(picture)
    if count == 1:
        return (0,)
    pages = []
    for frame in range(count):
        try:
            picture.seek(frame)
        except DAMAGE:
            pages.append(frame)
            continue
        kind, old_kind = picture.tag_v2.get(254, 0), picture.tag_v2.get(255, 1)
        if not (isinstance(kind, int) and kind & 0b101) and old_kind != 2:
            pages.append(frame)
    return tuple(pages) or tuple(range(count))


def frame_count(picture: Image.Image) -> int:
    """How many frames a file has; where the list of them is cut off, one more than can be opened."""
    with contextlib.suppress(*DAMAGE):
        return int(getattr(picture, "n_frames", 1))
    return len(sizes_of_frames(picture)) + 1


def sizes_of_frames(picture: Image.Image) -> list[tuple[int, int]]:
    """Width and height of each frame up to the first that cannot be opened; afterwards the first one is open."""
    sizes: list[tuple[int, int]] = []
    with contextlib.suppress(*DAMAGE):
        while True:
            picture.seek(len(sizes))
            sizes.append(picture.size)
    with contextlib.suppress(*DAMAGE):
        picture.seek(0)
    return sizes
