"""Documents whose pages do not show all that they hold."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf

from ocr.source import open_source


def portfolio() -> bytes:
    """A cover with a file attached to it."""
    with Pdf.new() as pdf:
        pdf.add_blank_page(page_size=(200, 100))
        pdf.attachments["scan.pdf"] = pikepdf.AttachedFileSpec(pdf, b"%PDF-1.4", filename="scan.pdf")
        pdf.Root.Collection = Dictionary(Type=Name.Collection, View=Name.D)
        return saved(pdf)


def xfa(*, dynamic: bool) -> bytes:
    """A form in XML."""
    with Pdf.new() as pdf:
        pdf.add_blank_page(page_size=(200, 100))
        parts = Array([pikepdf.String("template"), pdf.make_stream(b"<template/>")])
        pdf.Root.AcroForm = Dictionary(Fields=Array([]), XFA=parts)
        if dynamic:
            pdf.Root.NeedsRendering = True
        return saved(pdf)


def saved(pdf: Pdf) -> bytes:
    """The bytes of a PDF."""
    out = io.BytesIO()
    pdf.save(out)
    return out.getvalue()


def warnings_of(pdf: bytes) -> tuple[str, ...]:
    """What is said with the first page."""
    with open_source(pdf) as source:
        return source.warnings_of(1)


def test_a_portfolio_is_said() -> None:
    [warning] = warnings_of(portfolio())
    assert "portfolio" in warning
    assert "pdfdetach -saveall" in warning


def test_a_dynamic_xfa_form_is_said() -> None:
    [warning] = warnings_of(xfa(dynamic=True))
    assert "XFA" in warning
    assert warnings_of(xfa(dynamic=False)) == ()


def test_nothing_that_a_library_logs_comes_to_the_terminal(tmp_path: Path) -> None:
    path = tmp_path / "xfa.pdf"
    path.write_bytes(xfa(dynamic=True))
    code = f"from ocr.source import open_source\nwith open_source({str(path)!r}) as s: s.page(1)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")
