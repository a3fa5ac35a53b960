"""The characters of a PDF: what fonts call them, accents on letters, letters that are set wide."""

from __future__ import annotations

import io
import struct
import tracemalloc

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name

from ocr.source import open_source
from ocr.source.cff_names import cff_names
from ocr.source.pdf_accents import with_accents
from ocr.source.pdf_glyphs import Glyph
from ocr.source.pdf_names import glyph_names, known_meaning
from tests.write.pdf.kinds import document


def font(*differences: object, base: str = "ABCDEF+Plain") -> Dictionary:
    encoding = Dictionary(Type=Name.Encoding, BaseEncoding=Name.WinAnsiEncoding, Differences=Array(list(differences)))
    return Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name(f"/{base}"), Encoding=encoding)


def lines_of(content: str, *differences: object) -> list[str]:
    data = document(content.encode("latin-1"), font=font(*differences))
    with open_source(data) as source:
        return [line.text for line in source.text(1).visible]


def shown(*pieces: str) -> str:
    return "BT /F1 14 Tf 40 200 Td " + " ".join(pieces) + " ET\n"


@pytest.mark.parametrize(
    ("name", "text"),
    [("/T_h", "The"), ("/f_f_i.alt", "ffie"), ("/angbracketleft", "⟨e"), ("/uni00C5", "Åe"), ("/u1D454", "𝑔e")],
)
def test_glyphs_have_the_meaning_of_their_names(name: str, text: str) -> None:
    assert lines_of(shown("(\\027e labyrinth) Tj"), 23, Name(name)) == [f"{text} labyrinth"]


def test_a_glyph_without_any_meaning_leaves_a_sign() -> None:
    assert lines_of(shown("(\\027e labyrinth) Tj"), 23, Name("/g17")) == ["\ufffde labyrinth"]


def test_names_that_fonts_of_one_name_use_otherwise_say_nothing() -> None:
    fonts = Dictionary(A=font(23, Name("/T_h"), Name("/f_f")), B=font(23, Name("/c_t"), base="QQQQQQ+Plain"))
    assert glyph_names(Dictionary(Font=fonts)) == {("Plain", 24): "ff"}
    with pikepdf.new() as pdf:
        form = pdf.make_stream(b"", Subtype=Name.Form, Resources=Dictionary(Font=Dictionary(A=font(23, Name("/T_h")))))
        assert glyph_names(Dictionary(XObject=Dictionary(X=form))) == {("Plain", 23): "Th"}


def test_a_letter_is_not_guessed_where_the_font_program_has_other_names() -> None:
    with pikepdf.new() as pdf:
        plain = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name("/ABCDEF+Plain"))
        plain.FontDescriptor = Dictionary(FontFile3=pdf.make_stream(b"", Subtype=Name.Type1C))
        assert glyph_names(Dictionary(Font=Dictionary(A=plain)))["Plain", ord("U")] == "\ufffd"


def compact(names: dict[int, str], *, opentype: bool = False, ranges: bool = False) -> bytes:
    """A CFF font program whose glyphs have these codes and names; it has no shapes."""

    def index(parts: list[bytes]) -> bytes:
        ends = [1, *(1 + sum(len(part) for part in parts[: n + 1]) for n in range(len(parts)))]
        start = struct.pack(">HB", len(parts), 2) + b"".join(struct.pack(">H", end) for end in ends)
        return start + b"".join(parts) if parts else b"\0\0"

    def number(value: int) -> bytes:
        return struct.pack(">Bi", 29, value)

    def top(charset: int, encoding: int, glyphs: int) -> bytes:
        operators = number(charset) + b"\x0f" + number(encoding) + b"\x10" + number(glyphs) + b"\x11"
        return b"\x01\0\x04\x02" + index([b"Plain"]) + index([operators])

    texts = index([name.encode() for name in names.values()]) + index([])
    charset = struct.pack(">BHB", 1, 391, len(names) - 1)
    if ranges:
        coded = bytes([1 | 0x80, len(names) - 1]) + b"".join(bytes([code, 0]) for code in [*names][:-1])
        coded += struct.pack(">BBH", 1, [*names][-1], 391 + len(names) - 1)
    else:
        coded = bytes([0, len(names), *names])
    glyphs = index([b"\x0e"] * (len(names) + 1))
    at = len(top(0, 0, 0)) + len(texts)
    data = top(at, at + len(charset), at + len(charset) + len(coded)) + texts + charset + coded + glyphs
    return b"OTTO" + struct.pack(">HHHH4sIII", 1, 0, 0, 0, b"CFF ", 0, 28, len(data)) + data if opentype else data


