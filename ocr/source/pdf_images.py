"""What of an image in a PDF is missing, because its stream ends too early or is damaged inside."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pikepdf
import pypdfium2
from numpy.typing import NDArray
from PIL import JpegImagePlugin

from ocr.source.arithmetic import UNKNOWN, jbig2_fault, jbig2_segments, jpx_fault
from ocr.source.decode import MAX_DECODED
from ocr.source.jpeg import END, NOISE, lost_share
from ocr.source.partial import DAMAGE
from ocr.source.streams import Decoded, TooLargeError, decoded, filters_of, inflated_size
from ocr.source.strict import fax_fault, jpeg_fault

__all__ = ["ImageFault", "image_fault"]

CHANNELS = {
    "/DeviceGray": 1, "/CalGray": 1, "/G": 1, "/Indexed": 1, "/I": 1, "/Separation": 1, "/DeviceRGB": 3, "/CalRGB": 3,
    "/RGB": 3, "/Lab": 3, "/DeviceCMYK": 4, "/CMYK": 4,
}  # fmt: skip
PLAIN = {1: "/DeviceGray", 3: "/DeviceRGB", 4: "/DeviceCMYK"}
PLAIN_CHANNELS = {name: channels for channels, name in PLAIN.items()}
SLIGHT = 0.01
"""A smaller share of an image is what lacks its last bytes: a warning, not an error."""
SELF_COLOURED = {"/DCTDecode", "/DCT", "/JPXDecode"}
"""Filters whose data say which colours they have."""
SOI = b"\xff\xd8\xff"
MAX_CODED = 1 << 28
"""Bytes of image data after the general filters."""
TAIL = 16
"""The end mark of a stream lies in so many last bytes."""
EOFB = f"{0x001001:024b}"
"""End of facsimile block (ITU-T T.6)."""
STRIPES = int("001011111" * 8, 2).to_bytes(9, "big") * 8000
"""T.6 codes for two white and two black pixels, over and over."""


@dataclass(frozen=True, slots=True)
class ImageFault:
    """What is wrong with an image.

    Attributes:
        damage: what is missing of it; empty where nothing is.
        warning: what is broken and does no harm.
    """

    damage: str = ""
    warning: str = ""


SOUND = ImageFault()
UNDRAWN = "an image cannot be decoded"


def image_fault(image: pikepdf.Object) -> ImageFault:
    """What is missing of an image; nothing where it is whole, or nothing can be said.

    Raises:
        TooLargeError: the image needs more than ``MAX_DECODED`` bytes.
    """
    width, height = _number(image, "/Width", "/W"), _number(image, "/Height", "/H")
    stencil = bool(image.get("/ImageMask", False))
    depth = 1 if stencil else _number(image, "/BitsPerComponent", "/BPC") or 8
    channels = 1 if stencil else _channels(image.get("/ColorSpace", image.get("/CS")))
    row = (width * (channels or 4) * depth + 7) // 8
    if width * height * (channels or 1) > MAX_DECODED or row * height > MAX_DECODED:
        raise TooLargeError(f"an image has {width} x {height} pixels")
    if width < 1 or height < 1:
        return ImageFault(f"an image is {width} x {height} pixels large")
    filters = filters_of(image)
    if image.get("/ColorSpace", image.get("/CS")) is None and not stencil and not SELF_COLOURED.intersection(filters):
        return ImageFault("an image has no colour space")
    need = (row + _predicted(image)) * height
    entries = _palette(image.get("/ColorSpace", image.get("/CS"))) if depth == 8 and not _predicted(image) else 256
    if entries < 256 and not CODED.keys() & set(filters):
        samples = np.frombuffer(decoded(image, max(need, MAX_CODED)).data, np.uint8)
        if np.count_nonzero(samples >= entries) > SLIGHT * len(samples):
            return ImageFault(f"an image has colours beyond the {entries} of its palette")
    if filters in (["/FlateDecode"], ["/Fl"]):
        size, wrong = inflated_size(image.read_raw_bytes(), need)
        return _inside("its checksum is wrong") if wrong else _cut(_share(size, need if channels else 0))
    found = decoded(image, max(need, MAX_CODED)) if _number(image, "/Length") else Decoded(b"", False)
    if found.rest:
        return CODED[found.rest](image, found.data)
    share = _share(len(found.data), need if channels else 0)
    return _cut(share) if share is not None or found.whole else _inside("its data end with a fault")


def _cut(share: float | None) -> ImageFault:
    """The fault of an image of which a share is missing at the end."""
    if share is None:
        return SOUND
    if share > SLIGHT:
        return ImageFault(f"an image is cut off, and {share:.0%} of it is missing")
    return ImageFault(warning="the last bytes of an image are missing")


def _inside(fault: str) -> ImageFault:
    return ImageFault(f"an image is damaged inside ({fault})") if fault else SOUND


def _share(have: int, need: int) -> float | None:
    """The share of the bytes that is missing; None if it is none, or it is not known how many there should be."""
    return None if have >= need else 1 - have / need


def _jpeg(image: pikepdf.Object, data: bytes) -> ImageFault:
    data = data[max(0, data.find(SOI)) :]
    try:
        header = JpegImagePlugin.JpegImageFile(io.BytesIO(data), "")
    except DAMAGE:
        return ImageFault(UNDRAWN)
    if header.width * header.height * len(header.getbands()) > MAX_DECODED:
        raise TooLargeError(f"an image has {header.width} x {header.height} pixels")
    channels = PLAIN_CHANNELS.get(str(image.get("/ColorSpace", image.get("/CS"))))
    if channels and channels != len(header.getbands()):
        return ImageFault(f"the data of an image have {len(header.getbands())} colours, its colour space {channels}")
    if END in data[-TAIL:]:
        return _inside(jpeg_fault(data))
    share = _differing(image, data.rstrip(b"\xff"), END, NOISE + END)
    return _cut(1.0 if header.width * header.height > 512 * len(data) else share)


def _fax(image: pikepdf.Object, data: bytes) -> ImageFault:
    parameters = _last(image.get("/DecodeParms", image.get("/DP")))
    if not isinstance(parameters, pikepdf.Dictionary):
        parameters = pikepdf.Dictionary()
    group, columns = _number(parameters, "/K"), _number(parameters, "/Columns") or 1728
    if EOFB not in f"{int.from_bytes(data[-TAIL:], 'big'):0{8 * TAIL}b}":
        share = _differing(image, data, bytes(64), STRIPES if group < 0 else NOISE)
        if share:  # fax streams may do without an end mark
            return _cut(share)
    aligned = bool(parameters.get("/EncodedByteAlign", False))
    return _inside(fax_fault(data, columns, _number(image, "/Height", "/H"), group=group, aligned=aligned))


def _differing(image: pikepdf.Object, data: bytes, first: bytes, second: bytes) -> float:
    """The share of rows that depends on data behind the end: drawn twice, with other data there."""
    one, other = (_drawn(image, data + tail) for tail in (first, second))
    if one is None or other is None or one.shape != other.shape:
        return 1.0
    return lost_share(one, other)


def _drawn(image: pikepdf.Object, data: bytes) -> NDArray[np.uint8] | None:
    """The pixels that PDFium makes of image data; None where it makes nothing of them."""
    pdf = pikepdf.new()
    page = pdf.add_blank_page(page_size=(10, 10))
    copy = pdf.make_stream(data)
    for key in ("/Width", "/Height", "/BitsPerComponent", "/Filter", "/DecodeParms"):
        if (value := image.get(key)) is not None:
            value = _last(value)
            copy[key] = pikepdf.Object.parse(value.unparse(resolved=True)) if hasattr(value, "unparse") else value
    copy["/Type"], copy["/Subtype"] = pikepdf.Name.XObject, pikepdf.Name.Image
    copy["/ColorSpace"] = pikepdf.Name(PLAIN.get(_channels(image.get("/ColorSpace")) or 1, "/DeviceGray"))
    page.obj.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im=copy))
    page.obj.Contents = pdf.make_stream(b"10 0 0 10 0 0 cm /Im Do")
    out = io.BytesIO()
    pdf.save(out, compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.none)
    with pypdfium2.PdfDocument(out.getvalue()) as document:
        drawing = document[0]
        try:
            bitmap = next(iter(drawing.get_objects())).get_bitmap()
            bitmap.warn_on_close = False
            pixels = np.array(bitmap.to_numpy(), np.uint8)
            bitmap.close()
        except (pypdfium2.PdfiumError, StopIteration):
            return None
        finally:
            drawing.close()
    return pixels


def _last(value: Any) -> Any:
    """The image filter, or its parameters, without the general filters before it."""
    return value[len(value) - 1] if isinstance(value, pikepdf.Array) and len(value) else value


def _jbig2_share(data: bytes) -> float | None:
    """The share of a segment that is missing."""
    for _, start, length in jbig2_segments(data):
        if length < 0:
            return 1.0
        if length != UNKNOWN and start + length > len(data):
            return float(min(1.0, (start + length - len(data)) / max(1, length)))
    return None


def _jpx_share(data: bytes) -> float | None:
    """Tile parts in a row, each with its length (ITU-T T.800, A.4.2)."""
    at = data.find(b"\xff\x90\x00\x0a", max(0, data.find(b"\xff\x4f\xff\x51")))
    while at >= 0 and at + 12 <= len(data) and data[at : at + 2] == b"\xff\x90":
        length = struct.unpack_from(">I", data, at + 6)[0]
        if not length:
            break
        at += length
    if at > len(data):
        return float(at - len(data)) / at
    return None if b"\xff\xd9" in data[-TAIL:] else 0.0


def _number(holder: Any, *keys: str) -> int:
    for key in keys:
        value = holder.get(key)
        if isinstance(value, int | float) or hasattr(value, "__int__"):
            return int(value)
    return 0


def _channels(space: Any) -> int:
    """Channels of a colour space; 0 when that cannot be told."""
    kind = str(space[0]) if isinstance(space, pikepdf.Array) and len(space) else str(space)
    if kind == "/ICCBased" and len(space) > 1:
        return _number(space[1], "/N")
    if kind == "/DeviceN" and len(space) > 1:
        return len(space[1])
    return CHANNELS.get(kind, 0)


def _palette(space: Any) -> int:
    """Colours of a palette, or 256 where the colour space is none."""
    if not isinstance(space, pikepdf.Array) or len(space) != 4 or str(space[0]) not in ("/Indexed", "/I"):
        return 256
    table = decoded(space[3], MAX_CODED).data if isinstance(space[3], pikepdf.Stream) else bytes(space[3])
    return min(int(space[2]) + 1, len(table) // max(1, _channels(space[1])))


def _predicted(image: pikepdf.Object) -> int:
    """One byte more in each row, where a PNG predictor says how the row is predicted."""
    parameters = _last(image.get("/DecodeParms", image.get("/DP")))
    return int(isinstance(parameters, pikepdf.Dictionary) and _number(parameters, "/Predictor") >= 10)


def _jbig2(_image: pikepdf.Object, data: bytes) -> ImageFault:
    share = _jbig2_share(data)
    return _inside(jbig2_fault(data)) if share is None else _cut(share)


def _jpx(_image: pikepdf.Object, data: bytes) -> ImageFault:
    share = _jpx_share(data)
    return _inside(jpx_fault(data)) if share is None else _cut(share)


CODED: dict[str, Callable[[pikepdf.Object, bytes], ImageFault]] = {
    "/DCTDecode": _jpeg, "/DCT": _jpeg, "/CCITTFaxDecode": _fax, "/CCF": _fax, "/JBIG2Decode": _jbig2,
    "/JPXDecode": _jpx,
}  # fmt: skip
"""What looks at the data behind each image filter."""
