"""What characters mean that PDFium does not know, by the names that fonts of a page give to their glyphs.

PDFium knows the Adobe Glyph List. Fonts also have names that are made of others (``T_h``, ``f_f_i.alt``), and names of
TeX.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping
from typing import Any

from pikepdf import Array, Dictionary, Name, Stream

from ocr.source.cff_names import cff_names
from ocr.source.pdf_file import FAULTS
from ocr.source.streams import TooLargeError, decoded

__all__ = ["NO_MEANING", "Names", "glyph_names", "known_meaning"]

Names = Mapping[tuple[str, int], str]
"""The base name of a font without its tag, and the code of a character -> its text."""

NO_MEANING = "\ufffd"
"""Stands for a character of which nothing is known."""

TEX = {
    "angbracketleft": "\u27e8", "angbracketright": "\u27e9", "ffi": "ffi", "ffl": "ffl", "ff": "ff", "fi": "fi",
    "fl": "fl", "dotlessj": "\u0237", "visiblespace": "\u2423", "visualspace": "\u2423", "dblbracketleft": "\u27e6",
    "dblbracketright": "\u27e7", "latticetop": "\u22a4", "perpendicular": "\u22a5", "lscript": "\u2113",
    "Rfractur": "\u211c", "Ifractur": "\u2111", "weierstrass": "\u2118", "openbullet": "\u25e6", "owner": "\u220b",
    "similarequal": "\u2243", "precedesequal": "\u227c", "followsequal": "\u227d", "floorleft": "\u230a",
    "floorright": "\u230b", "ceilingleft": "\u2308", "ceilingright": "\u2309", "arrowdblright": "\u21d2",
    "arrowdblleft": "\u21d0", "arrowbothv": "\u2195", "lessmuch": "\u226a", "greatermuch": "\u226b",
    "bardbl": "\u2016", "prime": "\u2032", "slurabove": "\u2322", "slurbelow": "\u2323", "epsilon1": "\u03f5",
    "star": "\u22c6", "triangleright": "\u25b7", "triangleleft": "\u25c1", "radicalbig": "\u221a",
    "summationtext": "\u2211", "summationdisplay": "\u2211", "integraltext": "\u222b", "integraldisplay": "\u222b",
    "producttext": "\u220f", "productdisplay": "\u220f", "parenleftbig": "(", "parenrightbig": ")",
    "bracketleftbig": "[", "bracketrightbig": "]", "braceleftbig": "{", "bracerightbig": "}", "vextendsingle": "|",
    "vextenddouble": "\u2016", "ffj": "ffj", "fj": "fj", "SS": "SS", "circlecopyrt": "\u00a9", "minusplus": "\u2213",
    "circleminus": "\u2296", "circledivide": "\u2298", "circledot": "\u2299", "turnstileleft": "\u22a2",
    "turnstileright": "\u22a3", "subsetsqequal": "\u2291", "supersetsqequal": "\u2292", "intersectionsq": "\u2293",
    "unionsq": "\u2294", "unionmulti": "\u228e", "wreathproduct": "\u2240", "equivasymptotic": "\u224d",
    "precedes": "\u227a", "follows": "\u227b", "precedesorequal": "\u2aaf", "followsorequal": "\u2ab0",
    "coproduct": "\u2210", "diamondmath": "\u22c4", "triangle": "\u25b3", "triangleinv": "\u25bd",
    "arrownorthwest": "\u2196", "arrownortheast": "\u2197", "arrowsoutheast": "\u2198", "arrowsouthwest": "\u2199",
    "arrowdblbothv": "\u21d5", "mapsto": "\u21a6", "arrowlefttophalf": "\u21bc", "arrowleftbothalf": "\u21bd",
    "arrowrighttophalf": "\u21c0", "arrowrightbothalf": "\u21c1", "flat": "\u266d", "natural": "\u266e",
    "sharp": "\u266f", "rightanglenw": "\u231c", "rightanglene": "\u231d", "rightanglesw": "\u231e",
    "rightanglese": "\u231f", "squaresolid": "\u25a0", "trianglerightsld": "\u25b6", "triangleleftsld": "\u25c0",
    "contintegraltext": "\u222e", "contintegraldisplay": "\u222e", "coproducttext": "\u2210",
    "coproductdisplay": "\u2210", "logicalandtext": "\u22c0", "logicalanddisplay": "\u22c0",
    "logicalortext": "\u22c1", "logicalordisplay": "\u22c1", "intersectiontext": "\u22c2",
    "intersectiondisplay": "\u22c2", "uniontext": "\u22c3", "uniondisplay": "\u22c3",
}  # fmt: skip
"""Names in fonts of TeX; of large signs, whose names end in ``Big``, ``bigg`` or ``Bigg`` as well, the smallest."""
LARGE = re.compile(r"(big|Big|bigg|Bigg)$")
WORD = re.compile(r"[A-Za-z]{4,}")
"""A name such as ``smiley`` says that its glyph is not the letter of its code; ``g112`` and ``c97`` do not."""
HEXADECIMAL = re.compile(r"(?:uni|u)([0-9A-F]{4,6})$")
BUILT_IN = re.compile(rb"dup\s+(\d+)\s*/(\S+)\s+put")
CLEAR = 1 << 14
"""Bytes of a Type 1 font in which its encoding is looked for."""
LARGEST = 1 << 24
"""Bytes of a compact font program."""
DEEPEST = 4
"""Forms nested more deeply are not looked at."""

OLD_STYLE, SMALL, SIGNS = 0xF730, 0xF761, 0xF8EB
"""Where Adobe's private area has old-style digits, small capitals, and pieces of brackets."""
PIECES = "\u239b\u239c\u239d\u23a1\u23a2\u23a3\u23a7\u23a8\u23a9\u23aa"
"""The pieces of left brackets and, in the end, of braces."""
RIGHT_PIECES, RIGHT = "\u239e\u239f\u23a0\u23a4\u23a5\u23a6\u23ab\u23ac\u23ad", 0xF8F6


