"""Picture files (TIFF, PNG, JPEG, WebP, BMP), PIL images and arrays as one-page or many-page sources."""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, TiffImagePlugin

from ocr.errors import InputError, UsageError
from ocr.source.arithmetic import jpx_fault
from ocr.source.decode import MAX_DECODED, UnreadableError, decode, decoded_bytes, full_scale
from ocr.source.formats import frame_count, open_picture, page_frames, sizes_of_frames
from ocr.source.jpeg import cut_off, is_short, load_cut
from ocr.source.libtiff import overheard
from ocr.source.opening import Opening
from ocr.source.original import Original
from ocr.source.page import PageImage, Pages, Source, in_shell
from ocr.source.partial import DAMAGE
from ocr.source.strict import jpeg_fault, png_fault, tiff_fault, wrong_codes
from ocr.steps import Step, StepName

__all__ = ["ArraySource", "FileSource", "PictureSource", "check_size"]


IMPOSSIBLE = 1 << 34
"""Pixels. No picture has so many."""


class PictureSource(Source):
    """A PIL image.

    Raises:
        UsageError: it has no pixels.
    """

    kind = "image"

    def __init__(self, picture: Image.Image, pages: Pages = None) -> None:
        super().__init__("<image>", 1, pages)
        if 0 in picture.size:
            raise UsageError(f"<image>: the PIL image has no pixels ({picture.width} x {picture.height})")
        self._picture = picture

    def page(self, number: int) -> PageImage:
        """The picture.

        Raises:
            InputError: it cannot be decoded, is closed, or shows nothing.
        """
        self.check_number(number)
        try:
            self._picture.load()
        except (*DAMAGE, AssertionError, AttributeError) as error:  # by release, Pillow raises each for a closed image
            reason = str(error) or type(error).__name__
            raise InputError(
                f"{self.name}: the PIL image cannot be loaded ({reason}); read it before it is closed, or give its path"
            ) from error
        with damage(self.name, number, 1):
            return decode(self._picture, number)

    def data(self) -> bytes:
        """The picture as PNG: there is no original file."""
        return as_png(self._picture)

    def close(self) -> None:
        """The picture belongs to the caller and stays open."""


class ArraySource(Source):
    """An (H, W) grey, (H, W, 3) RGB or (H, W, 4) RGBA array of uint8, bool or uint16.

    Values of uint16 may use 8, 10, 12, 14 or 16 bits; the brightest one decides.

    Raises:
        UsageError: the array has another shape or type.
    """

    kind = "image"

    def __init__(self, array: NDArray[Any], pages: Pages = None) -> None:
        super().__init__("<array>", 1, pages)
        flat = array[..., 0] if array.ndim == 3 and array.shape[2] == 1 else array
        channels = flat.shape[2] if flat.ndim == 3 else 1
        if flat.ndim not in {2, 3} or channels not in {1, 3, 4} or 0 in flat.shape:
            raise UsageError(f"<array>: the shape must be (H, W), (H, W, 3) or (H, W, 4), not {array.shape}")
        self._steps: tuple[Step, ...] = ()
        if flat.dtype == np.bool_:
            flat = flat.astype(np.uint8) * np.uint8(255)
        elif flat.dtype == np.uint16:
            high = full_scale(float((flat[..., :3] if flat.ndim == 3 else flat).max()))
            self._steps = (Step(StepName.DEPTH, {"mode": "uint16", "from": [0.0, high]}),)
            flat = _scaled(flat, high)
        elif flat.dtype != np.uint8:
            raise UsageError(
                f"<array>: the type must be uint8, bool or uint16, not {array.dtype}; "
                "scale the values to 0..255 and convert them: array.astype('uint8')"
            )
        self._picture = Image.fromarray(np.ascontiguousarray(flat))

    def page(self, number: int) -> PageImage:
        """The array.

        Raises:
            InputError: it is fully transparent.
        """
        self.check_number(number)
        with damage(self.name, number, 1):
            page = decode(self._picture, number)
        return replace(page, steps=(*self._steps, *page.steps))

    def data(self) -> bytes:
        """The array as PNG: there is no original file."""
        return as_png(self._picture)

    def close(self) -> None:
        """Nothing is open."""


