"""Text in fonts without shapes, such as invisible layers have, which PDFium leaves out.

A text object of one character is as wide as the shape of that character, and PDFium drops what has no width: the words
``a`` and ``I``, all of a layer that is written letter by letter, and text that runs up or down the page. What was
dropped is found out from a copy of the page that is slightly slanted, in which single characters are written twice.
"""

from __future__ import annotations

import ctypes
import io
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pikepdf
import pypdfium2
import pypdfium2.raw as pdfium
from pikepdf import Array, Dictionary, Name, Operator, Stream, String

from ocr.source.pdf_characters import address, characters, is_invisible
from ocr.source.pdf_glyphs import Glyph
from ocr.source.pdf_meanings import has_meaning
from ocr.source.pdf_plan import Box, find_placement

__all__ = ["doubled", "with_lost"]

LONGEST = 4
"""Bytes of the code of a character."""
SLANT = b"1 0 0.01 1 0 0 cm\n"
"""Gives upright text a width."""
ONCE, TWICE = 1, 2
"""Line widths, in which nothing is drawn; they tell text that was written twice."""
NARROW = 0.011
"""Points. PDFium drops what is narrower."""
SHOWING = frozenset(("Tj", "TJ", "'", '"'))
DEEPEST = 8
"""Forms nested more deeply are not looked at."""
KEPT = ("/Font", "/Properties")
"""Resources that say what text means."""

Follows = Callable[[Glyph, Glyph], bool]


def with_lost(
    page: Any, glyphs: list[Glyph], copy: Callable[[], bytes], hidden: Collection[int], follows: Follows
) -> list[Glyph]:
    """The characters of a page, with those that PDFium left out because they have no shapes.

    Args:
        page: of pypdfium2.
        glyphs: its characters.
        copy: makes the page again, as :func:`doubled` does.
        hidden: text objects that something hides.
        follows: whether the second of two characters is beside the first on one line.
    """
    items = list(page.get_objects([pdfium.FPDF_PAGEOBJ_TEXT], max_depth=DEEPEST))
    with_text = {glyph.item for glyph in glyphs if not glyph.blank}
    lost = [n for n, item in enumerate(items) if address(item.raw) not in with_text and _is_narrow(item)]
    if not lost or not _may_be_shapeless(items, lost, with_text) or not (data := copy()):
        return glyphs
    other = pypdfium2.PdfDocument(data)
    try:
        found = _found(items, lost, other[0], hidden)
    finally:
        other.close()
    return _merged([address(item.raw) for item in items], glyphs, found, follows) if found else glyphs


def _is_narrow(item: Any) -> bool:
    left, _, right, _ = item.get_bounds()
    return bool(right - left < NARROW)


def _may_be_shapeless(items: Sequence[Any], lost: Sequence[int], with_text: Collection[int]) -> bool:
    """Whether the font of an object without characters may have no shapes; otherwise the object is a space."""
    shown = set()
    for item in items:
        _, bottom, _, top = item.get_bounds()
        if top > bottom and address(item.raw) in with_text:
            shown.add(address(pdfium.FPDFTextObj_GetFont(item.raw)))
    fonts = {address(font): font for font in (pdfium.FPDFTextObj_GetFont(items[n].raw) for n in lost)}
    return any(key not in shown or pdfium.FPDFFont_GetIsEmbedded(font) != 1 for key, font in fonts.items())


