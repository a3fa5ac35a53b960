"""JPEG files that end too early."""

from __future__ import annotations

import io
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ocr.source.decode import MAX_DECODED
from ocr.source.formats import open_picture

__all__ = ["END", "NOISE", "cut_off", "is_short", "load_cut", "lost_share"]

END = b"\xff\xd9"
NOISE = np.random.default_rng(5).integers(0, 255, 4096, np.uint8).tobytes()
VISIBLE = 24
"""A pixel that differs by more was decided by data that are missing."""
SLIGHT = 0.01
SLIGHT_ROWS = 16
"""The share of the rows, or the rows, that may be missing."""
LARGE = 20_000_000
"""Pixels. Larger pictures are compared at half their size."""


def is_short(picture: Image.Image, size: int) -> bool:
    """Whether a file of ``size`` bytes cannot hold the picture, because each 8 x 8 pixels take a bit at least.

    Raises:
        OSError: the picture is progressive, and decoding it would take more than ``MAX_DECODED`` bytes.
    """
    pixels = picture.width * picture.height
    if picture.info.get("progressive") and 2 * pixels * len(picture.getbands()) > MAX_DECODED:
        raise OSError(f"{picture.width} x {picture.height} pixels are too many to decode a progressive JPEG")
    return pixels > 512 * size


def cut_off(file: BinaryIO) -> bool:
    """Whether a JPEG file lacks its end mark."""
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - 16))
    return END not in file.read()


def load_cut(file: BinaryIO) -> Image.Image:
    """A JPEG that lacks only its last bytes, loaded.

    It is decoded twice, with other data behind the end: what differs is what is missing.

    Raises:
        OSError: more is missing.
    """
    file.seek(0)
    data = file.read().rstrip(b"\xff")  # half a marker
    one, other = (_grey(data + tail) for tail in (END, NOISE + END))
    if missing := lost_share(one, other):
        raise OSError(f"{missing:.0%} of its rows are missing")
    picture = open_picture(io.BytesIO(data + END), "JPEG")
    if picture.width * picture.height < LARGE:
        picture.load()
    return picture


def lost_share(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    """The share (0..1) of rows that depends on what is missing, by two drawings with other data there.

    It is 0 for so few rows at the lower edge that no line of text is in them.
    """
    differ = np.abs(one.astype(np.int16) - other) > VISIBLE
    rows = np.flatnonzero(differ.reshape(len(one), -1).any(axis=1))
    lost = len(one) - int(rows[0]) if len(rows) else 0
    return lost / len(one) if lost > max(SLIGHT * len(one), SLIGHT_ROWS) else 0.0


def _grey(data: bytes) -> NDArray[np.uint8]:
    picture = open_picture(io.BytesIO(data), "JPEG")
    if picture.width * picture.height > LARGE:
        picture.draft("L", (picture.width // 2, picture.height // 2))
    return np.asarray(picture.convert("L"), np.uint8)
