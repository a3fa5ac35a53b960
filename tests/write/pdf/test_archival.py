"""PDF/A: what conforms says so and is checked, what does not is an error and not written."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest

from ocr.errors import ConformanceError, ExitCode, UsageError
from ocr.options import PdfOptions
from ocr.source import open_source
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
    item = pdf.make_indirect(pikepdf.Dictionary(Title=pdf.make_indirect(pikepdf.String("Größe")), Dest=view))
    pdf.Root.Outlines = pdf.make_indirect(pikepdf.Dictionary(First=item, Last=item, Count=1))
    item.Parent = pdf.Root.Outlines


@pytest.mark.parametrize("flavour", ["1b", "2b"])
def test_harmless_entries_that_are_not_checked_are_removed_and_named(flavour: str) -> None:
    said: list[str] = []
    with pikepdf.open(io.BytesIO(archived(changed(as_tex_writes), flavour, said=said))) as pdf:
        with pdf.open_outline() as outline:
            assert [item.title for item in outline.root] == ["Größe"]
        assert "/OpenAction" not in pdf.Root and "/Trans" not in pdf.pages[0].obj
    assert [name for name in ("/OpenAction", "/ABCD:Notes", "/Trans") if any(name in line for line in said)] == [
        "/OpenAction", "/ABCD:Notes", "/Trans"
    ]  # fmt: skip


def test_a_script_on_opening_is_refused() -> None:
    def script(pdf: pikepdf.Pdf) -> None:
        pdf.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String("app.alert(1)"))

    with pytest.raises(ConformanceError, match="OpenAction"):
        archived(changed(script), "2b")


def test_what_pikepdf_removes_is_named() -> None:
    def hidden(pdf: pikepdf.Pdf) -> None:
        box = pikepdf.Array([0, 0, 9, 9])
        note = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Square, Rect=box, F=2)
        pdf.pages[0].obj.Annots = pikepdf.Array([note])

    said: list[str] = []
    archived(changed(hidden), "2b", said=said)
    assert len(said) == 1 and "annotation" in said[0] and "PDF/A" in said[0]
