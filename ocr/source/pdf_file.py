"""Opening a PDF, repaired where it is broken.

Two libraries open it. PDFium draws the pages; qpdf (through pikepdf) says whether the file is sound, looks at the
streams of a page before they are decoded, and rebuilds a broken file. What one of them cannot open may be a copy that
the other one wrote.
"""

from __future__ import annotations

import contextlib
import io
import re
import warnings
from dataclasses import dataclass
from typing import Any, BinaryIO

import pikepdf
import pypdfium2
import pypdfium2.raw as pdfium

from ocr.errors import EncryptedError, InputError
from ocr.source.original import Original
from ocr.source.page import in_shell
from ocr.source.pdf_tree import flatten, tree_fault

__all__ = [
    "HEADER", "MAX_PAGES", "PdfFile", "encrypted", "notices", "open_pdf", "open_pdfium", "reason",
]  # fmt: skip

HEADER = re.compile(rb"%PDF-\d\.\d")
MAX_REPAIRED = 1 << 29
"""Bytes. A broken PDF is repaired in memory; larger ones are refused."""
MAX_PAGES = 1_000_000
WRONG_PASSWORD = "invalid password"
"""What qpdf says."""
WRONG_TREE = "its page tree is wrong"
BROKEN = re.compile(r"file is damaged|startxref|find PDF header|xref|trailer|reconstruct", re.IGNORECASE)
"""What qpdf warns of when the file itself is broken, and not just one object of it."""
FAULTS = (pikepdf.PdfError, pikepdf.PasswordError, RuntimeError, ValueError, OSError)
"""What pikepdf raises over broken files."""


@dataclass(frozen=True, slots=True)
class QpdfFile:
    """A PDF that is open in qpdf, and the file that it reads, which pikepdf does not close."""

    pdf: pikepdf.Pdf
    file: BinaryIO

    def close(self) -> None:
        """Close both."""
        self.pdf.close()
        self.file.close()


@dataclass(frozen=True, slots=True)
class PdfFile:
    """An open PDF.

    Attributes:
        original: the file, or the repaired copy.
        drawing: PDFium's document.
        objects: the same document in qpdf; None where qpdf can make nothing of it.
        warnings: that it was broken.
    """

    original: Original
    drawing: Any
    objects: QpdfFile | None
    warnings: tuple[str, ...] = ()

    def close(self) -> None:
        """Close the document in both libraries."""
        self.drawing.close()
        if self.objects is not None:
            self.objects.close()


def open_pdf(original: Original, password: str) -> PdfFile:
    """Open a PDF; one that is broken but can be repaired comes with a warning.

    Raises:
        EncryptedError: the password is missing or wrong.
        InputError: it cannot be repaired, has no pages, or too many.
    """
    drawing, fault = None, ""
    try:
        drawing = open_pdfium(original, password)
    except EncryptedError:
        raise
    except InputError as error:
        fault = str(error)
    objects, found = _open_qpdf(original, password)
    if drawing is not None and objects is not None and not found and len(drawing) != len(objects.pdf.pages):
        found = WRONG_TREE
    if drawing is not None and objects is not None and not found:
        return _limited(PdfFile(original, drawing, objects))
    said = (f"{original.name}: the PDF is damaged ({found or fault}); it was repaired to be read",)
    copy = _copy(original, password, drawing)
    if copy is None and drawing is not None:
        return _limited(PdfFile(original, drawing, objects, said))
    if drawing is not None:
        drawing.close()
    if objects is not None:
        objects.close()
    if copy is None and found == WRONG_PASSWORD:
        raise encrypted(original.name, password)
    if copy is None:
        raise InputError(fault)
    repaired = Original(copy, original.name)
    objects, _ = _open_qpdf(repaired, password)
    return _limited(PdfFile(repaired, open_pdfium(repaired, password), objects, said))


def open_pdfium(original: Original, password: str) -> Any:
    """PDFium's document.

    Raises:
        EncryptedError: the password is missing or wrong.
        InputError: PDFium cannot open it.
    """
    name = original.name
    file = original.open()
    try:
        pdf = pypdfium2.PdfDocument(file, password=password or None, autoclose=True)
    except pypdfium2.PdfiumError as error:
        file.close()
        code = pdfium.FPDF_GetLastError()
        if code == pdfium.FPDF_ERR_PASSWORD:
            raise encrypted(name, password) from error
        if code == pdfium.FPDF_ERR_SECURITY:
            raise EncryptedError(
                f"{name}: its encryption is not supported; remove it with the program that made the file"
            ) from error
        raise InputError(
            f"{name}: the PDF is damaged or cut off, and what is left of it has no pages; copy it again from its origin"
        ) from error
    pdf.init_forms()
    return pdf


