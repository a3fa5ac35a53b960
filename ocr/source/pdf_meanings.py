"""What text objects of a PDF mean where the file says so (``ActualText``, ISO 32000-1, 14.9.4), from right to left.

PDFium spreads the characters of an ``ActualText`` over its text object and then turns right-to-left text around, with
the numbers in it. The string itself says in which order the characters are read.
"""

from __future__ import annotations

import codecs
import ctypes
import math
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import groupby
from typing import Any

import pypdfium2.raw as pdfium

from ocr.document import Point
from ocr.source.pdf_glyphs import MARKS, Glyph, is_left_to_right
from ocr.source.pdf_plan import Box

__all__ = ["as_meant", "has_meaning", "meanings", "with_advances"]

KEY = b"ActualText"
RIGHT_TO_LEFT = frozenset(("R", "AL", "AN"))
"""Bidirectional classes: Hebrew, Arabic, Arabic digits."""
LONGEST = 1 << 14
"""Bytes of a meaning that are looked at."""

LOWEST = 0.75
"""Em. Fonts without shapes give their text no height; it has at least this."""


ALONE = 0.25
"""Where this share of the characters are text objects of their own, these are looked at."""


def with_advances(glyphs: list[Glyph]) -> list[Glyph]:
    """Characters with a meaning of their own as wide as their font makes them; PDFium says how wide their shape is."""
    counts = Counter(glyph.item for glyph in glyphs if not glyph.blank)
    if sum(count == 1 for count in counts.values()) < ALONE * sum(counts.values()):
        return glyphs
    return [
        _with_advance(glyph) if counts[glyph.item] == 1 and not glyph.blank and glyph.angle % 90 == 0 else glyph
        for glyph in glyphs
    ]


def _with_advance(glyph: Glyph) -> Glyph:
    item = ctypes.cast(glyph.item, pdfium.FPDF_PAGEOBJECT)
    width, matrix = ctypes.c_float(), pdfium.FS_MATRIX()
    font = pdfium.FPDFTextObj_GetFont(item)
    if not has_meaning(item) or not pdfium.FPDFFont_GetGlyphWidth(font, ord(glyph.text[0]), 1.0, width):
        return glyph
    pdfium.FPDFPageObj_GetMatrix(item, matrix)
    across = math.hypot(matrix.a, matrix.b) / max(math.hypot(matrix.c, matrix.d), 1e-6)
    start, end, bottom, top = glyph.along()
    more = max(0.0, width.value * glyph.size * across - (end - start)) / 2
    return replace(glyph, box=_upright((start - more, bottom), (end + more, top), glyph.angle))


def has_meaning(item: Any) -> bool:
    """Whether the file says what a text object means."""
    marks = (pdfium.FPDFPageObj_GetMark(item, n) for n in range(pdfium.FPDFPageObj_CountMarks(item)))
    return any(pdfium.FPDFPageObjMark_GetParamValueType(mark, KEY) != pdfium.FPDF_OBJECT_UNKNOWN for mark in marks)


def meanings(page: Any) -> dict[int, str]:
    """What the text objects of a page of PDFium mean in Hebrew or Arabic, by the address of each object."""
    found = {}
    for item in page.get_objects([pdfium.FPDF_PAGEOBJ_TEXT], max_depth=8):
        for index in range(pdfium.FPDFPageObj_CountMarks(item.raw)):
            text = _meaning(pdfium.FPDFPageObj_GetMark(item.raw, index))
            if any(unicodedata.bidirectional(char) in RIGHT_TO_LEFT for char in text):
                found[ctypes.cast(item.raw, ctypes.c_void_p).value or 0] = text
    return found


def _meaning(mark: Any) -> str:
    buffer, length = (ctypes.c_ubyte * LONGEST)(), ctypes.c_ulong()
    if not pdfium.FPDFPageObjMark_GetParamBlobValue(mark, KEY, buffer, LONGEST, length):
        return ""
    data = bytes(buffer)[: length.value]
    coding = "utf-16" if data.startswith((codecs.BOM_UTF16_BE, codecs.BOM_UTF16_LE)) else "utf-8"
    return data.decode(coding, "ignore")


def as_meant(glyphs: list[Glyph], known: Mapping[int, str]) -> list[Glyph]:
    """Characters with those of objects whose meaning is known in the order of that meaning, each at its place."""
    result: list[Glyph] = []
    for item, group in groupby(glyphs, key=lambda glyph: glyph.item):
        stretch = list(group)
        result += _in_order(stretch, known[item]) if item in known else stretch
    return result


def _in_order(stretch: list[Glyph], meaning: str) -> list[Glyph]:
    """The characters of one object in the order of its meaning; as they are where they do not make it up."""
    letters = [glyph for glyph in stretch if not glyph.blank]
    chars = [" " if char.isspace() else char for char in meaning.strip() if char not in MARKS]
    if letters[0].angle % 90 or sorted(g.text for g in letters) != sorted(char for char in chars if char != " "):
        return stretch
    first = letters[0]
    starts, ends, bottoms, tops = zip(*(replace(glyph, angle=first.angle).along() for glyph in letters), strict=True)
    top = max(*tops, min(bottoms) + LOWEST * first.size)
    width = (max(ends) - min(starts)) / len(chars)
    order = {number: place for place, number in enumerate(_seen_from_right(chars))}
    result = []
    for number, char in enumerate(chars):
        end = max(ends) - order[number] * width
        box = _upright((end - width, min(bottoms)), (end, top), first.angle)
        result.append(replace(first, text=char, box=box) if char != " " else Glyph(" ", item=first.item))
    before, after = (Glyph(" ", item=first.item) if edge.blank else None for edge in (stretch[0], stretch[-1]))
    return [glyph for glyph in (before, *result, after) if glyph]


def _upright(start: Point, end: Point, angle: float) -> Box:
    """The box between two corners, given along a line of an angle and across it; degrees, a multiple of 90."""
    cos, sin = round(math.cos(math.radians(angle))), round(math.sin(math.radians(angle)))
    xs, ys = zip(*((u * cos - v * sin, u * sin + v * cos) for u, v in (start, end)), strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def _seen_from_right(chars: list[str]) -> Iterator[int]:
    """The numbers of the characters as they are seen from right to left: numbers and Latin words run to the right."""
    for forward, part in groupby(range(len(chars)), key=lambda n: is_left_to_right(chars[n])):
        run = list(part)
        yield from reversed(run) if forward else run
