"""Faults inside coded pictures: decoders draw something over them and say nothing.

Each check costs some milliseconds a page. What still decodes without a fault cannot be told from what is whole: a byte
of a JPEG that is another one may leave a shade, one of JPEG 2000 or of arithmetic coding (JBIG2) a spot.
"""

from __future__ import annotations

import io
import re
import struct
import zlib
from collections.abc import Sequence
from typing import BinaryIO

from PIL import TiffImagePlugin

from ocr.source.fax import broken_rows, row_ends_inside
from ocr.source.formats import JPEG_START, OLD_JPEG, open_picture
from ocr.source.libtiff import overheard

__all__ = ["fax_fault", "jpeg_fault", "png_fault", "tiff_fault", "wrong_codes"]

BROKEN_JPEG = re.compile(
    r"premature end of data segment|bad Huffman code|bad arithmetic code|found marker|Unsupported marker|"
    r"extraneous bytes before marker 0x(?:d[0-7]|c4|da)|(?P<extra>\d+) extraneous bytes before marker 0xd9"
)
"""What libjpeg says of entropy-coded data that do not fit the picture; 0xd0 to 0xd7 are restart markers."""
DQT, SOS = 0xDB, 0xDA
"""Markers of a JPEG file: quantization tables, start of the data of a scan."""
BEYOND = 2
"""Grey levels by which the mean of a block may lie beyond black or white, for rounding."""
FOUR_COLOURS = ("CMYK", "YCCK")
"""Their grey is a product, which has nothing to do with the means of blocks."""
PADDING = (b"\0", b"\xff")
"""Bytes that fill up the end of some JPEG files."""
JPEG_END = b"\xff\xd9"
TIFF_FAX4, TIFF_JPEG, TIFF_DEFLATE = 4, 7, (8, 32946)
"""Kinds of compression in TIFF."""
PIECE = 1 << 20
"""Bytes that are inflated at a time."""
FEW_ROWS = 400
"""Rows that show whether data are coded as the file says."""
NO_CODE = b"\0\0\0"
"""No code of ITU-T T.6 has so many zeros, nor have two of them."""


def jpeg_fault(data: bytes) -> str:
    """What is wrong inside a JPEG file, after its header and before its end; empty where nothing is found.

    A wrong difference of the means of two blocks (DC coefficients) shifts all that follow, often to where no pixels can
    be: beyond black or white. The file is decoded at half its contrast, where such means are not clipped.
    """
    import simplejpeg

    dimmed, contrast = _dimmed(data)
    try:
        # At an eighth of its size: all data are decoded, but few pixels, the means of blocks, are made of them.
        means = simplejpeg.decode_jpeg(
            dimmed, "GRAY", fastdct=True, fastupsample=True, min_factor=8, min_width=1, min_height=1
        )
    except ValueError as error:
        said = str(error)
        found = BROKEN_JPEG.search(said)
        if found is None or (found["extra"] and _padded(data, int(found["extra"]))):
            return ""
        return said
    if simplejpeg.decode_jpeg_header(data)[2] in FOUR_COLOURS:
        return ""
    reach = 128 * contrast + BEYOND
    if int(means.min()) < 128 - reach or int(means.max()) > 128 + reach:
        return "a part of it is darker than black or lighter than white"
    return ""


