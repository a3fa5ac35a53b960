"""The text layer: what readers get out of it, where, and that nothing of the original changes."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pikepdf
import pytest

from ocr.document import Line, Matrix, Page, Quad, Word
from ocr.errors import InputError
from ocr.geometry import page_matrix, rotation_matrix
from ocr.source import open_source
from ocr.write.pdf.searchable import write
from tests.write.pages import (
    ENGINE,
    SIZE,
    line_of,
    moved,
    page_of,
    pdfium_boxes,
    pdfium_text,
    rendered,
    scanned_pdf,
    upright,
)

LINES = (line_of("The quick brown fox", 100, 100), line_of("jumps over, twice.", 100, 140))
TEXT = "The quick brown fox\njumps over, twice."


def searchable(data: bytes | Path, pages: Sequence[Page], password: str | None = None) -> bytes:
    out = io.BytesIO()
    with open_source(data, password=password) as source:
        write(pages, out, source, ENGINE)
    return out.getvalue()


def pdftotext(data: bytes, *arguments: str) -> str:
    if not shutil.which("pdftotext"):
        pytest.skip("pdftotext is not installed: apt-get install poppler-utils")
    command = ["pdftotext", *arguments, "-", "-"]
    return subprocess.run(command, input=data, capture_output=True, check=True).stdout.decode()


def test_text_is_the_same_in_pdfium_and_poppler() -> None:
    out = searchable(scanned_pdf(), [page_of(LINES, matrix=upright(*SIZE))])
    assert pdfium_text(out) == TEXT
    assert pdftotext(out).strip() == TEXT


@pytest.mark.parametrize("text", ["Größe naïve œuvre € — “”", "汉字 かな 한글", "Ελληνικά Кириллица", "𝔘 😀 𠀀 x"])
def test_every_script_comes_back(text: str) -> None:
    out = searchable(scanned_pdf(), [page_of([line_of(text, 100, 100)], matrix=upright(*SIZE))])
    assert pdfium_text(out) == text
    assert pdftotext(out).strip() == text


def test_right_to_left_letters_are_all_there() -> None:
    out = searchable(scanned_pdf(), [page_of([line_of("שלום עולם", 100, 100)], matrix=upright(*SIZE))])
    assert sorted(pdfium_text(out)) == sorted("שלום עולם")


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize("box", [(0.0, 0.0, 612.0, 792.0), (-30.0, 45.0, 582.0, 837.0)])
def test_characters_lie_on_their_boxes(rotation: int, box: tuple[float, float, float, float]) -> None:
    size = SIZE if rotation % 180 == 0 else SIZE[::-1]
    matrix = page_matrix(*size, box, rotation)
    with pikepdf.open(io.BytesIO(scanned_pdf())) as pdf:
        pdf.pages[0].MediaBox = pikepdf.Array([-100, -100, 1000, 1000])
        pdf.pages[0].CropBox = pikepdf.Array(list(box))
        pdf.pages[0].Rotate = rotation
        data = io.BytesIO()
        pdf.save(data)
    out = searchable(data.getvalue(), [page_of(LINES, size=size, matrix=matrix)])
    assert pdfium_text(out) == TEXT
    assert pdftotext(out).strip() == TEXT
    assert_on_boxes(out, LINES, matrix)


def assert_on_boxes(out: bytes, lines: Sequence[Line], matrix: Matrix, slack: float = 2 * 0.72) -> None:
    found = [(text, box) for text, box in pdfium_boxes(out) if text.strip()]
    wanted = [char for line in lines for word in line.words for char in word.chars]
    assert [text for text, _ in found] == [char.text for char in wanted]
    for (_, (left, bottom, right, top)), char in zip(found, wanted, strict=True):
        assert (left, bottom, right, top) == pytest.approx(char.box.transformed(matrix).hull, abs=slack)


@pytest.mark.parametrize("angle", [-2.0, 0.5, 3.0, 90.0, 270.0])
def test_turned_lines(angle: float) -> None:
    turn = rotation_matrix(angle, (200, 130))
    lines = [moved(line, turn) for line in LINES]
    matrix = upright(*SIZE)
    out = searchable(scanned_pdf(), [page_of(lines, matrix=matrix)])
    assert pdfium_text(out) == TEXT
    assert pdftotext(out, "-raw").split() == TEXT.split()
    assert_on_boxes(out, lines, matrix)


def test_slanted_text_is_placed_exactly() -> None:
    lines = [moved(line, rotation_matrix(-20, (200, 130))) for line in LINES]
    matrix = upright(*SIZE)
    out = searchable(scanned_pdf(), [page_of(lines, matrix=matrix)])
    assert pdfium_text(out) == TEXT
    assert_on_boxes(out, lines, matrix)


def test_a_page_scanned_upside_down() -> None:
    lines = [moved(line, rotation_matrix(180, (SIZE[0] / 2, SIZE[1] / 2))) for line in LINES]
    out = searchable(scanned_pdf(), [page_of(lines, matrix=upright(*SIZE))])
    assert pdftotext(out).strip() == TEXT
    # pdfium orders the words of a row from left to right as shown until a viewer turns the page.
    assert sorted(pdfium_text(out).split()) == sorted(TEXT.split())
    with pikepdf.open(io.BytesIO(out)) as pdf:
        pdf.pages[0].Rotate = 180
        turned = io.BytesIO()
        pdf.save(turned)
    assert pdfium_text(turned.getvalue()) == TEXT


@pytest.mark.parametrize("gap", [8.0, 2.0, 0.0, -3.0])
def test_touching_words_stay_two_words(gap: float) -> None:
    words, x = [], 100.0
    for text in ("words", "that", "touch"):
        words.append(Word(text, 0.9, Quad.rect(x, 100, x + 10 * len(text), 120)))
        x += 10 * len(text) + gap
    line = Line("words that touch", 0.9, Quad.rect(100, 100, x - gap, 120), tuple(words))
    out = searchable(scanned_pdf(), [page_of([line], matrix=upright(*SIZE))])
    assert pdfium_text(out) == "words that touch"
    assert pdftotext(out).strip() == "words that touch"


def test_a_line_without_words_keeps_its_text() -> None:
    line = Line("no word boxes", 0.9, Quad.rect(100, 100, 230, 120))
    out = searchable(scanned_pdf(), [page_of([line], matrix=upright(*SIZE))])
    assert pdfium_text(out) == "no word boxes"


def test_flat_boxes_are_left_out() -> None:
    flat = Line("flat", 0.9, Quad.rect(100, 100, 100, 100))
    out = searchable(scanned_pdf(), [page_of([flat, LINES[0]], matrix=upright(*SIZE))])
    assert pdfium_text(out) == LINES[0].text


def test_the_layer_is_invisible() -> None:
    data = scanned_pdf()
    out = searchable(data, [page_of(LINES, matrix=upright(*SIZE))])
    assert rendered(out).tobytes() == rendered(data).tobytes()


def test_an_unbalanced_original_does_not_move_the_layer() -> None:
    with pikepdf.open(io.BytesIO(scanned_pdf())) as pdf:
        original = pdf.pages[0].Contents.read_bytes()
        pdf.pages[0].Contents = pikepdf.Array(
            [pdf.make_stream(b"Q q 0.1 0 0 0.1 300 300 cm q\n"), pdf.make_stream(original)]
        )
        data = io.BytesIO()
        pdf.save(data)
    matrix = upright(*SIZE)
    out = searchable(data.getvalue(), [page_of(LINES, matrix=matrix)])
    assert_on_boxes(out, LINES, matrix)


def rich_pdf() -> bytes:
    """An outline, metadata, an annotation and a form field; resources and contents shared by two pages."""
    with pikepdf.open(io.BytesIO(scanned_pdf(2))) as pdf:
        first, second = pdf.pages
        resources = first.Resources
        resources.Font = pikepdf.Dictionary(
            Ocr0=pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
        )
        shared = pdf.make_indirect(pikepdf.Array([pdf.make_stream(first.Contents.read_bytes())]))
        common = pdf.make_indirect(resources)
        for page in (first, second):
            page.obj.Resources = common
            page.obj.Contents = shared
        field = pdf.make_indirect(
            pikepdf.Dictionary(
                Type=pikepdf.Name.Annot,
                Subtype=pikepdf.Name.Widget,
                FT=pikepdf.Name.Tx,
                T=pikepdf.String("name"),
                V=pikepdf.String("Ada"),
                Rect=pikepdf.Array([10, 10, 90, 30]),
            )
        )
        first.Annots = pikepdf.Array([field])
        pdf.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Array([field]))
        with pdf.open_outline() as outline:
            outline.root.append(pikepdf.OutlineItem("Chapter", 1))
        pdf.docinfo["/Title"] = "Scan"
        out = io.BytesIO()
        pdf.save(out)
    return out.getvalue()


def test_nothing_of_the_original_changes() -> None:
    data = rich_pdf()
    out = searchable(data, [page_of(LINES, number=1, matrix=upright(*SIZE))])
    with pikepdf.open(io.BytesIO(data)) as before, pikepdf.open(io.BytesIO(out)) as after:
        image = before.pages[0].Resources.XObject.Im0.read_raw_bytes()
        for page in after.pages:
            assert page.Resources.XObject.Im0.read_raw_bytes() == image
        assert list(after.pages[1].Resources.Font.keys()) == ["/Ocr0"]
        assert len(after.pages[1].Contents) == 1
        first = after.pages[0]
        assert first.Contents[1].read_raw_bytes() == before.pages[0].Contents[0].read_raw_bytes()
        assert str(first.Resources.Font.Ocr0.BaseFont) == "/Helvetica"
        assert str(first.Resources.Font.Ocr1.BaseFont) == "/OcrGlyphless"
        assert str(first.Annots[0].V) == "Ada"
        assert str(after.Root.AcroForm.Fields[0].T) == "name"
        assert str(after.docinfo["/Title"]) == "Scan"
        with after.open_outline() as outline:
            assert outline.root[0].title == "Chapter"
    assert pdfium_text(out, 0) == TEXT
    assert pdfium_text(out, 1) == ""


def inheriting_pdf() -> bytes:
    """Resources and MediaBox stand in the page tree's root; qpdf would write them out on the page."""
    content = b"BT /F1 20 Tf 50 50 Td (seen) Tj ET"
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 /MediaBox [0 0 612 792] /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Type /Page /Parent 2 0 R /Contents 4 0 R >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    )
    data, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    trailer = b"trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % len(data)
    return data + b"xref\n0 6\n0000000000 65535 f \n" + table + trailer


