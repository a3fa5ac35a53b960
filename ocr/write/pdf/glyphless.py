"""The font of the invisible text layer: every character has a position and a width, but nothing to paint.

A Type 0 font whose codes are numbered in the order in which characters first occur. All codes map to glyph 1, which
paints nothing; a ToUnicode CMap (ISO 32000-1, 9.10.3) gives the meaning of each code, so that search, copying and
screen readers work for every script, including characters outside the Basic Multilingual Plane.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream

__all__ = ["ADVANCE", "FONT_NAME", "GlyphlessFont", "truetype"]

FONT_NAME = "OcrGlyphless"
"""Pages that already have our text layer are recognized by this name."""

ADVANCE = 0.5
"""Width of every character, in em."""

UNITS = 1000
GLYPH = 1
DATE = 3_660_681_600
"""When the font was made, in seconds since 1904: the beginning of 2020, always the same."""
MAX_CODES = 0xFFFF
SPECIAL = frozenset(b"()\\\r\n")
"""Bytes that would have to be escaped in a string; no code contains them."""
MOST_CODES = 100
"""A bfchar section may hold at most this many codes."""


class GlyphlessFont:
    """One font for all pages of a PDF: ``encode`` assigns codes to characters, ``close`` writes the font with them.

    Example:
        >>> font = GlyphlessFont(Pdf.new())
        >>> font.encode("aba")
        b'(\x00\x01\x00\x02\x00\x01)'
    """

    def __init__(self, pdf: Pdf) -> None:
        self._pdf = pdf
        self._codes: dict[str, int] = {}
        self._unused = _codes()
        self.object: Object = pdf.make_indirect(
            Dictionary(Type=Name.Font, Subtype=Name.Type0, BaseFont=Name("/" + FONT_NAME), Encoding=Name("/Identity-H"))
        )

    def encode(self, text: str) -> bytes:
        """The text as a literal string of PDF, two bytes a character."""
        for char in text:
            if char not in self._codes:
                self._codes[char] = next(self._unused, 0)
        return b"(" + b"".join(self._codes[char].to_bytes(2, "big") for char in text) + b")"

    def close(self) -> None:
        """Complete the font. Nothing can be encoded afterwards."""
        name = Name("/" + FONT_NAME)
        descriptor = Dictionary(
            Type=Name.FontDescriptor,
            FontName=name,
            Flags=5,  # fixed pitch, symbolic
            FontBBox=Array([0, 0, round(ADVANCE * UNITS), UNITS]),
            ItalicAngle=0,
            Ascent=UNITS,
            Descent=-1,  # poppler takes 0 for "not stated"
            CapHeight=UNITS,
            StemV=80,
            FontFile2=self._stream(truetype(), Length1=len(truetype())),
        )
        to_glyph = struct.pack(">H", GLYPH) * (max(self._codes.values(), default=0) + 1)
        descendant = Dictionary(
            Type=Name.Font,
            Subtype=Name.CIDFontType2,
            BaseFont=name,
            CIDSystemInfo=Dictionary(
                Registry=pikepdf.String("Adobe"), Ordering=pikepdf.String("Identity"), Supplement=0
            ),
            FontDescriptor=self._pdf.make_indirect(descriptor),
            DW=round(ADVANCE * UNITS),
            CIDToGIDMap=self._stream(to_glyph),
        )
        self.object.DescendantFonts = Array([self._pdf.make_indirect(descendant)])
        self.object.ToUnicode = self._stream(_to_unicode(self._codes))

    def _stream(self, data: bytes, **entries: int) -> Object:
        return self._pdf.make_indirect(Stream(self._pdf, zlib.compress(data), Filter=Name.FlateDecode, **entries))


def _codes() -> Iterator[int]:
    """All codes that can be written without escapes, in order."""
    for code in range(1, MAX_CODES + 1):
        if not SPECIAL.intersection(code.to_bytes(2, "big")):
            yield code


def _to_unicode(codes: dict[str, int]) -> bytes:
    rows = [f"<{code:04x}> <{char.encode('utf-16-be', 'replace').hex()}>" for char, code in codes.items() if code]
    sections = []
    for start in range(0, len(rows), MOST_CODES):
        batch = rows[start : start + MOST_CODES]
        sections.append(f"{len(batch)} beginbfchar\n" + "\n".join(batch) + "\nendbfchar\n")
    return (
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
        "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
        "1 begincodespacerange\n<0000> <ffff>\nendcodespacerange\n"
        + "".join(sections)
        + "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n"
    ).encode("ascii")


def truetype() -> bytes:
    """A TrueType font of two blank glyphs, with the tables that ISO 32000-1, 9.9 requires of an embedded CIDFontType2.

    Glyph 1 is a stroke of zero width from corner to corner: it paints nothing, but viewers that measure characters by
    their outlines (pdfium, and with it the highlighting in Chrome) see the whole box.
    """
    advance = round(ADVANCE * UNITS)
    corners = (
        struct.pack(">hhhhhHH", 1, 0, 0, advance, UNITS, 1, 0) + b"\1\1" + struct.pack(">hhhh", 0, advance, 0, UNITS)
    )
    tables = {
        b"glyf": corners + bytes(-len(corners) % 4),
        b"head": struct.pack(
            ">IIIIHHQQhhhhHHhhh",
            0x10000,
            0x10000,
            0,
            0x5F0F3CF5,
            0,
            UNITS,
            DATE,
            DATE,
            0,
            0,
            advance,
            UNITS,
            0,
            8,
            2,
            0,
            0,
        ),
        b"hhea": struct.pack(">IhhhHhhhhhhhhhhhH", 0x10000, UNITS, 0, 0, advance, 0, 0, advance, 1, 0, 0, *[0] * 5, 2),
        b"hmtx": struct.pack(">HhHh", advance, 0, advance, 0),
        b"loca": struct.pack(">HHH", 0, 0, (len(corners) + 3) // 4 * 2),
        b"maxp": struct.pack(">IH13H", 0x10000, 2, 2, 1, 0, 0, 2, *[0] * 8),
        b"post": struct.pack(">IIhhIIIII", 0x30000, 0, 0, 0, 1, 0, 0, 0, 0),
    }
    return _sfnt(tables)


def _sfnt(tables: dict[bytes, bytes]) -> bytes:
    """The table directory and the tables, with checksums (OpenType 1.9, "Organization of an OpenType Font")."""
    power = len(tables).bit_length() - 1
    directory = struct.pack(">IHHHH", 0x10000, len(tables), 16 << power, power, 16 * (len(tables) - (1 << power)))
    offset = 12 + 16 * len(tables)
    body = b""
    for tag in sorted(tables):
        data = tables[tag] + bytes(-len(tables[tag]) % 4)
        directory += struct.pack(">4sIII", tag, _checksum(data), offset + len(body), len(tables[tag]))
        body += data
    font = directory + body
    adjustment = (0xB1B0AFBA - _checksum(font)) & 0xFFFFFFFF
    place = font.index(struct.pack(">I", 0x5F0F3CF5)) - 4
    return font[:place] + struct.pack(">I", adjustment) + font[place + 4 :]


def _checksum(data: bytes) -> int:
    total: int = sum(struct.unpack(f">{len(data) // 4}I", data))
    return total & 0xFFFFFFFF
