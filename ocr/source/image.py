"""Picture files (TIFF, PNG, JPEG, WebP, BMP), PIL images and arrays as one-page or many-page sources."""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ocr.document import Step
from ocr.errors import InputError, UsageError
from ocr.geometry import page_matrix
from ocr.options import Options
from ocr.source.page import MAX_COLOR_PIXELS, MAX_PIXELS, PageImage, Source, is_grey, reopen

__all__ = ["ArraySource", "FileSource", "PictureSource", "picture_format", "resolution"]

MAX_DECODED = 1 << 30
"""Bytes. A picture file that takes more to decode is refused: picture formats cannot be decoded in part."""

SANE_DPI = (50.0, 2400.0)
LONGEST_PAPER = 50.0
"""Inches. A stated dpi that makes the paper longer (72 in a photograph's header) is not believed."""
A4_HEIGHT = 11.69
USUAL_DPI = (72.0, 100.0, 150.0, 200.0, 240.0, 300.0, 400.0, 600.0)
SQUARE = 0.02
"""Horizontal and vertical dpi may differ by this share; more (fax: 204 x 98) is stretched to square pixels."""

SIGNATURES = (
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"II+\0", "TIFF"),
    (b"MM\0+", "TIFF"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"BM", "BMP"),
)


def picture_format(head: bytes) -> str:
    """TIFF, PNG, JPEG, WEBP or BMP by the file's first bytes; empty for anything else."""
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    return next((form for mark, form in SIGNATURES if head.startswith(mark)), "")


def resolution(width: int, height: int, stated: tuple[float, float]) -> tuple[float, float]:
    """Horizontal and vertical dpi of a picture.

    What the file states is believed from 50 to 2400 dpi, unless the paper would be over 50 inches long. Otherwise the
    long side is taken for that of an A4 sheet and the dpi rounded to a usual one, from 72 to 600.
    """
    low, high = SANE_DPI
    x, y = stated
    if low <= x <= high and low <= y <= high and max(width / x, height / y) <= LONGEST_PAPER:
        return x, y
    guess = max(width, height) / A4_HEIGHT
    dpi = min(USUAL_DPI, key=lambda usual: abs(usual - guess))
    return dpi, dpi


class PictureSource(Source):
    """A PIL image."""

    kind = "image"

    def __init__(self, picture: Image.Image, options: Options) -> None:
        super().__init__("<image>", 1, options)
        self._picture = picture

    def page(self, number: int) -> PageImage:
        """The picture."""
        self.check_number(number)
        with damage(self.name, number, 1):
            return decode(self._picture, number)

    def data(self) -> bytes:
        """The picture as PNG: there is no original file."""
        return as_png(self._picture)

    def close(self) -> None:
        """The picture stays the caller's."""


class ArraySource(Source):
    """An (H, W) grey or (H, W, 3) RGB array of uint8, bool or uint16; (H, W, 4) has alpha."""

    kind = "image"

    def __init__(self, array: NDArray[Any], options: Options) -> None:
        super().__init__("<array>", 1, options)
        flat = array[..., 0] if array.ndim == 3 and array.shape[2] == 1 else array
        channels = flat.shape[2] if flat.ndim == 3 else 1
        if flat.ndim not in {2, 3} or channels not in {1, 3, 4} or 0 in flat.shape:
            raise UsageError(f"<array>: the shape must be (H, W) or (H, W, 3), not {array.shape}")
        if flat.dtype == np.bool_:
            flat = flat.astype(np.uint8) * np.uint8(255)
        elif flat.dtype == np.uint16:
            flat = (flat >> 8).astype(np.uint8)
        elif flat.dtype != np.uint8:
            raise UsageError(f"<array>: the type must be uint8, bool or uint16, not {array.dtype}; scale it to 0..255")
        self._picture = Image.fromarray(np.ascontiguousarray(flat))

    def page(self, number: int) -> PageImage:
        """The array."""
        self.check_number(number)
        return decode(self._picture, number)

    def data(self) -> bytes:
        """The array as PNG: there is no original file."""
        return as_png(self._picture)

    def close(self) -> None:
        """Nothing is open."""


