"""PDF/A: what conforms says so and is checked, what does not is an error and not written."""

from __future__ import annotations

import io
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


def archived(data: bytes, flavour: str, *, decrypt: bool = False, password: str | None = None) -> bytes:
    out = io.BytesIO()
    with open_source(data, password=password) as source:
        write(PAGES, out, source, ENGINE, PdfOptions(pdfa=flavour, decrypt=decrypt))
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
