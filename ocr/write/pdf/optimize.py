"""Smaller pictures in a PDF: the same pixels in fewer bytes, or nearly the same where that is asked for.

Level 1 changes no pixel: pictures of two tones become CCITT G4, others Flate with PNG predictors; JPEG, JPEG 2000 and
JBIG2 stay. Level 2 also stores pictures of few colours with a palette, encodes JPEG again at a stated quality, and grey
pictures that are stored in colour as grey. A new encoding is used only if it is smaller.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
import pikepdf
from numpy.typing import NDArray
from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream, String

from ocr.write.pdf.encode import Encoded, fax, flate, jpeg

__all__ = ["Savings", "is_nearly_grey", "optimize_pictures"]

CHANNELS = {"/DeviceGray": 1, "/CalGray": 1, "/DeviceRGB": 3, "/CalRGB": 3, "/Lab": 3, "/DeviceCMYK": 4, "/Indexed": 1}
MOST_PIXELS = 200_000_000
WORTH = 0.9
"""A JPEG is encoded again if it becomes smaller than this share of what it was."""
GREY, GREY_SHARE = 12, 0.999
"""A JPEG is grey if the channels of this share of its pixels differ by no more than this."""
END_OF_JPEG, LAST = b"\xff\xd9", 1024
"""The end mark stands somewhere in the last bytes."""
LEVELS = 16
"""A grey picture of no more tones is stored with fewer bits."""

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Savings:
    """What became of the pictures of a PDF.

    Attributes:
        pictures: that were encoded again.
        before: their bytes.
        after: their bytes now.
        psnr: of the worst of them, in dB; infinite where no pixel changed.
    """

    pictures: int = 0
    before: int = 0
    after: int = 0
    psnr: float = math.inf

    def plus(self, before: int, after: int, psnr: float) -> Savings:
        """With one picture more."""
        return Savings(self.pictures + 1, self.before + before, self.after + after, min(self.psnr, psnr))


def optimize_pictures(pdf: Pdf, level: int, quality: int, done: Collection[tuple[int, int]] = ()) -> Savings:
    """Encode the pictures of a PDF again where that makes them smaller.

    Args:
        pdf: to change.
        level: 1 or 2; 3 is treated as 2.
        quality: of JPEG, 1..100.
        done: object and generation numbers of pictures that stay as they are.
    """
    savings = Savings()
    pictures = _pictures(pdf)
    fixed = _fixed(pictures)
    for item in pictures:
        if item.objgen in done:
            continue
        try:
            candidates = list(_candidates(item, level, quality, fixed=item.objgen in fixed))
        except (pikepdf.PdfError, ValueError, TypeError, KeyError, AttributeError, OSError, cv2.error):
            continue  # a picture that cannot be understood stays as it is
        before = len(item.read_raw_bytes())
        if not candidates:
            continue
        best = min(candidates, key=lambda encoded: len(encoded.data))
        if len(best.data) < before:
            _store(item, best)
            savings = savings.plus(before, len(best.data), best.psnr)
    return savings


def _pictures(pdf: Pdf) -> list[Stream]:
    """The pictures that can be reached from the pages; those of replaced pages are not written."""
    found, seen = [], set[tuple[int, int]]()
    waiting: list[Any] = [pdf.Root]
    while waiting:
        item = waiting.pop()
        if not isinstance(item, Object):
            continue
        if item.is_indirect:
            if item.objgen in seen:
                continue
            seen.add(item.objgen)
        if isinstance(item, Array):
            waiting.extend(list(item))
        elif isinstance(item, Dictionary | Stream):
            waiting.extend(value for _, value in item.items())
            if isinstance(item, Stream) and item.get("/Subtype") == Name.Image:
                found.append(item)
    return found


def _fixed(pictures: list[Stream]) -> set[tuple[int, int]]:
    """Object and generation numbers of the pictures whose colour space has to stay as it is.

    A soft mask is in ``DeviceGray``, and the ``/Matte`` of one is a colour in the space of its picture (ISO 32000-1,
    11.6.5.3).
    """
    masks = [(item, mask) for item in pictures if isinstance(mask := item.get("/SMask"), Stream)]
    return {mask.objgen for _, mask in masks} | {item.objgen for item, mask in masks if "/Matte" in mask}


def _store(item: Stream, encoded: Encoded) -> None:
    entries = dict(encoded.entries)
    item.write(encoded.data, filter=entries.pop("Filter"), decode_parms=entries.pop("DecodeParms", None))
    for key, value in entries.items():
        item["/" + key] = value


def _candidates(item: Stream, level: int, quality: int, *, fixed: bool) -> Iterator[Encoded]:
    """Other encodings of a picture; in the same colour space if that is ``fixed``."""
    filters = _names(item.get("/Filter"))
    width, height = int(item.Width), int(item.Height)
    if width <= 0 or height <= 0 or width * height > MOST_PIXELS:
        return
    if filters == ["/DCTDecode"]:
        if level >= 2:
            yield from _again(item, quality, fixed=fixed)
        return
    if any(name in ("/DCTDecode", "/JPXDecode", "/JBIG2Decode", "/CCITTFaxDecode", "/Crypt") for name in filters):
        return
    bits = 1 if item.get("/ImageMask") else int(item.BitsPerComponent)
    channels = 1 if item.get("/ImageMask") else _channels(item.get("/ColorSpace"))
    rows = item.read_bytes()
    line = (width * bits * channels + 7) // 8
    if not channels or bits not in (1, 2, 4, 8, 16) or len(rows) < line * height:
        return
    if bits * channels == 1:
        yield fax(rows, width, height)
    yield flate(rows, width, height, bits, channels)
    plain = not any(key in item for key in ("/Decode", "/Mask", "/SMaskInData", "/ImageMask"))
    if level < 2 or bits != 8 or not plain:
        return
    samples = np.frombuffer(rows[: line * height], np.uint8)
    if item.ColorSpace == Name.DeviceGray:
        yield from _few_tones(samples.reshape(height, width))
    if not fixed:
        yield from _palette(samples, width, height, item.ColorSpace, channels)


def _few_tones(samples: Pixels) -> Iterator[Encoded]:
    """A grey picture whose tones can be said with fewer bits, without a palette."""
    height, width = samples.shape
    tones = np.unique(samples)
    for bits in (1, 2, 4):
        step = 255 // ((1 << bits) - 1)
        if not (tones % step).any():
            packed = _packed(samples // np.uint8(step), bits)
            if bits == 1:
                yield _in(fax(packed, width, height), Name.DeviceGray, 1)
            yield _in(flate(packed, width, height, bits), Name.DeviceGray, bits)
            return


def _palette(samples: Pixels, width: int, height: int, space: Object, channels: int) -> Iterator[Encoded]:
    """A picture of few colours with a palette of them, or grey where it has no colour; no pixel changes."""
    if channels not in (1, 3) or not _same_in_palette(space, channels):
        return
    pixels = samples.reshape(-1, channels)
    if channels == 3 and space == Name.DeviceRGB and (pixels == pixels[:, :1]).all():
        grey = np.ascontiguousarray(pixels[:, 0])
        yield _in(flate(grey.tobytes(), width, height, 8), Name.DeviceGray, 8)
        pixels, channels, space = grey[:, None], 1, Name.DeviceGray
    codes = pixels[:, 0].astype(np.uint32)
    for channel in range(1, channels):
        codes = codes << np.uint32(8) | pixels[:, channel]
    if len(np.unique(codes[:: max(1, len(codes) // 20_000)])) > 256:
        return
    colours, indices = np.unique(codes, return_inverse=True)
    if len(colours) > (LEVELS if channels == 1 else 256):
        return
    bits = next(b for b in (1, 2, 4, 8) if len(colours) <= 1 << b)
    table = b"".join(int(colour).to_bytes(channels, "big") for colour in colours)
    indexed = Array([Name.Indexed, space, len(colours) - 1, String(table)])
    packed = _packed(indices.reshape(height, width).astype(np.uint8), bits)
    if bits == 1:
        yield _in(fax(packed, width, height), indexed, 1)
    yield _in(flate(packed, width, height, bits), indexed, bits)


def _same_in_palette(space: Object, channels: int) -> bool:
    """Whether viewers show colours of a space alike in a picture and in a palette; calibrated ones PDFium does not."""
    if not isinstance(space, Array):
        return space in (Name.DeviceGray, Name.DeviceRGB)
    alternate = space[1].get("/Alternate") if space[0] == Name.ICCBased else None
    return space[0] == Name.ICCBased and (alternate is None or _channels(alternate) == channels)


def _packed(indices: Pixels, bits: int) -> bytes:
    """Rows of indices with so many bits each, padded to bytes."""
    if bits == 8:
        return indices.tobytes()
    digits = np.unpackbits(indices[..., None], axis=2)[..., 8 - bits :]
    return np.packbits(digits.reshape(len(indices), -1), axis=1).tobytes()


def _again(item: Stream, quality: int, *, fixed: bool) -> Iterator[Encoded]:
    """A JPEG at another quality, in grey if it has no colour and its colour space is not ``fixed``."""
    space = item.get("/ColorSpace")
    if "/Decode" in item or "/DecodeParms" in item or isinstance(item.get("/Mask"), Array):
        return
    if isinstance(space, Array) and len(space) and space[0] == Name.Indexed:
        return  # its values are numbers of colours
    data = item.read_raw_bytes()
    if END_OF_JPEG not in data[-LAST:]:
        return  # it is cut off: what is missing must not be drawn in
    decoded = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED | cv2.IMREAD_IGNORE_ORIENTATION)
    if (
        decoded is None
        or decoded.dtype != np.uint8
        or (1 if decoded.ndim == 2 else decoded.shape[2]) != _channels(space)
    ):
        return
    if decoded.shape[:2] != (int(item.Height), int(item.Width)) or decoded.shape[2:] not in ((), (3,)):
        return
    pixels = np.asarray(decoded if decoded.ndim == 2 else cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB), np.uint8)
    if pixels.ndim == 3 and space == Name.DeviceRGB and not fixed and is_nearly_grey(pixels):
        grey = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)
        made = jpeg(grey, quality)
    else:
        made = jpeg(pixels, quality)
        made = replace(made, entries={key: value for key, value in made.entries.items() if key != "ColorSpace"})
    if len(made.data) < WORTH * len(data):
        yield made


def is_nearly_grey(pixels: Pixels) -> bool:
    """Whether (H, W, 3) pixels have no colour but the noise of JPEG."""
    spread = pixels.max(axis=2) - pixels.min(axis=2)
    return bool(np.count_nonzero(spread <= GREY) >= GREY_SHARE * spread.size)


def _in(encoded: Encoded, space: Object, bits: int) -> Encoded:
    return replace(encoded, entries={**encoded.entries, "ColorSpace": space, "BitsPerComponent": bits})


def _channels(space: Any) -> int:
    """Samples a pixel; 0 where that is not known."""
    if isinstance(space, Array) and len(space):
        kind = str(space[0])
        if kind == "/ICCBased":
            profile = space[1]
            return int(profile.get("/N", 0)) if isinstance(profile, Stream | Dictionary) else 0
        return 1 if kind in ("/Separation", "/Indexed") else CHANNELS.get(kind, 0)
    return CHANNELS.get(str(space), 0) if isinstance(space, Name) else 0


def _names(value: Any) -> list[str]:
    return [] if value is None else [str(name) for name in value] if isinstance(value, Array) else [str(value)]