def notices(file: PdfFile, name: str) -> tuple[str, ...]:
    """Warnings about a document whose pages do not show all that it holds."""
    said = []
    with contextlib.suppress(*FAULTS, TypeError, LookupError, AttributeError):
        root: Any = file.objects.pdf.Root if file.objects else {}
        if "/Collection" in root:
            said.append(
                f"{name}: a portfolio, of which only the cover was read; to take the files out of it, which are "
                f"documents of their own: pdfdetach -saveall {in_shell(name)}"
            )
        if "/XFA" in root.get("/AcroForm", {}) and root.get("/NeedsRendering", False):
            said.append(
                f"{name}: a dynamic XFA form, which Adobe Reader alone can show; what was read is the page that stands "
                "for it elsewhere; print the form to a PDF there"
            )
    return tuple(said)


def encrypted(name: str, password: str) -> EncryptedError:
    """The error for a PDF that a password does not open, or that needs one."""
    fault = "the password is wrong" if password else "it is encrypted and needs a password"
    return EncryptedError(
        f"{name}: {fault}; give it with --password-prompt, --password-file FILE or the variable OCR_PASSWORD "
        "(from Python: password=...)"
    )


def _open_qpdf(original: Original, password: str) -> tuple[QpdfFile | None, str]:
    """The document of qpdf, and what is broken in it."""
    file = original.open()
    pdf: pikepdf.Pdf | None = None
    try:
        # Not mapped into memory: a mapped file that is cut while it is read ends the process.
        mode = pikepdf.AccessMode.stream
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a password that was not needed
            pdf = pikepdf.open(
                file, password=password, access_mode=mode, suppress_warnings=True, inherit_page_attributes=False
            )
        if fault := tree_fault(pdf):
            return QpdfFile(pdf, file), fault
        found = [str(warning) for warning in pdf.get_warnings()] if len(pdf.pages) else []
    except FAULTS as error:
        if pdf is not None:
            pdf.close()
        file.close()
        return None, reason(str(error))
    broken = [warning for warning in found if BROKEN.search(warning)]
    specific = [warning for warning in broken if "file is damaged" not in warning]
    return QpdfFile(pdf, file), reason((specific or broken or [""])[0])


def reason(message: str) -> str:
    """A message of qpdf without the file, stream or object that it begins with."""
    return message.rpartition(": ")[2]


def _copy(original: Original, password: str, drawing: Any) -> bytes | None:
    """A sound copy of a broken PDF: written by qpdf, else by PDFium; None where neither can, or it is too large."""
    with original.open() as file:
        data = file.read(MAX_REPAIRED + 1)
    if len(data) > MAX_REPAIRED:
        return None
    header = HEADER.search(data)
    for start in sorted({0, header.start() if header else 0}):
        # qpdf drops an object that ends with the last byte of the file.
        objects, _ = _open_qpdf(Original(data[start:] + b"\n%%EOF\n", original.name), password)
        if objects is None:
            continue
        out = io.BytesIO()
        try:
            if tree_fault(objects.pdf):
                flatten(objects.pdf)
            objects.pdf.trailer["/Size"] = 1  # qpdf writes the true one, but only where there is one
            objects.pdf.save(out, encryption=True if objects.pdf.is_encrypted else None)
            return out.getvalue()
        except FAULTS:
            continue
        finally:
            objects.close()
    if drawing is not None and len(drawing):
        out = io.BytesIO()
        with contextlib.suppress(pypdfium2.PdfiumError):
            drawing.save(out)
            return out.getvalue()
    return None


def _limited(file: PdfFile) -> PdfFile:
    """The same file.

    Raises:
        InputError: it has no pages, or too many.
    """
    count = len(file.drawing)
    if 1 <= count <= MAX_PAGES:
        return file
    file.drawing.close()
    fault = "has no pages" if count < 1 else f"claims to have {count} pages, more than {MAX_PAGES}"
    raise InputError(f"{file.original.name}: the PDF {fault}; copy it again from its origin")
