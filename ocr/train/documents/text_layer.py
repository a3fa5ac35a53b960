"""Text lines of a PDF page with their exact text and place, as the page's text layer has them.

PDFium gives every character with its origin on the baseline and its box. Characters that follow each other on one
baseline make a line; a gap as wide as an em ends it, as it does between the cells of a table.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from ctypes import byref, c_double, c_int, create_string_buffer
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pypdfium2.raw as pdfium
from numpy.typing import NDArray

from ocr.document import Quad

__all__ = ["Glyph", "TextLine", "glyphs", "text_lines", "visible_lines"]

LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st", "Ĳ": "IJ", "ĳ": "ij"}
SPACE_CHARACTER = re.compile("[ \t\r\n\u00a0\u2000-\u200a\u202f\u205f\u3000]")
UNTRUSTED = re.compile("[\x00-\x1f\x7f\ufffd-\uffff\ue000-\uf8ff´¨ˆ˜ˇ˘˙˚˛˝¯\u0300-\u036f]")
"""Characters that show that a text layer is not the text: without a mapping, for private use, or accents alone."""
HYPHENS = (0x02, 0xAD)
"""What PDFium gives for a hyphen at the end of a line, and the soft hyphen."""
SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
FIXED_PITCH = ("mono", "courier", "typewriter", "cmtt", "ectt", "sftt", "inconsolata", "consolas", "code")
"""Parts of the names of fixed-pitch fonts, whose flags are often wrong."""

CELL_GAP = 1.0
"""Ems between two characters from which on they belong to different lines."""
WORD_GAP = 0.45
"""Ems from which on a gap is a space even if the text layer has none."""
ANGLE = 0.02
"""Radians by which the direction of a line's characters may differ."""
BASELINE, SCRIPT_SHIFT = 0.08, 0.5
"""Ems by which a character may lie off the baseline: one of the same size, and a smaller or larger one."""
SMALL = 0.85
"""A character is smaller than its line if its size is under this share of the line's."""
OVERLAP = 0.12
"""Lines that share more than this part of their area with another are overprints, logos or formulas."""
MIN_SIZE = 2.0
"""Points."""


@dataclass(frozen=True, slots=True)
class Glyph:
    """One glyph of a page.

    Attributes:
        text: one character, or the several of a ligature.
        x, y: origin on the baseline, points of the page (y up).
        left, right: extent along the baseline from the origin, points.
        top, bottom: extent across the baseline (up is positive), points.
        size: of the type, points.
        angle: direction of the baseline, radians, counter-clockwise.
        spaced: a space stands before it.
    """

    text: str
    x: float
    y: float
    left: float
    right: float
    top: float
    bottom: float
    size: float
    angle: float
    spaced: bool = False


@dataclass(frozen=True, slots=True)
class TextLine:
    """A line of text.

    Attributes:
        text: with single spaces.
        quad: in points of the page with y up, clockwise from the text's own top left corner as it is read.
        size: of the type, points.
        centers: of the characters, as fractions of the line's length.
    """

    text: str
    quad: Quad
    size: float
    centers: tuple[float, ...]


def visible_lines(page: Any) -> list[TextLine]:
    """The lines of a ``pypdfium2`` page whose text can be trusted and that nothing else is printed over."""
    text_page = page.get_textpage()
    try:
        found = text_lines(glyphs(text_page.raw))
    finally:
        text_page.close()
    covered = _overlapping([line.quad for line in found])
    return [line for line, over in zip(found, covered, strict=True) if not over]


def glyphs(text_page: Any) -> list[Glyph | None]:
    """The glyphs in the order of the content stream; None for each whose text is unknown or not to be trusted."""
    found: list[Glyph | None] = []
    spaced = guessed = False
    before = 0
    for index in range(pdfium.FPDFText_CountChars(text_page)):
        code = pdfium.FPDFText_GetUnicode(text_page, index)
        generated = pdfium.FPDFText_IsGenerated(text_page, index) == 1
        if code and SPACE_CHARACTER.match(chr(code)):
            spaced, guessed = True, generated and (guessed or not spaced)
            continue
        if generated:
            continue
        text = "-" if code in HYPHENS else LIGATURES.get(chr(code), chr(code))
        glyph = None
        if code and not UNTRUSTED.search(text) and pdfium.FPDFText_HasUnicodeMapError(text_page, index) != 1:
            glyph = _glyph(text_page, index, text, spaced)
        last = found[-1] if found else None
        if glyph and last and guessed and _fixed_pitch(text_page, before) and _fixed_pitch(text_page, index):
            # PDFium takes the white beside a narrow character of a fixed-pitch face for a space.
            glyph = replace(glyph, spaced=math.hypot(glyph.x - last.x, glyph.y - last.y) > 0.9 * glyph.size)
        if glyph and last and not glyph.spaced and _same_place(last, glyph):
            found[-1] = replace(last, text=last.text + glyph.text)
        else:
            found.append(glyph)
        spaced, guessed, before = False, False, index
    return found


