"""Image files as output: which formats there are, and writing one."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from ocr.errors import UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["IMAGE_FORMATS", "as_tiff", "image_format_of", "write_image"]

IMAGE_FORMATS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".tif": "TIFF", ".tiff": "TIFF", ".webp": "WEBP"}
"""File name suffix -> the format's name in Pillow."""


def image_format_of(path: Path, *also: str) -> str:
    """The image format that the suffix of a file name stands for.

    Args:
        path: of the output.
        also: further suffixes that are allowed; for these the result is empty.

    Raises:
        UsageError: no image format has that suffix.

    Example:
        >>> image_format_of(Path("page.TIF"))
        'TIFF'
    """
    suffix = path.suffix.lower()
    if suffix not in IMAGE_FORMATS and suffix not in also:
        raise UsageError(f"{path}: the name of the output must end in one of {', '.join([*IMAGE_FORMATS, *also])}")
    return IMAGE_FORMATS.get(suffix, "")


def write_image(pixels: NDArray[np.uint8], file: BinaryIO, format: str) -> None:
    """Write (H, W) grey or (H, W, 3) RGB pixels in one of ``IMAGE_FORMATS``."""
    from PIL import Image

    Image.fromarray(pixels).save(file, format)


def as_tiff(pages: Sequence[NDArray[np.uint8]]) -> bytes:
    """A TIFF file with several pages, each (H, W) grey or (H, W, 3) RGB."""
    from PIL import Image

    first, *others = (Image.fromarray(pixels) for pixels in pages)
    file = io.BytesIO()
    first.save(file, "TIFF", save_all=True, append_images=others, compression="tiff_adobe_deflate")
    return file.getvalue()