def known_meaning(char: str) -> str:
    """What a character of Adobe's private area means; empty if it is none of them.

    Example:
        >>> known_meaning("\\uf731"), known_meaning("\\uf761")
        ('1', 'A')
    """
    code = ord(char)
    for start, meanings in (
        (OLD_STYLE, "0123456789"),
        (SMALL, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
        (SIGNS, PIECES),
        (RIGHT, RIGHT_PIECES),
    ):
        if start <= code < start + len(meanings):
            return meanings[code - start]
    return ""


def glyph_names(resources: Any) -> Names:
    """What the codes of the fonts of a page and its forms mean; none where fonts of one name differ."""
    found: dict[tuple[str, int], str] = {}
    with contextlib.suppress(*FAULTS, TypeError, LookupError, AttributeError):
        for font in _fonts(resources, 0):
            name = str(font.get("/BaseFont", "")).lstrip("/").split("+", 1)[-1]
            codes = {code: _meaning(glyph) for code, glyph in _encoding(font).items()}
            if "/FontFile3" in font.get(
                "/FontDescriptor", {}
            ):  # what it has no name for is nothing that PDFium guesses
                codes = dict.fromkeys(range(256), NO_MEANING) | {
                    code: text or NO_MEANING for code, text in codes.items()
                }
            for code, meaning in codes.items():
                known = found.setdefault((name, code), meaning)
                if known != meaning:
                    found[name, code] = ""
    return {key: meaning for key, meaning in found.items() if meaning}


def _fonts(resources: Any, depth: int) -> Iterator[Any]:
    if not isinstance(resources, Dictionary) or depth > DEEPEST:
        return
    for _, font in _items(resources.get("/Font")):
        if isinstance(font, Dictionary) and font.get("/Subtype") != Name.Type0:
            yield font
    for _, item in _items(resources.get("/XObject")):
        if isinstance(item, Stream) and item.get("/Subtype") == Name.Form:
            yield from _fonts(item.get("/Resources"), depth + 1)


def _items(holder: Any) -> list[tuple[str, Any]]:
    return list(holder.items()) if isinstance(holder, Dictionary) else []


def _encoding(font: Any) -> dict[int, str]:
    """Codes and glyph names: those of the font program, and over them those of the PDF."""
    names: dict[int, str] = {}
    described = font.get("/FontDescriptor", {})
    program, compact = described.get("/FontFile"), described.get("/FontFile3")
    if isinstance(program, Stream):
        names = {int(code): name.decode("latin-1") for code, name in BUILT_IN.findall(program.read_bytes()[:CLEAR])}
    elif isinstance(compact, Stream):
        with contextlib.suppress(ValueError, TooLargeError):  # such a font program says nothing
            names = cff_names(decoded(compact, LARGEST).data)
    encoding = font.get("/Encoding")
    differences = encoding.get("/Differences") if isinstance(encoding, Dictionary) else None
    code = 0
    for item in differences if isinstance(differences, Array) else ():
        if isinstance(item, Name):
            names[code] = str(item)[1:]
            code += 1
        else:
            code = int(item)
    return names


def _meaning(name: str) -> str:
    """The text of a glyph name that the Adobe Glyph List lacks; a sign for what is no text, empty if nothing is known.

    Example:
        >>> _meaning("T_h"), _meaning("f_f_i.alt"), _meaning("smiley"), _meaning("a97")
        ('Th', 'ffi', '\ufffd', '')
    """
    parts = [_part(part) for part in name.split(".", 1)[0].split("_")]
    return "".join(parts) if all(parts) else NO_MEANING if WORD.match(name) else ""


def _part(name: str) -> str:
    if len(name) == 1:
        return name
    if found := HEXADECIMAL.match(name):
        code = int(found[1], 16)
        return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else ""
    return TEX.get(name) or TEX.get(LARGE.sub("big", name), "")
