"""Pages shown upright and straight, without encoding any picture again: by ``/Rotate``, and by turning the drawing."""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable
from dataclasses import replace

from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream
from pikepdf import Page as PdfPage

from ocr.document import Matrix, Page
from ocr.geometry import apply, invert, multiply
from ocr.options import PdfOptions
from ocr.write.pdf.page_tree import inherited

__all__ = ["straightened"]

LEAST_SKEW, MOST_SKEW = 0.1, 15.0
"""Degrees. Less is not seen, more is no skew but a slanted text."""
BEYOND = 0.35
"""How far a line may reach out of the straightened page, in its heights; its box has room around its letters."""


def straightened(
    pdf: Pdf, target: Object, page: Page, options: PdfOptions, name: str, warn: Callable[[str], None]
) -> Page:
    """Turn a page of the PDF as the options ask for; the page that was read, with its text where it is afterwards."""
    if options.rotate and page.rotation:
        before = inherited(target, "/Rotate")
        target.Rotate = (int(before or 0) + page.rotation) % 360
    if not options.deskew or not LEAST_SKEW <= abs(page.skew) <= MOST_SKEW or not page.lines:
        return page
    if isinstance(target.get("/Annots"), Array) and len(target.Annots):
        warn(f"{name}: it was straightened, but its links, notes or form fields stay where they were")
    turn = _turn(target, page)
    beyond = _beyond(page, turn)
    if beyond:
        some = "1 line leaves" if beyond == 1 else f"{beyond} lines leave"
        warn(f"{name}: straightened, {some} the page in part; without --deskew they stay on it")
    form = pdf.make_indirect(PdfPage(target).as_form_xobject(handle_transformations=False))
    form.write(zlib.compress(form.read_bytes(), 9), filter=Name.FlateDecode)  # until then it refers to the page
    target.Resources = Dictionary(XObject=Dictionary(OcrPage=form))
    drawing = f"q {' '.join(f'{v:.6f}' for v in turn)} cm /OcrPage Do Q\n"
    target.Contents = Array([pdf.make_indirect(Stream(pdf, drawing.encode()))])
    return replace(page, matrix=multiply(page.matrix, turn))


def _beyond(page: Page, turn: Matrix) -> int:
    """How many lines reach out of the page once it is turned, by more than a part of their height."""
    shown = multiply(multiply(page.matrix, turn), invert(page.matrix))
    count = 0
    for line in page.lines:
        room = BEYOND * line.box.height
        corners = [apply(shown, *point) for point in line.box.points]
        inside = all(-room <= x <= page.width + room and -room <= y <= page.height + room for x, y in corners)
        count += not inside
    return count


def _turn(target: Object, page: Page) -> Matrix:
    """Straightens the page about the middle of what is shown, in points of user space."""
    a, b, c, d, _, _ = page.matrix
    radians = math.radians(page.skew)
    # Clockwise on the page as pixels (y down); the page's matrix says whether user space has the same sense of turning.
    if a * d - b * c < 0:
        radians = -radians
    cos, sin = math.cos(-radians), math.sin(-radians)
    x, y = apply(page.matrix, page.width / 2, page.height / 2)
    return cos, sin, -sin, cos, x - x * cos + y * sin, y - x * sin - y * cos