def test_inherited_resources_stay_in_reach() -> None:
    out = searchable(inheriting_pdf(), [page_of(LINES, matrix=upright(*SIZE))])
    assert pdfium_text(out).split() == [*TEXT.split(), "seen"]
    assert rendered(out).tobytes() == rendered(inheriting_pdf()).tobytes()


def test_a_second_run_adds_no_second_layer() -> None:
    once = searchable(scanned_pdf(2), [page_of(LINES, number=1, matrix=upright(*SIZE))])
    pages = [page_of(LINES, number=number, matrix=upright(*SIZE)) for number in (1, 2)]
    twice = searchable(once, pages)
    assert pdfium_text(twice, 0) == TEXT
    assert pdfium_text(twice, 1) == TEXT


def test_pages_without_text_are_left_alone() -> None:
    data = scanned_pdf()
    out = searchable(data, [page_of([], matrix=upright(*SIZE))])
    with pikepdf.open(io.BytesIO(out)) as pdf:
        assert "/Font" not in pdf.pages[0].Resources


def test_a_pipe_is_written_too() -> None:
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def seek(self, *_: object) -> int:
            raise io.UnsupportedOperation("seek")

    out = Pipe()
    with open_source(scanned_pdf()) as source:
        write([page_of(LINES, matrix=upright(*SIZE))], out, source, ENGINE)
    assert pdfium_text(out.getvalue()) == TEXT


