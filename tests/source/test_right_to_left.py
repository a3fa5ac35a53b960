"""Invisible layers of Hebrew and Arabic are read as they are meant, in whichever way a program wrote them."""

from __future__ import annotations

import io
import re
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
NUMBERS = {
    "Hebrew": ("בשנת 1948 נולדו 12.5 אחוזים", "עמוד 25 מתוך 130 דפים", "בתאריך 14/05/1948 בשעה 10:30"),
    "Arabic": ("في سنة 1948 كان هناك 25 شخصا", "صفحة ٢٥ من ١٣٠ صفحات", "الساعة 10:30 يوم 14/05/1948"),
}
WIDTH, HEIGHT, RIGHT, SIZE, ADVANCE = 595, 400, 545, 24, 12


def font(pdf: pikepdf.Pdf) -> Dictionary:
    """A font without shapes whose codes are UTF-16, half an em wide."""
    chars = sorted({char for texts in (LINES, NUMBERS) for lines in texts.values() for char in "".join(lines)} | {"x"})
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


def seen(text: str) -> str:
    """A line from left to right as it is seen: numbers keep their direction."""
    return re.sub(r"\d[\d./:]*", lambda number: number[0][::-1], text[::-1])


def at(x: float, y: float, text: str, turn: str = "1 0 0 1") -> str:
    return f"{turn} {x} {y} Tm {code(text)} Tj "


def written(way: str, text: str, y: int) -> str:
    """A line in one of the ways in which programs put it on a page; its last character ends at the right margin."""
    left = RIGHT - ADVANCE * len(text)
    words = [(RIGHT - ADVANCE * len(" ".join(text.split()[: n + 1])), w) for n, w in enumerate(text.split())]
    near = [
        (RIGHT - sum(ADVANCE * len(w) + 4 for w in text.split()[: n + 1]) + 4, w) for n, w in enumerate(text.split())
    ]

    def meant(text: str) -> str:
        return f"/Span <</ActualText <feff{text.encode('utf-16-be').hex()}>>> BDC {{}} EMC "

    return {
        "as it is seen": at(left, y, seen(text)),
        "word by word as seen": "".join(at(x, y, seen(word)) for x, word in words),
        "word by word, near each other": "".join(at(x, y, word[::-1]) for x, word in near),
        "backwards": at(left, y, text),
        "words in their places, each backwards": "".join(at(x, y, word) for x, word in words),
        "letter by letter from the right": f"1 0 0 1 {RIGHT - ADVANCE} {y} Tm [{' 1000 '.join(map(code, text))}] TJ ",
        "mirrored": at(RIGHT, y, text, "-1 0 0 1"),
        "with its meaning": meant(text).format(at(left, y, seen(text))),
        "with a meaning alone": meant(text).format(at(left, y, "x" * len(text))),
        "each word with its meaning": "".join(meant(word).format(at(x, y, seen(word))) for x, word in words),
        "each word and space with a meaning": "".join(
            meant(f"{word} ").format(at(x, y, "x" * len(word))) for x, word in words
        ),
        "with signs of direction": at(left, y, f"\u202b{text}\u202c"),
    }[way]


WAYS = (
    "as it is seen", "word by word as seen", "word by word, near each other", "backwards",
    "words in their places, each backwards",
    "letter by letter from the right", "mirrored", "with its meaning", "with a meaning alone",
    "with signs of direction",
)  # fmt: skip


NUMBERED = (
    "as it is seen", "word by word as seen", "backwards", "words in their places, each backwards", "with its meaning",
    "with a meaning alone", "each word with its meaning", "each word and space with a meaning",
)  # fmt: skip


def page_of(way: str, texts: tuple[str, ...]) -> bytes:
    """A page with an invisible layer of some lines."""
    out = io.BytesIO()
    with pikepdf.new() as pdf:
        page = pdf.add_blank_page(page_size=(WIDTH, HEIGHT))
        page.obj.Resources = Dictionary(Font=Dictionary(F=pdf.make_indirect(font(pdf))))
        lines = "".join(written(way, line, HEIGHT - 80 * (n + 1)) for n, line in enumerate(texts))
        page.obj.Contents = pdf.make_stream(f"BT 3 Tr /F {SIZE} Tf {lines}ET".encode())
        pdf.save(out)
    return out.getvalue()


@pytest.mark.parametrize("script", LINES)
@pytest.mark.parametrize("way", WAYS)
def test_a_layer_is_read_as_it_is_meant(script: str, way: str) -> None:
    with open_source(page_of(way, LINES[script])) as source:
        layer = source.text(1)
    assert tuple(line.text for line in layer.hidden) == LINES[script]
    assert not layer.visible
    for line in layer.hidden:
        places = [word.box.center[0] for word in line.words]
        assert places == sorted(places, reverse=True)


@pytest.mark.parametrize("script", NUMBERS)
@pytest.mark.parametrize("way", NUMBERED)
def test_numbers_keep_their_order_and_part_no_line(script: str, way: str) -> None:
    with open_source(page_of(way, NUMBERS[script])) as source:
        hidden = source.text(1).hidden
    assert tuple(line.text for line in hidden) == NUMBERS[script]
    for line in hidden:
        places = [word.box.center[0] for word in line.words]
        assert places == sorted(places, reverse=True)
        assert all(word.box.height > SIZE / 3 for word in line.words)


def test_latin_text_with_hebrew_letters_in_it_keeps_its_order() -> None:
    shown = "The letters א and ב, then שלום in between"
    glyphs = [Glyph(char, (10.0 * x, 0, 10.0 * x + 9, 10), size=10) for x, char in enumerate(shown)]
    start = shown.index("ש")
    word = glyphs[start : start + 4]
    glyphs[start : start + 4] = [replace(g, box=o.box) for g, o in zip(word, reversed(word), strict=True)]
    assert "".join(glyph.text for glyph in in_reading_order(glyphs)) == shown