def _glyph(text_page: Any, index: int, text: str, spaced: bool) -> Glyph | None:
    left, right, bottom, top = c_double(), c_double(), c_double(), c_double()
    x, y = c_double(), c_double()
    matrix = pdfium.FS_MATRIX()
    if not (
        pdfium.FPDFText_GetCharBox(text_page, index, byref(left), byref(right), byref(bottom), byref(top))
        and pdfium.FPDFText_GetCharOrigin(text_page, index, byref(x), byref(y))
        and pdfium.FPDFText_GetMatrix(text_page, index, byref(matrix))
    ):
        return None
    size = pdfium.FPDFText_GetFontSize(text_page, index) * math.hypot(matrix.c, matrix.d)
    if size < MIN_SIZE or right.value - left.value < 1e-3:
        return None
    angle = math.atan2(matrix.b, matrix.a)
    cos, sin = math.cos(angle), math.sin(angle)
    corners = [(a - x.value, b - y.value) for a in (left.value, right.value) for b in (bottom.value, top.value)]
    along = [a * cos + b * sin for a, b in corners]
    across = [b * cos - a * sin for a, b in corners]
    return Glyph(text, x.value, y.value, min(along), max(along), max(across), min(across), size, angle, spaced)


def _fixed_pitch(text_page: Any, index: int) -> bool:
    flags, name = c_int(), create_string_buffer(128)
    pdfium.FPDFText_GetFontInfo(text_page, index, name, len(name), byref(flags))
    return bool(flags.value & 1) or any(part in name.value.decode("utf-8", "ignore").lower() for part in FIXED_PITCH)


def _same_place(a: Glyph, b: Glyph) -> bool:
    """Whether two characters are one glyph on the page: parts of a ligature."""
    return abs(a.x - b.x) + abs(a.y - b.y) + abs(a.left - b.left) + abs(a.right - b.right) < 0.02


def text_lines(found: Sequence[Glyph | None]) -> list[TextLine]:
    """The lines that glyphs make, left out if one of their glyphs is unknown.

    Args:
        found: in the order of the content stream, None for each that is unknown.
    """
    runs: list[list[Glyph]] = []
    broken: set[int] = set()
    for glyph in found:
        if glyph is None:
            broken.add(len(runs) - 1)
        elif runs and _continues(runs[-1], glyph):
            runs[-1].append(glyph)
        else:
            runs.append([glyph])
    joined: list[tuple[list[Glyph], bool]] = []
    for index, run in enumerate(runs):
        for place, (other, bad) in enumerate(joined[-6:], start=max(0, len(joined) - 6)):
            if _continues(other, run[0]):
                joined[place] = (other + run, bad or index in broken)
                break
        else:
            joined.append((run, index in broken))
    lines = [_line(run) for run, bad in joined if not bad]
    return [line for line in lines if line is not None]


def _offset(base: Glyph, glyph: Glyph) -> tuple[float, float]:
    """Where a glyph's origin lies along and across the baseline of another, points."""
    cos, sin = math.cos(base.angle), math.sin(base.angle)
    dx, dy = glyph.x - base.x, glyph.y - base.y
    return dx * cos + dy * sin, dy * cos - dx * sin


def _continues(run: Sequence[Glyph], glyph: Glyph) -> bool:
    """Whether a glyph goes on where a run ends."""
    base, last = max(run, key=lambda g: g.size), run[-1]
    if abs(base.angle - glyph.angle) > ANGLE:
        return False
    at, up = _offset(base, glyph)
    end = _offset(base, last)[0] + last.right
    size = max(base.size, glyph.size)
    other_size = min(base.size, glyph.size) < SMALL * size
    if abs(up) > (SCRIPT_SHIFT if other_size else BASELINE) * size:
        return False
    return -0.35 * size < at + glyph.left - end < CELL_GAP * size


def _line(run: Sequence[Glyph]) -> TextLine | None:
    base = max(run, key=lambda g: g.size)
    placed = sorted(((*_offset(base, glyph), glyph) for glyph in run), key=lambda p: p[0] + p[2].left)
    text, spans = "", []
    end: float | None = None
    for at, up, glyph in placed:
        left, right = at + glyph.left, at + glyph.right
        raised = glyph.size < 0.82 * base.size and up > 0.2 * base.size
        shown = glyph.text.translate(SUPERSCRIPTS) if raised and glyph.text.isascii() else glyph.text
        if end is not None and left > end - 0.05 * base.size and (glyph.spaced or left - end > WORD_GAP * base.size):
            text += " "
            spans.append((end, left))
        for k, character in enumerate(shown):
            text += character
            spans.append((left + (right - left) * k / len(shown), left + (right - left) * (k + 1) / len(shown)))
        end = right if end is None else max(end, right)
    start, stop = spans[0][0], max(b for _, b in spans)
    if unicodedata.normalize("NFC", text) != text or stop - start < 1:
        return None
    top = max(0.66 * base.size, *(up + glyph.top for _, up, glyph in placed))
    bottom = min(-0.2 * base.size, *(up + glyph.bottom for _, up, glyph in placed))
    cos, sin = math.cos(base.angle), math.sin(base.angle)
    corners = [(start, top), (stop, top), (stop, bottom), (start, bottom)]
    quad = Quad.of([(base.x + a * cos - b * sin, base.y + a * sin + b * cos) for a, b in corners])
    centers = tuple(round(((a + b) / 2 - start) / (stop - start), 4) for a, b in spans)
    return TextLine(text, quad, base.size, centers)


def _overlapping(quads: Sequence[Quad]) -> NDArray[np.bool_]:
    """Whether each quad shares its place with another."""
    if not quads:
        return np.zeros(0, np.bool_)
    left, bottom, right, top = np.array([quad.hull for quad in quads]).T
    across = np.minimum.outer(right, right) - np.maximum.outer(left, left)
    up = np.minimum.outer(top, top) - np.maximum.outer(bottom, bottom)
    shared = across.clip(0) * up.clip(0)
    np.fill_diagonal(shared, 0)
    area = (right - left) * (top - bottom)
    return np.asarray((shared > OVERLAP * np.minimum.outer(area, area)).any(1), np.bool_)