class FileSource(Source):
    """A picture file; each frame of a TIFF that is no thumbnail or mask is a page, decoded when it is asked for.

    Of an animation, the first frame is the page.
    """

    kind = "image"

    def __init__(self, original: Original, form: str, pages: Pages = None) -> None:
        self._original = original
        name = original.name
        self._file = original.open()
        try:
            with damage(name, 1, 1):
                self._picture = open_picture(self._file, form)
                self.frames = page_frames(self._picture)
                self.warnings = _left_out(self._picture, name)
            super().__init__(name, len(self.frames), pages)
        except Exception:
            self._file.close()
            raise
        self.opening = Opening(original, self.numbers)

    def page(self, number: int) -> PageImage:
        """Decode one frame.

        Raises:
            InputError: it is damaged, or too large; or the file changed since it was opened.
        """
        self.check_number(number)
        self.check()
        with damage(self.name, number, self.page_count):
            if self._picture.tell() != self.frames[number - 1]:
                self._picture.seek(self.frames[number - 1])
            page = self._jpeg() if self._picture.format in {"JPEG", "MPO"} else self._other(number)
        self.check()
        return page

    def size(self, number: int) -> tuple[int, int]:
        """Width and height in pixels of a frame, as its file states them.

        Raises:
            InputError: the file is damaged.
        """
        self.check_number(number)
        with damage(self.name, number, self.page_count):
            self._picture.seek(self.frames[number - 1])
            width, height = self._picture.size
        return width, height

    def _other(self, number: int) -> PageImage:
        check_size(self._picture, self.name, number)
        picture = self._picture
        with overheard() as errors:
            page = decode(picture, number)
        fault = page.damage or wrong_codes(errors)
        if not fault and isinstance(picture, TiffImagePlugin.TiffImageFile):
            fault = tiff_fault(picture, self._file)
        elif not fault and picture.format == "PNG":
            fault = png_fault(self._file)
        elif picture.format == "JPEG2000":
            self._file.seek(0)
            fault = jpx_fault(self._file.read())
        return self._damaged(page, fault)

    def _damaged(self, page: PageImage, fault: str) -> PageImage:
        """The page, with a fault inside its data if there is one."""
        where = f"{self.name}: page {page.number}" if self.page_count > 1 else f"{self.name}: the picture"
        return replace(page, damage=f"{where} is damaged inside ({fault}); the rest was read") if fault else page

    def _jpeg(self) -> PageImage:
        """A JPEG, which is shrunk while it is decoded; one that lacks only its last bytes comes with a warning."""
        size = self._file.seek(0, io.SEEK_END)
        if is_short(self._picture, size):
            raise OSError(f"{size} bytes cannot hold {self._picture.width} x {self._picture.height} pixels")
        try:
            page = decode(self._picture, 1)
        except OSError:
            if not cut_off(self._file):
                raise
            picture = load_cut(self._file)
        else:
            self._file.seek(0)
            return self._damaged(page, jpeg_fault(self._file.read()))
        warning = f"{self.name}: the last bytes of the picture are missing"
        return replace(decode(picture, 1), warnings=(warning,))

    def data(self) -> bytes | Path:
        """The file."""
        return self._original.data

    def check(self) -> None:
        """Make sure that the file is as it was when it was opened.

        Raises:
            InputError: it changed.
        """
        self._original.check()

    @property
    def original(self) -> bytes | Path:
        """The file."""
        return self._original.data

    def close(self) -> None:
        """Close the file."""
        self._picture.close()
        self._file.close()


def _left_out(picture: Image.Image, name: str) -> tuple[str, ...]:
    """What to say of the other pictures of a file whose first one is the page.

    Of a JPEG file (MPO) these are mostly a preview or a map of brightness, smaller than the first; as large as it are
    the other eye of a stereo camera, the parts of a panorama, or pages.
    """
    if isinstance(picture, TiffImagePlugin.TiffImageFile):
        return ()
    count = frame_count(picture)
    if picture.format == "MPO":
        first, *others = sizes_of_frames(picture)
        count = 1 + others.count(first)
    if count == 1:
        return ()
    alike = " of the same size" if picture.format == "MPO" else ""
    advice = f"; to read them all, take them apart: exiftool -b -MPImage2 {in_shell(name)} > 2.jpg" if alike else ""
    return (f"{name}: it holds {count} pictures{alike}; the first of them is read{advice}",)


def _scaled(array: NDArray[np.uint16], high: float) -> NDArray[np.uint8]:
    """Values from 0 to ``high`` as 8 bits; an alpha channel has a scale of its own."""
    scales = np.full(array.shape[2] if array.ndim == 3 else 1, high, np.float32)
    scales[3:] = full_scale(float(array[..., 3].max())) if len(scales) > 3 else 1
    return np.asarray(np.minimum(array * (np.float32(255) / scales) + np.float32(0.5), 255), np.uint8)


def as_png(picture: Image.Image) -> bytes:
    """The picture as an upright PNG file that states its dpi where that is known."""
    buffer = io.BytesIO()
    plain = picture.mode in {"1", "L", "LA", "P", "RGB", "RGBA", "I;16"}
    upright = ImageOps.exif_transpose(picture) if plain else Image.fromarray(decode(picture, 1).pixels)
    dpi = picture.info.get("dpi")
    upright.save(buffer, "PNG", compress_level=1, **({"dpi": dpi} if dpi else {}))
    return buffer.getvalue()


def check_size(picture: Image.Image, name: str, number: int) -> None:
    """Refuse a picture that needs more than ``MAX_DECODED`` bytes.

    Raises:
        InputError: it does.
    """
    pixels = f"{picture.width} x {picture.height} pixels"
    if picture.width * picture.height > IMPOSSIBLE:
        raise InputError(f"{name}: page {number} claims to have {pixels}, so it is damaged; scan or copy it again")
    if decoded_bytes(picture) > MAX_DECODED:
        shown = in_shell(name)
        raise InputError(
            f"{name}: page {number} has {pixels}, too many to decode at once; "
            f"scan it at a lower resolution, or make it smaller: magick {shown} -resize 50% smaller.png"
        )


@contextlib.contextmanager
def damage(name: str, number: int, page_count: int) -> Iterator[None]:
    """Whatever Pillow raises over a damaged file becomes an InputError that names the file and the page.

    Raises:
        InputError: the picture cannot be decoded, or shows nothing.
    """
    where = f"{name}: page {number}" if page_count > 1 else f"{name}: the picture"
    try:
        with warnings.catch_warnings():
            # Pillow warns of odd tags and of sizes; the sizes are checked here and odd tags do no harm.
            warnings.simplefilter("ignore")
            yield
    except UnreadableError as error:
        raise InputError(f"{where} {error}") from error
    except DAMAGE as error:
        raise InputError(f"{where} is damaged or cut off ({error}); scan or copy it again") from error
