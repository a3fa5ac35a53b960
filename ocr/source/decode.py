"""From an open picture to a page of pixels: 8 bits, grey or RGB, upright, square pixels, within the size limits."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ocr.document import Step, StepName
from ocr.geometry import page_matrix
from ocr.source.page import MAX_COLOR_PIXELS, MAX_PIXELS, PageImage, is_grey
from ocr.source.partial import DAMAGE, load

__all__ = [
    "MAX_DECODED",
    "UnreadableError",
    "decode",
    "decoded_bytes",
    "full_scale",
    "ground_of",
    "on_ground",
    "resolution",
]

MAX_DECODED = 1 << 30
"""Bytes. A picture file that needs more to be decoded is refused: picture formats cannot be decoded in part."""

SANE_DPI = (50.0, 2400.0)
DEFAULT_DPI = 96.0
"""Software that does not know the resolution writes 72 or 96."""
A3_HEIGHT = 16.54
A4_HEIGHT = 11.69
USUAL_DPI = (72.0, 100.0, 150.0, 200.0, 240.0, 300.0, 400.0, 600.0)
SQUARE = 0.02
"""Horizontal and vertical dpi may differ by this share; more (fax: 204 x 98) is stretched to square pixels."""

GREY_MODES = ("1", "L", "I;16", "I;16L", "I;16B", "I", "F")
BAND = 256
"""Rows of the result that are made at a time where a bilevel picture is shrunk."""
FULL_SCALES = (255, 1023, 4095, 16383, 65535)
"""Brightest value of 8, 10, 12, 14 and 16 bits: cameras leave the upper ones of 16 bits empty."""
GROUND_PIXELS = 4_000_000
"""A transparent picture is reduced to about this size to choose the ground that shows its content."""
FAINT = 0.3
"""Share of the contrast on black below which a transparent picture is not put on white."""


class UnreadableError(Exception):
    """A picture that can be decoded, but does not show what it says; the message continues "the picture ..."."""


def resolution(width: int, height: int, stated: tuple[float, float]) -> tuple[float, float]:
    """Horizontal and vertical dpi of a picture of ``width`` x ``height`` pixels.

    What the file states is believed from 50 to 2400 dpi; up to 96 dpi only where the paper would be no longer than A3,
    because cameras and editors write 72 or 96 when they do not know. Otherwise the long side is assumed to be that of
    an A4 sheet, and the dpi is rounded to a usual one, from 72 to 600.
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
    """Pixels, upright, 8 bits a channel, without transparency; the steps name everything that changed a pixel.

    Of a frame that can be decoded in part, ``PageImage.damage`` is what is wrong.

    Raises:
        UnreadableError: the picture does not show anything, or cannot be converted.
    """
    steps: list[Step] = []
    full = picture.size
    stated = _stated_dpi(picture)
    stored = picture.format != "TIFF"
    fault = load(picture) if stored else ""
    orientation = _orientation(picture)
    if not stored:
        fault = load(picture)  # Pillow applies the orientation of TIFFs itself, and swaps their size
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
    return PageImage(number, pixels, dpi, matrix, tuple(steps), damage=fault)