@pytest.mark.parametrize("opentype", [False, True])
@pytest.mark.parametrize("ranges", [False, True])
def test_compact_fonts_say_what_their_codes_mean(opentype: bool, ranges: bool) -> None:
    names = {104: "angbracketleft", 105: "angbracketright", 44: "smiley", 112: "T_h"}
    program = compact(names, opentype=opentype, ranges=ranges)
    assert cff_names(program) == names
    with pikepdf.new() as pdf:
        plain = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name("/ABCDEF+Plain"))
        plain.FontDescriptor = Dictionary(FontFile3=pdf.make_stream(program, Subtype=Name.Type1C))
        found = glyph_names(Dictionary(Font=Dictionary(A=plain)))
    assert [found["Plain", code] for code in names] == ["\u27e8", "\u27e9", "\ufffd", "Th"]


def test_a_damaged_compact_font_says_nothing() -> None:
    program = compact({104: "angbracketleft"})
    for end in range(4, len(program) - 6):
        try:
            assert cff_names(program[:end]) in ({}, {104: "angbracketleft"})
        except ValueError as error:
            assert "damaged" in str(error)


def test_a_compact_font_without_glyphs_is_damaged() -> None:
    program = compact({104: "angbracketleft"})
    with pytest.raises(ValueError, match="damaged"):
        cff_names(program.replace(b"\x11", b"\x12", 1))


def test_strings_of_a_compact_font_that_overlap_take_no_memory() -> None:
    ends = b"".join(struct.pack(">I", (1, 1 << 20)[n % 2]) for n in range(1 << 16))
    head = b"\x01\0\x04\x02" + struct.pack(">HB", (1 << 16) - 1, 4) + ends
    tracemalloc.start()
    with pytest.raises(ValueError, match="damaged"):
        cff_names(head + bytes(1 << 19))
    assert tracemalloc.get_traced_memory()[1] < 1 << 24
    tracemalloc.stop()


def test_the_private_area_of_adobe_has_meanings() -> None:
    assert [known_meaning(char) for char in "\uf733\uf761\uf8eb\uf8fe\ue000"] == ["3", "A", "⎛", "⎭", ""]


@pytest.mark.parametrize(
    ("pieces", "text"),
    [
        (((40, "f"), (45.6, "\\250"), (44, "u"), (51.8, "r")), "für"),
        (((40, "L"), (47.8, "uck"), (49.4, "\\250")), "Lück"),
        (((40, "gar"), (60.1, "\\270"), (59.5, "con")), "garçon"),
        (((40, "cem"), (80, "x"), (81, "\\250")), "cem"),
    ],
)
def test_accents_are_joined_with_their_letters(pieces: tuple[tuple[float, str], ...], text: str) -> None:
    [line, *_] = lines_of(shown(*(f"1 0 0 1 {x} 200 Tm ({part}) Tj" for x, part in pieces)))
    assert line.split(" ")[0] == text


def test_an_accent_beside_a_letter_stays() -> None:
    glyphs = [Glyph(char, (10.0 * k, 0, 10.0 * k + 9, 10), size=10) for k, char in enumerate("a~b")]
    assert [glyph.text for glyph in with_accents(glyphs)] == ["a", "~", "b"]
    over = Glyph("~", (0.0, 0, 9, 10), size=10)
    assert [glyph.text for glyph in with_accents([over, *glyphs])] == ["ã", "~", "b"]
    assert [glyph.text for glyph in with_accents([over, Glyph("\n"), *glyphs])] == ["~", "\n", "a", "~", "b"]


def test_letters_that_are_set_wide_stay_together() -> None:
    assert lines_of(shown("1.6 Tc (Das microtype Paket) Tj")) == ["Das microtype Paket"]


def test_letters_that_stand_alone_stay_apart() -> None:
    assert lines_of(shown(*(f"1 0 0 1 {40 + 14 * k} 200 Tm ({c}) Tj" for k, c in enumerate("abcdef")))) == [
        "a b c d e f"
    ]


def lines_with(mapping: str, content: str) -> list[str]:
    """The lines of a page whose font says what one of its codes means."""
    code = "/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <00> <ff> endcodespacerange "
    code += f"1 beginbfchar {mapping} endbfchar endcmap end"
    with pikepdf.open(io.BytesIO(document(shown(content).encode(), font=font()))) as pdf:
        pdf.pages[0].Resources.Font.F1.ToUnicode = pdf.make_stream(code.encode())
        out = io.BytesIO()
        pdf.save(out)
    with open_source(out.getvalue()) as source:
        return [line.text for line in source.text(1).visible]


def test_a_character_beyond_the_first_plane_is_one() -> None:
    assert lines_with("<67> <d835dc54>", "(g) Tj") == ["𝑔"]


@pytest.mark.parametrize("half", ["d835", "dc54"])
def test_half_a_character_leaves_a_sign(half: str) -> None:
    assert lines_with(f"<67> <{half}>", "(go west) Tj") == ["\ufffdo west"]
    assert lines_with(f"<67> <{half}>", "(go wag) Tj") == ["\ufffdo wa\ufffd"]
    assert lines_with(f"<67> <{half}{half}>", "(go west) Tj") == ["\ufffd\ufffdo west"]
