"""The names that a compact font program gives to the glyphs of its codes (Adobe Technical Note 5176, CFF).

Only names of its own are told: those that all fonts share (Appendix A) are known to PDFium.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["cff_names"]

SHARED = 391
"""Numbers of strings below this are names that all fonts share."""
CHARSET, ENCODING, GLYPHS, COLLECTION = 15, 16, 17, (12, 30)
"""Operators of the dictionary of a font; the last is there in fonts whose glyphs have numbers in place of names."""
PREDEFINED = 2
"""Offsets up to this stand for a charset or an encoding that all programs know."""
SUPPLEMENTED = 0x80
LONGEST = 1 << 12
"""Bytes of a string that are looked at."""


def cff_names(data: bytes) -> dict[int, str]:
    """Codes and glyph names of the built-in encoding.

    Args:
        data: the font program, CFF alone or in OpenType.

    Raises:
        ValueError: it is damaged.
    """
    try:
        return _names(_table(data))
    except (struct.error, LookupError) as error:
        raise ValueError("a damaged font program") from error


def _table(data: bytes) -> bytes:
    """The CFF table of an OpenType font; CFF as it is."""
    if data[:4] != b"OTTO":
        return data
    for at in range(12, 12 + 16 * struct.unpack_from(">H", data, 4)[0], 16):
        tag, _, offset, length = struct.unpack_from(">4sIII", data, at)
        if tag == b"CFF ":
            return data[offset : offset + length]
    return b""


@dataclass(frozen=True, slots=True)
class _Index:
    """Byte strings one after another: where they begin in the data, and the last ends."""

    data: bytes
    bounds: list[int]

    @property
    def end(self) -> int:
        """Where what follows begins."""
        return self.bounds[-1]

    def __getitem__(self, number: int) -> bytes:
        return self.data[self.bounds[number] : min(self.bounds[number + 1], self.bounds[number] + LONGEST)]


def _index(data: bytes, at: int) -> _Index:
    (count,) = struct.unpack_from(">H", data, at)
    if not count:
        return _Index(data, [at + 2])
    size = data[at + 2]
    table = data[at + 3 : at + 3 + (count + 1) * size]
    start = at + 2 + (count + 1) * size
    return _Index(data, [start + int.from_bytes(table[n * size : (n + 1) * size], "big") for n in range(count + 1)])


def _names(data: bytes) -> dict[int, str]:
    fonts = _index(data, data[2])
    dictionaries = _index(data, fonts.end)
    strings = _index(data, dictionaries.end)
    operands = _operands(dictionaries[0])
    charset, encoding = operands.get(CHARSET, 0), operands.get(ENCODING, 0)
    if COLLECTION in operands or encoding < PREDEFINED:
        return {}
    numbers = [0, *_charset(data, charset, struct.unpack_from(">H", data, operands[GLYPHS])[0] - 1)]
    codes = {code: numbers[glyph] for code, glyph in _codes(data, encoding) if glyph < len(numbers)}
    codes |= _supplement(data, encoding)
    return {
        code: strings[number - SHARED].decode("latin-1")
        for code, number in codes.items()
        if SHARED <= number < SHARED + len(strings.bounds) - 1
    }


def _operands(dictionary: bytes) -> dict[int | tuple[int, int], int]:
    """The first operand of each operator; numbers with a fraction as 0."""
    found: dict[int | tuple[int, int], int] = {}
    stack: list[int] = []
    at = 0
    while at < len(dictionary):
        byte = dictionary[at]
        at += 1
        if byte <= 21:
            key = (byte, dictionary[at]) if byte == 12 else byte
            at += byte == 12
            found[key] = stack[0] if stack else 0
            stack = []
        elif byte == 28:
            stack.append(struct.unpack_from(">h", dictionary, at)[0])
            at += 2
        elif byte == 29:
            stack.append(struct.unpack_from(">i", dictionary, at)[0])
            at += 4
        elif byte == 30:
            while dictionary[at] & 15 != 15 and dictionary[at] >> 4 != 15:
                at += 1
            at += 1
            stack.append(0)
        elif byte <= 246:
            stack.append(byte - 139)
        else:
            high, more = (byte - 247, 108) if byte <= 250 else (251 - byte, -108)
            stack.append(high * 256 + more + (dictionary[at] if byte <= 250 else -dictionary[at]))
            at += 1
    return found


def _charset(data: bytes, at: int, count: int) -> Iterator[int]:
    """The numbers of the names of glyphs, from the second on."""
    if at <= PREDEFINED:
        yield from range(1, min(count, SHARED - 1) + 1) if at == 0 else ()
        return
    kind, at, done = data[at], at + 1, 0
    while done < count:
        (first,) = struct.unpack_from(">H", data, at)
        more = 0 if kind == 0 else data[at + 2] if kind == 1 else struct.unpack_from(">H", data, at + 2)[0]
        at += (2, 3, 4)[kind]
        yield from range(first, first + min(more + 1, count - done))
        done += more + 1


def _codes(data: bytes, at: int) -> Iterator[tuple[int, int]]:
    """Codes and the glyphs that they stand for."""
    kind, count = data[at] & ~SUPPLEMENTED, data[at + 1]
    if kind == 0:
        yield from ((data[at + 2 + n], n + 1) for n in range(count))
        return
    glyph = 1
    for n in range(count):
        first, more = data[at + 2 + 2 * n], data[at + 3 + 2 * n]
        for code in range(first, first + more + 1):
            yield code, glyph
            glyph += 1


def _supplement(data: bytes, at: int) -> dict[int, int]:
    """More codes, with the numbers of names."""
    if not data[at] & SUPPLEMENTED:
        return {}
    at += 2 + data[at + 1] * (1 if data[at] & ~SUPPLEMENTED == 0 else 2)
    pairs = (struct.unpack_from(">BH", data, at + 1 + 3 * n) for n in range(data[at]))
    return dict(pairs)
