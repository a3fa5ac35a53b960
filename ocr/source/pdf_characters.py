"""The characters of a PDF page as PDFium gives them: each with its place, its size, and whether it can be seen."""

from __future__ import annotations

import ctypes
import math
import unicodedata
from collections.abc import Collection, Iterator
from typing import Any

import pypdfium2.raw as pdfium

from ocr.source.pdf_glyphs import MARKS, Glyph
from ocr.source.pdf_names import NO_MEANING
from ocr.source.pdf_plan import Box

__all__ = ["address", "characters", "is_invisible"]

HYPHEN = 2
"""PDFium's sign for a hyphen at the end of a line."""

LEVEL = 3.0
"""Degrees. Text turned by less from an axis is boxed along that axis."""

FLAT, HEIGHT = 0.01, 0.75
"""Em. Fonts without shapes give their characters no height; one that is lower than the first gets the second."""


def address(handle: Any) -> int:
    """A handle of PDFium as a number."""
    return ctypes.cast(handle, ctypes.c_void_p).value or 0


def characters(page: Any, buried: Collection[int]) -> Iterator[Glyph]:
    """The characters in the order of the file; spaces that PDFium adds among them.

    Args:
        page: of pypdfium2.
        buried: text objects that something hides.
    """
    text = page.get_textpage()
    try:
        modes: dict[int, bool] = {}
        for index, char in _with_indices(text):
            item = pdfium.FPDFText_GetTextObject(text, index)
            owner = address(item)
            if char in MARKS:
                continue
            added = pdfium.FPDFText_IsGenerated(text, index) == 1
            if char.isspace() or added:
                yield Glyph("\n" if char in "\r\n" else " ", item=owner, known=not added)
                continue
            if owner not in modes:
                modes[owner] = owner in buried or is_invisible(item)
            known = pdfium.FPDFText_HasUnicodeMapError(text, index) != 1 and unicodedata.category(char) not in (
                "Cc", "Co", "Cn", "Cs",
            )  # fmt: skip
            angle, size = _direction(text, index)
            box = _box(text, index, angle, size)
            yield Glyph(char, box, angle, size, modes[owner], known and char != NO_MEANING, owner)
    finally:
        text.close()


def _with_indices(text: Any) -> Iterator[tuple[int, str]]:
    """The characters of a text page with their indices; PDFium gives some as the two halves of UTF-16.

    Half a character, and one without a code, is a sign for one that has no meaning.
    """
    half = 0
    count: int = text.count_chars()
    for index in range(count):
        code: int = pdfium.FPDFText_GetUnicode(text, index)
        if half and 0xDC00 <= code < 0xE000:
            yield index, chr(0x10000 + ((half - 0xD800) << 10) + (code - 0xDC00))
            half = 0
            continue
        if half:
            yield index - 1, NO_MEANING
        half = code if 0xD800 <= code < 0xDC00 else 0
        if not half:
            code = ord("-") if code == HYPHEN else code
            yield index, chr(code) if code and not 0xD800 <= code < 0xE000 else NO_MEANING
    if half:
        yield count - 1, NO_MEANING


def is_invisible(item: Any) -> bool:
    """Whether a text object is drawn with nothing: in rendering mode 3, or filled with a transparent colour."""
    mode = pdfium.FPDFTextObj_GetTextRenderMode(item)
    if mode != pdfium.FPDF_TEXTRENDERMODE_FILL:
        return bool(mode == pdfium.FPDF_TEXTRENDERMODE_INVISIBLE)
    *color, alpha = (ctypes.c_uint() for _ in range(4))
    return bool(pdfium.FPDFPageObj_GetFillColor(item, *color, alpha)) and alpha.value == 0


def _direction(text: Any, index: int) -> tuple[float, float]:
    """The direction of a character's baseline in degrees, counter-clockwise, and its size in points."""
    matrix = pdfium.FS_MATRIX()
    size = pdfium.FPDFText_GetFontSize(text, index)
    if not pdfium.FPDFText_GetMatrix(text, index, matrix):
        return 0.0, abs(size)
    a, b, c, d = (math.copysign(1.0, size) * value for value in (matrix.a, matrix.b, matrix.c, matrix.d))
    mirrored = a * d < b * c and a < 0
    angle = math.degrees(math.atan2(b, a)) + (180.0 if mirrored else 0.0)
    nearest = 90.0 * round(angle / 90)
    return nearest if abs(angle - nearest) < LEVEL else angle, abs(size) * math.hypot(c, d)


def _box(text: Any, index: int, angle: float, size: float) -> Box:
    """The place of a character, as high as its font is where the font says so."""
    box = pdfium.FS_RECTF()
    pdfium.FPDFText_GetLooseCharBox(text, index, box)
    left, bottom, right, top = box.left, min(box.bottom, box.top), box.right, max(box.bottom, box.top)
    if angle % 90 or (top - bottom if angle % 180 == 0 else right - left) > FLAT * size:
        return left, bottom, right, top
    x, y = -round(math.sin(math.radians(angle))) * HEIGHT * size, round(math.cos(math.radians(angle))) * HEIGHT * size
    return min(left, left + x), min(bottom, bottom + y), max(right, right + x), max(top, top + y)
