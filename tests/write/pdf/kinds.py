"""PDFs of the kinds that bring text along, drawn for the tests."""

from __future__ import annotations

import io
from collections.abc import Sequence

from pikepdf import Array, Dictionary, Name, Pdf, Stream
from PIL import Image

__all__ = ["ABOVE", "BEHIND", "IMAGE", "LINES", "document", "in_form", "invisible", "visible"]

LINES = ("The ferry to Norwick leaves at seven", "and returns in the evening")
SIZE = (400, 300)
"""Points of the page; its picture has two pixels a point."""

IMAGE = b"q 400 0 0 300 0 0 cm /Im0 Do Q\n"


def visible(lines: Sequence[str] = LINES, top: float = 250) -> bytes:
    """Text that is seen."""
    shown = "".join(f"1 0 0 1 40 {top - 30 * i} Tm ({line}) Tj " for i, line in enumerate(lines))
    return f"BT /F1 14 Tf {shown}ET\n".encode()


def invisible(lines: Sequence[str] = LINES) -> bytes:
    """The layer that Tesseract, Acrobat and ABBYY write: text rendering mode 3."""
    return b"q BT 3 Tr ET " + visible(lines).replace(b"BT", b"BT 3 Tr", 1) + b"Q\n"


BEHIND = visible() + IMAGE
"""Text painted first, and the scan over it."""
ABOVE = IMAGE + invisible()


def document(*contents: bytes, forms: bytes = b"", picture: bytes = b"", font: Dictionary | None = None) -> bytes:
    """A PDF with one page for each content stream; ``/F1`` is a font, ``/Im0`` a white scan, ``/Fm0`` the form."""
    with Pdf.new() as pdf:
        grey = picture or Image.new("L", (800, 600), 255).tobytes()
        image = Stream(
            pdf, grey, Type=Name.XObject, Subtype=Name.Image, Width=800, Height=600, BitsPerComponent=8,
            ColorSpace=Name.DeviceGray,
        )  # fmt: skip
        font = font or Dictionary(
            Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica, Encoding=Name.WinAnsiEncoding
        )
        fonts = Dictionary(F1=pdf.make_indirect(font))
        form = Stream(pdf, forms, Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, *SIZE]))
        form.Resources = Dictionary(Font=fonts)
        objects = Dictionary(Im0=pdf.make_indirect(image), Fm0=pdf.make_indirect(form))
        for content in contents:
            page = pdf.add_blank_page(page_size=SIZE)
            page.obj.Resources = Dictionary(Font=fonts, XObject=objects)
            page.obj.Contents = pdf.make_stream(content)
        out = io.BytesIO()
        pdf.save(out)
    return out.getvalue()


def in_form() -> bytes:
    """The layer of OCRmyPDF: a form over the scan."""
    return document(IMAGE + b"q /Fm0 Do Q\n", forms=invisible())


def unmapped() -> Dictionary:
    """A font whose glyphs have names without meaning."""
    codes = Array([32, *(Name(f"/g{code}") for code in range(32, 127))])
    return Dictionary(
        Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica,
        Encoding=Dictionary(Type=Name.Encoding, Differences=codes),
    )  # fmt: skip