def _dimmed(data: bytes) -> tuple[bytes, float]:
    """A JPEG file with halved DC entries in its quantization tables, and the greatest share of its contrast left."""
    out, at, contrast = bytearray(data), 2, 0.0
    while at + 4 <= len(out) and out[at] == 0xFF and out[at + 1] != SOS:
        end = at + 2 + int.from_bytes(out[at + 2 : at + 4], "big")
        table = at + 4
        while out[at + 1] == DQT and table + 65 <= min(end, len(out)):
            if out[table] >> 4:  # entries of 16 bits
                return data, 1.0
            step = out[table + 1]
            out[table + 1] = max(1, step // 2)
            contrast = max(contrast, out[table + 1] / max(1, step))
            table += 65
        at = end
    return (bytes(out), contrast) if contrast else (data, 1.0)


def _padded(data: bytes, count: int) -> bool:
    end = data.rfind(JPEG_END)
    extra = data[max(0, end - count) : end]
    return any(not extra.strip(byte) for byte in PADDING)


def fax_fault(data: bytes, width: int, height: int, *, group: int, aligned: bool = False) -> str:
    """What is wrong inside fax data (ITU-T T.4 and T.6); empty where nothing is found.

    Args:
        data: as they stand in a PDF.
        width: pixels.
        height: rows.
        group: ``/K``: negative for T.6, 0 for one-dimensional T.4, positive for two-dimensional T.4.
        aligned: each row begins with a byte of its own.
    """
    if not 0 < width < 1 << 16 or height < 1 or not data:
        return ""
    if group < 0 and (fault := _zeros(data) or _row_ends(data)):
        return fault
    compression = _tiff_compression(data, group, aligned)
    if compression is None or group > 0:
        # What is two-dimensional T.4 to libtiff is decoded in silence, whatever it is.
        rows = height if compression is None else min(height, FEW_ROWS)
        fault = _rows_fault(*broken_rows(data, width, rows, group=group, aligned=aligned))
        if fault or compression is None:
            return fault
    file = _fax_tiff(data, width, height, compression, group)
    with overheard() as errors, open_picture(io.BytesIO(file), "TIFF") as picture:
        try:
            picture.load()
        except OSError:
            return "its data cannot be decoded"
    return wrong_codes(errors)


def _row_ends(data: bytes) -> str:
    return "end-of-line codes stand among its rows" if row_ends_inside(data) else ""


def _rows_fault(broken: int, rows: int) -> str:
    return f"{broken} of {rows} rows hold wrong codes or have another length" if broken else ""


def _tiff_compression(data: bytes, group: int, aligned: bool) -> int | None:
    """How TIFF names a coding; None for those that libtiff does not know."""
    if aligned:
        return None
    if group < 0:
        return 4
    return 3 if re.match(rb"\0[\0-\x1f]", data) else None  # an end-of-line code stands before the first row


def _fax_tiff(data: bytes, width: int, height: int, compression: int, group: int) -> bytes:
    """A TIFF file of one strip."""
    start = 8 + 2 + 12 * 10 + 4
    fields = (
        (256, 4, width), (257, 4, height), (258, 3, 1), (259, 3, compression), (262, 3, 0), (273, 4, start),
        (277, 3, 1), (278, 4, height), (279, 4, len(data)), (292, 4, int(group > 0)),
    )  # fmt: skip
    entries = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in fields)
    return b"II*\0" + struct.pack("<IH", 8, len(fields)) + entries + bytes(4) + data


def wrong_codes(errors: Sequence[str]) -> str:
    """What libtiff's errors say about fax data; empty where they are none of these."""
    bad = sum("Bad code word" in error or "Uncompressed data" in error for error in errors)
    return f"{bad} of its rows hold wrong codes" if bad > 1 else "a row holds wrong codes" if bad else ""


def tiff_fault(picture: TiffImagePlugin.TiffImageFile, file: BinaryIO) -> str:
    """What is wrong inside the JPEG, T.6 or Deflate data of a frame of a TIFF file; empty where nothing is found."""
    tags = picture.tag_v2
    starts, lengths = tags.get(324, tags.get(273, ())), tags.get(325, tags.get(279, ()))
    coding = tags.get(259)
    if coding == OLD_JPEG and isinstance(start := tags.get(JPEG_START), int):
        file.seek(start)
        return jpeg_fault(file.read())
    if (
        coding not in {TIFF_JPEG, TIFF_FAX4, *TIFF_DEFLATE}
        or not isinstance(starts, tuple)
        or not isinstance(lengths, tuple)
    ):
        return ""
    tables = tags.get(347, b"")
    before = tables[:-2] if isinstance(tables, bytes) and tables.endswith(JPEG_END) else b""
    for start, length in zip(starts, lengths, strict=False):
        file.seek(start)
        part = file.read(length)
        if coding in TIFF_DEFLATE:
            fault = _sum_fault(part)
        else:
            fault = _zeros(part) if coding == TIFF_FAX4 else jpeg_fault(before + part[2:] if before else part)
        if fault:
            return fault
    return ""


def _sum_fault(data: bytes) -> str:
    """What is wrong with the checksum of zlib data, which libtiff does not look at."""
    inflate = zlib.decompressobj()
    try:
        while data and not inflate.eof:
            inflate.decompress(data, PIECE)
            data = inflate.unconsumed_tail
    except zlib.error as error:
        return "a checksum is wrong" if "data check" in str(error) else "its data cannot be decoded"
    return ""


def _zeros(data: bytes) -> str:
    return "zeros stand among its codes" if NO_CODE in data.strip(b"\0") else ""


def png_fault(file: BinaryIO) -> str:
    """What is wrong with the checksums of a PNG file; empty where they agree."""
    file.seek(8)
    while len(head := file.read(8)) == 8:
        length, kind = struct.unpack(">I4s", head)
        data, check = file.read(length), file.read(4)
        if kind == b"IEND":
            break
        if not kind.isalpha() or (kind[:1].isupper() and zlib.crc32(kind + data) != int.from_bytes(check, "big")):
            return "a checksum is wrong"
    return ""
