"""PDF/A: what conforms says so and is checked, what does not is an error and not written."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pikepdf
import pytest

from ocr.document import Step, StepName
from ocr.errors import ConformanceError, DependencyError, ExitCode, UsageError
from ocr.options import PdfOptions
from ocr.source import open_source
from ocr.write.pdf.archival import say_glyph_numbers
from ocr.write.pdf.searchable import write
from tests.write.pages import ENGINE, SIZE, line_of, page_of, pdfium_text, scanned_pdf, upright
from tests.write.pdf.kinds import document, visible

pdfa = pytest.importorskip("pikepdf.pdfa", exc_type=ImportError)
PAGES = [page_of([line_of("Größe and 汉字", 100, 100)], matrix=upright(*SIZE))]


def archived(data: bytes, flavour: str, *, decrypt: bool = False, said: list[str] | None = None) -> bytes:
    out, said = io.BytesIO(), [] if said is None else said
    with open_source(data) as source:
        write(PAGES, out, source, ENGINE, PdfOptions(pdfa=flavour, decrypt=decrypt), warn=said.append)
    return out.getvalue()


@pytest.mark.parametrize("flavour", ["1b", "2b", "3b"])
def test_a_scan_conforms_and_keeps_its_text(flavour: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "archived.pdf"
    path.write_bytes(archived(scanned_pdf(), flavour))
    assert pdfa.validate_written(path, flavour).passed
    assert pdfium_text(path.read_bytes()) == "Größe and 汉字"
    with pikepdf.open(path) as pdf, pdf.open_metadata() as packet:
        assert packet.pdfa_status == flavour.upper()
    assert capfd.readouterr() == ("", "")


def test_fonts_that_are_not_embedded_do_not_conform() -> None:
    with pytest.raises(ConformanceError, match=r"[Ff]ont") as failure:
        archived(document(visible()), "2b")
    assert failure.value.exit_code is ExitCode.OUTPUT_NOT_WRITABLE and "PDF/A-2b" in str(failure.value)


def test_fonts_that_are_not_used_are_removed_and_named() -> None:
    data = document(b"q 400 0 0 300 0 0 cm /Im0 Do Q\n")
    said: list[str] = []
    with pikepdf.open(io.BytesIO(data)) as pdf:
        assert "/F1" in pdf.pages[0].Resources.Font
        del pdf.pages[0].Resources.XObject.Fm0
        out = io.BytesIO()
        pdf.save(out)
    archive = archived(out.getvalue(), "2b", said=said)
    assert any("do not use" in message for message in said)
    with pikepdf.open(io.BytesIO(archive)) as pdf:
        assert list(pdf.pages[0].Resources.Font.keys()) == ["/Ocr0"]
        assert b"/Ocr0" in pdf.pages[0].Contents[0].read_bytes()


def test_fonts_that_a_form_borrows_from_its_page_stay() -> None:
    with pikepdf.open(io.BytesIO(document(b"/Fm0 Do\n", forms=visible()))) as pdf:
        del pdf.pages[0].Resources.XObject.Fm0.Resources
        out = io.BytesIO()
        pdf.save(out)
    with pytest.raises(ConformanceError, match=r"[Ff]ont"):
        archived(out.getvalue(), "2b")


def test_protection_has_to_be_dropped() -> None:
    with pikepdf.open(io.BytesIO(scanned_pdf())) as pdf:
        locked = io.BytesIO()
        pdf.save(locked, encryption=pikepdf.Encryption(owner="o", user=""))
    with pytest.raises(UsageError, match="--decrypt"):
        archived(locked.getvalue(), "2b")
    assert pdfium_text(archived(locked.getvalue(), "2b", decrypt=True)) == "Größe and 汉字"


def changed(change: Callable[[pikepdf.Pdf], None]) -> bytes:
    """A scan with something more."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(scanned_pdf())) as pdf:
        change(pdf)
        pdf.save(out)
    return out.getvalue()


def as_tex_writes(pdf: pikepdf.Pdf) -> None:
    """A first view, effects between pages, private data, and an outline whose title is an object of its own."""
    page = pdf.pages[0].obj
    view = pikepdf.Array([page, pikepdf.Name.Fit])
    pdf.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.GoTo, D=view)
    page.Trans = pikepdf.Dictionary(S=pikepdf.Name.Wipe)
    pdf.Root["/ABCD:Notes"] = pikepdf.Dictionary()
    pdf.Root["/URL"] = pikepdf.String("https://example.org/")
    item = pdf.make_indirect(pikepdf.Dictionary(Title=pdf.make_indirect(pikepdf.String("Größe")), Dest=view))
    pdf.Root.Outlines = pdf.make_indirect(pikepdf.Dictionary(First=item, Last=item, Count=1))
    item.Parent = pdf.Root.Outlines


def as_libreoffice_and_tex_write(pdf: pikepdf.Pdf) -> None:
    """A checksum, where a figure came from, and page labels that are objects of their own."""
    pdf.trailer["/DocChecksum"] = pikepdf.Name("/0123456789ABCDEF")
    figure = pdf.pages[0].obj.Resources.XObject
    form = pdf.make_stream(b"0 0 9 9 re f")
    form.Type, form.Subtype, form.BBox = pikepdf.Name.XObject, pikepdf.Name.Form, pikepdf.Array([0, 0, 9, 9])
    form["/PTEX.FileName"] = pikepdf.String("./figure.pdf")
    figure.Figure = form
    label = pdf.make_indirect(pikepdf.Dictionary(S=pikepdf.Name.D, St=7))
    pdf.Root.PageLabels = pikepdf.Dictionary(Nums=pikepdf.Array([0, label]))


