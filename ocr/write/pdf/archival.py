"""PDF/A by ``pikepdf.pdfa``: repaired where that is possible, written, and validated as written."""

from __future__ import annotations

import shutil
import tempfile
from typing import TYPE_CHECKING, BinaryIO

from pikepdf import Pdf

from ocr.errors import ConformanceError, DependencyError, UsageError
from ocr.options import PdfOptions

if TYPE_CHECKING:
    from pikepdf.pdfa import PdfaError

__all__ = ["save_archival"]

SHOWN = 5
"""Findings that an error message lists."""


def save_archival(pdf: Pdf, file: BinaryIO, options: PdfOptions, name: str) -> None:
    """Write a PDF that conforms to ``options.pdfa``.

    Raises:
        ConformanceError: it cannot be made to conform; nothing is written.
        UsageError: the original is encrypted, which PDF/A does not allow.
        DependencyError: the packages for it are not installed.
    """
    try:
        from pikepdf import pdfa
    except ImportError as error:
        raise DependencyError(f"PDF/A needs more packages ({error}); run: pip install 'ocr[pdfa]'") from error
    if pdf.is_encrypted and not options.decrypt:
        raise UsageError(f"{name}: it is encrypted, which PDF/A does not allow; add --decrypt")
    with tempfile.TemporaryFile() as scratch:
        try:
            pdfa.save(pdf, scratch, options.pdfa, output_intent="sRGB", repair=True)
        except pdfa.PdfaError as error:
            raise ConformanceError(
                f"{name}: it cannot be made to conform to PDF/A-{options.pdfa}: {_reasons(error)}; "
                "leave out --pdfa, choose 2b or 3b if it is 1b, or read pages again as pictures with --mode force"
            ) from error
        scratch.seek(0)
        shutil.copyfileobj(scratch, file)


def _reasons(error: PdfaError) -> str:
    findings = list(dict.fromkeys(str(finding.message) for finding in error.report.findings))
    more = f" (and {len(findings) - SHOWN} more)" if len(findings) > SHOWN else ""
    return "; ".join(findings[:SHOWN]) + more if findings else str(error)
