"""The text that a PDF page brings along: drawn to be seen, or an invisible layer that OCR put there.

Invisible is what has text rendering mode 3 (Tesseract, OCRmyPDF, Acrobat, ABBYY, this program), what is filled with a
fully transparent colour, and what is painted before a picture that covers the page (ISO 32000-1, 9.3.6 and 8.2: later
objects hide earlier ones). Characters that
have no meaning in Unicode, because their font says nothing about them, are counted and are no text.
"""

from __future__ import annotations

import ctypes
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby, pairwise
from typing import Any

import pypdfium2.raw as pdfium

from ocr.document import Line, Quad, Word
from ocr.geometry import apply
from ocr.source.page import TEXT_LAYER, TextLayer
from ocr.source.pdf_accents import with_accents
from ocr.source.pdf_characters import address, characters
from ocr.source.pdf_glyphs import Glyph, in_reading_order, is_right_to_left, is_sizeless, stretches
from ocr.source.pdf_layers import is_off
from ocr.source.pdf_meanings import as_meant, meanings, with_advances
from ocr.source.pdf_names import NO_MEANING, Names, known_meaning
from ocr.source.pdf_plan import Box, find_placement
from ocr.source.pdf_shapeless import with_lost

__all__ = ["text_layer"]

COVERING = 0.9
"""An opaque picture over this share of the page hides what was painted before it."""

PICTURE_SHARE, PICTURE_PIXELS = 0.02, 64
"""A smaller picture (share of the page, pixels of its shorter side) is an ornament, not a scan."""

GARBLED = 0.5
"""A layer in which this share of the characters has no meaning is no text."""

CELL_GAP = 1.5
"""A wider gap, in em, ends a line: the next cell or column follows."""

WORD_GAP = 0.2
"""A wider gap, in em, is a space even if the file draws none."""

WIDE, APART = 0.05, 0.1
"""Text with larger gaps between three of four letters, in em, is set wide. PDFium takes some of these gaps for spaces;
spaces are those that are so much wider."""

RIGHT_TO_LEFT_GAP = 0.14
"""The same before a right-to-left letter, among which PDFium adds no spaces; OCRmyPDF leaves 0.16 between words."""

LONGEST_NAME = 256
"""Bytes of the name of a font."""


def text_layer(
    page: Any,
    page_box: Box,
    off: frozenset[bytes] = frozenset(),
    names: Callable[[], Names] = dict,
    copy: Callable[[], bytes] = bytes,
) -> TextLayer:
    """The text and the pictures of an open page of PDFium, in points of its user space.

    Args:
        page: of pypdfium2.
        page_box: what is shown of it: left, bottom, right, top.
        off: names of layers that are not shown; what is in them is left out.
        names: says what the codes of its fonts mean; asked where PDFium does not know.
        copy: makes the page again with short text twice; asked where PDFium may have left out single characters.
    """
    found = _objects(page, page_box, off)
    read = with_advances(list(characters(page, found.buried)))
    read = with_lost(page, read, copy, found.buried, _is_beside)
    glyphs = [
        glyph for glyph in read if glyph.blank or (glyph.item not in found.unseen and _is_on(glyph.box, page_box))
    ]
    glyphs = with_accents(_with_meanings(glyphs, names))
    if any(is_right_to_left(glyph.text) for glyph in glyphs):
        glyphs = as_meant(glyphs, meanings(page))
    layers = []
    garbled = []
    for hidden in (False, True):
        layer = [glyph for glyph in glyphs if glyph.hidden is hidden or glyph.blank]
        letters = [glyph for glyph in layer if not glyph.blank]
        bad = sum(not glyph.known for glyph in letters)
        garbled.append(bool(letters) and bad >= GARBLED * len(letters))
        layers.append(() if garbled[-1] else tuple(_lines(in_reading_order(layer))))
    return TextLayer(
        layers[0], (), layers[1], garbled[0], garbled[1], pictures=tuple(found.pictures), sizeless=found.sizeless
    )


