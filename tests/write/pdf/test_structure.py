"""What a PDF has besides its pages comes through: outline, links, forms, attachments, tags, labels, layers, boxes."""

from __future__ import annotations

import io
from typing import Any

import pytest
from pikepdf import Array, AttachedFileSpec, Dictionary, Name, ObjectStreamMode, OutlineItem, Pdf, String

from ocr.options import PdfOptions
from ocr.source import open_source
from ocr.write.pdf.searchable import write
from tests.write.pages import ENGINE, SIZE, line_of, page_of, pdfium_text, rendered, scanned_pdf, upright

PAGES = [page_of([line_of("some words", 100, 100)], number=n, matrix=upright(*SIZE)) for n in (1, 2)]


def rich(*, linearize: bool = False) -> bytes:
    """A scan with everything that a PDF may have."""
    with Pdf.open(io.BytesIO(scanned_pdf(2))) as pdf:
        first, second = (page.obj for page in pdf.pages)
        with pdf.open_outline() as outline:
            chapter = OutlineItem("Chapter “one”", 0)
            chapter.children.append(OutlineItem("Part", 1))
            outline.root.append(chapter)
        link = Dictionary(Subtype=Name.Link, Rect=Array([10, 10, 90, 30]), Dest=Array([second, Name.Fit]))
        field = Dictionary(
            Type=Name.Annot, Subtype=Name.Widget, FT=Name.Tx, T=String("name"), V=String("Ada"),
            Rect=Array([100, 10, 190, 30]),
        )  # fmt: skip
        field = pdf.make_indirect(field)
        first.Annots = Array([pdf.make_indirect(link), field])
        pdf.Root.AcroForm = Dictionary(Fields=Array([field]))
        pdf.attachments["data.csv"] = AttachedFileSpec(pdf, b"a,b\n1,2\n", filename="data.csv", mime_type="text/csv")
        pdf.Root.PageLabels = Dictionary(Nums=Array([0, Dictionary(S=Name.r), 1, Dictionary(S=Name.D, St=7)]))
        group = pdf.make_indirect(Dictionary(Type=Name.OCG, Name=String("Scan")))
        pdf.Root.OCProperties = Dictionary(OCGs=Array([group]), D=Dictionary(Order=Array([group]), OFF=Array([])))
        root = pdf.make_indirect(Dictionary(Type=Name.StructTreeRoot))
        element = Dictionary(Type=Name.StructElem, S=Name.Figure, P=root, Alt=String("a scan"), Pg=first)
        root.K = pdf.make_indirect(element)
        pdf.Root.StructTreeRoot, pdf.Root.MarkInfo = root, Dictionary(Marked=True)
        pdf.Root.Lang, pdf.Root.ViewerPreferences = String("en-GB"), Dictionary(DisplayDocTitle=True)
        second.Rotate, second.UserUnit = 90, 2
        second.CropBox = Array([20, 30, 500, 700])
        out = io.BytesIO()
        pdf.save(out, linearize=linearize)
    return out.getvalue()


def copied(data: bytes, **options: Any) -> bytes:
    out = io.BytesIO()
    with open_source(data) as source:
        write(PAGES, out, source, ENGINE, PdfOptions(**options))
    return out.getvalue()


def test_small_objects_stay_small() -> None:
    with Pdf.open(io.BytesIO(rich())) as pdf:
        root = pdf.Root.StructTreeRoot
        root.K = Array([pdf.make_indirect(Dictionary(Type=Name.StructElem, S=Name.P, P=root)) for _ in range(2000)])
        out = io.BytesIO()
        pdf.save(out, object_stream_mode=ObjectStreamMode.generate)
    assert len(copied(out.getvalue())) < len(out.getvalue()) + 3000


@pytest.mark.parametrize("level", [0, 2])
def test_everything_comes_through(level: int) -> None:
    with Pdf.open(io.BytesIO(copied(rich(), optimize=level))) as pdf:
        first, second = (page.obj for page in pdf.pages)
        with pdf.open_outline() as outline:
            assert outline.root[0].title == "Chapter “one”" and outline.root[0].children[0].title == "Part"
        assert first.Annots[0].Dest[0].objgen == second.objgen
        assert str(first.Annots[1].V) == "Ada" and first.Annots[1].objgen == pdf.Root.AcroForm.Fields[0].objgen
        assert pdf.attachments["data.csv"].get_file().read_bytes() == b"a,b\n1,2\n"
        assert [pdf.pages[0].label, pdf.pages[1].label] == ["i", "7"]
        assert str(pdf.Root.OCProperties.OCGs[0].Name) == "Scan"
        assert str(pdf.Root.StructTreeRoot.K.Alt) == "a scan" and pdf.Root.StructTreeRoot.K.Pg.objgen == first.objgen
        assert pdf.Root.MarkInfo.Marked and str(pdf.Root.Lang) == "en-GB"
        assert (int(second.Rotate), int(second.UserUnit)) == (90, 2)
        assert [int(v) for v in second.CropBox] == [20, 30, 500, 700]


def test_pages_look_the_same() -> None:
    data = rich()
    out = copied(data)
    for index in (0, 1):
        assert rendered(out, index).tobytes() == rendered(data, index).tobytes()
    assert pdfium_text(out) == "some words"


@pytest.mark.parametrize("linearize", [False, True])
def test_linearization_is_kept(linearize: bool) -> None:
    with Pdf.open(io.BytesIO(copied(rich(linearize=linearize)))) as pdf:
        assert pdf.is_linearized is linearize
        assert not linearize or not pdf.check_pdf_syntax()


def test_a_colour_profile_is_kept() -> None:
    with Pdf.open(io.BytesIO(scanned_pdf(2))) as pdf:
        profile = pdf.make_stream(b"profile bytes", N=1)
        pdf.pages[0].Resources.XObject.Im0.ColorSpace = Array([Name.ICCBased, profile])
        data = io.BytesIO()
        pdf.save(data)
    with Pdf.open(io.BytesIO(copied(data.getvalue(), optimize=2))) as pdf:
        space = pdf.pages[0].Resources.XObject.Im0.ColorSpace
        assert space[0] == Name.ICCBased and space[1].read_bytes() == b"profile bytes"
