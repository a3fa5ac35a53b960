"""Faults inside arithmetic-coded pictures: JBIG2 (ITU-T T.88) and JPEG 2000 (ITU-T T.800).

Both use the MQ coder, whose decoder makes pixels of any data and never knows that they are wrong. There is no checksum
either. But the encoder stuffs bits, so that no byte above 8F follows a byte FF but in markers, and long runs of zeros,
as lost blocks of a disk leave them, do not occur. Other wrong bytes cannot be told from right ones.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import NamedTuple

from ocr.source.strict import fax_fault

__all__ = ["UNKNOWN", "Segment", "jbig2_fault", "jbig2_segments", "jpx_fault"]

STUFFED = re.compile(rb"\xff[\x90-\xff]")
"""What no MQ coder writes."""
ZEROS = 32
"""So many zero bytes in a row do not occur in the data of an MQ coder."""
IMPOSSIBLE, LOST = "codes that no encoder writes", "a run of zeros"

SYMBOLS, TEXTS, HALFTONES, REGIONS, REFINEMENTS = {0}, {4, 6, 7}, {16, 20, 22, 23}, {36, 38, 39}, {40, 42, 43}
"""Kinds of JBIG2 segments (T.88, 7.3) that may be arithmetic-coded."""
REGION_INFO = 17
"""Bytes about its place before the flags of a region (7.4.1)."""
PARAMETERS = 40
"""Bytes at the start of a segment's data among which its parameters are."""
UNKNOWN = 0xFFFFFFFF
"""Length of a segment that says it at its end."""
MOST = 1 << 28
"""Pixels of a region coded as fax that is looked at."""
MARKS = 6
"""Last bytes of a segment, which may hold a marker and a number of rows."""

SOD = b"\xff\x93"
"""Start of the data of a tile part."""
PACKET_MARKERS = re.compile(rb"\xff\x91\x00\x04|\xff\x92")
"""Start of packet, with its length; end of packet header."""
LARGEST = 1 << 15
"""Greatest side of an image that is one precinct unless its header says otherwise (T.800, table A.21)."""


class Segment(NamedTuple):
    """A segment of JBIG2: its kind, and where its data are; a length of -1 says that the header is cut."""

    kind: int
    start: int
    length: int


def jbig2_segments(data: bytes) -> Iterator[Segment]:
    """The segments, up to one that is cut or of unknown length (7.2)."""
    at = 0
    while at + 11 <= len(data):
        number, flags, referred = struct.unpack_from(">IBB", data, at)
        count, at = referred >> 5, at + 6
        if count == 7:
            count = struct.unpack_from(">I", data, at - 1)[0] & 0x1FFFFFFF
            at += 3 + (count + 8) // 8
        at += count * (1 if number <= 256 else 2 if number <= 65536 else 4) + (4 if flags & 0x40 else 1)
        if at + 4 > len(data):
            yield Segment(flags & 63, at, -1)
            return
        length = struct.unpack_from(">I", data, at)[0]
        at += 4
        yield Segment(flags & 63, at, length)
        if length == UNKNOWN:
            return
        at += length


def jbig2_fault(data: bytes) -> str:
    """What is wrong inside JBIG2 data; empty where nothing is found."""
    for kind, start, length in jbig2_segments(data):
        head = data[start : start + PARAMETERS]
        if min(length, len(head)) < PARAMETERS:
            continue
        end = len(data) if length == UNKNOWN else start + length
        fault = ""
        if _is_arithmetic(kind, head):
            fault = _fault(data[start + PARAMETERS : end - MARKS], ZEROS)
        elif kind in REGIONS and length != UNKNOWN:
            width, height = struct.unpack_from(">II", head)
            if width * height <= MOST:
                fault = fax_fault(data[start + REGION_INFO + 1 : end], width, height, group=-1)
        if fault:
            return fault
    return ""


def _is_arithmetic(kind: int, head: bytes) -> bool:
    """Whether a segment is coded with the MQ coder, and not with Huffman codes or as fax."""
    if kind in SYMBOLS:
        return not head[1] & 1
    if kind in TEXTS:
        return not head[REGION_INFO + 1] & 1
    if kind in HALFTONES:
        return not head[0 if kind == min(HALFTONES) else REGION_INFO] & 1
    return kind in REFINEMENTS or (kind in REGIONS and not head[REGION_INFO] & 1)


def jpx_fault(data: bytes) -> str:
    """What is wrong inside JPEG 2000 data, with or without the boxes of a JP2 file; empty where nothing is found."""
    start = max(0, data.find(b"\xff\x4f\xff\x51"))
    packets = _packets(data[start:])
    at = data.find(b"\xff\x90\0\x0a", start)
    while at >= 0 and data[at : at + 2] == b"\xff\x90" and at + 12 <= len(data):
        length = struct.unpack_from(">I", data, at + 6)[0]
        end = at + length if length else len(data)
        begin = data.find(SOD, at, end)
        if begin < 0:
            return ""
        body = data[begin + 2 : end if length else end - MARKS]
        if fault := _fault(PACKET_MARKERS.sub(b"", body), packets + ZEROS if packets else 0):
            return fault
        if not length:
            break
        at = end
    return ""


def _packets(data: bytes) -> int:
    """Most packets of a tile, each of which is one zero byte where it is empty; 0 where that cannot be told."""
    if len(data) < 42:
        return 0
    width, height = struct.unpack_from(">II", data, 8)
    components = struct.unpack_from(">H", data, 40)[0]
    at = data.find(b"\xff\x52", 42)
    if at < 0 or at + 10 > len(data) or max(width, height) > LARGEST or data[at + 4] & 1:
        return 0
    return int(struct.unpack_from(">H", data, at + 6)[0] * (data[at + 9] + 1) * components)


def _fault(data: bytes, zeros: int) -> str:
    """What no MQ coder writes; ``zeros`` is the shortest run of zeros that counts, 0 for none."""
    if STUFFED.search(data):
        return IMPOSSIBLE
    return LOST if zeros and bytes(zeros) in data else ""