class FileSource(Source):
    """A picture file; each frame of a TIFF is a page, decoded when it is asked for."""

    kind = "image"

    def __init__(self, data: Path | bytes, form: str, name: str, options: Options) -> None:
        self._data = data
        self._file = reopen(data)
        try:
            with damage(name, 1, 1):
                self._picture = _open_picture(self._file, form)
                count = getattr(self._picture, "n_frames", 1) if form == "TIFF" else 1
            super().__init__(name, count, options)
        except Exception:
            self._file.close()
            raise

    def page(self, number: int) -> PageImage:
        """Decode one frame."""
        self.check_number(number)
        with damage(self.name, number, self.page_count):
            if self.page_count > 1:
                self._picture.seek(number - 1)
            needed = decoded_bytes(self._picture)
            if needed > MAX_DECODED and self._picture.format != "JPEG":
                width, height = self._picture.size
                raise InputError(
                    f"{self.name}: page {number} has {width} x {height} pixels, too many to decode at once; "
                    f"wrap it in a PDF first: img2pdf {self.name} -o large.pdf"
                )
            return decode(self._picture, number)

    def data(self) -> bytes | Path:
        """The file."""
        return self._data

    def close(self) -> None:
        """Close the file."""
        self._picture.close()
        self._file.close()


def decode(picture: Image.Image, number: int) -> PageImage:
    """Pixels, upright, 8 bits a channel, alpha over white; the steps name everything that changed a pixel."""
    steps: list[Step] = []
    full = picture.size
    stated = _stated_dpi(picture)
    orientation = _orientation(picture)
    picture, shrunk = _reduced(picture)
    picture = _eight_bits(picture, steps)
    picture = _flattened(picture, steps)
    dpi_x, dpi_y = resolution(*full, stated)
    if (dpi_x, dpi_y) != stated:
        steps.append(Step("dpi", {"estimated": dpi_x, "stated": max(stated)}))
    if shrunk:
        steps.append(Step("reduced", {"from_dpi": round(dpi_x, 1), "dpi": round(dpi_x * picture.width / full[0], 1)}))
        dpi_x, dpi_y = dpi_x * picture.width / full[0], dpi_y * picture.height / full[1]
    if abs(dpi_x - dpi_y) > SQUARE * max(dpi_x, dpi_y):
        dpi = max(dpi_x, dpi_y)
        size = (max(1, round(picture.width * dpi / dpi_x)), max(1, round(picture.height * dpi / dpi_y)))
        steps.append(Step("square pixels", {"dpi_x": round(dpi_x, 1), "dpi_y": round(dpi_y, 1)}))
        picture = (picture.convert("L") if picture.mode == "1" else picture).resize(size, Image.Resampling.BILINEAR)
        dpi_x = dpi_y = dpi
    if orientation != 1:
        steps.append(Step("exif rotation", {"orientation": orientation}))
    pixels = _upright(_pixels(picture), orientation)
    height, width = pixels.shape[:2]
    dpi = (dpi_x * dpi_y) ** 0.5
    matrix = page_matrix(width, height, (0.0, 0.0, width * 72 / dpi, height * 72 / dpi))
    return PageImage(number, pixels, dpi, matrix, tuple(steps))


def decoded_bytes(picture: Image.Image) -> int:
    """What Pillow needs to hold the picture; one byte a pixel even for bilevel ones."""
    sizes = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16L": 2, "I;16B": 2, "LA": 4}
    return picture.width * picture.height * sizes.get(picture.mode, 4)


def as_png(picture: Image.Image) -> bytes:
    """The picture as a PNG file that states its dpi where that is known."""
    buffer = io.BytesIO()
    flat = picture if picture.mode in {"1", "L", "LA", "P", "RGB", "RGBA", "I;16"} else picture.convert("RGB")
    dpi = picture.info.get("dpi")
    flat.save(buffer, "PNG", compress_level=1, **({"dpi": dpi} if dpi else {}))
    return buffer.getvalue()


@contextlib.contextmanager
def damage(name: str, number: int, page_count: int) -> Iterator[None]:
    """Whatever Pillow raises over a damaged file becomes an InputError that names file and page.

    Raises:
        InputError: the picture cannot be decoded.
    """
    where = f"{name}: page {number}" if page_count > 1 else f"{name}: the picture"
    try:
        with warnings.catch_warnings():
            # Pillow warns of odd tags and of sizes; the sizes are checked here and odd tags do no harm.
            warnings.simplefilter("ignore")
            yield
    except (OSError, SyntaxError, ValueError, EOFError, KeyError, TypeError, OverflowError) as error:
        raise InputError(f"{where} is damaged or cut off ({error}); scan or copy it again") from error