def _with_meanings(glyphs: list[Glyph], names: Callable[[], Names]) -> list[Glyph]:
    """The characters, those without a meaning in Unicode with that of their names; a sign for one that has none."""
    unknown = [glyph for glyph in glyphs if not glyph.blank and not glyph.known]
    if not unknown or len(unknown) >= GARBLED * sum(not glyph.blank for glyph in glyphs):
        return glyphs
    meant = names()
    result = []
    for glyph in glyphs:
        text = "" if glyph.blank or glyph.known else known_meaning(glyph.text)
        if not glyph.blank and not glyph.known and not text:
            text = meant.get((_font_name(glyph.item), ord(glyph.text)), "" if glyph.text.isprintable() else NO_MEANING)
        result.append(replace(glyph, text=text, known=True) if text else glyph)
    return result


def _font_name(item: int) -> str:
    """The base name of the font of a text object, without the tag of a subset."""
    font = pdfium.FPDFTextObj_GetFont(ctypes.cast(item, pdfium.FPDF_PAGEOBJECT))
    name = ctypes.create_string_buffer(LONGEST_NAME)
    pdfium.FPDFFont_GetBaseFontName(font, name, LONGEST_NAME)
    return name.value.decode("latin-1").split("+", 1)[-1]


@dataclass(slots=True)
class _Objects:
    """What the objects of a page say about its text.

    Attributes:
        buried: text objects that a picture over the page hides.
        unseen: objects that count as nothing: in layers that are off, and text without a size.
        pictures: possible scans.
        sizeless: whether there is text without a size.
    """

    buried: set[int] = field(default_factory=set)
    unseen: set[int] = field(default_factory=set)
    pictures: list[Quad] = field(default_factory=list)
    sizeless: bool = False


def _objects(page: Any, page_box: Box, off: frozenset[bytes]) -> _Objects:
    seen: list[int] = []
    result = _Objects()
    area = max(1e-6, (page_box[2] - page_box[0]) * (page_box[3] - page_box[1]))
    for item in page.get_objects(max_depth=8):
        if is_off(item, off):
            result.unseen.add(address(item.raw))
        elif item.type == pdfium.FPDF_PAGEOBJ_TEXT and _is_sizeless(item):
            result.unseen.add(address(item.raw))
            result.sizeless = True
        elif item.type == pdfium.FPDF_PAGEOBJ_TEXT:
            seen.append(address(item.raw))
        elif item.type == pdfium.FPDF_PAGEOBJ_IMAGE:
            matrix = find_placement(item)
            corners = [apply(matrix, x, y) for x, y in ((0, 1), (1, 1), (1, 0), (0, 0))]
            xs, ys = zip(*corners, strict=True)
            across = min(max(xs), page_box[2]) - max(min(xs), page_box[0])
            up = min(max(ys), page_box[3]) - max(min(ys), page_box[1])
            share = max(0.0, across) * max(0.0, up) / area
            if share >= COVERING and not pdfium.FPDFPageObj_HasTransparency(item.raw):
                result.buried.update(seen)
            if share >= PICTURE_SHARE and min(item.get_px_size()) >= PICTURE_PIXELS:
                result.pictures.append(Quad.rect(min(xs), min(ys), max(xs), max(ys)))
    return result


def _is_sizeless(item: Any) -> bool:
    """Whether a text object can be neither seen nor marked, because its font size or its matrix is zero."""
    size = ctypes.c_float()
    pdfium.FPDFTextObj_GetFontSize(item.raw, size)
    return is_sizeless(find_placement(item), size.value, pdfium.FPDFTextObj_GetTextRenderMode(item.raw))


def _is_on(box: Box, page: Box) -> bool:
    """Whether the middle of a character is on the page; viewers find no text beside it."""
    return page[0] <= (box[0] + box[2]) / 2 <= page[2] and page[1] <= (box[1] + box[3]) / 2 <= page[3]


