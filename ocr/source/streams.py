"""Streams of a PDF, decoded no further than a limit, and whether they end too early (ISO 32000-1, 7.4)."""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections.abc import Generator
from dataclasses import dataclass

import pikepdf

__all__ = ["Decoded", "TooLargeError", "decoded", "filters_of", "inflated_size"]

PIECE = 2048
"""Bytes that are given to zlib at a time: so much is lost at most before a fault."""
PART = 1 << 20
"""Bytes that zlib gives at a time."""
IMAGE_FILTERS = {"/DCTDecode", "/DCT", "/CCITTFaxDecode", "/CCF", "/JBIG2Decode", "/JPXDecode"}
CLEAR, END = 256, 257
"""Codes of LZW."""


class TooLargeError(Exception):
    """A stream grows beyond the limit when it is decoded."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """A stream after its general filters.

    Attributes:
        data: the bytes, as far as they could be decoded.
        whole: they end where the filters say.
        rest: the image filter that is left; empty when there is none.
    """

    data: bytes
    whole: bool
    rest: str = ""


def filters_of(stream: pikepdf.Object) -> list[str]:
    """The names of the filters of a stream, first to last."""
    filters = stream.get("/Filter")
    if isinstance(filters, pikepdf.Array):
        return [str(name) for name in filters]
    return [] if filters is None else [str(filters)]


def decoded(stream: pikepdf.Object, limit: int) -> Decoded:
    """Decode a stream, up to its image filter.

    Args:
        stream: of an open PDF; what is encrypted is decrypted.
        limit: bytes, after each filter.

    Raises:
        TooLargeError: it grows beyond the limit.
    """
    data, whole = stream.read_raw_bytes(), True
    for name in filters_of(stream):
        if name in IMAGE_FILTERS:
            return Decoded(data, whole, name)
        decode = DECODERS.get(name)
        if decode is None:
            continue
        data, complete = decode(data, limit)
        whole = whole and complete
        if len(data) > limit:
            raise TooLargeError(f"one of its streams grows beyond {limit >> 20} MB")
    return Decoded(data, whole)


def inflated_size(data: bytes, need: int) -> tuple[int, bool]:
    """How many bytes Flate data give, without keeping them, and whether their checksum is wrong.

    Args:
        data: of the stream.
        need: bytes that are wanted; of more data, the end is not looked for.
    """
    size, pieces = 0, _inflated(data)
    while size <= need + PART:
        try:
            size += len(next(pieces))
        except StopIteration as end:
            return size, end.value is False
        except zlib.error:
            break
    return size, False


def _inflated(data: bytes) -> Generator[bytes, None, bool | None]:
    """RFC 1950, some bytes at a time; whether the checksum is right, missing or zero; None if the end is missing."""
    data = data.lstrip(b"\r\n")
    inflate = zlib.decompressobj(-15)
    check = 1
    for start in range(2, len(data), PIECE):
        piece = data[start : start + PIECE]
        while piece and not inflate.eof:
            part = inflate.decompress(piece, PART)
            check = zlib.adler32(part, check)
            yield part
            piece = inflate.unconsumed_tail
        if inflate.eof:
            after = (inflate.unused_data + data[start + PIECE : start + PIECE + 4])[:4]
            return len(after) < 4 or after in {bytes(4), check.to_bytes(4, "big")}
    return None if data else True


def _flate(data: bytes, limit: int) -> tuple[bytes, bool]:
    parts, pieces, size = [], _inflated(data), 0
    while size <= limit:
        try:
            parts.append(next(pieces))
        except StopIteration as end:
            return b"".join(parts), bool(end.value)
        except zlib.error:
            return b"".join(parts), False
        size += len(parts[-1])
    return b"".join(parts), True


def _lzw(data: bytes, limit: int) -> tuple[bytes, bool]:
    """Variable-length codes of 9 to 12 bits, which grow one code early."""
    table = [bytes([value]) for value in range(256)] + [b"", b""]
    out: list[bytes] = []
    size = 0
    bits = held = 0
    width, last = 9, b""
    for byte in data:
        bits, held = (bits << 8 | byte) & 0xFFFFFF, held + 8
        if held < width:
            continue
        held -= width
        code = bits >> held & (1 << width) - 1
        if code == END:
            return b"".join(out), True
        if code == CLEAR:
            del table[258:]
            width, last = 9, b""
            continue
        if code > len(table) or (code == len(table) and not last):
            return b"".join(out), False
        entry = table[code] if code < len(table) else last + last[:1]
        if last and len(table) < 4096:
            table.append(last + entry[:1])
        width = min(12, max(9, (len(table) + 1).bit_length()))
        last = entry
        out.append(entry)
        size += len(entry)
        if size > limit:
            break
    return b"".join(out), size > limit


def _run_length(data: bytes, limit: int) -> tuple[bytes, bool]:
    out: list[bytes] = []
    at = size = 0
    while at < len(data) and size <= limit:
        length = data[at]
        if length == 128:
            return b"".join(out), True
        part = data[at + 1 : at + 2 + length] if length < 128 else data[at + 1 : at + 2] * (257 - length)
        at += 2 + length if length < 128 else 2
        out.append(part)
        size += len(part)
    return b"".join(out), size > limit


def _ascii85(data: bytes, limit: int) -> tuple[bytes, bool]:
    body, end, _ = re.sub(rb"\s", b"", data).removeprefix(b"<~").partition(b"~")
    try:
        return base64.a85decode(body), bool(end)
    except ValueError:
        return b"", False


def _ascii_hex(data: bytes, limit: int) -> tuple[bytes, bool]:
    body, end, _ = re.sub(rb"\s", b"", data).partition(b">")
    try:
        return binascii.unhexlify(body + b"0" * (len(body) % 2)), bool(end)
    except ValueError:
        return b"", False


DECODERS = {
    "/FlateDecode": _flate, "/Fl": _flate, "/LZWDecode": _lzw, "/LZW": _lzw, "/RunLengthDecode": _run_length,
    "/RL": _run_length, "/ASCII85Decode": _ascii85, "/A85": _ascii85, "/ASCIIHexDecode": _ascii_hex, "/AHx": _ascii_hex,
}  # fmt: skip
