"""An open picture to a page of pixels: 8 bits, grey or RGB, upright, square pixels, never over the size limits."""

from __future__ import annotations

import struct

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ocr.document import Step, StepName
from ocr.geometry import page_matrix
from ocr.source.page import MAX_COLOR_PIXELS, MAX_PIXELS, PageImage, is_grey

__all__ = ["DAMAGE", "MAX_DECODED", "decode", "decoded_bytes", "resolution"]

MAX_DECODED = 1 << 30
"""Bytes. A picture file that takes more to decode is refused: picture formats cannot be decoded in part."""

SANE_DPI = (50.0, 2400.0)
DEFAULT_DPI = 96.0
"""Software that does not know writes 72 or 96."""
A3_HEIGHT = 16.54
A4_HEIGHT = 11.69
USUAL_DPI = (72.0, 100.0, 150.0, 200.0, 240.0, 300.0, 400.0, 600.0)
SQUARE = 0.02
"""Horizontal and vertical dpi may differ by this share; more (fax: 204 x 98) is stretched to square pixels."""

GREY_MODES = ("1", "L", "I;16", "I;16L", "I;16B", "I", "F")
BAND = 256
"""Rows of the result that are made at a time where a bilevel picture is shrunk."""

DAMAGE = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    LookupError,
    TypeError,
    ArithmeticError,
    struct.error,
    Image.DecompressionBombError,
)
"""What Pillow's decoders raise over broken files."""


def resolution(width: int, height: int, stated: tuple[float, float]) -> tuple[float, float]:
    """Horizontal and vertical dpi of a picture.

    What the file states is believed from 50 to 2400 dpi; up to 96 dpi only where the paper would be no longer than A3,
    because cameras and editors write 72 or 96 when they do not know. Otherwise the long side is taken for that of an
    A4 sheet and the dpi rounded to a usual one, from 72 to 600.
    """
    low, high = SANE_DPI
    x, y = stated
    sane = low <= x <= high and low <= y <= high
    if sane and (min(x, y) > DEFAULT_DPI or max(width / x, height / y) <= A3_HEIGHT):
        return x, y
    guess = max(width, height) / A4_HEIGHT
    dpi = min(USUAL_DPI, key=lambda usual: abs(usual - guess))
    return dpi, dpi


def decode(picture: Image.Image, number: int) -> PageImage:
    """Pixels, upright, 8 bits a channel, alpha over white; the steps name everything that changed a pixel."""
    steps: list[Step] = []
    full = picture.size
    stated = _stated_dpi(picture)
    orientation = _orientation(picture)
    stored = picture.format != "TIFF"
    if not stored and orientation != 1:
        picture.load()  # Pillow turns TIFFs upright itself, and swaps their size
        stated = stated[::-1] if orientation > 4 else stated
        full = picture.size
    picture = _within_limits(picture, steps)
    picture = _eight_bits(picture, steps)
    picture = _flattened(picture, steps)
    dpi_x, dpi_y = resolution(*full, stated)
    if (dpi_x, dpi_y) != stated:
        steps.append(Step(StepName.DPI, {"estimated": dpi_x, "stated": max(stated)}))
    if picture.size != full:
        shrink = picture.width / full[0]
        steps.append(Step(StepName.REDUCED, {"from_dpi": round(dpi_x, 1), "dpi": round(dpi_x * shrink, 1)}))
        dpi_x, dpi_y = dpi_x * shrink, dpi_y * picture.height / full[1]
    if abs(dpi_x - dpi_y) > SQUARE * max(dpi_x, dpi_y):
        dpi = max(dpi_x, dpi_y)
        size = (max(1, round(picture.width * dpi / dpi_x)), max(1, round(picture.height * dpi / dpi_y)))
        steps.append(Step(StepName.SQUARE_PIXELS, {"dpi_x": round(dpi_x, 1), "dpi_y": round(dpi_y, 1)}))
        picture = (picture.convert("L") if picture.mode == "1" else picture).resize(size, Image.Resampling.BILINEAR)
        dpi_x = dpi_y = dpi
    if orientation != 1:
        steps.append(Step(StepName.EXIF_ROTATION, {"orientation": orientation}))
    pixels = _pixels(picture)
    if stored:
        pixels = _upright(pixels, orientation)
    height, width = pixels.shape[:2]
    dpi = (dpi_x * dpi_y) ** 0.5
    matrix = page_matrix(width, height, (0.0, 0.0, width * 72 / dpi, height * 72 / dpi))
    return PageImage(number, pixels, dpi, matrix, tuple(steps))


def decoded_bytes(picture: Image.Image) -> int:
    """What Pillow needs to hold the picture; one byte a pixel even for bilevel ones."""
    sizes = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16L": 2, "I;16B": 2, "LA": 4}
    return picture.width * picture.height * sizes.get(picture.mode, 4)


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
    except DAMAGE:
        return 1  # damaged metadata says nothing about the pixels
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _within_limits(picture: Image.Image, steps: list[Step]) -> Image.Image:
    """The picture with at most MAX_COLOR_PIXELS, or in grey with at most MAX_PIXELS, shrunk by a whole factor."""
    width, height = picture.size
    if picture.mode not in GREY_MODES and width * height > MAX_COLOR_PIXELS:
        steps.append(Step(StepName.GREY, {"reason": "size"}))
        if picture.format == "JPEG":
            shrink = next((k for k in (1, 2, 4) if width * height <= MAX_DECODED * k * k), 8)
            picture.draft("L", (width // shrink, height // shrink))
        picture = _flattened(picture, steps).convert("L")
    factor = 1
    while picture.width * picture.height > MAX_PIXELS * factor * factor:
        factor += 1
    if factor == 1:
        return picture
    if picture.mode != "1":
        return picture.reduce(factor)
    shrunk = Image.new("L", (-(-width // factor), -(-height // factor)))
    rows = BAND * factor
    for top in range(0, height, rows):  # in bands: a bilevel picture takes one byte a pixel already
        band = picture.crop((0, top, width, min(height, top + rows))).convert("L").reduce(factor)
        shrunk.paste(band, (0, top // factor))
    return shrunk


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
    steps.append(Step(StepName.DEPTH, {"mode": picture.mode, "from": [low, high]}))
    return Image.fromarray(np.clip(scaled + 0.5, 0, 255).astype(np.uint8))


def _flattened(picture: Image.Image, steps: list[Step]) -> Image.Image:
    """Modes 1, L or RGB, alpha over white."""
    if picture.has_transparency_data:
        steps.append(Step(StepName.ALPHA, {"over": "white"}))
        clear = picture.convert("RGBA")
        white = Image.new("RGBA", clear.size, "white")
        return Image.alpha_composite(white, clear).convert("RGB")
    if picture.mode in {"1", "L", "RGB"}:
        return picture
    if picture.mode not in {"P", "LA", "RGBX"}:
        steps.append(Step(StepName.COLOUR, {"mode": picture.mode}))
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
