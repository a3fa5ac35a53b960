"""Picture files that are damaged or cut off: what can be decoded of a frame, with white where nothing was."""

from __future__ import annotations

import contextlib
import struct

import numpy as np
from PIL import Image

__all__ = ["DAMAGE", "load"]

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

BY_ROWS = ("TIFF", "PNG", "GIF", "BMP", "PPM")
"""Formats of which Pillow keeps the rows before a fault."""
WHITE: dict[str, int | tuple[int, ...]] = {
    "1": 1, "L": 255, "RGB": (255, 255, 255), "RGBX": (255, 255, 255, 255), "CMYK": (0, 0, 0, 0),
    "LA": (255, 0), "RGBA": (255, 255, 255, 0),
}  # fmt: skip
"""Modes of Pillow in which white is the same in every picture."""


def load(picture: Image.Image) -> str:
    """Decode a frame as far as that goes; those of other formats are left as they are.

    Returns:
        What is wrong where only a part of it could be decoded, else nothing.

    Raises:
        DAMAGE: none of it can be decoded.
    """
    if picture.format not in BY_ROWS or not getattr(picture, "tile", ()):
        return ""
    picture.im = _blank(picture).im  # what Pillow would take may hold the frame before
    try:
        picture.load()
    except DAMAGE as error:
        if picture.tile:  # type: ignore[attr-defined]
            picture.tile = []  # type: ignore[attr-defined]
            with contextlib.suppress(*DAMAGE):
                picture.load_end()  # type: ignore[attr-defined]
        picture.load()
        if np.ptp(np.reshape(picture.getextrema(), (-1, 2)), axis=1).any():
            return str(error)
        raise
    return ""


def _blank(picture: Image.Image) -> Image.Image:
    """A white picture in the size and mode of a frame as it is stored; in modes that have no certain white, zeros."""
    size = getattr(picture, "_tile_size", picture.size)
    if picture.mode != "P" or picture.palette is None:
        return Image.new(picture.mode, size, WHITE.get(picture.mode, 0))
    colours = Image.new("P", (256, 1))
    colours.putdata(range(256))
    colours.palette = picture.palette.copy()
    return Image.new("P", size, int(np.asarray(colours.convert("L")).argmax()))
