"""Fax data (ITU-T T.4 and T.6) code by code: rows that no fax machine sends, for example because ``/K`` is wrong.

libtiff and PDFium clip such rows in silence, and the page is grey stripes.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence

__all__ = ["broken_rows", "row_ends_inside"]

WHITE = (
    "00110101 000111 0111 1000 1011 1100 1110 1111 10011 10100 00111 01000 001000 000011 110100 110101 101010 "
    "101011 0100111 0001100 0001000 0010111 0000011 0000100 0101000 0101011 0010011 0100100 0011000 00000010 "
    "00000011 00011010 00011011 00010010 00010011 00010100 00010101 00010110 00010111 00101000 00101001 00101010 "
    "00101011 00101100 00101101 00000100 00000101 00001010 00001011 01010010 01010011 01010100 01010101 00100100 "
    "00100101 01011000 01011001 01011010 01011011 01001010 01001011 00110010 00110011 00110100 11011 10010 010111 "
    "0110111 00110110 00110111 01100100 01100101 01101000 01100111 011001100 011001101 011010010 011010011 "
    "011010100 011010101 011010110 011010111 011011000 011011001 011011010 011011011 010011000 010011001 010011010 "
    "011000 010011011"
)
"""Codes of white runs: of 0 to 63 pixels, then of 64, 128 ... 1728 (T.4, tables 2 and 3a)."""
BLACK = (
    "0000110111 010 11 10 011 0011 0010 00011 000101 000100 0000100 0000101 0000111 00000100 00000111 000011000 "
    "0000010111 0000011000 0000001000 00001100111 00001101000 00001101100 00000110111 00000101000 00000010111 "
    "00000011000 000011001010 000011001011 000011001100 000011001101 000001101000 000001101001 000001101010 "
    "000001101011 000011010010 000011010011 000011010100 000011010101 000011010110 000011010111 000001101100 "
    "000001101101 000011011010 000011011011 000001010100 000001010101 000001010110 000001010111 000001100100 "
    "000001100101 000001010010 000001010011 000000100100 000000110111 000000111000 000000100111 000000101000 "
    "000001011000 000001011001 000000101011 000000101100 000001011010 000001100110 000001100111 0000001111 "
    "000011001000 000011001001 000001011011 000000110011 000000110100 000000110101 0000001101100 0000001101101 "
    "0000001001010 0000001001011 0000001001100 0000001001101 0000001110010 0000001110011 0000001110100 "
    "0000001110101 0000001110110 0000001110111 0000001010010 0000001010011 0000001010100 0000001010101 "
    "0000001011010 0000001011011 0000001100100 0000001100101"
)
"""Codes of black runs, in the same order."""
LONG = (
    "00000001000 00000001100 00000001101 000000010010 000000010011 000000010100 000000010101 000000010110 "
    "000000010111 000000011100 000000011101 000000011110 000000011111"
)
"""Codes of runs of 1792, 1856 ... 2560 pixels of either colour (table 3b)."""
MODES = "0000010 000010 010 1 011 000011 0000011 0001 001"
"""Two-dimensional codes (table 4): a change -3 to 3 pixels from that of the row before; pass; two runs."""
STRAIGHT, PASS, RUNS = 3, 7, 8
"""Places in MODES."""
LONGEST, LONGEST_MODE = 13, 7
"""Bits of the longest code."""
END = "000000000001"
"""The end-of-line code."""
ZEROS = END.index("1")
MOST = 2_000_000
"""Codes that are looked at, about a second."""
BROKEN = -1
FIRST = 1 << 12
"""Bytes in which the end-of-line codes of another coding are looked for."""


class _Bits:
    """A position in a string of bits."""

    def __init__(self, data: bytes) -> None:
        self.size = 8 * len(data)
        self.at = 0
        self.left = MOST
        self._data = data + bytes(8)

    def peek(self, count: int) -> int:
        """The next bits, up to 24; zeros behind the end."""
        start = self.at >> 3
        return int.from_bytes(self._data[start : start + 4], "big") >> (32 - (self.at & 7) - count) & (1 << count) - 1

    def code(self, table: Sequence[tuple[int, int]], longest: int) -> int:
        """The value of the next code; BROKEN where there is none."""
        length, value = table[self.peek(longest)]
        self.at += length
        self.left -= 1
        return value

    def run(self, black: bool) -> int:
        """The pixels of the next run; BROKEN where there is none."""
        pixels = 0
        while (more := self.code(_runs(black), LONGEST)) >= 0:
            pixels += more
            if more < 64:
                return pixels
        return BROKEN

    def skip_ends(self) -> int:
        """Pass the end-of-line codes here, with the zeros that fill up the row before; how many there were."""
        count = 0
        while self.at < self.size and not self.peek(ZEROS):
            while self.at < self.size and not self.peek(8):
                self.at += 8
            while self.at < self.size and not self.peek(1):
                self.at += 1
            self.at += 1
            count += 1
        return count


def broken_rows(data: bytes, width: int, height: int, *, group: int, aligned: bool) -> tuple[int, int]:
    """Rows with wrong codes or of a wrong length, and rows that were looked at.

    Args:
        data: as they stand in a PDF.
        width: pixels.
        height: rows.
        group: ``/K``: negative for T.6, 0 for one-dimensional T.4, positive for two-dimensional T.4.
        aligned: each row begins with a byte of its own.
    """
    bits, before, broken = _Bits(data), [width], 0
    for row in range(height):
        if aligned and not bits.peek(-bits.at % 8):  # as PDFium does it
            bits.at += -bits.at % 8
        ends = bits.skip_ends()
        if bits.at >= bits.size or bits.left < 0 or (ends > 1 and (row or group < 0)):  # the end of the page
            return broken, row
        plain = group == 0
        if group > 0:
            plain = bits.peek(1) == 1
            bits.at += 1
        changes = _plain_row(bits, width) if plain else _row_by_the_last(bits, width, before)
        if bits.at > bits.size:  # cut off, which is said elsewhere
            return broken, row
        if not changes or changes[-1] != width:
            broken += 1
            _skip_row(bits)
        before = changes or before
    return broken, height


def _skip_row(bits: _Bits) -> None:
    """Go to the next end-of-line code, if there is one."""
    while bits.at < bits.size and bits.peek(ZEROS):
        bits.at += 1


def _plain_row(bits: _Bits, width: int) -> list[int]:
    """Where the colour changes in a row of runs, up to its end; empty where a code is wrong."""
    changes: list[int] = []
    at, black = 0, False
    while at < width:
        run = bits.run(black)
        if run == BROKEN:
            return []
        at += run
        changes.append(at)
        black = not black
    return changes


def _row_by_the_last(bits: _Bits, width: int, before: Sequence[int]) -> list[int]:
    """Where the colour changes in a row that is described by the one before (T.4, 4.2); empty where a code is wrong."""
    changes: list[int] = []
    at, near, last = -1, 0, len(before) - 1
    while at < width:
        mode, black = bits.code(_modes(), LONGEST_MODE), len(changes) % 2
        if mode == RUNS:
            runs = bits.run(bool(black)), bits.run(not black)
            if BROKEN in runs:
                return []
            changes += [max(at, 0) + runs[0], max(at, 0) + sum(runs)]
            at = changes[-1]
            continue
        near = max(0, near - 1)
        while near <= last and (before[near] <= at or near % 2 != black):
            near += 1
        if mode == PASS:
            at = before[near + 1] if near < last else width
            continue
        straight = before[near] if near <= last else width
        if mode == BROKEN or straight + mode - STRAIGHT < max(at, 0):
            return []
        at = straight + mode - STRAIGHT
        changes.append(at)
    return changes if changes[-1:] == [at] else [*changes, at]


def row_ends_inside(data: bytes) -> bool:
    """Whether an end-of-line code that is not one of two stands near the start of T.6 data, which have none."""
    text = f"{int.from_bytes(data[:FIRST], 'big'):0{8 * len(data[:FIRST])}b}"
    at = text.find(END)
    return 0 <= at < len(text) - 2 * len(END) and not text.startswith(END, at + len(END))


@functools.cache
def _runs(black: bool) -> list[tuple[int, int]]:
    """For each 13 bits: the length of the code with which they begin, and its pixels."""
    codes = (BLACK if black else WHITE).split()
    values = [*range(64), *range(64, 1729, 64)]
    return _table([*codes, *LONG.split()], [*values, *range(1792, 2561, 64)], LONGEST)


@functools.cache
def _modes() -> list[tuple[int, int]]:
    codes = MODES.split()
    return _table(codes, range(len(codes)), LONGEST_MODE)


def _table(codes: Sequence[str], values: Sequence[int], longest: int) -> list[tuple[int, int]]:
    table = [(longest, BROKEN)] * (1 << longest)
    for code, value in zip(codes, values, strict=True):
        free = longest - len(code)
        start = int(code, 2) << free
        table[start : start + (1 << free)] = [(len(code), value)] * (1 << free)
    return table