def test_one_font_serves_many_pages() -> None:
    lines = [[line_of(f"page number {number}", 100, 100)] for number in range(1, 41)]
    pages = [page_of(lines[n - 1], number=n, matrix=upright(*SIZE)) for n in range(1, 41)]
    out = searchable(scanned_pdf(40), pages)
    assert [pdfium_text(out, n) for n in (0, 20, 39)] == ["page number 1", "page number 21", "page number 40"]
    with pikepdf.open(io.BytesIO(out)) as pdf:
        assert len({page.Resources.Font.Ocr0.objgen for page in pdf.pages}) == 1


@pytest.mark.parametrize(
    ("found", "before", "after"),
    [("de", "", "de"), ("", "", ""), ("de", "en-GB", "en-GB"), ("de,fr", "", ""), ("de,", "", "de")],
)  # fmt: skip
def test_the_language_of_the_pages_is_said(found: str, before: str, after: str) -> None:
    pages = [
        replace(page_of(LINES, matrix=upright(*SIZE)), number=number, language=language)
        for number, language in enumerate(found.split(","), 1)
    ]
    original = io.BytesIO()
    with pikepdf.open(io.BytesIO(scanned_pdf())) as pdf:
        pdf.pages.extend(pdf.pages[:] * (len(pages) - 1))
        if before:
            pdf.Root.Lang = before
        pdf.save(original)
    with pikepdf.open(io.BytesIO(searchable(original.getvalue(), pages))) as pdf:
        assert str(pdf.Root.get("/Lang", "")) == after