def _lines(glyphs: Iterable[Glyph]) -> Iterator[Line]:
    """Characters joined to words and lines."""
    for run in _runs(glyphs):
        words = [list(word) for space, word in groupby(run, key=lambda glyph: glyph.text == " ") if not space]
        if not words:
            continue
        boxes = [_quad(word) for word in words]
        texts = ["".join(glyph.text for glyph in word) for word in words]
        whole = _quad([glyph for word in words for glyph in word])
        parts = tuple(Word(text, 1.0, box) for text, box in zip(texts, boxes, strict=True))
        yield Line(" ".join(texts), 1.0, whole, parts, TEXT_LAYER)


def _runs(glyphs: Iterable[Glyph]) -> Iterator[list[Glyph]]:
    """Characters that follow each other on one line, with a space between words."""
    run: list[Glyph] = []
    space = Glyph(" ")
    pending = guessed = False
    last: Glyph | None = None
    glyphs = list(glyphs)
    wholes, guesses = stretches(glyphs), _guesses(glyphs)
    before: Glyph | None = None
    for index, glyph in enumerate(glyphs):
        if glyph.blank:
            pending = pending or glyph.known or glyph.text == "\n"
            guessed = True
            continue
        whole = wholes.get(index)
        if last is not None:
            gap = _gap(last, glyph) if whole is before else _gap(before or last, whole or glyph, leftward=True)
            word_gap = RIGHT_TO_LEFT_GAP if is_right_to_left(glyph.text) else WORD_GAP
            if gap is None or gap > CELL_GAP * max(last.size, glyph.size, 1e-3):
                yield run
                run = []
            elif pending or (gap > (guesses[index] if guessed else word_gap) * max(last.size, 1e-3)):
                run.append(space)
        pending = guessed = False
        run.append(glyph)
        last, before = glyph, whole
    if run:
        yield run


def _guesses(glyphs: Sequence[Glyph]) -> list[float]:
    """For each character how far, in em, it is at least from the one before where PDFium has added a space."""
    least: list[float] = []
    for _, part in groupby(glyphs, key=lambda glyph: glyph.text == "\n"):
        line = list(part)
        shown = [glyph for glyph in line if not glyph.blank]
        pairs = [(a, b) for a, b in pairwise(shown) if a.text.isalpha() and b.text.isalpha() and not a.angle and a.size]
        gaps = [(after.box[0] - before.box[2]) / before.size for before, after in pairs]
        usual = sorted(gaps)[len(gaps) // 4] if gaps else 0.0
        least += [usual + APART if WIDE < usual < WORD_GAP else -math.inf] * len(line)
    return least


def _gap(last: Glyph, glyph: Glyph, *, leftward: bool = False) -> float | None:
    """The distance from one character to the next along their line, in points; None where another line begins.

    Args:
        last: the first of the two.
        glyph: the next.
        leftward: whether the next may lie to the left; so it may after and before right-to-left letters.
    """
    if abs((last.angle - glyph.angle + 180) % 360 - 180) > 1:
        return None
    before, end, bottom, top = last.along()
    start, after, low, high = replace(glyph, angle=last.angle).along()
    if start < before and (leftward or is_right_to_left(last.text) or is_right_to_left(glyph.text)):
        start, end = -after, -before
    shared = min(top, high) - max(bottom, low)
    if shared < 0.3 * min(top - bottom, high - low) or start - end < -2 * max(last.size, 1e-3):
        return None
    return start - end


def _is_beside(last: Glyph, glyph: Glyph) -> bool:
    """Whether a character is on the line of another, not far before it."""
    return _gap(last, glyph) is not None


def _quad(glyphs: list[Glyph]) -> Quad:
    """The box around characters of one direction, clockwise from the top left corner of the text; y points up."""
    spans = [glyph.along() for glyph in glyphs]
    start, end = min(s[0] for s in spans), max(s[1] for s in spans)
    bottom, top = min(s[2] for s in spans), max(s[3] for s in spans)
    cos, sin = math.cos(math.radians(glyphs[0].angle)), math.sin(math.radians(glyphs[0].angle))

    def corner(u: float, v: float) -> tuple[float, float]:
        return u * cos - v * sin, u * sin + v * cos

    return Quad((corner(start, top), corner(end, top), corner(end, bottom), corner(start, bottom)))