@pytest.mark.parametrize("flavour", ["1b", "2b", "3b"])
def test_private_data_are_removed_and_page_labels_kept(flavour: str) -> None:
    said: list[str] = []
    data = archived(changed(as_libreoffice_and_tex_write), flavour, said=said)
    assert pdfa.validate_written(io.BytesIO(data), flavour).passed
    assert [key for key in ("/DocChecksum", "/PTEX.FileName") if any(key in line for line in said)] == [
        "/DocChecksum", "/PTEX.FileName"
    ]  # fmt: skip
    with pikepdf.open(io.BytesIO(data)) as pdf:
        assert pdf.pages[0].label == "7"


@pytest.mark.parametrize("embedded", [True, False])
def test_glyph_numbers_that_are_the_default_are_said(embedded: bool) -> None:
    with pikepdf.new() as pdf:
        descriptor = pikepdf.Dictionary(Type=pikepdf.Name.FontDescriptor)
        if embedded:
            descriptor.FontFile2 = pdf.make_stream(b"")
        font = pdf.make_indirect(pikepdf.Dictionary(Subtype=pikepdf.Name.CIDFontType2, FontDescriptor=descriptor))
        say_glyph_numbers(pdf)
        assert font.get("/CIDToGIDMap") == (pikepdf.Name.Identity if embedded else None)


def test_what_is_not_installed_is_one_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pikepdf.pdfa", None)
    monkeypatch.delattr("pikepdf.pdfa", raising=False)
    with pytest.raises(DependencyError) as failure:
        archived(scanned_pdf(), "2b")
    assert str(failure.value).count("pip install") == 1 and "pip install 'ocr[pdfa]'" in str(failure.value)


@pytest.mark.parametrize("flavour", ["1b", "2b"])
def test_harmless_entries_that_are_not_checked_are_removed_and_named(flavour: str) -> None:
    said: list[str] = []
    with pikepdf.open(io.BytesIO(archived(changed(as_tex_writes), flavour, said=said))) as pdf:
        with pdf.open_outline() as outline:
            assert [item.title for item in outline.root] == ["Größe"]
        assert "/OpenAction" not in pdf.Root and "/Trans" not in pdf.pages[0].obj
    named = ("/OpenAction", "/ABCD:Notes", "/URL", "/Trans")
    assert [name for name in named if any(name in line for line in said)] == list(named)


def test_a_script_on_opening_is_refused() -> None:
    def script(pdf: pikepdf.Pdf) -> None:
        pdf.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String("app.alert(1)"))

    with pytest.raises(ConformanceError, match="OpenAction"):
        archived(changed(script), "2b")


def with_script(pdf: pikepdf.Pdf) -> None:
    pdf.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String("app.alert(1)"))


def transparent(pdf: pikepdf.Pdf) -> None:
    """PDF/A-1 alone does not allow it."""
    [picture] = [item for _, item in pdf.pages[0].obj.Resources.XObject.items()]
    size = {"Width": 1, "Height": 1, "BitsPerComponent": 8, "ColorSpace": pikepdf.Name.DeviceGray}
    picture.SMask = pdf.make_indirect(
        pikepdf.Stream(pdf, b"\x80", Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Image, **size)
    )


@pytest.mark.parametrize(("removed", "kept"), [("none", 3), ("all", 0)])
@pytest.mark.parametrize(("flavour", "fault"), [("1b", with_script), ("2b", with_script), ("1b", transparent)])
@pytest.mark.parametrize("pages", [1, 2])
def test_only_what_would_help_is_advised(
    flavour: str, fault: Callable[[pikepdf.Pdf], None], removed: str, kept: int, pages: int
) -> None:
    step = Step(StepName.TEXT_LAYER, {"kept": kept, "removed": removed})

    def change(pdf: pikepdf.Pdf) -> None:
        fault(pdf)
        if pages > 1:
            pdf.add_blank_page()

    with open_source(changed(change), pages="1") as source, pytest.raises(ConformanceError) as failure:
        page = replace(PAGES[0], steps=() if fault is transparent and not kept else (step,))
        write([page], io.BytesIO(), source, ENGINE, PdfOptions(pdfa=flavour))
    said = str(failure.value)
    assert ("2b or 3b" in said) == (flavour == "1b" and fault is transparent)
    assert ("read pages again as pictures with --mode force" in said) == (kept > 0)
    assert ("read all pages, without --pages" in said) == (not kept and pages > 1)
    assert "leave out --pdfa" in said


def test_what_pikepdf_removes_is_named() -> None:
    def hidden(pdf: pikepdf.Pdf) -> None:
        box = pikepdf.Array([0, 0, 9, 9])
        note = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Square, Rect=box, F=2)
        pdf.pages[0].obj.Annots = pikepdf.Array([note])

    said: list[str] = []
    archived(changed(hidden), "2b", said=said)
    assert len(said) == 1 and "annotation" in said[0] and "PDF/A" in said[0]