@pytest.mark.parametrize("what", ["fonts", "contents"])
def test_entries_of_the_wrong_kind_do_no_harm(what: str) -> None:
    with pikepdf.open(io.BytesIO(scanned_pdf())) as pdf:
        page = pdf.pages[0].obj
        if what == "fonts":
            page.Resources.Font = pikepdf.Array([])
        else:
            page.Contents = pikepdf.Array([None, 5, page.Contents, pdf.make_indirect(pikepdf.Dictionary())])
        out = io.BytesIO()
        pdf.save(out)
    made = searchable(out.getvalue(), [page_of(LINES, matrix=upright(*SIZE))])
    assert pdfium_text(made) == TEXT
    assert pdftotext(made).strip() == TEXT  # Poppler draws nothing of a page with such contents


def test_encryption_that_cannot_be_copied_is_said() -> None:
    with pikepdf.open(io.BytesIO(scanned_pdf())) as pdf:
        out = io.BytesIO()
        pdf.save(out, encryption=pikepdf.Encryption(owner="owner", user="", R=4))
    data = out.getvalue().replace(b"/V 4", b"/V 7")
    with pytest.raises(InputError, match=r"it cannot be copied \(Unsupported /R or /V.*; read its text: --format txt"):
        searchable(data, [page_of(LINES, matrix=upright(*SIZE))])


def from_the_right(text: str, top: float) -> Line:
    """A line whose first word stands at the right."""
    left, words = 700.0, []
    for word in text.split():
        words.append(Word(word, 0.9, Quad.rect(left - 10 * len(word), top, left, top + 20)))
        left -= 10 * (len(word) + 1)
    return Line(text, 0.9, Quad.rect(left, top, 700, top + 20), tuple(words), "crnn-test")


@pytest.mark.parametrize(
    "text",
    [
        "נולד ב-1948 בעיר חיפה", "1948-ב סוף (1948) עוד", "המחיר ₪2,500 בלבד עד ה-3.5", "בין10-20 אנשים",
        "דגם PDF-ב 1.7 גרסה", "(שלום) [עולם] «כן»", "אחד (ב-1950) סוף", "وفي-1948 (صفحة ١٢٫٥) نهاية",
        "سنة1948 كان هناك",
    ],
)  # fmt: skip
def test_numbers_and_brackets_in_words_from_the_right(text: str) -> None:
    out = searchable(scanned_pdf(), [page_of([from_the_right(text, 100)], matrix=upright(*SIZE))])
    assert pdfium_text(out) == text
    with open_source(out) as source:
        assert [line.text for line in source.text(1).hidden] == [text]
    said = re.sub(r"[\u202a-\u202e\s]", "", pdftotext(out))
    for number in re.findall(r"\d[\d.,]*", text):
        assert number in said
