"""Pixels in the encodings that PDF has: CCITT G4, Flate with PNG predictors, JPEG."""

from __future__ import annotations

import io
import math
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from pikepdf import Dictionary, Name, Pdf, Stream
from PIL import Image

__all__ = ["Encoded", "fax", "flate", "image_stream", "jpeg", "psnr"]

STRIP_OFFSETS, STRIP_LENGTHS = 273, 279
"""Tags of TIFF 6.0."""

BAND = 256
"""Rows that are filtered at a time."""

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Encoded:
    """An encoded picture.

    Attributes:
        data: the bytes of its stream.
        entries: of its dictionary, by name without slash: at least ``Filter``.
        psnr: of its pixels against those before, in dB; infinite where nothing changed.
    """

    data: bytes
    entries: Mapping[str, Any] = field(default_factory=dict)
    psnr: float = math.inf


def fax(packed: bytes, width: int, height: int) -> Encoded:
    """Rows of packed bits as CCITT G4; decoding gives exactly these bits.

    G4 is made for few black pixels on white, so the shorter one of both meanings of black is taken.
    """
    whole = (width + 7) // 8 * height
    bits = np.frombuffer(packed[:whole], np.uint8)
    codes = {black: _group4(bits if black else ~bits, width, height) for black in (True, False)}
    black = len(codes[True]) < len(codes[False])
    parms = Dictionary(K=-1, Columns=width, Rows=height, BlackIs1=black)
    return Encoded(codes[black], {"Filter": Name.CCITTFaxDecode, "DecodeParms": parms})


def _group4(bits: Pixels, width: int, height: int) -> bytes:
    """The code in which bits that are 1 are black."""
    file = io.BytesIO()
    image = Image.frombytes("1", (width, height), bits.tobytes())
    image.save(file, "tiff", compression="group4", strip_size=1 << 31)
    with Image.open(io.BytesIO(file.getvalue())) as saved:
        tags = dict(saved.tag_v2)  # type: ignore[attr-defined]
    [start], [length] = tags[STRIP_OFFSETS], tags[STRIP_LENGTHS]
    return file.getvalue()[start : start + length]


def flate(rows: bytes, width: int, height: int, bits: int, channels: int = 1) -> Encoded:
    """Rows of samples, each row padded to a byte, as Flate: plain or with PNG predictors, whichever is shorter."""
    line = (width * bits * channels + 7) // 8
    rows = rows[: line * height]
    plain = Encoded(zlib.compress(rows, 9), {"Filter": Name.FlateDecode})
    if bits < 8:
        return plain
    step = channels * bits // 8
    packer = zlib.compressobj(9)
    samples = np.frombuffer(rows, np.uint8).reshape(height, line)
    code = b"".join(packer.compress(band) for band in _filtered(samples, step)) + packer.flush()
    parms = Dictionary(Predictor=15, Colors=channels, BitsPerComponent=bits, Columns=width)
    predicted = Encoded(code, {"Filter": Name.FlateDecode, "DecodeParms": parms})
    return min(plain, predicted, key=lambda encoded: len(encoded.data))


def _filtered(samples: Pixels, step: int) -> Any:
    """Rows after the PNG filter that makes the sum of their differences smallest (PNG 1.2, 9.6)."""
    previous = np.zeros((1, samples.shape[1]), np.uint8)
    for top in range(0, len(samples), BAND):
        rows = samples[top : top + BAND]
        up = np.concatenate([previous, rows[:-1]])
        left, corner = np.zeros_like(rows), np.zeros_like(rows)
        left[:, step:], corner[:, step:] = rows[:, :-step], up[:, :-step]
        a, b, c = (part.astype(np.int16) for part in (left, up, corner))
        pa, pb, pc = np.abs(b - c), np.abs(a - c), np.abs(a + b - 2 * c)
        paeth = np.where((pa <= pb) & (pa <= pc), left, np.where(pb <= pc, up, corner))
        average = ((a + b) // 2).astype(np.uint8)
        kinds = np.stack([rows, rows - left, rows - up, rows - average, rows - paeth])
        best = np.abs(kinds.view(np.int8).astype(np.int16)).sum(axis=2, dtype=np.int64).argmin(axis=0)
        chosen = kinds[best, np.arange(len(rows))]
        yield np.concatenate([best[:, None].astype(np.uint8), chosen], axis=1).tobytes()
        previous = rows[-1:]


def jpeg(pixels: Pixels, quality: int) -> Encoded:
    """(H, W) grey or (H, W, 3) RGB as JPEG."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=quality, optimize=True)
    data = file.getvalue()
    back = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED | cv2.IMREAD_IGNORE_ORIENTATION)
    assert back is not None
    shown = np.asarray(back if back.ndim == 2 else back[..., ::-1], np.uint8)
    space = Name.DeviceGray if pixels.ndim == 2 else Name.DeviceRGB
    entries = {"Filter": Name.DCTDecode, "BitsPerComponent": 8, "ColorSpace": space}
    return Encoded(data, entries, psnr(pixels, shown))


def psnr(one: Pixels, other: Pixels) -> float:
    """Peak signal-to-noise ratio in dB."""
    if one.ndim != other.ndim:
        one, other = (part if part.ndim == 3 else np.repeat(part[..., None], 3, 2) for part in (one, other))
    error = float(cv2.norm(one, other, cv2.NORM_L2SQR)) / one.size
    return math.inf if error == 0 else 10 * math.log10(255**2 / error)


def image_stream(pdf: Pdf, encoded: Encoded, width: int, height: int, **entries: Any) -> Stream:
    """A new image of a PDF."""
    known = {"Type": Name.XObject, "Subtype": Name.Image, "Width": width, "Height": height}
    return Stream(pdf, encoded.data, **known, **dict(encoded.entries), **entries)
