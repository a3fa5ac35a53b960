"""Single characters of invisible layers whose fonts have no shapes; PDFium leaves these out of its text."""

from __future__ import annotations

import io

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name

from ocr.source import open_source
from ocr.source.pdf_check import PageChecker

LINES = (("I", "saw", "a", "cat", "&", "a", "dog"), ("5", "x", "7", "=", "35"), ("and", "so", "on"))
TEXTS = tuple(" ".join(line) for line in LINES)
HEBREW = "\u05e9\u05dc\u05d5\u05dd \u05dc\u05da"
SIZE, ADVANCE = 20, 10


def shapeless(pdf: pikepdf.Pdf) -> Dictionary:
    """A Type 3 font whose glyphs draw nothing, as programs embed for invisible text."""
    codes = range(32, 127)
    nothing = pdf.make_stream(b"500 0 d0")
    return Dictionary(
        Type=Name.Font, Subtype=Name.Type3, FontBBox=Array([0, 0, 0, 0]), FirstChar=32, LastChar=126,
        FontMatrix=Array([0.001, 0, 0, 0.001, 0, 0]), Widths=Array([500] * len(codes)),
        CharProcs=Dictionary({f"/c{code}": nothing for code in codes}),
        Encoding=Dictionary(Differences=Array([32, *(Name(f"/c{code}") for code in codes)])),
        ToUnicode=pdf.make_stream(
            b"/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <00> <ff> endcodespacerange "
            b"1 beginbfrange <20> <7e> <0020> endbfrange endcmap end"
        ),
    )  # fmt: skip


def layer(content: str, *, form: bool = False, turn: str = "") -> bytes:
    """A page with an invisible layer, which may be in a form."""
    data = f"{turn} BT 3 Tr /F {SIZE} Tf {content} ET".encode("latin-1")
    out = io.BytesIO()
    with pikepdf.new() as pdf:
        page = pdf.add_blank_page(page_size=(400, 400)).obj
        resources = Dictionary(Font=Dictionary(F=pdf.make_indirect(shapeless(pdf))))
        page.Resources = resources
        page.Contents = pdf.make_stream(data)
        if form:
            page.Contents = pdf.make_stream(b"q 1 0 0 1 20 10 cm /X Do Q")
            shown = pdf.make_stream(data, Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 400, 300]))
            shown.Resources = resources
            page.Resources = Dictionary(XObject=Dictionary(X=shown))
        pdf.save(out)
    return out.getvalue()


def words(lines: tuple[tuple[str, ...], ...] = LINES) -> str:
    """Each word is a text object."""
    shown = []
    for row, line in enumerate(lines):
        x = 40
        for word in line:
            shown.append(f"1 0 0 1 {x} {240 - 60 * row} Tm ({word}) Tj")
            x += ADVANCE * (len(word) + 1)
    return " ".join(shown)


def letters(lines: tuple[str, ...] = TEXTS) -> str:
    """Each letter is a text object, spaces too."""
    return " ".join(
        f"1 0 0 1 {40 + ADVANCE * k} {240 - 60 * row} Tm ({char}) Tj"
        for row, line in enumerate(lines)
        for k, char in enumerate(line)
    )


@pytest.mark.parametrize("form", [False, True])
@pytest.mark.parametrize("content", [words(), letters()])
def test_single_characters_are_not_lost(content: str, form: bool) -> None:
    with open_source(layer(content, form=form)) as source:
        hidden = source.text(1).hidden
    assert tuple(line.text for line in hidden) == TEXTS
    x, y = (20, 10) if form else (0, 0)
    left, top, right, bottom = hidden[0].words[0].box.hull
    assert (left, top, right) == pytest.approx((40 + x, 240 + y, 40 + x + ADVANCE), abs=0.1)
    assert bottom - top == pytest.approx(0.75 * SIZE, abs=0.1)
    assert [word.box.hull[0] for word in hidden[1].words] == pytest.approx([40 + x + 20 * k for k in range(5)], abs=0.1)


def test_words_have_a_height() -> None:
    with open_source(layer("1 0 0 1 40 240 Tm (here) Tj 0 1 -1 0 200 40 Tm (turned) Tj")) as source:
        here, turned = (line.box.hull for line in source.text(1).hidden)
    assert here == pytest.approx((40, 240, 80, 255), abs=0.1)
    assert turned == pytest.approx((185, 40, 200, 100), abs=1)


@pytest.mark.parametrize("content", [words(), letters()])
@pytest.mark.parametrize("turn", ["0 1 -1 0 300 0 cm", "0 -1 1 0 0 300 cm"])
def test_sideways_text_is_not_lost(content: str, turn: str) -> None:
    with open_source(layer(content, turn=turn)) as source:
        assert tuple(line.text for line in source.text(1).hidden) == TEXTS


def test_letters_with_a_meaning_of_their_own_are_read_from_the_right() -> None:
    shown = []
    for k, char in enumerate(HEBREW):
        meaning = f"feff{ord(char):04x}"
        shown.append(f"/Span <</ActualText <{meaning}>>> BDC 1 0 0 1 {300 - ADVANCE * k} 240 Tm (x) Tj EMC")
    with open_source(layer(" ".join(shown))) as source:
        assert [line.text for line in source.text(1).hidden] == [HEBREW]


def test_a_meaning_of_several_objects_is_there_once() -> None:
    shown = "/Span <</ActualText (ferry)>> BDC 1 0 0 1 40 240 Tm (x) Tj 20 0 Td (xyz) Tj EMC 40 0 Td (a) Tj"
    with open_source(layer(shown)) as source:
        assert " ".join(line.text for line in source.text(1).hidden).split() == ["ferry", "a"]


def test_spaces_do_not_have_a_page_written_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def doubled(_: PageChecker, number: int) -> bytes:
        asked.append(number)
        return b""

    monkeypatch.setattr(PageChecker, "doubled", doubled)
    with pikepdf.open(io.BytesIO(layer(letters()))) as pdf:
        pdf.pages[0].Resources.Font.F.FontBBox = Array([0, 0, 500, 800])
        pdf.pages[0].Resources.Font.F.CharProcs = Dictionary(
            {key: pdf.make_stream(b"500 0 0 0 500 800 d1") for key in pdf.pages[0].Resources.Font.F.CharProcs.keys()}  # noqa: SIM118
        )
        pdf.pages[0].Resources.Font.F.CharProcs["/c32"] = pdf.make_stream(b"500 0 d0")
        out = io.BytesIO()
        pdf.save(out)
    with open_source(out.getvalue()) as source:
        assert tuple(line.text for line in source.text(1).hidden) == TEXTS
    assert not asked
    with open_source(layer(letters())) as source:
        source.text(1)
    assert asked == [1]