def decoded_bytes(picture: Image.Image) -> int:
    """Bytes that Pillow needs to hold the picture: one a pixel even for bilevel ones."""
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
        return 1  # damaged metadata does not mean damaged pixels
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _within_limits(picture: Image.Image, steps: list[Step]) -> Image.Image:
    """The picture with at most ``MAX_COLOR_PIXELS``, or in grey with at most ``MAX_PIXELS``, shrunk by an integer."""
    width, height = picture.size
    colour = picture.mode not in GREY_MODES
    if picture.format in {"JPEG", "MPO"} and width * height > (MAX_COLOR_PIXELS if colour else MAX_PIXELS):
        shrink = next((k for k in (8, 4, 2) if width * height >= MAX_PIXELS * k * k), 1)
        picture.draft("L", (width // shrink, height // shrink))
    if colour and width * height > MAX_COLOR_PIXELS:
        steps.append(Step(StepName.GREY, {"reason": "size"}))
        picture = _flattened(picture, steps, "L").convert("L")
    factor = 1
    while picture.width * picture.height > MAX_PIXELS * factor * factor:
        factor += 1
    if factor == 1:
        return picture
    if picture.mode != "1":
        return picture.reduce(factor)
    shrunk = Image.new("L", (-(-width // factor), -(-height // factor)))
    rows = BAND * factor
    for top in range(0, height, rows):  # in bands: a bilevel picture already takes one byte a pixel
        band = picture.crop((0, top, width, min(height, top + rows))).convert("L").reduce(factor)
        shrunk.paste(band, (0, top // factor))
    return shrunk


def full_scale(brightest: float) -> float:
    """The value that stands for white where values of 8 to 16 bits are held in 16, by the brightest of them."""
    return float(next((scale for scale in FULL_SCALES if brightest <= scale), brightest))


def _eight_bits(picture: Image.Image, steps: list[Step]) -> Image.Image:
    """Integers of 16 or 32 bits and floating-point numbers as 8 bits."""
    if not picture.mode.startswith(("I", "F")):
        return picture
    values = np.asarray(picture).astype(np.float32)
    if not np.isfinite(values).all():
        raise UnreadableError("holds values that are not numbers (NaN or infinite); replace them first")
    low, high = float(values.min()), float(values.max())
    if picture.mode.startswith("I;16") or (picture.mode == "I" and 0 <= low <= high < 65536):
        low, high = 0.0, full_scale(high)
    scaled = (values - low) * (255.0 / max(high - low, 1e-9))
    if picture.mode.startswith("I;16") and getattr(picture, "tag_v2", {}).get(262) == 0:
        scaled = 255.0 - scaled  # TIFF WhiteIsZero; Pillow inverts only 1- and 8-bit pictures
    steps.append(Step(StepName.DEPTH, {"mode": picture.mode, "from": [low, high]}))
    return Image.fromarray(np.clip(scaled + 0.5, 0, 255).astype(np.uint8))


def _flattened(picture: Image.Image, steps: list[Step], mode: str = "RGB") -> Image.Image:
    """Modes 1, L or RGB; a transparent picture is composited on the ground that shows its content.

    Args:
        picture: in any mode of 8 bits.
        steps: gets what was done.
        mode: of a transparent picture afterwards, RGB or L.
    """
    if picture.mode == "La":
        picture = picture.convert("LA")  # Pillow converts it to nothing else
    if picture.has_transparency_data:
        ground = ground_of(picture)
        steps.append(Step(StepName.ALPHA, {"over": ground}))
        return on_ground(picture, ground, mode)
    if picture.mode in {"1", "L", "RGB"}:
        return picture
    if picture.mode not in {"P", "RGBX"}:
        steps.append(Step(StepName.COLOUR, {"mode": picture.mode}))
    if picture.mode == "LAB":
        return picture.getchannel("L")  # Pillow converts it to nothing else; what is read is in the lightness
    return picture.convert("RGB")


def on_ground(picture: Image.Image, ground: str, mode: str = "RGB") -> Image.Image:
    """A transparent picture composited on a colour, some rows at a time, so that it is in memory but once."""
    shown = Image.new(mode, picture.size)
    top = 0
    for part in rows_on_ground(picture, ground):
        shown.paste(part.convert(mode), (0, top))
        top += part.height
    return shown


def rows_on_ground(picture: Image.Image, ground: str) -> Iterator[Image.Image]:
    """A transparent picture composited on a colour: strips in RGB, from top to bottom."""
    rows = max(1, GROUND_PIXELS // picture.width)
    for top in range(0, picture.height, rows):
        part = picture.crop((0, top, picture.width, min(picture.height, top + rows))).convert("RGBA")
        yield Image.alpha_composite(Image.new("RGBA", part.size, ground), part).convert("RGB")


def ground_of(picture: Image.Image) -> str:
    """The colour, white or black, behind a transparent picture: white, unless nearly all of it would vanish there.

    Raises:
        UnreadableError: every pixel is fully transparent.
    """
    clear = picture if picture.mode == "RGBA" else picture.convert("RGBA")
    if not clear.getchannel("A").getextrema()[1]:
        raise UnreadableError(
            "is fully transparent, so it shows nothing; if its fourth channel is not alpha, give array[..., :3]"
        )
    small = clear.reduce(max(1, round((clear.width * clear.height / GROUND_PIXELS) ** 0.5)))
    white, black = (_contrast(small, ground) for ground in ("white", "black"))
    return "white" if white >= FAINT * black else "black"


def _contrast(clear: Image.Image, ground: str) -> float:
    """Sum of the differences between neighbouring pixels of an RGBA picture on a ground."""
    shown = Image.alpha_composite(Image.new("RGBA", clear.size, ground), clear).convert("L")
    grey = np.asarray(shown, np.int16)
    return float(sum(np.abs(np.diff(grey, axis=axis)).sum(dtype=np.int64) for axis in (0, 1)))


def _pixels(picture: Image.Image) -> NDArray[np.uint8]:
    pixels = np.asarray(picture.convert("L") if picture.mode == "1" else picture, np.uint8)
    if pixels.ndim == 3 and is_grey(pixels):
        return np.ascontiguousarray(pixels[..., 0])
    return pixels


def _upright(pixels: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """Undo the rotation or reflection of the camera (EXIF 2.3, tag 274)."""
    if orientation in {5, 6, 7, 8}:
        pixels = pixels.swapaxes(0, 1)
    if orientation in {2, 3, 6, 7}:
        pixels = pixels[:, ::-1]
    if orientation in {3, 4, 7, 8}:
        pixels = pixels[::-1]
    return np.ascontiguousarray(pixels)
