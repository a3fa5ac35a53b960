"""Invisible layers of Hebrew and Arabic are read as they are meant, in whichever way a program wrote them."""

from __future__ import annotations

import io
from dataclasses import replace

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name

from ocr.source import open_source
from ocr.source.pdf_glyphs import Glyph, in_reading_order

LINES = {
    "Hebrew": ("שלום לכל הקוראים בספר הזה", "הילדים הלכו אל בית הספר", "סוף הדף הראשון"),
    "Arabic": ("مرحبا بكم في هذا الكتاب الجديد", "ذهب الأولاد إلى المدرسة صباحا", "نهاية الصفحة الأولى"),
}
WIDTH, HEIGHT, RIGHT, SIZE, ADVANCE = 595, 400, 545, 24, 12


def font(pdf: pikepdf.Pdf) -> Dictionary:
    """A font without shapes whose codes are UTF-16, half an em wide."""
    chars = sorted({char for lines in LINES.values() for line in lines for char in line} | {"x"})
    pairs = "\n".join(f"<{ord(char):04x}> <{ord(char):04x}>" for char in chars)
    cmap = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def /CMapType 2 def "
        f"1 begincodespacerange <0000> <ffff> endcodespacerange {len(chars)} beginbfchar\n{pairs}\nendbfchar "
        "endcmap end end"
    )
    system = Dictionary(Registry=b"Adobe", Ordering=b"Identity", Supplement=0)
    about = Dictionary(
        Type=Name.FontDescriptor, FontName=Name.Plain, Flags=5, FontBBox=Array([0, 0, 500, 1000]), Ascent=1000,
        Descent=0, CapHeight=1000, ItalicAngle=0, StemV=80,
    )  # fmt: skip
    below = Dictionary(
        Type=Name.Font, Subtype=Name.CIDFontType2, BaseFont=Name.Plain, CIDToGIDMap=Name.Identity, DW=500,
        CIDSystemInfo=system, FontDescriptor=about,
    )  # fmt: skip
    return Dictionary(
        Type=Name.Font, Subtype=Name.Type0, BaseFont=Name.Plain, Encoding=Name("/Identity-H"),
        DescendantFonts=Array([below]), ToUnicode=pdf.make_stream(cmap.encode()),
    )  # fmt: skip


def code(text: str) -> str:
    return f"<{text.encode('utf-16-be').hex()}>"


def at(x: float, y: float, text: str, turn: str = "1 0 0 1") -> str:
    return f"{turn} {x} {y} Tm {code(text)} Tj "


def written(way: str, text: str, y: int) -> str:
    """A line in one of the ways in which programs put it on a page; its last character ends at the right margin."""
    left = RIGHT - ADVANCE * len(text)
    words = [(RIGHT - ADVANCE * len(" ".join(text.split()[: n + 1])), w) for n, w in enumerate(text.split())]
    near = [
        (RIGHT - sum(ADVANCE * len(w) + 4 for w in text.split()[: n + 1]) + 4, w) for n, w in enumerate(text.split())
    ]
    meant = f"/Span <</ActualText <feff{text.encode('utf-16-be').hex()}>>> BDC {{}} EMC "
    return {
        "as it is seen": at(left, y, text[::-1]),
        "word by word as seen": "".join(at(x, y, word[::-1]) for x, word in words),
        "word by word, near each other": "".join(at(x, y, word[::-1]) for x, word in near),
        "backwards": at(left, y, text),
        "words in their places, each backwards": "".join(at(x, y, word) for x, word in words),
        "letter by letter from the right": f"1 0 0 1 {RIGHT - ADVANCE} {y} Tm [{' 1000 '.join(map(code, text))}] TJ ",
        "mirrored": at(RIGHT, y, text, "-1 0 0 1"),
        "with its meaning": meant.format(at(left, y, text[::-1])),
        "with a meaning alone": meant.format(at(left, y, "x" * len(text))),
        "with signs of direction": at(left, y, f"\u202b{text}\u202c"),
    }[way]


WAYS = (
    "as it is seen", "word by word as seen", "word by word, near each other", "backwards",
    "words in their places, each backwards",
    "letter by letter from the right", "mirrored", "with its meaning", "with a meaning alone",
    "with signs of direction",
)  # fmt: skip


@pytest.mark.parametrize("script", LINES)
@pytest.mark.parametrize("way", WAYS)
def test_a_layer_is_read_as_it_is_meant(script: str, way: str) -> None:
    out = io.BytesIO()
    with pikepdf.new() as pdf:
        page = pdf.add_blank_page(page_size=(WIDTH, HEIGHT))
        page.obj.Resources = Dictionary(Font=Dictionary(F=pdf.make_indirect(font(pdf))))
        lines = "".join(written(way, line, HEIGHT - 80 * (n + 1)) for n, line in enumerate(LINES[script]))
        page.obj.Contents = pdf.make_stream(f"BT 3 Tr /F {SIZE} Tf {lines}ET".encode())
        pdf.save(out)
    with open_source(out.getvalue()) as source:
        layer = source.text(1)
    assert tuple(line.text for line in layer.hidden) == LINES[script]
    assert not layer.visible
    for line in layer.hidden:
        places = [word.box.center[0] for word in line.words]
        assert places == sorted(places, reverse=True)


def test_latin_text_with_hebrew_letters_in_it_keeps_its_order() -> None:
    shown = "The letters א and ב, then שלום in between"
    glyphs = [Glyph(char, (10.0 * x, 0, 10.0 * x + 9, 10), size=10) for x, char in enumerate(shown)]
    start = shown.index("ש")
    word = glyphs[start : start + 4]
    glyphs[start : start + 4] = [replace(g, box=o.box) for g, o in zip(word, reversed(word), strict=True)]
    assert "".join(glyph.text for glyph in in_reading_order(glyphs)) == shown