def _found(items: Sequence[Any], lost: Sequence[int], page: Any, hidden: Collection[int]) -> dict[int, list[Glyph]]:
    """The characters of the objects that lack them, by the addresses of the objects; from the page written anew."""
    others = list(page.get_objects([pdfium.FPDF_PAGEOBJ_TEXT], max_depth=DEEPEST))
    if len(others) != len(items):
        return {}
    texts: dict[int, list[Glyph]] = defaultdict(list)
    for glyph in characters(page, ()):
        if not glyph.blank:
            texts[glyph.item].append(glyph)
    taken = {n for n in range(len(items)) if n not in lost and not texts.get(address(others[n].raw))}
    found = {}
    for n in lost:
        twice, owner = texts.get(address(others[n].raw), []), address(items[n].raw)
        meant = has_meaning(others[n].raw)
        once = twice[: len(twice) // 2] if _is_twice(others[n]) and not meant else twice
        if not once or (meant and taken):  # the meaning belongs to several objects and is known
            continue
        x, y = (a - b for a, b in zip(find_placement(items[n])[4:], find_placement(others[n])[4:], strict=True))
        unseen = owner in hidden or is_invisible(items[n])
        found[owner] = [replace(glyph, box=_moved(glyph.box, x, y), hidden=unseen, item=owner) for glyph in once]
    return found


def _is_twice(item: Any) -> bool:
    width = ctypes.c_float()
    return bool(pdfium.FPDFPageObj_GetStrokeWidth(item.raw, width)) and width.value == TWICE


def _moved(box: Box, x: float, y: float) -> Box:
    return box[0] + x, box[1] + y, box[2] + x, box[3] + y


def _merged(
    order: Sequence[int], glyphs: Sequence[Glyph], found: Mapping[int, list[Glyph]], follows: Follows
) -> list[Glyph]:
    """The characters with those that were found, in the order of the file; spaces that PDFium guessed are gone.

    Args:
        order: the addresses of the text objects.
        glyphs: the characters of most of them.
        found: those of the others.
        follows: whether one character is beside another on one line.
    """
    parts: dict[int, list[Glyph]] = defaultdict(list)
    for glyph in glyphs:
        if glyph.known or not glyph.blank:
            parts[glyph.item].append(glyph)
    result: list[Glyph] = []
    last: Glyph | None = None
    for owner in order:
        for glyph in found.get(owner, parts[owner]):
            if not glyph.blank:
                result += [Glyph("\n")] if last and not follows(last, glyph) else []
                last = glyph
            result.append(glyph)
    return result


def doubled(page: pikepdf.Object, resources: Any) -> bytes:
    """A PDF of one page with the text of another, in which single characters are written twice.

    Args:
        page: to write anew.
        resources: of the page.

    Raises:
        pikepdf.PdfError: its instructions cannot be parsed.
    """
    with pikepdf.new() as pdf:
        new = pdf.add_blank_page(page_size=(612, 792)).obj
        for key in ("/MediaBox", "/CropBox", "/Rotate"):
            if key in page:
                new[key] = _own(pdf, page[key])
        new.Contents = pdf.make_stream(SLANT + _instructions(page, resources))
        new.Resources = _copied(pdf, resources, {}, 0)
        out = io.BytesIO()
        pdf.save(out)
        return out.getvalue()


def _copied(pdf: pikepdf.Pdf, resources: Any, forms: dict[tuple[int, int], Stream], depth: int) -> Dictionary:
    """Resources for text, with forms whose text is doubled, too."""
    new = Dictionary()
    if not isinstance(resources, Dictionary):
        return new
    for key in KEPT:
        if key in resources:
            new[key] = _own(pdf, resources[key])
    objects = resources.get("/XObject")
    for key, item in objects.items() if isinstance(objects, Dictionary) and depth < DEEPEST else ():
        if not isinstance(item, Stream) or item.get("/Subtype") != Name.Form:
            continue
        if item.objgen not in forms:
            own = item.get("/Resources", resources)
            form = forms[item.objgen] = pdf.make_stream(_instructions(item, own), Type=Name.XObject, Subtype=Name.Form)
            for name in ("/BBox", "/Matrix"):
                if name in item:
                    form[name] = _own(pdf, item[name])
            form.Resources = _copied(pdf, own, forms, depth + 1)
        if "/XObject" not in new:
            new.XObject = Dictionary()
        new.XObject[key] = forms[item.objgen]
    return new


def _own(pdf: pikepdf.Pdf, value: Any) -> Any:
    """A value for another PDF."""
    if not isinstance(value, pikepdf.Object):
        return value
    if value.is_indirect:
        return pdf.copy_foreign(value)
    if isinstance(value, Dictionary):
        return Dictionary({key: _own(pdf, part) for key, part in value.items()})
    return Array([_own(pdf, part) for part in value]) if isinstance(value, Array) else value


def _instructions(content: pikepdf.Object, resources: Any) -> bytes:
    """The instructions of a page or form, with single characters twice."""
    fonts = resources.get("/Font") if isinstance(resources, Dictionary) else None
    longest = LONGEST
    instructions: list[Any] = []
    for item in pikepdf.parse_content_stream(content):
        operands, operator = list(item.operands), str(item.operator)
        if operator == "Tf" and operands:
            longest = _code_length(fonts.get(str(operands[0])) if isinstance(fonts, Dictionary) else None)
        if operator in SHOWING and operands:
            twice = _twice(operands[-1], longest)
            instructions.append(([ONCE if twice is None else TWICE], Operator("w")))
            operands[-1] = operands[-1] if twice is None else twice
        if operator != "INLINE IMAGE":
            instructions.append((operands, item.operator))
    return pikepdf.unparse_content_stream(instructions)


def _code_length(font: Any) -> int:
    """How many bytes the code of a character has at most."""
    if not isinstance(font, Dictionary):
        return LONGEST
    if font.get("/Subtype") != Name.Type0:
        return 1
    return 2 if str(font.get("/Encoding")) in ("/Identity-H", "/Identity-V") else LONGEST


def _twice(shown: Any, longest: int) -> Any:
    """What a text object shows, twice; None if its codes have more bytes than the code of a character."""
    if not isinstance(shown, String | Array):
        return None
    parts = [part for part in shown if isinstance(part, String)] if isinstance(shown, Array) else [shown]
    if not 0 < sum(len(bytes(part)) for part in parts) <= longest:
        return None
    return Array([*shown, *parts]) if isinstance(shown, Array) else String(bytes(shown) * 2)