def _open_picture(file: Any, form: str) -> Image.Image:
    # Image.open refuses more than 179 million pixels by a global limit; the format's own class leaves sizes to us.
    Image.preinit()
    Image.init()
    factory, _ = Image.OPEN[form]
    picture: Image.Image = factory(file, "")
    return picture


def _stated_dpi(picture: Image.Image) -> tuple[float, float]:
    dpi = picture.info.get("dpi", (0.0, 0.0))
    try:
        x, y = (float(value) for value in dpi)
    except (TypeError, ValueError, ZeroDivisionError):
        return 0.0, 0.0
    return x, y


def _orientation(picture: Image.Image) -> int:
    """EXIF orientation, 1..8; 1 when there is none."""
    try:
        value = picture.getexif().get(0x0112, 1)
    except (OSError, SyntaxError, ValueError, KeyError, TypeError):
        return 1  # damaged metadata says nothing about the pixels
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _reduced(picture: Image.Image) -> tuple[Image.Image, bool]:
    """The picture with at most MAX_PIXELS (a third of that in colour), by a whole factor."""
    bands = picture.mode in {"1", "L", "I;16", "I;16L", "I;16B"}
    limit = MAX_PIXELS if bands else MAX_COLOR_PIXELS
    width, height = picture.size
    if width * height <= limit:
        return picture, False
    factor = 2
    while width * height > limit * factor * factor:
        factor += 1
    if picture.format == "JPEG":
        picture.draft(picture.mode, (-(-width // factor), -(-height // factor)))
        if picture.width * picture.height <= limit:
            return picture, True
        factor = -(-picture.width * factor // width)
    if picture.mode == "1":
        picture = picture.convert("L")
    elif picture.mode in {"P", "PA"}:
        picture = picture.convert("RGBA" if "transparency" in picture.info else "RGB")
    return picture.reduce(factor), True


def _eight_bits(picture: Image.Image, steps: list[Step]) -> Image.Image:
    if not picture.mode.startswith(("I", "F")):
        return picture
    values = np.asarray(picture).astype(np.float32)
    sixteen = picture.mode.startswith("I;16") or (picture.mode == "I" and 0 <= values.min() <= values.max() < 65536)
    low, high = (0.0, 65535.0) if sixteen else (float(values.min()), float(values.max()))
    if sixteen and 0 < values.max() < 4096:  # 10- and 12-bit cameras leave the upper bits empty
        high = 1023.0 if values.max() < 1024 else 4095.0
    scaled = (values - low) * (255.0 / max(high - low, 1e-9))
    if picture.mode.startswith("I;16") and getattr(picture, "tag_v2", {}).get(262) == 0:
        scaled = 255.0 - scaled  # TIFF WhiteIsZero; Pillow turns only 1- and 8-bit pictures over
    steps.append(Step("depth", {"mode": picture.mode, "from": [low, high]}))
    return Image.fromarray(np.clip(scaled + 0.5, 0, 255).astype(np.uint8))


def _flattened(picture: Image.Image, steps: list[Step]) -> Image.Image:
    """Modes 1, L or RGB, alpha over white."""
    if picture.has_transparency_data:
        steps.append(Step("alpha", {"over": "white"}))
        clear = picture.convert("RGBA")
        white = Image.new("RGBA", clear.size, "white")
        return Image.alpha_composite(white, clear).convert("RGB")
    if picture.mode in {"1", "L", "RGB"}:
        return picture
    if picture.mode not in {"P", "LA", "RGBX"}:
        steps.append(Step("colour", {"mode": picture.mode}))
    return picture.convert("RGB")


def _pixels(picture: Image.Image) -> NDArray[np.uint8]:
    pixels = np.asarray(picture.convert("L") if picture.mode == "1" else picture, np.uint8)
    if pixels.ndim == 3 and is_grey(pixels):
        return np.ascontiguousarray(pixels[..., 0])
    return pixels


def _upright(pixels: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """Undo the camera's turn (EXIF 2.3, tag 274)."""
    if orientation in {5, 6, 7, 8}:
        pixels = pixels.swapaxes(0, 1)
    if orientation in {2, 3, 6, 7}:
        pixels = pixels[:, ::-1]
    if orientation in {3, 4, 7, 8}:
        pixels = pixels[::-1]
    return np.ascontiguousarray(pixels)
